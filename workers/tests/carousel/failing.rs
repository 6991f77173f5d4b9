//! Failures during a carousel: transient, permanent, and of the worker itself.

use domain::Outcome;
use storage::carousels;
use testkit::{FailpointScript, ScriptedFailpoints, TestApp};
use workers::Pools;

use crate::{FORWARD, chain, stored};

#[tokio::test]
async fn activity_that_fails_twice_is_retried() {
    for activity in FORWARD {
        let point = format!("{activity}.before");
        let faults = ScriptedFailpoints::new([(point.clone(), FailpointScript::Fail(2))]);
        let app = TestApp::builder().faults(faults.hooks()).start().await;

        let (id, result) = app.make("Почему тесты важны").await;

        assert_eq!(result.outcome, Some(Outcome::Delivered), "{activity}: {}", result.reason);
        assert_eq!(faults.passes(&point), 3, "{activity}");
        assert_eq!(stored(&app, &id).await.state.outcome(), Some(Outcome::Delivered));
    }
}

#[tokio::test]
async fn permanent_render_failure_is_compensated_and_reported() {
    let faults =
        ScriptedFailpoints::new([("render_carousel.before", FailpointScript::Fail(u32::MAX))]);
    let app = TestApp::builder().env("CAROUSELS_PER_DAY", "1").faults(faults.hooks()).start().await;

    let (id, result) = app.make("Почему тесты важны").await;

    assert_eq!(result.outcome, Some(Outcome::Failed));
    let why = "drawing failed: injected failure at render_carousel.before";
    assert_eq!(result.reason, why);
    let carousel = stored(&app, &id).await;
    assert_eq!(carousel.state.outcome(), Some(Outcome::Failed));
    assert_eq!(carousel.revision, None);
    let reader = app.db.read();
    assert_eq!(carousels::find_draft(&reader, &id, 1).await.unwrap(), None);
    assert!(carousels::pictures(&reader, &id, 1).await.unwrap().is_empty());
    assert!(!app.export_folder(&id).exists());

    let kinds = chain(&app, &id).await;
    assert_eq!(
        kinds[kinds.len() - 3..],
        ["workflow.step.completed", "carousel.completed", "workflow.completed"]
    );
    let status = app.carousels.status(&id).await.unwrap();
    assert_eq!(status.progress.unwrap().reason, why);
}

#[tokio::test]
async fn failure_releases_quota() {
    let faults = ScriptedFailpoints::new([("render_carousel.before", FailpointScript::Fail(3))]);
    let app = TestApp::builder().env("CAROUSELS_PER_DAY", "1").faults(faults.hooks()).start().await;

    let (_, first) = app.make("Почему тесты важны").await;
    assert_eq!(first.outcome, Some(Outcome::Failed));
    let (_, second) = app.make("Почему тесты важны").await;
    assert_eq!(second.outcome, Some(Outcome::Delivered), "{}", second.reason);

    let (third, refused) = app.make("Почему тесты важны").await;
    assert_eq!(refused.outcome, Some(Outcome::Failed));
    assert!(refused.reason.contains("all 1 carousels of the day are used"), "{}", refused.reason);
    assert_eq!(carousels::find(&app.db.read(), &third).await.unwrap(), None);
}

#[tokio::test]
async fn unwritable_destination_is_reported() {
    let app = TestApp::start().await;
    let id = domain::CarouselId::new(domain::RequestSource::Cli, "outside").unwrap();
    let order = gateway::carousel_request::CarouselRequest::about("Naming");
    let brief = app.validate(order).await;
    let to = workflows::destination::DestinationRecord::folder("/etc/carousels");
    let user = domain::UserId::local();
    app.carousels.start(&id, &user, &brief, to).await.unwrap();

    let result = app.wait_for_result(&id).await;

    assert_eq!(result.outcome, Some(Outcome::Failed));
    assert!(result.reason.contains("OUTPUT_DIR"), "{}", result.reason);
    assert_eq!(stored(&app, &id).await.state.outcome(), Some(Outcome::Failed));
}

#[tokio::test]
async fn lost_picture_is_rendered_again_before_delivery() {
    let faults = ScriptedFailpoints::new([("deliver_carousel.before", FailpointScript::Hold)]);
    let app = TestApp::builder().faults(faults.hooks()).start().await;
    let id = app.order("Почему тесты важны").await.id;
    faults.reached("deliver_carousel.before").await;

    std::fs::remove_dir_all(app.settings().data.dir.join("blobs")).unwrap();
    faults.release();

    let result = app.wait_for_result(&id).await;
    assert_eq!(result.outcome, Some(Outcome::Delivered), "{}", result.reason);
    assert_eq!(faults.passes("render_carousel.before"), 2);
}

#[tokio::test]
async fn another_worker_takes_over_a_stopped_workers_activity() {
    for activity in FORWARD {
        let point = format!("{activity}.before");
        let held = ScriptedFailpoints::new([(point.clone(), FailpointScript::Hold)]);
        let mut app =
            TestApp::builder().env("DRAIN_SECONDS", "0").faults(held.hooks()).start().await;
        let id = app.order("Почему тесты важны").await.id;
        held.reached(&point).await;

        let next = ScriptedFailpoints::none();
        let _next = app.start_workers(&Pools::all(), next.hooks()).await;
        app.stop_workers().await;

        let result = app.wait_for_result(&id).await;
        assert_eq!(result.outcome, Some(Outcome::Delivered), "{activity}: {}", result.reason);
        assert_eq!(next.passes(&point), 1, "{activity} was taken over");
    }
}

#[tokio::test]
async fn activities_retry_until_the_database_is_back() {
    let faults = ScriptedFailpoints::new([("save_draft.before", FailpointScript::Fail(6))]);
    let app = TestApp::builder().faults(faults.hooks()).start().await;
    let (_, result) = app.make("Почему тесты важны").await;
    assert_eq!(result.outcome, Some(Outcome::Delivered));
    assert_eq!(faults.passes("save_draft.before"), 7);
}
