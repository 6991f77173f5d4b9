//! The maintenance schedules.

use temporalio_client::{Client, UntypedWorkflow, WorkflowHandle, tonic};
use temporalio_protos::temporal::api::{
    schedule::v1::SchedulePatch,
    workflowservice::v1::{ListSchedulesRequest, PatchScheduleRequest},
};
use testkit::{
    TestApp,
    schedules::{describe_schedule, trigger_schedule},
};
use workers::Pools;
use workflows::maintenance::SCHEDULES;

#[tokio::test]
async fn workers_create_schedules_and_keep_operator_changes() {
    let app = TestApp::start().await;
    let mut service = app.client.connection().workflow_service();
    let namespace = app.client.options().namespace.clone();

    // Schedule lists are eventually consistent.
    let all = async {
        loop {
            let request =
                ListSchedulesRequest { namespace: namespace.clone(), ..Default::default() };
            let mut service = app.client.connection().workflow_service();
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
        namespace,
        schedule_id: "prune".to_owned(),
        patch: Some(SchedulePatch { pause: "not tonight".to_owned(), ..Default::default() }),
        request_id: "pause".to_owned(),
        ..Default::default()
    };
    service.patch_schedule(tonic::Request::new(pause)).await.unwrap();
    let shift =
        app.start_workers(&Pools::all(), runtime::failpoint_hooks::FailpointHooks::none()).await;
    let described = describe_schedule(&app.client, "prune").await.unwrap();
    let schedule = described.schedule.unwrap();
    assert!(schedule.state.unwrap().paused);
    assert!(schedule.policies.unwrap().catchup_window.is_some());
    shift.stop().await;
}

#[tokio::test]
async fn each_maintenance_schedule_completes_when_triggered() {
    let app = TestApp::start().await;
    for schedule in SCHEDULES {
        trigger_schedule(&app.client, schedule.id).await.unwrap();
        let started = async {
            loop {
                let described = describe_schedule(&app.client, schedule.id).await.unwrap();
                let actions = described.info.unwrap_or_default().recent_actions;
                if let Some(run) = actions.last().and_then(|a| a.start_workflow_result.clone()) {
                    break run.workflow_id;
                }
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        };
        let workflow = tokio::time::timeout(std::time::Duration::from_secs(30), started).await;
        let handle: WorkflowHandle<Client, UntypedWorkflow> =
            app.client.get_workflow_handle(workflow.unwrap());
        let ended = handle.get_result(Default::default()).await;
        assert!(ended.is_ok(), "{}: {}", schedule.id, ended.unwrap_err());
    }
}
