//! Worker versioning: only the workflow pool has a version, and Temporal gives it workflows once that
//! version is the current one.

use domain::Outcome;
use runtime::{failpoint_hooks::FailpointHooks, settings::WorkerDeployment};
use temporalio_client::tonic;
use temporalio_protos::temporal::api::workflowservice::v1::SetWorkerDeploymentCurrentVersionRequest;
use testkit::{TestApp, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn current_version_gets_workflows() {
    let mut app = TestApp::builder().without_workers().await;
    app.restart_pools("ai,render,persistence,delivery").await;
    let version =
        WorkerDeployment { name: "vibecoder/workflow".to_owned(), build_id: "2.0.0".to_owned() };
    app.change_settings(|settings| settings.temporal.deployment = Some(version.clone()));
    let _workflows = app.start_workers(&"workflow".parse().unwrap(), FailpointHooks::none()).await;

    let request = SetWorkerDeploymentCurrentVersionRequest {
        namespace: app.client.options().namespace.clone(),
        deployment_name: version.name,
        build_id: version.build_id,
        ..Default::default()
    };
    // The server knows the version after its first poll.
    eventually("the version is the current one", async || {
        let mut service = app.client.connection().workflow_service();
        let request = tonic::Request::new(request.clone());
        service.set_worker_deployment_current_version(request).await.ok()
    })
    .await;
    let (_, result) = app.make("Почему тесты важны").await;
    assert_eq!(result.outcome, Some(Outcome::Delivered));
}
