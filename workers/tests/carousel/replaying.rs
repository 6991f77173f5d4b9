//! Replays recorded histories against the current workflows, so that an incompatible change fails
//! here before it breaks running carousels.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use temporalio_client::WorkflowHistory;
use temporalio_common::data_converters::DataConverter;
use temporalio_sdk::workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions};
use temporalio_workflow::{
    ActivityOptions, WorkflowContext, WorkflowContextView, WorkflowResult, workflow,
    workflow_methods,
};
use workflows::carousel::{AnalyzeInput, AnalyzeTopic, CarouselInput, CarouselResult};

/// Replays every file below `tests/histories/<version>`. Each workflow type needs at least one.
#[tokio::test]
async fn recorded_histories_replay() {
    let options = workers::replayer_options().unwrap();
    let mut missing: BTreeSet<String> = options
        .workflows()
        .workflow_definitions()
        .map(|definition| definition.workflow_type.clone())
        .collect();
    let replayer = WorkflowReplayer::new(options).unwrap();
    for path in recorded() {
        let history = read(&path);
        missing.remove(&workflow_type(&path));
        let replayed = replayer.replay_workflow(history).await;
        assert!(replayed.is_ok(), "{}: {}", path.display(), replayed.unwrap_err());
    }
    assert!(missing.is_empty(), "no history is recorded of {missing:?}");
}

#[tokio::test]
async fn incompatible_workflow_change_fails_replay() {
    let history = read(&folder().join("0.1.0/delivered.json"));
    let replay = replayer::<IncompatibleWorkflow>().replay_workflow(history).await;
    let said = replay.unwrap_err().to_string();
    assert!(said.to_lowercase().contains("nondeterminism"), "{said}");
}

/// `CarouselWorkflow` with an incompatible change: it analyzes before it opens.
#[workflow]
struct IncompatibleWorkflow {
    input: CarouselInput,
}

#[workflow_methods]
impl IncompatibleWorkflow {
    #[init]
    fn new(_: &WorkflowContextView, input: CarouselInput) -> Self {
        Self { input }
    }

    #[run(name = "CarouselWorkflow")]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<CarouselResult> {
        let brief = ctx.state(|s| s.input.brief.clone());
        let input = AnalyzeInput { provider: "offline".to_owned(), brief, allowance: None };
        let options = ActivityOptions::start_to_close_timeout(std::time::Duration::from_secs(9));
        ctx.execute_activity(AnalyzeTopic, input, options).await?;
        Ok(CarouselResult::default())
    }
}

fn replayer<W>() -> WorkflowReplayer
where
    W: temporalio_workflow::workflows::WorkflowImplementation,
    <W::Run as temporalio_common::WorkflowDefinition>::Input: Send,
{
    replayer_with::<W>(DataConverter::default())
}

pub(crate) fn replayer_with<W>(converter: DataConverter) -> WorkflowReplayer
where
    W: temporalio_workflow::workflows::WorkflowImplementation,
    <W::Run as temporalio_common::WorkflowDefinition>::Input: Send,
{
    let options = WorkflowReplayerOptions::new()
        .register_workflow::<W>()
        .unwrap()
        .data_converter(converter)
        .build();
    WorkflowReplayer::new(options).unwrap()
}

/// The workflow type of a history's first event.
fn workflow_type(path: &Path) -> String {
    let history: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let started = &history["events"][0]["attributes"]["WorkflowExecutionStartedEventAttributes"];
    started["workflow_type"]["name"].as_str().unwrap().to_owned()
}

fn recorded() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for version in std::fs::read_dir(folder()).unwrap() {
        for file in std::fs::read_dir(version.unwrap().path()).unwrap() {
            files.push(file.unwrap().path());
        }
    }
    files.sort();
    files
}

fn read(path: &Path) -> WorkflowHistory {
    WorkflowHistory::from_json(&std::fs::read(path).unwrap()).unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories")
}
