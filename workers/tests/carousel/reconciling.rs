//! Carousels that nobody works on any more are settled; blobs that nobody refers to are taken;
//! events reach those who wait for them.

use std::time::{Duration, SystemTime};

use chrono::{TimeDelta, Utc};
use domain::{BlobKey, CarouselId, Outcome, Source, UserId, record::BriefRecord};
use gateway::order::{Order, Words};
use storage::{
    carousels::{self, NewCarousel},
    ledger, outbox,
};
use temporalio_client::{
    UntypedWorkflow, WorkflowGetResultOptions, WorkflowStartOptions, WorkflowTerminateOptions,
};
use testkit::{House, Script, ScriptedFaults, eventually};
use workflows::{
    CollectBlobsWorkflow, ReconcileWorkflow,
    contract::{BlobsCollected, Reconciled},
    queues,
};

use crate::{chain, stored};

#[tokio::test]
async fn a_carousel_whose_workflow_was_terminated_is_undone_and_says_why() {
    let faults = ScriptedFaults::new([("render_carousel.before", Script::Hold)]);
    let house = House::build()
        .env("CAROUSELS_PER_DAY", "1")
        .faults(faults.faults())
        .start()
        .await;
    let id = left_at(&house, &faults, "render_carousel.before").await;

    let reconciled = reconcile(&house).await;

    assert_eq!(reconciled.looked_at, 1);
    assert_eq!(reconciled.settled[0].outcome, "failed");
    let carousel = stored(&house, &id).await;
    let carousels::State::Closed {
        outcome, reason, ..
    } = &carousel.state
    else {
        panic!("it is open still");
    };
    assert_eq!(*outcome, Outcome::Failed);
    assert!(reason.contains("terminated"), "{reason}");
    assert_eq!(carousel.revision, None, "its draft is dropped");
    let kinds = chain(&house, &id).await;
    assert_eq!(
        kinds[kinds.len() - 2..],
        ["carousel.completed", "workflow.completed"]
    );

    // It has nothing left to do, and the user's quota is free again.
    assert_eq!(reconcile(&house).await, Reconciled::default());
    faults.release();
    let (_, next) = house.make("Почему тесты важны").await;
    assert_eq!(next.outcome, "delivered", "{}", next.reason);
}

#[tokio::test]
async fn a_carousel_that_arrived_before_its_workflow_was_terminated_is_completed() {
    let faults = ScriptedFaults::new([("complete_carousel.before", Script::Hold)]);
    let house = House::build().faults(faults.faults()).start().await;
    let id = left_at(&house, &faults, "complete_carousel.before").await;

    let reconciled = reconcile(&house).await;

    assert_eq!(reconciled.settled[0].outcome, "delivered");
    let carousel = stored(&house, &id).await;
    assert_eq!(carousel.state.outcome(), Some(Outcome::Delivered));
    assert_eq!(carousel.revision, Some(1), "what was sent is kept");
    let pictures = carousels::pictures(&house.db.read(), &id, 1).await.unwrap();
    assert_eq!(pictures.len(), 3, "and so are its pictures");
    assert!(house.folder_of(&id).join("carousel.json").exists());
    let entries = ledger::of_carousel(&house.db.read(), &id).await.unwrap();
    assert_eq!(entries.rows.len(), 1);
    assert_eq!(entries.rows[0].outcome(), Some(Outcome::Delivered));
}

#[tokio::test]
async fn a_carousel_under_way_is_left_alone() {
    let faults = ScriptedFaults::new([("render_carousel.before", Script::Hold)]);
    let house = House::build().faults(faults.faults()).start().await;
    let id = opened_long_ago(&house).await;
    house.order_as(&id, "Почему тесты важны").await;
    faults.reached("render_carousel.before").await;

    let reconciled = reconcile(&house).await;
    assert_eq!(reconciled.looked_at, 1);
    assert!(reconciled.settled.is_empty() && reconciled.stuck.is_empty());

    faults.release();
    assert_eq!(house.ended(&id).await.outcome, "delivered");
}

