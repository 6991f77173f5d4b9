//! `AlarmWorkflow`: raises an alert about a carousel.
//!
//! The application raises an alert after a workflow task has failed for five minutes, which is too
//! long for a test. So the tests have a workflow that calls the same activity with the same policy,
//! and a worker for it in their own process.

use anyhow::anyhow;
use runtime::metrics::ProcessMetrics;
use temporalio_client::{Client, WorkflowGetResultOptions, WorkflowStartOptions};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{Worker, WorkerOptions};
use temporalio_workflow::{WorkflowContext, WorkflowContextView, WorkflowResult};
use workflows::{
    activity::Activity as _,
    maintenance::{RaiseAlert, RaiseAlertInput, StuckCarousel},
};

/// A task queue that only the tests poll.
const QUEUE: &str = "bench";

#[workflow]
struct AlarmWorkflow(RaiseAlertInput);

#[workflow_methods]
impl AlarmWorkflow {
    #[init]
    fn new(_: &WorkflowContextView, input: RaiseAlertInput) -> Self {
        Self(input)
    }

    #[run(name = "AlarmWorkflow")]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let input = ctx.state(|alarm| alarm.0.clone());
        let options = RaiseAlert::POLICY.options("raise an alert".into(), None);
        ctx.execute_activity(RaiseAlert, input, options).await?;
        Ok(())
    }
}

/// Raises an alert about this carousel, and waits for the result.
pub(crate) async fn raise(client: Client, carousel: String) -> anyhow::Result<()> {
    let sdk = ProcessMetrics::plain("alarm").sdk_runtime().map_err(|e| anyhow!("{e}"))?;
    let options = WorkerOptions::new(QUEUE).register_workflow::<AlarmWorkflow>()?;
    let mut worker = Worker::new(&sdk, client.clone(), options.build())?;
    let stop = worker.shutdown_handle();
    let work = async {
        let stuck = StuckCarousel { carousel, since: 1, attempts: 2 };
        let input = RaiseAlertInput { stuck: vec![stuck] };
        let start = WorkflowStartOptions::new(QUEUE, "alarm").build();
        let started = client.start_workflow(AlarmWorkflow::run, input, start).await?;
        started.get_result(WorkflowGetResultOptions::default()).await?;
        stop();
        anyhow::Ok(())
    };
    let (ended, done) = tokio::join!(worker.run(), work);
    ended?;
    done
}
