//! Cancelling a carousel at each stage.

use domain::{CarouselId, Outcome};
use gateway::carousel_client::CancelResult;
use storage::carousels;
use testkit::{FailpointScript, ScriptedFailpoints, TestApp};

use crate::{FORWARD, stored};

#[tokio::test]
async fn cancel_before_delivery_undoes_everything() {
    for activity in &FORWARD[..5] {
        let (app, id, faults) = held_at(activity).await;

        let answer = app.carousels.cancel(&id, "test").await.unwrap();

        assert_eq!(answer, CancelResult::Done, "{activity}");
        let result = app.wait_for_result(&id).await;
        assert_eq!(result.outcome, Some(Outcome::Cancelled), "{activity}: {}", result.reason);
        let row = carousels::find(&app.db.read(), &id).await.unwrap();
        if *activity == "open_carousel" {
            assert_eq!(row, None, "nothing was opened");
        } else {
            let row = row.unwrap();
            assert_eq!(row.state.outcome(), Some(Outcome::Cancelled), "{activity}");
            assert_eq!(row.revision, None, "{activity}");
        }
        assert!(!app.export_folder(&id).exists(), "{activity}");
        faults.release();
    }
}

#[tokio::test]
async fn cancel_after_delivery_began_is_too_late() {
    for activity in &FORWARD[5..] {
        let (app, id, faults) = held_at(activity).await;

        let answer = app.carousels.cancel(&id, "test").await.unwrap();
        assert_eq!(answer, CancelResult::TooLate, "{activity}");

        faults.release();
        assert_eq!(app.wait_for_result(&id).await.outcome, Some(Outcome::Delivered), "{activity}");
        assert_eq!(stored(&app, &id).await.state.outcome(), Some(Outcome::Delivered));
    }
}

#[tokio::test]
async fn cancel_is_kept_until_a_worker_starts() {
    let app = TestApp::builder().without_workers().await;
    let id = app.order("Почему тесты важны").await.id;
    assert_eq!(app.carousels.cancel(&id, "test").await.unwrap(), CancelResult::Requested);

    let _shift =
        app.start_workers(&workers::Pools::all(), ScriptedFailpoints::none().hooks()).await;

    assert_eq!(app.wait_for_result(&id).await.outcome, Some(Outcome::Cancelled));
}

#[tokio::test]
async fn ended_carousel_can_not_be_cancelled() {
    let app = TestApp::start().await;
    let (id, _) = app.make("Почему тесты важны").await;
    let answer = app.carousels.cancel(&id, "test").await.unwrap();
    assert_eq!(answer, CancelResult::AlreadyEnded("completed".to_owned()));

    let nobody = CarouselId::new(domain::RequestSource::Cli, "nobody").unwrap();
    let error = app.carousels.cancel(&nobody, "test").await.unwrap_err().to_string();
    assert!(error.contains("there is no carousel carousel-cli-nobody"), "{error}");
}

/// A test application with one carousel that is held before this activity's effect.
async fn held_at(activity: &str) -> (TestApp, CarouselId, ScriptedFailpoints) {
    let point = format!("{activity}.before");
    let faults = ScriptedFailpoints::new([(point.clone(), FailpointScript::Hold)]);
    let app = TestApp::builder().faults(faults.hooks()).start().await;
    let id = app.order("Почему тесты важны").await.id;
    faults.reached(&point).await;
    (app, id, faults)
}
