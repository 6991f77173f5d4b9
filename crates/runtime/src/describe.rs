//! Temporal's description of a workflow, decrypted.
//!
//! It does not use the SDK's own call, which reads a workflow's summary before it decrypts and
//! therefore fails for every child with a summary that its parent encrypted.

use temporalio_client::{Client, WorkflowExecutionStatus, tonic};
use temporalio_common::{
    data_converters::{PayloadConversionError, SerializationContextData},
    payload_visitor::decode_payloads,
};
use temporalio_protos::temporal::api::{
    common::v1::{Payload, WorkflowExecution},
    workflow::v1::WorkflowExecutionInfo,
    workflowservice::v1::{DescribeWorkflowExecutionRequest, DescribeWorkflowExecutionResponse},
};

/// Temporal's description of a workflow, with decrypted payloads.
#[derive(Debug, Clone)]
pub struct Description(DescribeWorkflowExecutionResponse);

/// Why there is no description.
#[derive(Debug, thiserror::Error)]
pub enum DescribeError {
    /// Temporal refused the call, or did not answer.
    #[error("{}", .0.message())]
    Temporal(tonic::Status),
    /// It can't be decoded.
    #[error("{0}")]
    Unreadable(PayloadConversionError),
}

/// The newest run of the workflow `id`; `None` if Temporal does not know it.
pub async fn describe(client: &Client, id: &str) -> Result<Option<Description>, DescribeError> {
    let Some(mut described) = describe_encoded(client, id).await? else {
        return Ok(None);
    };
    let codec = client.options().data_converter.codec();
    decode_payloads(&mut described.0, codec, &SerializationContextData::None)
        .await
        .map_err(DescribeError::Unreadable)?;
    Ok(Some(described))
}

/// Like [`describe`], but its payloads stay encoded: a caller that needs only the status needs no
/// key either. The key can be one that was removed since.
pub async fn describe_encoded(
    client: &Client,
    id: &str,
) -> Result<Option<Description>, DescribeError> {
    let request = DescribeWorkflowExecutionRequest {
        namespace: client.options().namespace.clone(),
        execution: Some(WorkflowExecution { workflow_id: id.to_owned(), run_id: String::new() }),
    };
    let mut service = client.connection().workflow_service();
    let described = service.describe_workflow_execution(tonic::Request::new(request));
    match described.await {
        Ok(described) => Ok(Some(Description(described.into_inner()))),
        Err(status) if status.code() == tonic::Code::NotFound => Ok(None),
        Err(status) => Err(DescribeError::Temporal(status)),
    }
}

impl Description {
    /// The whole response.
    pub fn raw(&self) -> &DescribeWorkflowExecutionResponse {
        &self.0
    }

    pub fn status(&self) -> WorkflowExecutionStatus {
        self.info().map_or(WorkflowExecutionStatus::Unspecified, |info| info.status().into())
    }

    pub fn run_id(&self) -> &str {
        let run = self.info().and_then(|info| info.execution.as_ref());
        run.map_or("", |run| &run.run_id)
    }

    /// The summary at the top of its page in the Web UI.
    pub fn summary(&self) -> Option<String> {
        let config = self.0.execution_config.as_ref()?;
        let summary = value(config.user_metadata.as_ref()?.summary.as_ref()?)?;
        summary.as_str().map(str::to_owned)
    }

    /// The value in its memo under `name`.
    pub fn memo(&self, name: &str) -> Option<serde_json::Value> {
        value(self.info()?.memo.as_ref()?.fields.get(name)?)
    }

    fn info(&self) -> Option<&WorkflowExecutionInfo> {
        self.0.workflow_execution_info.as_ref()
    }
}

/// A value in the SDK's encoding.
fn value(payload: &Payload) -> Option<serde_json::Value> {
    serde_json::from_slice(&payload.data).ok()
}
