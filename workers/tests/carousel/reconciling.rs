//! Reconciling lost carousels, collecting unreferenced blobs, and publishing events.

use std::time::{Duration, SystemTime};

use chrono::{TimeDelta, Utc};
use domain::{BlobKey, CarouselId, Outcome, RequestSource, UserId, record::BriefRecord};
use gateway::carousel_request::CarouselRequest;
use runtime::{codec::Codec, failpoint_hooks::FailpointHooks};
use storage::{
    carousels::{self, NewCarousel},
    ledger, outbox,
};
use temporalio_client::{
    UntypedWorkflow, WorkflowGetResultOptions, WorkflowStartOptions, WorkflowTerminateOptions,
};
use testkit::{FailpointScript, ScriptedFailpoints, TestApp, eventually};
use workflows::{
    CollectBlobsWorkflow, ReconcileWorkflow,
    maintenance::{BlobsCollected, ReconcileResult},
    queues,
};

use crate::{chain, stored};

#[tokio::test]
async fn terminated_carousel_is_reconciled_as_failed() {
    let faults = ScriptedFailpoints::new([("render_carousel.before", FailpointScript::Hold)]);
    let app = TestApp::builder().env("CAROUSELS_PER_DAY", "1").faults(faults.hooks()).start().await;
    let id = terminated_at(&app, &faults, "render_carousel.before").await;

    let reconciled = reconcile(&app).await;

    assert_eq!(reconciled.looked_at, 1);
    assert_eq!(reconciled.settled[0].outcome, Some(Outcome::Failed));
    let carousel = stored(&app, &id).await;
    let carousels::CarouselState::Closed { outcome, reason, .. } = &carousel.state else {
        panic!("it is open still");
    };
    assert_eq!(*outcome, Outcome::Failed);
    assert!(reason.contains("terminated"), "{reason}");
    assert_eq!(carousel.revision, None, "its draft is dropped");
    let kinds = chain(&app, &id).await;
    assert_eq!(kinds[kinds.len() - 2..], ["carousel.completed", "workflow.completed"]);

    // Reconciling again changes nothing, and the user's quota is free.
    assert_eq!(reconcile(&app).await, ReconcileResult::default());
    faults.release();
    let (_, next) = app.make("Почему тесты важны").await;
    assert_eq!(next.outcome, Some(Outcome::Delivered), "{}", next.reason);
}

#[tokio::test]
async fn removed_key_does_not_stop_reconciliation() {
    let key = |id| Codec::new_key(id).unwrap().expose().to_owned();
    let faults = ScriptedFailpoints::new([("render_carousel.before", FailpointScript::Hold)]);
    let mut app = TestApp::builder()
        .env("TEMPORAL_CODEC_KEYS", key("old"))
        .faults(faults.hooks())
        .start()
        .await;
    let id = terminated_at(&app, &faults, "render_carousel.before").await;
    faults.release();
    app.stop_workers().await;
    app.set_codec_keys(&key("new")).await;
    app.restart_workers(FailpointHooks::none()).await;

    let reconciled = reconcile(&app).await;

    assert_eq!(reconciled.settled[0].outcome, Some(Outcome::Failed));
    let outcome = stored(&app, &id).await.state.outcome();
    assert_eq!(outcome, Some(Outcome::Failed));
}

#[tokio::test]
async fn delivered_carousel_is_completed_after_termination() {
    let faults = ScriptedFailpoints::new([("complete_carousel.before", FailpointScript::Hold)]);
    let app = TestApp::builder().faults(faults.hooks()).start().await;
    let id = terminated_at(&app, &faults, "complete_carousel.before").await;

    let reconciled = reconcile(&app).await;

    assert_eq!(reconciled.settled[0].outcome, Some(Outcome::Delivered));
    let carousel = stored(&app, &id).await;
    assert_eq!(carousel.state.outcome(), Some(Outcome::Delivered));
    assert_eq!(carousel.revision, Some(1), "what was sent is kept");
    let pictures = carousels::pictures(&app.db.read(), &id, 1).await.unwrap();
    assert_eq!(pictures.len(), 3, "and so are its pictures");
    assert!(app.export_folder(&id).join("carousel.json").exists());
    let entries = ledger::of_carousel(&app.db.read(), &id).await.unwrap();
    assert_eq!(entries.rows.len(), 1);
    assert_eq!(entries.rows[0].outcome(), Some(Outcome::Delivered));
}