#[tokio::test]
async fn blobs_that_nothing_refers_to_are_set_aside_and_the_others_stay() {
    let house = House::start().await;
    let blobs = gateway::order::blobs(house.settings()).unwrap();
    let (id, _) = house.make("Почему тесты важны").await;
    let of_carousel = carousels::pictures(&house.db.read(), &id, 1).await.unwrap();
    let forgotten = blobs.put("nobody wants this", "txt").await.unwrap();
    let young = blobs.put("nobody wants this yet", "txt").await.unwrap();
    let key = |key: &str| BlobKey::parse(key).unwrap();
    for picture in &of_carousel {
        age(&house, &key(&picture.key));
    }
    age(&house, &key(&forgotten.key));

    let collected = collect(&house).await;

    assert_eq!(collected.referenced, of_carousel.len() as u64);
    assert_eq!((collected.condemned, collected.problems), (1, 0));
    for blob in of_carousel.iter().chain([&young]) {
        assert!(file_of(&house, &key(&blob.key)).exists(), "{}", blob.key);
    }
    assert!(!file_of(&house, &key(&forgotten.key)).exists());
    // Set aside is not gone: whoever asks within a day still gets it.
    let asked = blobs.get(&key(&forgotten.key)).await.unwrap();
    assert_eq!(asked, "nobody wants this");
}

#[tokio::test]
async fn every_event_is_published_and_counted() {
    let house = House::start().await;
    let (id, _) = house.make("Почему тесты важны").await;
    let published = async || {
        let events = outbox::of_carousel(&house.db.read(), &id).await.unwrap();
        let all = events.iter().all(|event| event.published_at.is_some());
        all.then_some(())
    };
    eventually("every event is published", published).await;
}

/// A carousel whose workflow was terminated while it was held at `point`.
async fn left_at(house: &House, faults: &ScriptedFaults, point: &str) -> CarouselId {
    let id = opened_long_ago(house).await;
    house.order_as(&id, "Почему тесты важны").await;
    faults.reached(point).await;
    let handle = house
        .client
        .get_workflow_handle::<UntypedWorkflow>(id.as_str());
    handle
        .terminate(WorkflowTerminateOptions::default())
        .await
        .unwrap();
    id
}

/// A row that is older than those that reconciling leaves alone; `open` finds it there.
async fn opened_long_ago(house: &House) -> CarouselId {
    let id = CarouselId::new(Source::Cli, "long-ago").unwrap();
    let mut order = Order::about(Words::Topic("Почему тесты важны".to_owned()));
    order.slides = "3".parse().unwrap();
    let new = &NewCarousel {
        id: id.clone(),
        user: UserId::local(),
        brief: BriefRecord::from(&house.judge(order).await),
        run_id: "before".to_owned(),
        at: Utc::now() - TimeDelta::minutes(10),
        daily_quota: house.settings().quota.carousels_per_day,
        most_open: None,
    };
    let open = |tx| async move { carousels::open(&tx, new).await };
    house.db.write(open).await.unwrap();
    id
}

async fn reconcile(house: &House) -> Reconciled {
    let options = WorkflowStartOptions::new(queues::CAROUSEL, unique("reconcile")).build();
    let run = ReconcileWorkflow::run;
    let started = house.client.start_workflow(run, (), options).await.unwrap();
    let result = started.get_result(WorkflowGetResultOptions::default());
    result.await.unwrap()
}

async fn collect(house: &House) -> BlobsCollected {
    let options = WorkflowStartOptions::new(queues::CAROUSEL, unique("collect")).build();
    let run = CollectBlobsWorkflow::run;
    let started = house.client.start_workflow(run, (), options).await.unwrap();
    let result = started.get_result(WorkflowGetResultOptions::default());
    result.await.unwrap()
}

fn unique(name: &str) -> String {
    format!("{name}-test-{}", Utc::now().timestamp_micros())
}

/// Makes a blob look as if nobody had used it for two days.
fn age(house: &House, key: &BlobKey) {
    let file = std::fs::File::options()
        .write(true)
        .open(file_of(house, key))
        .unwrap();
    let long_ago = SystemTime::now() - Duration::from_secs(48 * 3600);
    file.set_modified(long_ago).unwrap();
}

fn file_of(house: &House, key: &BlobKey) -> std::path::PathBuf {
    let name = key.as_str();
    house
        .settings()
        .data
        .dir
        .join("blobs")
        .join(&name[..2])
        .join(name)
}
