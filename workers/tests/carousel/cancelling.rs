//! Cancelling a carousel at each stage.

use domain::{CarouselId, Outcome};
use gateway::carousels::Cancelled;
use storage::carousels;
use testkit::{House, Script, ScriptedFaults};

use crate::{FORWARD, stored};

#[tokio::test]
async fn cancel_before_delivery_undoes_everything() {
    for activity in &FORWARD[..5] {
        let (house, id, faults) = held_at(activity).await;

        let answer = house.carousels.cancel(&id, "test").await.unwrap();

        assert_eq!(answer, Cancelled::Done, "{activity}");
        let result = house.ended(&id).await;
        assert_eq!(result.outcome, "cancelled", "{activity}: {}", result.reason);
        let row = carousels::find(&house.db.read(), &id).await.unwrap();
        if *activity == "open_carousel" {
            assert_eq!(row, None, "nothing was opened");
        } else {
            let row = row.unwrap();
            assert_eq!(row.state.outcome(), Some(Outcome::Cancelled), "{activity}");
            assert_eq!(row.revision, None, "{activity}");
        }
        assert!(!house.folder_of(&id).exists(), "{activity}");
        faults.release();
    }
}

#[tokio::test]
async fn cancel_after_delivery_began_is_too_late() {
    for activity in &FORWARD[5..] {
        let (house, id, faults) = held_at(activity).await;

        let answer = house.carousels.cancel(&id, "test").await.unwrap();
        assert_eq!(answer, Cancelled::TooLate, "{activity}");

        faults.release();
        assert_eq!(house.ended(&id).await.outcome, "delivered", "{activity}");
        assert_eq!(
            stored(&house, &id).await.state.outcome(),
            Some(Outcome::Delivered)
        );
    }
}

#[tokio::test]
async fn cancel_is_kept_until_a_worker_starts() {
    let house = House::build().without_workers().await;
    let id = house.order("Почему тесты важны").await.id;
    assert_eq!(
        house.carousels.cancel(&id, "test").await.unwrap(),
        Cancelled::Requested
    );

    let _shift = house
        .hire(&workers::Pools::all(), ScriptedFaults::none().faults())
        .await;

    assert_eq!(house.ended(&id).await.outcome, "cancelled");
}

#[tokio::test]
async fn ended_carousel_can_not_be_cancelled() {
    let house = House::start().await;
    let (id, _) = house.make("Почему тесты важны").await;
    let answer = house.carousels.cancel(&id, "test").await.unwrap();
    assert_eq!(answer, Cancelled::Over("completed".to_owned()));

    let nobody = CarouselId::new(domain::Source::Cli, "nobody").unwrap();
    let error = house
        .carousels
        .cancel(&nobody, "test")
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("there is no carousel carousel-cli-nobody"),
        "{error}"
    );
}

/// A test application with one carousel that is held before this activity's effect.
async fn held_at(activity: &str) -> (House, CarouselId, ScriptedFaults) {
    let point = format!("{activity}.before");
    let faults = ScriptedFaults::new([(point.clone(), Script::Hold)]);
    let house = House::build().faults(faults.faults()).start().await;
    let id = house.order("Почему тесты важны").await.id;
    faults.reached(&point).await;
    (house, id, faults)
}
