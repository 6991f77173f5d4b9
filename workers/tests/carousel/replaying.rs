//! Histories that were recorded are replayed against the workflow as it is now: a change that would
//! break carousels under way fails here, not in production.

use std::path::{Path, PathBuf};

use domain::CarouselId;
use temporalio_client::WorkflowHistory;
use temporalio_sdk::workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions};
use temporalio_workflow::{
    ActivityOptions, WorkflowContext, WorkflowContextView, WorkflowResult, workflow,
    workflow_methods,
};
use testkit::{House, Script, ScriptedFaults};
use workflows::{
    CarouselWorkflow,
    contract::{AiActivities, AnalyzeInput, CarouselInput, CarouselResult},
};

/// What is recorded: a name, and a point at which that carousel fails for good.
const RECORDED: [(&str, Option<&str>); 3] = [
    ("delivered", None),
    ("undone-after-drawing", Some("render_carousel.before")),
    ("retried-then-delivered", Some("save_draft.recorded")),
];

/// To record anew after a deliberate change (which needs `patched`, see CONTRIBUTING.md):
/// `RECORD_HISTORIES=1 cargo test -p workers recorded`.
#[tokio::test]
async fn recorded_histories_replay() {
    if std::env::var_os("RECORD_HISTORIES").is_some() {
        record().await;
    }
    let mut replayed = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let replay = replayer::<CarouselWorkflow>()
            .replay_workflow(read(&path))
            .await;
        assert!(
            replay.is_ok(),
            "{}: {}",
            path.display(),
            replay.unwrap_err()
        );
        replayed += 1;
    }
    assert!(replayed >= RECORDED.len());
}

#[tokio::test]
async fn a_workflow_that_was_changed_without_care_fails_the_replay() {
    let history = read(&folder().join("delivered.json"));
    let replay = replayer::<Hasty>().replay_workflow(history).await;
    let said = replay.unwrap_err().to_string();
    assert!(said.to_lowercase().contains("nondeterminism"), "{said}");
}

/// `CarouselWorkflow` as somebody in a hurry might change it: it analyses before it opens.
#[workflow]
struct Hasty {
    input: CarouselInput,
}

#[workflow_methods]
impl Hasty {
    #[init]
    fn new(_: &WorkflowContextView, input: CarouselInput) -> Self {
        Self { input }
    }

    #[run(name = "CarouselWorkflow")]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<CarouselResult> {
        let brief = ctx.state(|s| s.input.brief.clone());
        let input = AnalyzeInput {
            provider: "offline".to_owned(),
            brief,
        };
        let options = ActivityOptions::start_to_close_timeout(std::time::Duration::from_secs(9));
        ctx.execute_activity(AiActivities::analyze_topic, input, options)
            .await?;
        Ok(CarouselResult::default())
    }
}

fn replayer<W>() -> WorkflowReplayer
where
    W: temporalio_workflow::workflows::WorkflowImplementation,
    <W::Run as temporalio_common::WorkflowDefinition>::Input: Send,
{
    let options = WorkflowReplayerOptions::new()
        .register_workflow::<W>()
        .unwrap()
        .build();
    WorkflowReplayer::new(options).unwrap()
}

async fn record() {
    for (name, broken) in RECORDED {
        let times = if name.starts_with("undone") { 3 } else { 1 };
        let faults = ScriptedFaults::new(broken.map(|point| (point, Script::Fail(times))));
        let house = House::build().faults(faults.faults()).start().await;
        let id = CarouselId::new(domain::Source::Cli, name).unwrap();
        house.order_as(&id, "Почему тесты важны").await;
        house.ended(&id).await;
        let handle = house
            .client
            .get_workflow_handle::<CarouselWorkflow>(id.as_str());
        let json = handle
            .fetch_history(Default::default())
            .to_json()
            .await
            .unwrap();
        std::fs::create_dir_all(folder()).unwrap();
        std::fs::write(folder().join(format!("{name}.json")), json).unwrap();
    }
}

fn read(path: &Path) -> WorkflowHistory {
    WorkflowHistory::from_json(&std::fs::read(path).unwrap()).unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories")
}
