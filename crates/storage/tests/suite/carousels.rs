//! Opening, saving, completing and listing carousels.

use domain::{CarouselId, Outcome, UserId};
use storage::{
    StorageError,
    carousels::{
        self, CarouselCompletion, CarouselFilter, CarouselState, NewRevision, OpenError,
        SentOutcome, UndoOutcome,
    },
};

use crate::database::{
    StorageTestDatabase, at, id, new_carousel, on_each_database, picture, saved_draft, written,
};

on_each_database!(
    opening_is_idempotent,
    second_open_returns_the_first_request,
    quota_resets_every_day,
    draft_is_saved_once,
    draft_needs_a_carousel,
    completing_is_idempotent,
    completing_needs_carousel_and_draft,
    sent_carousel_accepts_later_revisions,
    repeated_edit_makes_one_revision,
    undone_carousel_is_not_revised,
    list_is_newest_first_without_gaps,
    list_filters_by_user_and_open,
    unusual_text_is_stored,
    unreadable_row_error_names_the_row,
);

async fn opening_is_idempotent(test_db: &StorageTestDatabase) {
    let first = test_db.opened(&new_carousel("1")).await.unwrap();
    let second = test_db.opened(&new_carousel("1")).await.unwrap();
    assert!(first.fresh && !second.fresh);
    assert_eq!(first.value, second.value);
    assert_eq!(first.value.state, CarouselState::Open);
    assert_eq!(carousels::find(&test_db.db.read(), &id("1")).await.unwrap(), Some(first.value));
}

async fn second_open_returns_the_first_request(test_db: &StorageTestDatabase) {
    test_db.opened(&new_carousel("1")).await.unwrap();
    let mut other = new_carousel("1");
    other.brief.topic = "something else".to_owned();
    other.run_id = "run-2".to_owned();
    other.at = at(60);
    let stored = test_db.opened(&other).await.unwrap().value;
    assert_eq!(stored.brief, new_carousel("1").brief);
    assert_eq!(stored.run_id, "run-1");
    assert_eq!(stored.created_at, at(0).min(stored.created_at));
}

async fn quota_resets_every_day(test_db: &StorageTestDatabase) {
    let limited = |key: &str| carousels::NewCarousel { daily_quota: Some(2), ..new_carousel(key) };
    for key in ["1", "2", "2"] {
        test_db.opened(&limited(key)).await.unwrap();
    }
    let refused = test_db.opened(&limited("3")).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "all 2 carousels of the day are used; the next ones start at 2026-11-25 00:00:00 UTC"
    );
    assert_eq!(carousels::find(&test_db.db.read(), &id("3")).await.unwrap(), None);

    let mut tomorrow = limited("3");
    tomorrow.at = at(12 * 3600);
    test_db.opened(&tomorrow).await.unwrap();
    let mut other = limited("4");
    other.user = UserId::parse("tg-7").unwrap();
    test_db.opened(&other).await.unwrap();
}

async fn draft_is_saved_once(test_db: &StorageTestDatabase) {
    test_db.opened(&new_carousel("1")).await.unwrap();
    let first = test_db.saved(&id("1"), &saved_draft("первый")).await;
    let second = test_db.saved(&id("1"), &saved_draft("второй")).await;
    assert!(first.fresh && !second.fresh);
    assert_eq!(second.value, saved_draft("первый"));

    let read = test_db.db.read();
    assert_eq!(
        carousels::find_draft(&read, &id("1"), 1).await.unwrap(),
        Some(saved_draft("первый"))
    );
    assert_eq!(carousels::find_draft(&read, &id("1"), 2).await.unwrap(), None);
    let carousel = carousels::find(&read, &id("1")).await.unwrap().unwrap();
    assert_eq!((carousel.revision, carousel.provider.as_deref()), (Some(1), Some("offline")));
}

async fn draft_needs_a_carousel(test_db: &StorageTestDatabase) {
    let saved = &saved_draft("x");
    let error =
        written!(test_db, carousels::save_draft, &id("none"), 1, saved, None, at(1)).unwrap_err();
    assert!(matches!(error, StorageError::CarouselNotFound(_)) && !error.is_transient(), "{error}");
}

