//! The schedules that look after the house.

use temporalio_client::tonic;
use temporalio_protos::temporal::api::{
    schedule::v1::SchedulePatch,
    workflowservice::v1::{DescribeScheduleRequest, ListSchedulesRequest, PatchScheduleRequest},
};
use testkit::House;
use workers::Pools;
use workflows::maintenance::SCHEDULES;

#[tokio::test]
async fn workers_create_the_schedules_and_leave_an_operators_changes_alone() {
    let house = House::start().await;
    let mut service = house.client.connection().workflow_service();
    let namespace = house.client.options().namespace.clone();

    // Lists are a moment late.
    let all = async {
        loop {
            let request = ListSchedulesRequest {
                namespace: namespace.clone(),
                ..Default::default()
            };
            let mut service = house.client.connection().workflow_service();
            let listed = service.list_schedules(tonic::Request::new(request)).await;
            if listed.unwrap().into_inner().schedules.len() == SCHEDULES.len() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    let in_time = tokio::time::timeout(std::time::Duration::from_secs(30), all).await;
    assert!(in_time.is_ok(), "not all schedules are listed");

    let pause = PatchScheduleRequest {
        namespace: namespace.clone(),
        schedule_id: "prune".to_owned(),
        patch: Some(SchedulePatch {
            pause: "not tonight".to_owned(),
            ..Default::default()
        }),
        request_id: "pause".to_owned(),
        ..Default::default()
    };
    service
        .patch_schedule(tonic::Request::new(pause))
        .await
        .unwrap();
    let shift = house
        .hire(&Pools::all(), runtime::faults::Faults::none())
        .await;
    let describe = DescribeScheduleRequest {
        namespace,
        schedule_id: "prune".to_owned(),
    };
    let described = service
        .describe_schedule(tonic::Request::new(describe))
        .await
        .unwrap()
        .into_inner();
    let schedule = described.schedule.unwrap();
    assert!(schedule.state.unwrap().paused);
    assert!(schedule.policies.unwrap().catchup_window.is_some());
    shift.dismiss().await;
}
