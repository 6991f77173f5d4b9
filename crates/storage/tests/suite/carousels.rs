//! Opening, saving, completing and listing carousels.

use domain::{CarouselId, Outcome, UserId};
use storage::{
    Error, Tx,
    carousels::{self, Completion, Filter, OpenError, Revision, Sent, State, Undone},
};

use crate::bed::{Bed, at, id, new, on_each_database, picture, written};

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

async fn opening_is_idempotent(bed: &Bed) {
    let first = bed.opened(&new("1")).await.unwrap();
    let second = bed.opened(&new("1")).await.unwrap();
    assert!(first.fresh && !second.fresh);
    assert_eq!(first.value, second.value);
    assert_eq!(first.value.state, State::Open);
    assert_eq!(
        carousels::find(&bed.db.read(), &id("1")).await.unwrap(),
        Some(first.value)
    );
}

async fn second_open_returns_the_first_request(bed: &Bed) {
    bed.opened(&new("1")).await.unwrap();
    let mut other = new("1");
    other.brief.topic = "something else".to_owned();
    other.run_id = "run-2".to_owned();
    other.at = at(60);
    let stored = bed.opened(&other).await.unwrap().value;
    assert_eq!(stored.brief, new("1").brief);
    assert_eq!(stored.run_id, "run-1");
    assert_eq!(stored.created_at, at(0).min(stored.created_at));
}

async fn quota_resets_every_day(bed: &Bed) {
    let limited = |key: &str| carousels::NewCarousel {
        daily_quota: Some(2),
        ..new(key)
    };
    for key in ["1", "2", "2"] {
        bed.opened(&limited(key)).await.unwrap();
    }
    let refused = bed.opened(&limited("3")).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "all 2 carousels of the day are used; the next ones start at 2026-11-25 00:00:00 UTC"
    );
    assert_eq!(
        carousels::find(&bed.db.read(), &id("3")).await.unwrap(),
        None
    );

    let mut tomorrow = limited("3");
    tomorrow.at = at(12 * 3600);
    bed.opened(&tomorrow).await.unwrap();
    let mut other = limited("4");
    other.user = UserId::parse("tg-7").unwrap();
    bed.opened(&other).await.unwrap();
}

async fn draft_is_saved_once(bed: &Bed) {
    bed.opened(&new("1")).await.unwrap();
    let first = bed.saved(&id("1"), &written("первый")).await;
    let second = bed.saved(&id("1"), &written("второй")).await;
    assert!(first.fresh && !second.fresh);
    assert_eq!(second.value, written("первый"));

    let read = bed.db.read();
    assert_eq!(
        carousels::draft(&read, &id("1"), 1).await.unwrap(),
        Some(written("первый"))
    );
    assert_eq!(carousels::draft(&read, &id("1"), 2).await.unwrap(), None);
    let carousel = carousels::find(&read, &id("1")).await.unwrap().unwrap();
    assert_eq!(
        (carousel.revision, carousel.provider.as_deref()),
        (Some(1), Some("offline"))
    );
}

async fn draft_needs_a_carousel(bed: &Bed) {
    let saved = &written("x");
    let save =
        |tx: Tx| async move { carousels::save_draft(&tx, &id("none"), 1, saved, at(1)).await };
    let error = bed.db.write(save).await.unwrap_err();
    assert!(
        matches!(error, Error::NoCarousel(_)) && !error.is_transient(),
        "{error}"
    );
}

pub(crate) async fn completed(
    bed: &Bed,
    id: &CarouselId,
    outcome: Sent,
) -> Result<storage::Stored<carousels::Carousel>, Error> {
    let completion = &Completion {
        outcome,
        reason: String::new(),
        revision: 1,
        pictures: vec![picture('b'), picture('a'), picture('a')],
    };
    bed.db
        .write(|tx| async move { carousels::complete(&tx, id, completion, at(3)).await })
        .await
}

async fn completing_is_idempotent(bed: &Bed) {
    bed.opened(&new("1")).await.unwrap();
    bed.saved(&id("1"), &written("x")).await;
    let first = completed(bed, &id("1"), Sent::Unknown).await.unwrap();
    let second = completed(bed, &id("1"), Sent::Delivered).await.unwrap();
    assert!(first.fresh && !second.fresh);
    assert_eq!(second.value, first.value);
    assert_eq!(second.value.state.outcome(), Some(Outcome::Unknown));

    let pictures = carousels::pictures(&bed.db.read(), &id("1"), 1)
        .await
        .unwrap();
    assert_eq!(pictures, [picture('b'), picture('a'), picture('a')]);
    let reopened = bed.opened(&new("1")).await.unwrap();
    assert!(!reopened.fresh && !reopened.value.state.is_open());
}

async fn completing_needs_carousel_and_draft(bed: &Bed) {
    let error = completed(bed, &id("1"), Sent::Delivered).await.unwrap_err();
    assert!(matches!(error, Error::NoCarousel(_)), "{error}");
    bed.opened(&new("1")).await.unwrap();
    let error = completed(bed, &id("1"), Sent::Delivered).await.unwrap_err();
    assert!(
        matches!(error, Error::NoDraft { revision: 1, .. }),
        "{error}"
    );
    let stored = carousels::find(&bed.db.read(), &id("1"))
        .await
        .unwrap()
        .unwrap();
    assert!(
        stored.state.is_open(),
        "a refused completion must leave nothing behind"
    );
}

fn wished(intent: &str, theme: &str) -> Revision {
    Revision {
        intent: intent.to_owned(),
        saved: written(intent),
        theme: theme.to_owned(),
        pictures: vec![picture('c')],
    }
}

