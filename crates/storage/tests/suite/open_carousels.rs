//! The limit of open carousels, and the list of carousels that were left open.

use domain::{UserId, failure::FailureKind};
use storage::{
    StorageError, Tx,
    carousels::{self, CarouselFilter, NewCarousel, OpenError, SentOutcome, UndoOutcome},
};

use crate::{
    carousels::complete,
    database::{
        StorageTestDatabase, at, id, new_carousel, on_each_database, picture, saved_draft, written,
    },
};

on_each_database!(
    open_carousels_per_user_are_limited,
    concurrent_opens_respect_the_limit,
    left_open_is_paged_oldest_first,
    unreadable_row_does_not_fail_a_list,
    pictures_of_a_revision_are_stored_once,
);

/// A carousel of a user who may have three open.
fn third(key: &str) -> NewCarousel {
    NewCarousel { most_open: Some(3), ..new_carousel(key) }
}

async fn open_carousels_per_user_are_limited(test_db: &StorageTestDatabase) {
    for key in ["1", "2", "3"] {
        test_db.opened(&third(key)).await.unwrap();
    }
    let refused = test_db.opened(&third("4")).await.unwrap_err();
    assert!(matches!(refused, OpenError::TooManyOpen { limit: 3 }));
    assert!(refused.to_string().starts_with("3 carousels are being made already"), "{refused}");
    assert!(!test_db.opened(&third("3")).await.unwrap().fresh, "it is one of the three");
    let mut other = third("5");
    other.user = UserId::parse("tg-8").unwrap();
    assert!(test_db.opened(&other).await.unwrap().fresh, "somebody else");

    test_db.saved(&id("1"), &saved_draft("x")).await;
    complete(test_db, &id("1"), SentOutcome::Delivered).await.unwrap();
    assert!(test_db.opened(&third("4")).await.unwrap().fresh, "one is done");
    written!(
        test_db,
        carousels::abandon,
        &id("2"),
        UndoOutcome::Failed(FailureKind::Unavailable),
        "so",
        at(9)
    )
    .unwrap();
    assert!(test_db.opened(&third("6")).await.unwrap().fresh, "one is undone");
}

async fn concurrent_opens_respect_the_limit(test_db: &StorageTestDatabase) {
    let opening = (0..20).map(|n| {
        let db = test_db.db.clone();
        tokio::spawn(async move {
            let new = &third(&n.to_string());
            db.write(|tx| async move { carousels::open(&tx, new).await }).await
        })
    });
    let opened = futures::future::join_all(opening).await;
    let opened = opened.iter().filter(|opened| opened.as_ref().unwrap().is_ok());
    assert_eq!(opened.count(), 3);
}

async fn left_open_is_paged_oldest_first(test_db: &StorageTestDatabase) {
    for second in 0..6 {
        let mut new = new_carousel(&second.to_string());
        // Two of them at the same time.
        new.at = at(i64::max(second, 1));
        test_db.opened(&new).await.unwrap();
    }
    test_db.saved(&id("2"), &saved_draft("x")).await;
    complete(test_db, &id("2"), SentOutcome::Delivered).await.unwrap();
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let read = test_db.db.read();
        let page = carousels::open_before(&read, at(5), after.as_ref(), 2).await.unwrap();
        seen.extend(page.rows.into_iter().map(|carousel| carousel.id));
        // As in a workflow's history.
        let json = serde_json::to_string(&page.next).unwrap();
        after = serde_json::from_str(&json).unwrap();
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["0", "1", "3", "4"].map(id));
}

async fn unreadable_row_does_not_fail_a_list(test_db: &StorageTestDatabase) {
    for second in 0..4 {
        let mut new = new_carousel(&second.to_string());
        new.at = at(second);
        test_db.opened(&new).await.unwrap();
    }
    test_db.sql("UPDATE carousels SET brief = '{' WHERE id = 'carousel-cli-1'").await;
    test_db.sql("UPDATE carousels SET user_id = 'no one' WHERE id = 'carousel-cli-2'").await;
    let read = test_db.db.read();
    let page = carousels::open_before(&read, at(60), None, 10).await.unwrap();
    let ids: Vec<_> = page.rows.into_iter().map(|carousel| carousel.id).collect();
    assert_eq!(ids, ["0", "3"].map(id));
    let said: Vec<String> = page.unreadable.iter().map(StorageError::to_string).collect();
    assert!(said[0].contains("carousel-cli-1") && said[1].contains("no one"), "{said:?}");
    // A page of unreadable rows only is not the end.
    let after = carousels::open_before(&read, at(60), None, 1).await.unwrap().next;
    let bad = carousels::open_before(&read, at(60), after.as_ref(), 2).await.unwrap();
    assert!(bad.rows.is_empty() && bad.unreadable.len() == 2 && bad.next.is_some());
    let all = carousels::list(&read, &CarouselFilter::default()).await.unwrap();
    assert_eq!((all.rows.len(), all.unreadable.len()), (2, 2));
}

async fn pictures_of_a_revision_are_stored_once(test_db: &StorageTestDatabase) {
    test_db.opened(&new_carousel("1")).await.unwrap();
    test_db.saved(&id("1"), &saved_draft("x")).await;
    complete(test_db, &id("1"), SentOutcome::Delivered).await.unwrap();
    let keep = async |pictures: &[domain::record::BlobRecord]| {
        let keep =
            |tx: Tx| async move { carousels::store_picture_refs(&tx, &id("1"), 2, pictures).await };
        test_db.db.write(keep).await
    };
    let (first, second) = ([picture('c')], [picture('d')]);
    assert!(matches!(keep(&first).await, Err(StorageError::DraftNotFound { revision: 2, .. })));
    let draft = &saved_draft("y");
    written!(test_db, carousels::save_draft, &id("1"), 2, draft, None, at(3)).unwrap();
    assert!(keep(&first).await.unwrap().fresh);
    let again = keep(&second).await.unwrap();
    assert_eq!((again.fresh, again.value), (false, first.to_vec()));
    let stored = carousels::pictures(&test_db.db.read(), &id("1"), 2).await.unwrap();
    assert_eq!(stored, first);
}
