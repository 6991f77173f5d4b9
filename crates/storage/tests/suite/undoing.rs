//! Undo steps of the saga, and what they leave behind.

use domain::{CarouselId, Outcome, failure::FailureKind};
use storage::{
    FirstWrite, StorageError,
    carousels::{self, Carousel, CarouselState, NewCarousel, OpenError, SentOutcome, UndoOutcome},
};

use crate::{
    carousels::complete,
    database::{
        StorageTestDatabase, at, id, new_carousel, on_each_database, picture, saved_draft, written,
    },
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

async fn abandoned(
    test_db: &StorageTestDatabase,
    id: &CarouselId,
    outcome: UndoOutcome,
) -> Option<FirstWrite<Carousel>> {
    written!(test_db, carousels::abandon, id, outcome, "no provider answers", at(5)).unwrap()
}

async fn discarded(test_db: &StorageTestDatabase, id: &CarouselId) -> bool {
    test_db
        .db
        .write(|tx| async move { carousels::discard_draft(&tx, id, at(4)).await })
        .await
        .unwrap()
}

async fn undoing_nothing_has_no_effect(test_db: &StorageTestDatabase) {
    assert!(!discarded(test_db, &id("1")).await);
    assert_eq!(
        abandoned(test_db, &id("1"), UndoOutcome::Failed(FailureKind::Unavailable)).await,
        None
    );
    test_db.opened(&new_carousel("1")).await.unwrap();
    assert!(!discarded(test_db, &id("1")).await);
}

async fn undoing_keeps_only_the_closed_row(test_db: &StorageTestDatabase) {
    test_db.opened(&new_carousel("1")).await.unwrap();
    test_db.saved(&id("1"), &saved_draft("x")).await;
    assert!(discarded(test_db, &id("1")).await);
    let left =
        abandoned(test_db, &id("1"), UndoOutcome::Failed(FailureKind::Unavailable)).await.unwrap();

    assert!(left.fresh);
    let read = test_db.db.read();
    let stored = carousels::find(&read, &id("1")).await.unwrap().unwrap();
    assert_eq!(stored, left.value);
    assert_eq!((stored.revision, stored.provider), (None, None));
    let CarouselState::Closed { outcome, reason, at: closed } = stored.state else {
        panic!("it is still open");
    };
    assert_eq!((outcome, reason.as_str()), (Outcome::Failed, "no provider answers"));
    assert_eq!(closed, stored.updated_at);
    assert_eq!(carousels::find_draft(&read, &id("1"), 1).await.unwrap(), None);
}

async fn undoing_is_idempotent(test_db: &StorageTestDatabase) {
    test_db.opened(&new_carousel("1")).await.unwrap();
    let first = abandoned(test_db, &id("1"), UndoOutcome::Cancelled).await.unwrap();
    let second =
        abandoned(test_db, &id("1"), UndoOutcome::Failed(FailureKind::Unavailable)).await.unwrap();
    assert!(first.fresh && !second.fresh);
    assert_eq!(first.value, second.value);
    assert!(!discarded(test_db, &id("1")).await);
}

async fn sent_carousel_is_not_undone(test_db: &StorageTestDatabase) {
    test_db.opened(&new_carousel("1")).await.unwrap();
    test_db.saved(&id("1"), &saved_draft("x")).await;
    complete(test_db, &id("1"), SentOutcome::Delivered).await.unwrap();

    assert!(!discarded(test_db, &id("1")).await);
    let stored =
        abandoned(test_db, &id("1"), UndoOutcome::Failed(FailureKind::Unavailable)).await.unwrap();
    assert!(!stored.fresh);
    assert_eq!(stored.value.state.outcome(), Some(Outcome::Delivered));
    let read = test_db.db.read();
    assert_eq!(carousels::find_draft(&read, &id("1"), 1).await.unwrap(), Some(saved_draft("x")));
    let pictures = carousels::pictures(&read, &id("1"), 1).await.unwrap();
    assert_eq!(pictures, [picture('b'), picture('a'), picture('a')]);
}

async fn late_step_stores_nothing(test_db: &StorageTestDatabase) {
    test_db.opened(&new_carousel("1")).await.unwrap();
    abandoned(test_db, &id("1"), UndoOutcome::Cancelled).await;
    let saved = &saved_draft("late");
    let error =
        written!(test_db, carousels::save_draft, &id("1"), 1, saved, None, at(9)).unwrap_err();
    assert!(
        matches!(error, StorageError::CarouselUndone { outcome: Outcome::Cancelled, .. }),
        "{error}"
    );
    assert_eq!(carousels::find_draft(&test_db.db.read(), &id("1"), 1).await.unwrap(), None);
    let late = complete(test_db, &id("1"), SentOutcome::Delivered).await.unwrap();
    assert!(!late.fresh);
    assert_eq!(late.value.state.outcome(), Some(Outcome::Cancelled));
}

async fn undone_carousel_releases_its_quota(test_db: &StorageTestDatabase) {
    let limited = |key: &str| NewCarousel { daily_quota: Some(1), ..new_carousel(key) };
    test_db.opened(&limited("1")).await.unwrap();
    let refused = test_db.opened(&limited("2")).await.unwrap_err();
    assert!(matches!(refused, OpenError::OverQuota { limit: 1, .. }), "{refused}");
    abandoned(test_db, &id("1"), UndoOutcome::Failed(FailureKind::Unavailable)).await;
    test_db.opened(&limited("2")).await.unwrap();
    // The quota is used if the carousel was delivered or is unknown.
    test_db.saved(&id("2"), &saved_draft("x")).await;
    complete(test_db, &id("2"), SentOutcome::Unknown).await.unwrap();
    assert!(test_db.opened(&limited("3")).await.is_err());
}

async fn source_text_is_referenced_until_release(test_db: &StorageTestDatabase) {
    let mut long = new_carousel("1");
    long.brief.text = format!("{}.txt", "c".repeat(64));
    test_db.opened(&long).await.unwrap();
    let mut wrong = new_carousel("2");
    wrong.brief.text = "../../etc/passwd".to_owned();
    let refused = test_db.opened(&wrong).await.unwrap_err();
    assert!(matches!(refused, OpenError::Storage(StorageError::InvalidId(_))), "{refused}");
    assert_eq!(carousels::find(&test_db.db.read(), &id("2")).await.unwrap(), None);
    // The text does not take the position of a picture.
    assert_eq!(carousels::pictures(&test_db.db.read(), &id("1"), 0).await.unwrap(), []);
    abandoned(test_db, &id("1"), UndoOutcome::Failed(FailureKind::Unavailable)).await.unwrap();
}
