//! Asking Temporal how a carousel's workflow stands.

use std::time::SystemTime;

use activities::maintenance::{Standing, Temporal};
use domain::CarouselId;
use futures::future::BoxFuture;
use temporalio_client::{
    Client, UntypedWorkflow, WorkflowDescribeOptions, WorkflowExecutionStatus,
    errors::WorkflowInteractionError,
};

/// Whoever is asked.
pub(crate) struct Server(pub(crate) Client);

impl Temporal for Server {
    fn standing<'a>(&'a self, id: &'a CarouselId) -> BoxFuture<'a, Result<Standing, String>> {
        Box::pin(self.ask(id))
    }
}

impl Server {
    async fn ask(&self, id: &CarouselId) -> Result<Standing, String> {
        let handle = self.0.get_workflow_handle::<UntypedWorkflow>(id.as_str());
        let options = WorkflowDescribeOptions::default();
        let described = match handle.describe(options).await {
            Ok(described) => described,
            Err(WorkflowInteractionError::NotFound(_)) => {
                let gone = "Temporal knows no workflow of this carousel any more".to_owned();
                return Ok(Standing::Over(gone));
            }
            Err(error) => return Err(error.to_string()),
        };
        if described.status() != WorkflowExecutionStatus::Running {
            let status = format!("{:?}", described.status()).to_lowercase();
            return Ok(Standing::Over(format!(
                "its workflow is over ({status}) and could not say so itself"
            )));
        }
        let failing = described
            .raw()
            .pending_workflow_task
            .as_ref()
            .filter(|task| task.attempt > 1);
        Ok(match failing {
            None => Standing::Running,
            Some(task) => Standing::Failing {
                since: task
                    .original_scheduled_time
                    .and_then(|at| SystemTime::try_from(at).ok())
                    .unwrap_or(SystemTime::now()),
                attempts: u32::try_from(task.attempt).unwrap_or_default(),
            },
        })
    }
}