async fn repeated_edit_makes_one_revision(bed: &Bed) {
    bed.opened(&new("1")).await.unwrap();
    bed.saved(&id("1"), &written("первый")).await;
    completed(bed, &id("1"), Sent::Delivered).await.unwrap();
    let store = async |wish: &Revision| {
        let revise = |tx: Tx| async move { carousels::revise(&tx, &id("1"), wish, at(9)).await };
        let stored = bed.db.write(revise).await.unwrap();
        (stored.value, stored.fresh)
    };
    let (first, second) = (wished("tg-1-1", "paper"), wished("tg-1-2", "neon"));
    assert_eq!(store(&first).await, (2, true));
    assert_eq!(store(&second).await, (3, true));
    assert_eq!(store(&first).await, (2, false));
    let reader = bed.db.read();
    let stored = carousels::find(&reader, &id("1")).await.unwrap().unwrap();
    assert_eq!(stored.revision, Some(3));
    assert_eq!(stored.state.outcome(), Some(Outcome::Delivered));
    let theme = async |revision| carousels::theme_of(&reader, &id("1"), revision).await;
    assert_eq!(theme(1).await.unwrap(), None);
    assert_eq!(theme(2).await.unwrap().as_deref(), Some("paper"));
    let pictures = carousels::pictures(&reader, &id("1"), 3).await.unwrap();
    assert_eq!(pictures, second.pictures);
    let known = carousels::revised(&reader, &id("1"), "tg-1-2").await;
    assert_eq!(known.unwrap(), Some(3));
}

async fn undone_carousel_is_not_revised(bed: &Bed) {
    bed.opened(&new("1")).await.unwrap();
    let end = |tx: Tx| async move {
        carousels::abandon(&tx, &id("1"), Undone::Cancelled, "on request", at(1)).await
    };
    bed.db.write(end).await.unwrap();
    let wish = &wished("tg-1-1", "paper");
    let revise = |tx: Tx| async move { carousels::revise(&tx, &id("1"), wish, at(9)).await };
    let refused = bed.db.write(revise).await.unwrap_err();
    assert!(matches!(refused, Error::Undone { .. }), "{refused}");
}

async fn sent_carousel_accepts_later_revisions(bed: &Bed) {
    bed.opened(&new("1")).await.unwrap();
    bed.saved(&id("1"), &written("первый")).await;
    completed(bed, &id("1"), Sent::Delivered).await.unwrap();
    let saved = &written("второй");
    let save = |tx: Tx| async move { carousels::save_draft(&tx, &id("1"), 2, saved, at(9)).await };
    assert!(bed.db.write(save).await.unwrap().fresh);
    let stored = carousels::find(&bed.db.read(), &id("1"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.revision, Some(2));
    // A late repetition of the first one returns what is stored, and the second stays the current
    // one.
    assert!(!bed.saved(&id("1"), &written("первый")).await.fresh);
}

async fn list_is_newest_first_without_gaps(bed: &Bed) {
    for key in 0..7 {
        let mut new = new(&key.to_string());
        // Three of them at the same time.
        new.at = at(i64::max(key, 3));
        bed.opened(&new).await.unwrap();
    }

    let mut filter = Filter {
        limit: 2,
        ..Filter::default()
    };
    let mut seen = Vec::new();
    loop {
        let page = carousels::list(&bed.db.read(), &filter).await.unwrap();
        seen.extend(page.rows.into_iter().map(|carousel| carousel.id));
        filter.after = page.next;
        if filter.after.is_none() {
            break;
        }
    }
    let all: Vec<_> = ["6", "5", "4", "3", "2", "1", "0"].map(id).into();
    assert_eq!(seen, all);
}

async fn list_filters_by_user_and_open(bed: &Bed) {
    for key in ["0", "1", "2"] {
        bed.opened(&new(key)).await.unwrap();
    }
    bed.saved(&id("2"), &written("x")).await;
    completed(bed, &id("2"), Sent::Delivered).await.unwrap();
    let count = async |filter: Filter| {
        carousels::list(&bed.db.read(), &filter)
            .await
            .unwrap()
            .rows
            .len()
    };
    let open_only = true;
    assert_eq!(
        count(Filter {
            open_only,
            ..Filter::default()
        })
        .await,
        2
    );
    let user = Some(UserId::parse("tg-7").unwrap());
    assert_eq!(
        count(Filter {
            user,
            ..Filter::default()
        })
        .await,
        0
    );
}

async fn unusual_text_is_stored(bed: &Bed) {
    let mut new = new("1");
    new.brief.topic = "quotes ' \" \\ and 🚀\u{0}\u{202e}".to_owned();
    assert_eq!(bed.opened(&new).await.unwrap().value.brief, new.brief);
    let saved = written("nul \u{0} and 🧪 'quote'");
    bed.saved(&id("1"), &saved).await;
    assert_eq!(
        carousels::draft(&bed.db.read(), &id("1"), 1).await.unwrap(),
        Some(saved)
    );
    let completion = &Completion {
        outcome: Sent::Unknown,
        reason: "a server said \u{0}".to_owned(),
        revision: 1,
        pictures: vec![],
    };
    let complete =
        |tx: Tx| async move { carousels::complete(&tx, &id("1"), completion, at(3)).await };
    let stored = bed.db.write(complete).await.unwrap().value;
    assert!(matches!(stored.state, State::Closed { reason, .. } if reason == "a server said "));
}

async fn unreadable_row_error_names_the_row(bed: &Bed) {
    bed.opened(&new("1")).await.unwrap();
    bed.sql("UPDATE carousels SET brief = 'not json'").await;
    let error = carousels::find(&bed.db.read(), &id("1")).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("row carousel-cli-1 of table carousels can't be read"),
        "{error}"
    );
    assert!(!OpenError::from(error).to_string().is_empty());
}
