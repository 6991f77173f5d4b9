//! Creates missing Temporal schedules. Existing ones belong to the operator and are not changed,
//! even if edited or paused.
//!
//! It uses the raw gRPC service because the SDK's call can't set the catch-up window.

use temporalio_client::{Client, tonic};
use temporalio_protos::temporal::api::{
    common::v1::{Payload, WorkflowType},
    enums::v1::ScheduleOverlapPolicy,
    schedule::v1::{
        IntervalSpec, Schedule as Wanted, ScheduleAction, SchedulePolicies, ScheduleSpec,
        schedule_action::Action,
    },
    sdk::v1::UserMetadata,
    taskqueue::v1::TaskQueue,
    workflow::v1::NewWorkflowExecutionInfo,
    workflowservice::v1::CreateScheduleRequest,
};
use workflows::{
    maintenance::{MaintenanceSchedule, SCHEDULES},
    queues,
};

pub(crate) async fn create(client: &Client) -> Result<(), String> {
    for schedule in SCHEDULES {
        let request = CreateScheduleRequest {
            namespace: client.options().namespace.clone(),
            schedule_id: schedule.id.to_owned(),
            schedule: Some(wanted(schedule)),
            identity: "workers".to_owned(),
            // A fixed id: if two processes create the schedule at once, one gets `AlreadyExists`.
            request_id: format!("{}-1", schedule.id),
            ..Default::default()
        };
        let mut service = client.connection().workflow_service();
        match service.create_schedule(tonic::Request::new(request)).await {
            Ok(_) => tracing::info!(schedule = schedule.id, "schedule created"),
            Err(status) if status.code() == tonic::Code::AlreadyExists => {}
            Err(status) => {
                return Err(format!("schedule {}: {}", schedule.id, status.message()));
            }
        }
    }
    Ok(())
}

fn wanted(schedule: MaintenanceSchedule) -> Wanted {
    let interval = IntervalSpec { interval: schedule.every.try_into().ok(), phase: None };
    let workflow = NewWorkflowExecutionInfo {
        workflow_id: schedule.id.to_owned(),
        workflow_type: Some(WorkflowType { name: schedule.workflow.to_owned() }),
        task_queue: Some(TaskQueue { name: queues::CAROUSEL.to_owned(), ..Default::default() }),
        user_metadata: Some(UserMetadata {
            summary: Some(json(workflows::web_ui::EscapedText::plain(schedule.summary).as_str())),
            details: None,
        }),
        ..Default::default()
    };
    Wanted {
        spec: Some(ScheduleSpec { interval: vec![interval], ..Default::default() }),
        action: Some(ScheduleAction { action: Some(Action::StartWorkflow(workflow)) }),
        policies: Some(SchedulePolicies {
            overlap_policy: ScheduleOverlapPolicy::Skip as i32,
            catchup_window: schedule.catch_up.try_into().ok(),
            ..Default::default()
        }),
        state: None,
    }
}

/// A text payload in the form that the Web UI reads.
fn json(text: &str) -> Payload {
    let encoding = ("encoding".to_owned(), b"json/plain".to_vec());
    Payload {
        metadata: [encoding].into_iter().collect(),
        data: format!("{text:?}").into_bytes(),
        ..Default::default()
    }
}