pub(crate) async fn complete(
    test_db: &StorageTestDatabase,
    id: &CarouselId,
    outcome: SentOutcome,
) -> Result<storage::FirstWrite<carousels::Carousel>, StorageError> {
    let completion = &CarouselCompletion {
        outcome,
        reason: String::new(),
        revision: 1,
        pictures: vec![picture('b'), picture('a'), picture('a')],
    };
    test_db
        .db
        .write(|tx| async move { carousels::complete(&tx, id, completion, at(3)).await })
        .await
}

async fn completing_is_idempotent(test_db: &StorageTestDatabase) {
    test_db.opened(&new_carousel("1")).await.unwrap();
    test_db.saved(&id("1"), &saved_draft("x")).await;
    let first = complete(test_db, &id("1"), SentOutcome::Unknown).await.unwrap();
    let second = complete(test_db, &id("1"), SentOutcome::Delivered).await.unwrap();
    assert!(first.fresh && !second.fresh);
    assert_eq!(second.value, first.value);
    assert_eq!(second.value.state.outcome(), Some(Outcome::Unknown));

    let pictures = carousels::pictures(&test_db.db.read(), &id("1"), 1).await.unwrap();
    assert_eq!(pictures, [picture('b'), picture('a'), picture('a')]);
    let reopened = test_db.opened(&new_carousel("1")).await.unwrap();
    assert!(!reopened.fresh && !reopened.value.state.is_open());
}

async fn completing_needs_carousel_and_draft(test_db: &StorageTestDatabase) {
    let error = complete(test_db, &id("1"), SentOutcome::Delivered).await.unwrap_err();
    assert!(matches!(error, StorageError::CarouselNotFound(_)), "{error}");
    test_db.opened(&new_carousel("1")).await.unwrap();
    let error = complete(test_db, &id("1"), SentOutcome::Delivered).await.unwrap_err();
    assert!(matches!(error, StorageError::DraftNotFound { revision: 1, .. }), "{error}");
    let stored = carousels::find(&test_db.db.read(), &id("1")).await.unwrap().unwrap();
    assert!(stored.state.is_open(), "a refused completion must leave nothing behind");
}

fn edit_revision(intent: &str, theme: &str) -> NewRevision {
    NewRevision {
        intent: intent.to_owned(),
        saved: saved_draft(intent),
        theme: theme.to_owned(),
        pictures: vec![picture('c')],
    }
}

async fn repeated_edit_makes_one_revision(test_db: &StorageTestDatabase) {
    test_db.opened(&new_carousel("1")).await.unwrap();
    test_db.saved(&id("1"), &saved_draft("первый")).await;
    complete(test_db, &id("1"), SentOutcome::Delivered).await.unwrap();
    let store = async |wish: &NewRevision| {
        let stored = written!(test_db, carousels::store_revision, &id("1"), wish, at(9)).unwrap();
        (stored.value, stored.fresh)
    };
    let (first, second) = (edit_revision("tg-1-1", "paper"), edit_revision("tg-1-2", "neon"));
    assert_eq!(store(&first).await, (2, true));
    assert_eq!(store(&second).await, (3, true));
    assert_eq!(store(&first).await, (2, false));
    let reader = test_db.db.read();
    let stored = carousels::find(&reader, &id("1")).await.unwrap().unwrap();
    assert_eq!(stored.revision, Some(3));
    assert_eq!(stored.state.outcome(), Some(Outcome::Delivered));
    let theme = async |revision| carousels::revision_theme(&reader, &id("1"), revision).await;
    assert_eq!(theme(1).await.unwrap(), None);
    assert_eq!(theme(2).await.unwrap().as_deref(), Some("paper"));
    let pictures = carousels::pictures(&reader, &id("1"), 3).await.unwrap();
    assert_eq!(pictures, second.pictures);
    let known = carousels::revision_of_edit(&reader, &id("1"), "tg-1-2").await;
    assert_eq!(known.unwrap(), Some(3));
}

async fn undone_carousel_is_not_revised(test_db: &StorageTestDatabase) {
    test_db.opened(&new_carousel("1")).await.unwrap();
    written!(test_db, carousels::abandon, &id("1"), UndoOutcome::Cancelled, "on request", at(1))
        .unwrap();
    let wish = &edit_revision("tg-1-1", "paper");
    let refused = written!(test_db, carousels::store_revision, &id("1"), wish, at(9)).unwrap_err();
    assert!(matches!(refused, StorageError::CarouselUndone { .. }), "{refused}");
}

