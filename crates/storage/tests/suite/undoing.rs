//! Undo steps of the saga, and what they leave behind.

use domain::{CarouselId, Outcome};
use storage::{
    Error, Stored, Tx,
    carousels::{self, Carousel, NewCarousel, OpenError, Sent, State, Undone},
};

use crate::{
    bed::{Bed, at, id, new, on_each_database, picture, written},
    carousels::completed,
};

on_each_database!(
    undoing_nothing_has_no_effect,
    undoing_keeps_only_the_closed_row,
    undoing_is_idempotent,
    sent_carousel_is_not_undone,
    late_step_stores_nothing,
    undone_carousel_releases_its_quota,
    source_text_is_referenced_until_release,
);

async fn abandoned(bed: &Bed, id: &CarouselId, outcome: Undone) -> Option<Stored<Carousel>> {
    let abandon = |tx: Tx| async move {
        carousels::abandon(&tx, id, outcome, "no provider answers", at(5)).await
    };
    bed.db.write(abandon).await.unwrap()
}

async fn discarded(bed: &Bed, id: &CarouselId) -> bool {
    bed.db
        .write(|tx| async move { carousels::discard_draft(&tx, id, at(4)).await })
        .await
        .unwrap()
}

async fn undoing_nothing_has_no_effect(bed: &Bed) {
    assert!(!discarded(bed, &id("1")).await);
    assert_eq!(abandoned(bed, &id("1"), Undone::Failed).await, None);
    bed.opened(&new("1")).await.unwrap();
    assert!(!discarded(bed, &id("1")).await);
}

async fn undoing_keeps_only_the_closed_row(bed: &Bed) {
    bed.opened(&new("1")).await.unwrap();
    bed.saved(&id("1"), &written("x")).await;
    assert!(discarded(bed, &id("1")).await);
    let left = abandoned(bed, &id("1"), Undone::Failed).await.unwrap();

    assert!(left.fresh);
    let read = bed.db.read();
    let stored = carousels::find(&read, &id("1")).await.unwrap().unwrap();
    assert_eq!(stored, left.value);
    assert_eq!((stored.revision, stored.provider), (None, None));
    let State::Closed {
        outcome,
        reason,
        at: closed,
    } = stored.state
    else {
        panic!("it is still open");
    };
    assert_eq!(
        (outcome, reason.as_str()),
        (Outcome::Failed, "no provider answers")
    );
    assert_eq!(closed, stored.updated_at);
    assert_eq!(carousels::draft(&read, &id("1"), 1).await.unwrap(), None);
}

async fn undoing_is_idempotent(bed: &Bed) {
    bed.opened(&new("1")).await.unwrap();
    let first = abandoned(bed, &id("1"), Undone::Cancelled).await.unwrap();
    let second = abandoned(bed, &id("1"), Undone::Failed).await.unwrap();
    assert!(first.fresh && !second.fresh);
    assert_eq!(first.value, second.value);
    assert!(!discarded(bed, &id("1")).await);
}

async fn sent_carousel_is_not_undone(bed: &Bed) {
    bed.opened(&new("1")).await.unwrap();
    bed.saved(&id("1"), &written("x")).await;
    completed(bed, &id("1"), Sent::Delivered).await.unwrap();

    assert!(!discarded(bed, &id("1")).await);
    let stored = abandoned(bed, &id("1"), Undone::Failed).await.unwrap();
    assert!(!stored.fresh);
    assert_eq!(stored.value.state.outcome(), Some(Outcome::Delivered));
    let read = bed.db.read();
    assert_eq!(
        carousels::draft(&read, &id("1"), 1).await.unwrap(),
        Some(written("x"))
    );
    let pictures = carousels::pictures(&read, &id("1"), 1).await.unwrap();
    assert_eq!(pictures, [picture('b'), picture('a'), picture('a')]);
}

async fn late_step_stores_nothing(bed: &Bed) {
    bed.opened(&new("1")).await.unwrap();
    abandoned(bed, &id("1"), Undone::Cancelled).await;
    let saved = &written("late");
    let save = |tx: Tx| async move { carousels::save_draft(&tx, &id("1"), 1, saved, at(9)).await };
    let error = bed.db.write(save).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Undone {
                outcome: Outcome::Cancelled,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(
        carousels::draft(&bed.db.read(), &id("1"), 1).await.unwrap(),
        None
    );
    let late = completed(bed, &id("1"), Sent::Delivered).await.unwrap();
    assert!(!late.fresh);
    assert_eq!(late.value.state.outcome(), Some(Outcome::Cancelled));
}

async fn undone_carousel_releases_its_quota(bed: &Bed) {
    let limited = |key: &str| NewCarousel {
        daily_quota: Some(1),
        ..new(key)
    };
    bed.opened(&limited("1")).await.unwrap();
    let refused = bed.opened(&limited("2")).await.unwrap_err();
    assert!(
        matches!(refused, OpenError::OverQuota { limit: 1, .. }),
        "{refused}"
    );
    abandoned(bed, &id("1"), Undone::Failed).await;
    bed.opened(&limited("2")).await.unwrap();
    // The quota is used if the carousel was delivered or is unknown.
    bed.saved(&id("2"), &written("x")).await;
    completed(bed, &id("2"), Sent::Unknown).await.unwrap();
    assert!(bed.opened(&limited("3")).await.is_err());
}

async fn source_text_is_referenced_until_release(bed: &Bed) {
    let mut long = new("1");
    long.brief.text = format!("{}.txt", "c".repeat(64));
    bed.opened(&long).await.unwrap();
    let mut wrong = new("2");
    wrong.brief.text = "../../etc/passwd".to_owned();
    let refused = bed.opened(&wrong).await.unwrap_err();
    assert!(
        matches!(refused, OpenError::Storage(Error::Key(_))),
        "{refused}"
    );
    assert_eq!(
        carousels::find(&bed.db.read(), &id("2")).await.unwrap(),
        None
    );
    // The text does not take the position of a picture.
    assert_eq!(
        carousels::pictures(&bed.db.read(), &id("1"), 0)
            .await
            .unwrap(),
        []
    );
    abandoned(bed, &id("1"), Undone::Failed).await.unwrap();
}