#[tokio::test]
async fn running_carousel_is_not_reconciled() {
    let faults = ScriptedFailpoints::new([("render_carousel.before", FailpointScript::Hold)]);
    let app = TestApp::builder().faults(faults.hooks()).start().await;
    let id = opened_long_ago(&app).await;
    app.order_with_id(&id, "Почему тесты важны").await;
    faults.reached("render_carousel.before").await;

    let reconciled = reconcile(&app).await;
    assert_eq!(reconciled.looked_at, 1);
    assert!(reconciled.settled.is_empty() && reconciled.stuck.is_empty());

    faults.release();
    assert_eq!(app.wait_for_result(&id).await.outcome, Some(Outcome::Delivered));
}

#[tokio::test]
async fn unreferenced_blobs_are_quarantined_and_others_stay() {
    let app = TestApp::start().await;
    let blobs = gateway::carousel_request::blobs(app.settings()).unwrap();
    let (id, _) = app.make("Почему тесты важны").await;
    let of_carousel = carousels::pictures(&app.db.read(), &id, 1).await.unwrap();
    let forgotten = blobs.put("unreferenced", "txt").await.unwrap();
    let young = blobs.put("unreferenced but young", "txt").await.unwrap();
    let key = |key: &str| BlobKey::parse(key).unwrap();
    for picture in &of_carousel {
        make_old(&app, &key(&picture.key));
    }
    make_old(&app, &key(&forgotten.key));

    let collected = collect(&app).await;

    assert_eq!(collected.referenced, of_carousel.len() as u64);
    assert_eq!((collected.condemned, collected.problems), (1, 0));
    for blob in of_carousel.iter().chain([&young]) {
        assert!(file_of(&app, &key(&blob.key)).exists(), "{}", blob.key);
    }
    assert!(!file_of(&app, &key(&forgotten.key)).exists());
    // The blob is only quarantined: a read within a day still returns it.
    let asked = blobs.get(&key(&forgotten.key)).await.unwrap();
    assert_eq!(asked, "unreferenced");
}

#[tokio::test]
async fn every_event_is_published_and_counted() {
    let app = TestApp::start().await;
    let (id, _) = app.make("Почему тесты важны").await;
    let published = async || {
        let events = outbox::of_carousel(&app.db.read(), &id).await.unwrap();
        let all = events.iter().all(|event| event.published_at.is_some());
        all.then_some(())
    };
    eventually("every event is published", published).await;
}

/// A carousel with a workflow that was terminated while held at `point`.
async fn terminated_at(app: &TestApp, faults: &ScriptedFailpoints, point: &str) -> CarouselId {
    let id = opened_long_ago(app).await;
    app.order_with_id(&id, "Почему тесты важны").await;
    faults.reached(point).await;
    let handle = app.client.get_workflow_handle::<UntypedWorkflow>(id.as_str());
    handle.terminate(WorkflowTerminateOptions::default()).await.unwrap();
    id
}

/// Inserts a row older than reconciling's grace period; `open` then finds it.
async fn opened_long_ago(app: &TestApp) -> CarouselId {
    let id = CarouselId::new(RequestSource::Cli, "long-ago").unwrap();
    let mut order = CarouselRequest::about("Почему тесты важны");
    order.slides = "3".parse().unwrap();
    let new = &NewCarousel {
        id: id.clone(),
        user: UserId::local(),
        brief: BriefRecord::from(&app.validate(order).await),
        run_id: "before".to_owned(),
        at: Utc::now() - TimeDelta::minutes(10),
        daily_quota: app.settings().quota.carousels_per_day,
        most_open: None,
    };
    let open = |tx| async move { carousels::open(&tx, new).await };
    app.db.write(open).await.unwrap();
    id
}

async fn reconcile(app: &TestApp) -> ReconcileResult {
    let options = WorkflowStartOptions::new(queues::CAROUSEL, unique("reconcile")).build();
    let run = ReconcileWorkflow::run;
    let started = app.client.start_workflow(run, (), options).await.unwrap();
    let result = started.get_result(WorkflowGetResultOptions::default());
    result.await.unwrap()
}

async fn collect(app: &TestApp) -> BlobsCollected {
    let options = WorkflowStartOptions::new(queues::CAROUSEL, unique("collect")).build();
    let run = CollectBlobsWorkflow::run;
    let started = app.client.start_workflow(run, (), options).await.unwrap();
    let result = started.get_result(WorkflowGetResultOptions::default());
    result.await.unwrap()
}

fn unique(name: &str) -> String {
    format!("{name}-test-{}", Utc::now().timestamp_micros())
}

/// Sets a blob's modification time two days back.
fn make_old(app: &TestApp, key: &BlobKey) {
    let file = std::fs::File::options().write(true).open(file_of(app, key)).unwrap();
    let long_ago = SystemTime::now() - Duration::from_secs(48 * 3600);
    file.set_modified(long_ago).unwrap();
}

fn file_of(app: &TestApp, key: &BlobKey) -> std::path::PathBuf {
    let name = key.as_str();
    app.settings().data.dir.join("blobs").join(&name[..2]).join(name)
}
