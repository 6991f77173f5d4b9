//! Records the histories of all workflows of a test's server, for the replay test of `workers`.
//!
//! Set `RECORD_HISTORIES` to a folder and run any tests. Each server writes one file there per
//! distinct sequence of event types, named by workflow type, last event and a hash of the sequence.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use futures::TryStreamExt as _;
use runtime::temporal::TemporalTarget;
use sha2::{Digest as _, Sha256};
use temporalio_client::{
    Client, UntypedWorkflow, WorkflowHandle, WorkflowHistory, WorkflowListOptions,
};
use temporalio_protos::temporal::api::history::v1::{
    History, HistoryEvent, history_event::Attributes,
};

/// The folder to record histories in; `None` if recording is off.
pub(crate) fn folder() -> Option<PathBuf> {
    std::env::var_os("RECORD_HISTORIES").map(PathBuf::from)
}

/// Records all histories of the server at `target`. Blocks; call it before the server stops.
pub(crate) fn record(target: &TemporalTarget, folder: &Path) {
    std::thread::scope(|scope| {
        let recorded = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(record_all(target, folder))
        });
        let recorded = recorded.join().expect("recording does not panic");
        recorded.expect("histories can be recorded");
    });
}

async fn record_all(
    target: &TemporalTarget,
    folder: &Path,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    std::fs::create_dir_all(folder)?;
    let client = target.connect("recorder").await?;
    let listed = client.list_workflows("", WorkflowListOptions::default());
    let ids: BTreeSet<String> = listed.map_ok(|found| found.id().to_owned()).try_collect().await?;
    for id in ids {
        let handle: WorkflowHandle<Client, UntypedWorkflow> = client.get_workflow_handle(&id);
        let events: Vec<HistoryEvent> =
            handle.fetch_history(Default::default()).try_collect().await?;
        let file = folder.join(format!("{}.json", file_name(&events)));
        if !file.exists() {
            let history = WorkflowHistory::from(History { events });
            std::fs::write(file, history.to_json().await?)?;
        }
    }
    Ok(())
}

/// `CarouselWorkflow-completed-1a2b3c4d`: histories with the same sequence of event types share a
/// name.
fn file_name(events: &[HistoryEvent]) -> String {
    let mut kinds = BTreeSet::new();
    let mut workflow = "unknown".to_owned();
    let mut last = String::new();
    for event in events {
        last = event.event_type().as_str_name().to_lowercase();
        let detail = match event.attributes.as_ref() {
            Some(Attributes::WorkflowExecutionStartedEventAttributes(started)) => {
                workflow = started.workflow_type.clone().unwrap_or_default().name;
                started.continued_execution_run_id.is_empty().to_string()
            }
            Some(Attributes::ActivityTaskScheduledEventAttributes(scheduled)) => {
                scheduled.activity_type.clone().unwrap_or_default().name
            }
            Some(Attributes::WorkflowExecutionSignaledEventAttributes(signaled)) => {
                signaled.signal_name.clone()
            }
            _ => String::new(),
        };
        kinds.insert(format!("{last} {detail}"));
    }
    let last = last
        .trim_start_matches("event_type_")
        .trim_start_matches("workflow_execution_")
        .replace('_', "-");
    let hash = Sha256::digest(kinds.into_iter().collect::<Vec<_>>().join("\n"));
    let mut name = format!("{workflow}-{last}-");
    for byte in &hash[..4] {
        write!(name, "{byte:02x}").expect("a string takes all");
    }
    name
}
