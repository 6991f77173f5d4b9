//! Reads workflows from their histories.

use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::Value;
use temporalio_client::{Client, UntypedWorkflow, WorkflowHandle, WorkflowListOptions};
use temporalio_common::{
    data_converters::SerializationContextData, payload_visitor::decode_payloads,
};
use temporalio_protos::temporal::api::{
    common::v1::Payloads,
    failure::v1::{Failure, failure::FailureInfo},
    history::v1::{HistoryEvent, history_event::Attributes},
};
use workflows::carousel::CarouselResult;

use super::{
    AuditError,
    audit_data::{WorkflowFacts, WorkflowStatus},
};

/// Reads the histories of these workflows and of all others that Temporal lists. The list may lag
/// by a second, so known workflows are read by id.
pub(super) async fn read(
    client: &Client,
    known: Vec<String>,
) -> Result<Vec<WorkflowFacts>, AuditError> {
    let fault = |e: &dyn std::fmt::Display| AuditError::Temporal(e.to_string());
    let query = "WorkflowType = 'CarouselWorkflow'";
    let listed = client.list_workflows(query, WorkflowListOptions::default());
    let listed = listed.map_ok(|found| found.id().to_owned());
    let listed: Vec<String> = listed.boxed().try_collect().await.map_err(|e| fault(&e))?;
    let mut ids: Vec<String> = known.into_iter().chain(listed).collect();
    ids.sort();
    ids.dedup();
    let mut workflows = Vec::new();
    for id in ids {
        if let Some(workflow) = workflow(client, id).await? {
            workflows.push(workflow);
        }
    }
    Ok(workflows)
}

/// One workflow; `None` if Temporal does not know it, or no longer has it.
async fn workflow(client: &Client, id: String) -> Result<Option<WorkflowFacts>, AuditError> {
    use temporalio_client::errors::WorkflowInteractionError as Interaction;
    let handle: WorkflowHandle<Client, UntypedWorkflow> = client.get_workflow_handle(&id);
    let history = handle.fetch_history(Default::default());
    match history.try_collect::<Vec<HistoryEvent>>().await {
        Ok(mut events) => {
            let codec = client.options().data_converter.codec();
            for event in &mut events {
                decode_payloads(event, codec, &SerializationContextData::None)
                    .await
                    .map_err(|error| AuditError::Temporal(error.to_string()))?;
            }
            Ok(Some(facts_of(id, &events)))
        }
        Err(Interaction::NotFound(_)) => Ok(None),
        Err(error) => Err(AuditError::Temporal(error.to_string())),
    }
}

fn facts_of(id: String, events: &[HistoryEvent]) -> WorkflowFacts {
    let mut told = WorkflowFacts {
        id,
        status: WorkflowStatus::Running,
        result: None,
        deliveries: 0,
        stuck: None,
    };
    for attributes in events.iter().filter_map(|event| event.attributes.as_ref()) {
        match attributes {
            Attributes::ActivityTaskScheduledEventAttributes(scheduled) => {
                let kind = scheduled.activity_type.as_ref();
                told.deliveries += usize::from(kind.is_some_and(|k| k.name == "deliver_carousel"));
            }
            Attributes::WorkflowTaskFailedEventAttributes(failed) => {
                told.stuck = failed.failure.as_ref().map(|failure| failure.message.clone());
            }
            Attributes::WorkflowTaskCompletedEventAttributes(_) => told.stuck = None,
            Attributes::WorkflowExecutionCompletedEventAttributes(ended) => {
                told.status = WorkflowStatus::Completed;
                told.result = ended.result.as_ref().and_then(result);
            }
            Attributes::WorkflowExecutionFailedEventAttributes(ended) => {
                told.status = WorkflowStatus::Failed;
                told.result = ended.failure.as_ref().and_then(details);
            }
            Attributes::WorkflowExecutionCanceledEventAttributes(ended) => {
                told.status = WorkflowStatus::Cancelled;
                told.result = ended.details.as_ref().and_then(result);
            }
            Attributes::WorkflowExecutionTerminatedEventAttributes(_)
            | Attributes::WorkflowExecutionTimedOutEventAttributes(_) => {
                told.status = WorkflowStatus::EndedWithoutSaga;
            }
            _ => {}
        }
    }
    told
}

fn details(failure: &Failure) -> Option<CarouselResult> {
    match failure.failure_info.as_ref()? {
        FailureInfo::ApplicationFailureInfo(info) => result(info.details.as_ref()?),
        _ => None,
    }
}

fn result(payloads: &Payloads) -> Option<CarouselResult> {
    let value: Value = serde_json::from_slice(&payloads.payloads.first()?.data).ok()?;
    serde_json::from_value(value).ok()
}
