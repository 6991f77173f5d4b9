//! Finds, ends and deletes workflows and deletes schedules, when a user's data is deleted. It
//! uses the raw gRPC service because the SDK's client has no delete calls.

use activities::privacy_service::{Execution, WorkflowDeletion};
use futures::future::BoxFuture;
use temporalio_client::tonic;
use temporalio_protos::temporal::api::{
    common::v1::WorkflowExecution,
    enums::v1::WorkflowExecutionStatus,
    workflowservice::v1::{
        DeleteScheduleRequest, DeleteWorkflowExecutionRequest, ListWorkflowExecutionsRequest,
        RequestCancelWorkflowExecutionRequest, TerminateWorkflowExecutionRequest,
    },
};

use crate::temporal_api::TemporalApi;

/// Executions per page of a list request.
const PAGE: i32 = 200;

/// Reason that cancel and terminate requests carry. No history keeps it: the executions are deleted
/// afterwards.
const DELETION_REASON: &str = "the user's data is deleted";

impl WorkflowDeletion for TemporalApi {
    fn find(&self, query: String) -> BoxFuture<'_, Result<Vec<Execution>, String>> {
        Box::pin(self.listed(query))
    }

    fn end<'a>(
        &'a self,
        execution: &'a Execution,
        terminate: bool,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            if terminate { self.terminate(execution).await } else { self.cancel(execution).await }
        })
    }

    fn delete<'a>(&'a self, execution: &'a Execution) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let request = DeleteWorkflowExecutionRequest {
                namespace: self.namespace(),
                workflow_execution: Some(named(execution)),
            };
            let mut service = self.0.connection().workflow_service();
            let deleted = service.delete_workflow_execution(tonic::Request::new(request));
            done(&execution.workflow, deleted.await)
        })
    }

    fn delete_schedule<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let request = DeleteScheduleRequest {
                namespace: self.namespace(),
                schedule_id: id.to_owned(),
                identity: "workers".to_owned(),
            };
            let mut service = self.0.connection().workflow_service();
            let deleted = service.delete_schedule(tonic::Request::new(request));
            done(id, deleted.await)
        })
    }
}

impl TemporalApi {
    fn namespace(&self) -> String {
        self.0.options().namespace.clone()
    }

    async fn listed(&self, query: String) -> Result<Vec<Execution>, String> {
        let mut all = Vec::new();
        let mut next_page_token = Vec::new();
        loop {
            let request = ListWorkflowExecutionsRequest {
                namespace: self.namespace(),
                page_size: PAGE,
                next_page_token,
                query: query.clone(),
            };
            let mut service = self.0.connection().workflow_service();
            let page = service.list_workflow_executions(tonic::Request::new(request));
            let page = page.await.map_err(|status| status.message().to_owned())?;
            let page = page.into_inner();
            for found in page.executions {
                let open = found.status == WorkflowExecutionStatus::Running as i32;
                let named = found.execution.unwrap_or_default();
                all.push(Execution { workflow: named.workflow_id, run: named.run_id, open });
            }
            next_page_token = page.next_page_token;
            if next_page_token.is_empty() {
                return Ok(all);
            }
        }
    }

    async fn cancel(&self, execution: &Execution) -> Result<(), String> {
        let request = RequestCancelWorkflowExecutionRequest {
            namespace: self.namespace(),
            workflow_execution: Some(named(execution)),
            identity: "workers".to_owned(),
            // One id per run, so that Temporal deduplicates retried requests.
            request_id: format!("forget-{}", execution.run),
            reason: DELETION_REASON.to_owned(),
            ..Default::default()
        };
        let mut service = self.0.connection().workflow_service();
        let cancelled = service.request_cancel_workflow_execution(tonic::Request::new(request));
        done(&execution.workflow, cancelled.await)
    }

    async fn terminate(&self, execution: &Execution) -> Result<(), String> {
        let request = TerminateWorkflowExecutionRequest {
            namespace: self.namespace(),
            workflow_execution: Some(named(execution)),
            identity: "workers".to_owned(),
            reason: DELETION_REASON.to_owned(),
            ..Default::default()
        };
        let mut service = self.0.connection().workflow_service();
        let terminated = service.terminate_workflow_execution(tonic::Request::new(request));
        done(&execution.workflow, terminated.await)
    }
}

fn named(execution: &Execution) -> WorkflowExecution {
    WorkflowExecution { workflow_id: execution.workflow.clone(), run_id: execution.run.clone() }
}

/// Treats a missing or already closed execution as success.
fn done<T>(id: &str, answer: Result<T, tonic::Status>) -> Result<(), String> {
    match answer {
        Ok(_) => Ok(()),
        Err(status) if status.code() == tonic::Code::NotFound => Ok(()),
        Err(status) => Err(format!("{id}: {}", status.message())),
    }
}
