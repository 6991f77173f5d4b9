//! Failures during a carousel: transient, permanent, and of the worker itself.

use domain::Outcome;
use storage::carousels;
use testkit::{House, Script, ScriptedFaults};
use workers::Pools;

use crate::{FORWARD, chain, stored};

#[tokio::test]
async fn activity_that_fails_twice_is_retried() {
    for activity in FORWARD {
        let point = format!("{activity}.before");
        let faults = ScriptedFaults::new([(point.clone(), Script::Fail(2))]);
        let house = House::build().faults(faults.faults()).start().await;

        let (id, result) = house.make("Почему тесты важны").await;

        assert_eq!(result.outcome, "delivered", "{activity}: {}", result.reason);
        assert_eq!(faults.passes(&point), 3, "{activity}");
        assert_eq!(
            stored(&house, &id).await.state.outcome(),
            Some(Outcome::Delivered)
        );
    }
}

#[tokio::test]
async fn permanent_render_failure_is_compensated_and_reported() {
    let faults = ScriptedFaults::new([("render_carousel.before", Script::Fail(u32::MAX))]);
    let house = House::build()
        .env("CAROUSELS_PER_DAY", "1")
        .faults(faults.faults())
        .start()
        .await;

    let (id, result) = house.make("Почему тесты важны").await;

    assert_eq!(result.outcome, "failed");
    let why = "drawing failed: injected failure at render_carousel.before";
    assert_eq!(result.reason, why);
    let carousel = stored(&house, &id).await;
    assert_eq!(carousel.state.outcome(), Some(Outcome::Failed));
    assert_eq!(carousel.revision, None);
    let reader = house.db.read();
    assert_eq!(carousels::draft(&reader, &id, 1).await.unwrap(), None);
    assert!(
        carousels::pictures(&reader, &id, 1)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(!house.folder_of(&id).exists());

    let kinds = chain(&house, &id).await;
    assert_eq!(
        kinds[kinds.len() - 3..],
        [
            "workflow.step.completed",
            "carousel.completed",
            "workflow.completed"
        ]
    );
    let status = house.carousels.status(&id).await.unwrap();
    assert_eq!(status.progress.unwrap().reason, why);
}

#[tokio::test]
async fn failure_releases_quota() {
    let faults = ScriptedFaults::new([("render_carousel.before", Script::Fail(3))]);
    let house = House::build()
        .env("CAROUSELS_PER_DAY", "1")
        .faults(faults.faults())
        .start()
        .await;

    let (_, first) = house.make("Почему тесты важны").await;
    assert_eq!(first.outcome, "failed");
    let (_, second) = house.make("Почему тесты важны").await;
    assert_eq!(second.outcome, "delivered", "{}", second.reason);

    let (third, refused) = house.make("Почему тесты важны").await;
    assert_eq!(refused.outcome, "failed");
    assert!(
        refused
            .reason
            .contains("all 1 carousels of the day are used"),
        "{}",
        refused.reason
    );
    assert_eq!(
        carousels::find(&house.db.read(), &third).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn unwritable_destination_is_reported() {
    let house = House::start().await;
    let id = domain::CarouselId::new(domain::Source::Cli, "outside").unwrap();
    let order = gateway::order::Order::about(gateway::order::Words::Topic("Naming".to_owned()));
    let brief = house.judge(order).await;
    let to = workflows::contract::DestinationRecord::folder("/etc/carousels");
    let user = domain::UserId::local();
    house.carousels.start(&id, &user, &brief, to).await.unwrap();

    let result = house.ended(&id).await;

    assert_eq!(result.outcome, "failed");
    assert!(result.reason.contains("OUTPUT_DIR"), "{}", result.reason);
    assert_eq!(
        stored(&house, &id).await.state.outcome(),
        Some(Outcome::Failed)
    );
}

#[tokio::test]
async fn lost_picture_is_rendered_again_before_delivery() {
    let faults = ScriptedFaults::new([("deliver_carousel.before", Script::Hold)]);
    let house = House::build().faults(faults.faults()).start().await;
    let id = house.order("Почему тесты важны").await.id;
    faults.reached("deliver_carousel.before").await;

    std::fs::remove_dir_all(house.settings().data.dir.join("blobs")).unwrap();
    faults.release();

    let result = house.ended(&id).await;
    assert_eq!(result.outcome, "delivered", "{}", result.reason);
    assert_eq!(faults.passes("render_carousel.before"), 2);
}

#[tokio::test]
async fn another_worker_takes_over_a_stopped_workers_activity() {
    for activity in FORWARD {
        let point = format!("{activity}.before");
        let held = ScriptedFaults::new([(point.clone(), Script::Hold)]);
        let mut house = House::build()
            .env("DRAIN_SECONDS", "0")
            .faults(held.faults())
            .start()
            .await;
        let id = house.order("Почему тесты важны").await.id;
        held.reached(&point).await;

        let next = ScriptedFaults::none();
        let _next = house.hire(&Pools::all(), next.faults()).await;
        house.dismiss().await;

        let result = house.ended(&id).await;
        assert_eq!(result.outcome, "delivered", "{activity}: {}", result.reason);
        assert_eq!(next.passes(&point), 1, "{activity} was taken over");
    }
}

#[tokio::test]
async fn activities_retry_until_the_database_is_back() {
    let faults = ScriptedFaults::new([("save_draft.before", Script::Fail(6))]);
    let house = House::build().faults(faults.faults()).start().await;
    let (_, result) = house.make("Почему тесты важны").await;
    assert_eq!(result.outcome, "delivered");
    assert_eq!(faults.passes("save_draft.before"), 7);
}