async fn sent_carousel_accepts_later_revisions(test_db: &StorageTestDatabase) {
    test_db.opened(&new_carousel("1")).await.unwrap();
    test_db.saved(&id("1"), &saved_draft("первый")).await;
    complete(test_db, &id("1"), SentOutcome::Delivered).await.unwrap();
    let saved = &saved_draft("второй");
    assert!(
        written!(test_db, carousels::save_draft, &id("1"), 2, saved, None, at(9)).unwrap().fresh
    );
    let stored = carousels::find(&test_db.db.read(), &id("1")).await.unwrap().unwrap();
    assert_eq!(stored.revision, Some(2));
    // A late repetition of the first one returns what is stored, and the second stays the current
    // one.
    assert!(!test_db.saved(&id("1"), &saved_draft("первый")).await.fresh);
}

async fn list_is_newest_first_without_gaps(test_db: &StorageTestDatabase) {
    for key in 0..7 {
        let mut new = new_carousel(&key.to_string());
        // Three of them at the same time.
        new.at = at(i64::max(key, 3));
        test_db.opened(&new).await.unwrap();
    }

    let mut filter = CarouselFilter { limit: 2, ..CarouselFilter::default() };
    let mut seen = Vec::new();
    loop {
        let page = carousels::list(&test_db.db.read(), &filter).await.unwrap();
        seen.extend(page.rows.into_iter().map(|carousel| carousel.id));
        filter.after = page.next;
        if filter.after.is_none() {
            break;
        }
    }
    let all: Vec<_> = ["6", "5", "4", "3", "2", "1", "0"].map(id).into();
    assert_eq!(seen, all);
}

async fn list_filters_by_user_and_open(test_db: &StorageTestDatabase) {
    for key in ["0", "1", "2"] {
        test_db.opened(&new_carousel(key)).await.unwrap();
    }
    test_db.saved(&id("2"), &saved_draft("x")).await;
    complete(test_db, &id("2"), SentOutcome::Delivered).await.unwrap();
    let count = async |filter: CarouselFilter| {
        carousels::list(&test_db.db.read(), &filter).await.unwrap().rows.len()
    };
    let open_only = true;
    assert_eq!(count(CarouselFilter { open_only, ..CarouselFilter::default() }).await, 2);
    let user = Some(UserId::parse("tg-7").unwrap());
    assert_eq!(count(CarouselFilter { user, ..CarouselFilter::default() }).await, 0);
}

async fn unusual_text_is_stored(test_db: &StorageTestDatabase) {
    let mut new = new_carousel("1");
    new.brief.topic = "quotes ' \" \\ and 🚀\u{0}\u{202e}".to_owned();
    assert_eq!(test_db.opened(&new).await.unwrap().value.brief, new.brief);
    let saved = saved_draft("nul \u{0} and 🧪 'quote'");
    test_db.saved(&id("1"), &saved).await;
    assert_eq!(carousels::find_draft(&test_db.db.read(), &id("1"), 1).await.unwrap(), Some(saved));
    let completion = &CarouselCompletion {
        outcome: SentOutcome::Unknown,
        reason: "a server said \u{0}".to_owned(),
        revision: 1,
        pictures: vec![],
    };
    let stored = written!(test_db, carousels::complete, &id("1"), completion, at(3)).unwrap().value;
    assert!(
        matches!(stored.state, CarouselState::Closed { reason, .. } if reason == "a server said ")
    );
}

async fn unreadable_row_error_names_the_row(test_db: &StorageTestDatabase) {
    test_db.opened(&new_carousel("1")).await.unwrap();
    test_db.sql("UPDATE carousels SET brief = 'not json'").await;
    let error = carousels::find(&test_db.db.read(), &id("1")).await.unwrap_err();
    assert!(
        error.to_string().starts_with("row carousel-cli-1 of table carousels can't be read"),
        "{error}"
    );
    assert!(!OpenError::from(error).to_string().is_empty());
}
