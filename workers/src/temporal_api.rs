//! Temporal calls of the activities: the status of a carousel's workflow, and pausing and resuming
//! a schedule.

use std::time::SystemTime;

use activities::{
    maintenance::{WorkflowCondition, WorkflowStatusClient},
    schedule_service::SchedulePauser,
};
use futures::future::BoxFuture;
use runtime::describe::describe_encoded;
use temporalio_client::{Client, WorkflowExecutionStatus, tonic};
use temporalio_protos::temporal::api::{
    schedule::v1::SchedulePatch,
    workflowservice::v1::{DescribeScheduleRequest, PatchScheduleRequest},
};

pub(crate) struct TemporalApi(pub(crate) Client);

impl WorkflowStatusClient for TemporalApi {
    fn workflow_status<'a>(
        &'a self,
        id: &'a str,
    ) -> BoxFuture<'a, Result<WorkflowCondition, String>> {
        Box::pin(self.describe_workflow(id))
    }
}

impl SchedulePauser for TemporalApi {
    fn pause<'a>(&'a self, id: &'a str, why: &'a str) -> BoxFuture<'a, Result<(), String>> {
        let patch = SchedulePatch { pause: why.to_owned(), ..Default::default() };
        Box::pin(self.patch(id, patch))
    }

    fn resume<'a>(&'a self, id: &'a str, why: &'a str) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(self.unpause(id, why))
    }
}

impl TemporalApi {
    /// Does nothing if the schedule is not paused: otherwise Temporal would replace its notes with
    /// the reason.
    async fn unpause(&self, id: &str, why: &str) -> Result<(), String> {
        let request = DescribeScheduleRequest {
            namespace: self.0.options().namespace.clone(),
            schedule_id: id.to_owned(),
        };
        let mut service = self.0.connection().workflow_service();
        let described = service.describe_schedule(tonic::Request::new(request));
        let found = match described.await {
            Ok(found) => found.into_inner().schedule,
            Err(status) if status.code() == tonic::Code::NotFound => None,
            Err(status) => return Err(format!("schedule {id}: {}", status.message())),
        };
        if found.and_then(|one| one.state).is_none_or(|state| !state.paused) {
            return Ok(());
        }
        let patch = SchedulePatch { unpause: why.to_owned(), ..Default::default() };
        self.patch(id, patch).await
    }

    async fn patch(&self, id: &str, patch: SchedulePatch) -> Result<(), String> {
        let request = PatchScheduleRequest {
            namespace: self.0.options().namespace.clone(),
            schedule_id: id.to_owned(),
            patch: Some(patch),
            identity: "workers".to_owned(),
            ..Default::default()
        };
        let mut service = self.0.connection().workflow_service();
        match service.patch_schedule(tonic::Request::new(request)).await {
            Ok(_) => Ok(()),
            Err(status) if status.code() == tonic::Code::NotFound => Ok(()),
            Err(status) => Err(format!("schedule {id}: {}", status.message())),
        }
    }

    async fn describe_workflow(&self, id: &str) -> Result<WorkflowCondition, String> {
        // Without the key of its payloads, so that a removed key does not stop maintenance.
        let described = describe_encoded(&self.0, id).await;
        let Some(described) = described.map_err(|error| error.to_string())? else {
            let gone = "Temporal knows no such workflow any more".to_owned();
            return Ok(WorkflowCondition::Ended(gone));
        };
        if described.status() != WorkflowExecutionStatus::Running {
            let status = format!("{:?}", described.status()).to_lowercase();
            return Ok(WorkflowCondition::Ended(format!(
                "its workflow is over ({status}) and could not say so itself"
            )));
        }
        let failing =
            described.raw().pending_workflow_task.as_ref().filter(|task| task.attempt > 1);
        Ok(match failing {
            None => WorkflowCondition::Running,
            Some(task) => WorkflowCondition::Failing {
                since: task
                    .original_scheduled_time
                    .and_then(|at| SystemTime::try_from(at).ok())
                    .unwrap_or(SystemTime::now()),
                attempts: u32::try_from(task.attempt).unwrap_or_default(),
            },
        })
    }
}
