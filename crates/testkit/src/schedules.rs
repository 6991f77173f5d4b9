//! Temporal schedules: finding them, and starting their runs.

use std::time::{Duration, SystemTime};

use temporalio_client::{Client, tonic};
use temporalio_protos::temporal::api::{
    enums::v1::ScheduleOverlapPolicy,
    schedule::v1::{BackfillRequest, SchedulePatch, TriggerImmediatelyRequest},
    workflowservice::v1::{
        DescribeScheduleRequest, DescribeScheduleResponse, ListSchedulesRequest,
        PatchScheduleRequest,
    },
};

/// The id of the first schedule whose id begins with `prefix`, if Temporal lists one already.
///
/// # Errors
/// If Temporal does not answer.
pub async fn find_schedule(client: &Client, prefix: &str) -> Result<Option<String>, tonic::Status> {
    let namespace = client.options().namespace.clone();
    let request = ListSchedulesRequest { namespace, ..Default::default() };
    let mut service = client.connection().workflow_service();
    let listed = service.list_schedules(tonic::Request::new(request)).await?.into_inner();
    let mut ids = listed.schedules.into_iter().map(|one| one.schedule_id);
    Ok(ids.find(|id| id.starts_with(prefix)))
}

/// A schedule.
///
/// # Errors
/// If there is none with this id, or Temporal does not answer.
pub async fn describe_schedule(
    client: &Client,
    id: &str,
) -> Result<DescribeScheduleResponse, tonic::Status> {
    let request = DescribeScheduleRequest {
        namespace: client.options().namespace.clone(),
        schedule_id: id.to_owned(),
    };
    let mut service = client.connection().workflow_service();
    Ok(service.describe_schedule(tonic::Request::new(request)).await?.into_inner())
}

/// Starts a run of a schedule now, even if the previous run is open. Temporal names a run by its second and merges two
/// runs of one second.
///
/// # Errors
/// If there is no such schedule, or Temporal does not answer.
pub async fn trigger_schedule(client: &Client, id: &str) -> Result<(), tonic::Status> {
    let now = TriggerImmediatelyRequest {
        overlap_policy: ScheduleOverlapPolicy::AllowAll as i32,
        ..Default::default()
    };
    patch(client, id, SchedulePatch { trigger_immediately: Some(now), ..Default::default() }).await
}

/// Starts the runs of a schedule that were due between these times, as hours before now.
///
/// # Errors
/// Like [`trigger_schedule`].
pub async fn run_late(client: &Client, id: &str, hours_ago: [u64; 2]) -> Result<(), tonic::Status> {
    let now = SystemTime::now();
    let [start, end] = hours_ago.map(|ago| Some((now - Duration::from_secs(ago * 3_600)).into()));
    let due = BackfillRequest { start_time: start, end_time: end, ..Default::default() };
    patch(client, id, SchedulePatch { backfill_request: vec![due], ..Default::default() }).await
}

async fn patch(client: &Client, id: &str, patch: SchedulePatch) -> Result<(), tonic::Status> {
    let request = PatchScheduleRequest {
        namespace: client.options().namespace.clone(),
        schedule_id: id.to_owned(),
        patch: Some(patch),
        ..Default::default()
    };
    let mut service = client.connection().workflow_service();
    service.patch_schedule(tonic::Request::new(request)).await.map(drop)
}
