//! The limit of open carousels, and the list of carousels that were left open.

use domain::UserId;
use storage::{
    Error, Tx,
    carousels::{self, Filter, NewCarousel, OpenError, Sent, Undone},
};

use crate::{
    bed::{Bed, at, id, new, on_each_database, picture, written},
    carousels::completed,
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
    NewCarousel {
        most_open: Some(3),
        ..new(key)
    }
}

async fn open_carousels_per_user_are_limited(bed: &Bed) {
    for key in ["1", "2", "3"] {
        bed.opened(&third(key)).await.unwrap();
    }
    let refused = bed.opened(&third("4")).await.unwrap_err();
    assert!(matches!(refused, OpenError::TooManyOpen { limit: 3 }));
    assert!(
        refused
            .to_string()
            .starts_with("3 carousels are being made already"),
        "{refused}"
    );
    assert!(
        !bed.opened(&third("3")).await.unwrap().fresh,
        "it is one of the three"
    );
    let mut other = third("5");
    other.user = UserId::parse("tg-8").unwrap();
    assert!(bed.opened(&other).await.unwrap().fresh, "somebody else");

    bed.saved(&id("1"), &written("x")).await;
    completed(bed, &id("1"), Sent::Delivered).await.unwrap();
    assert!(bed.opened(&third("4")).await.unwrap().fresh, "one is done");
    let abandon = |tx: Tx| async move {
        carousels::abandon(&tx, &id("2"), Undone::Failed, "so", at(9)).await
    };
    bed.db.write(abandon).await.unwrap();
    assert!(
        bed.opened(&third("6")).await.unwrap().fresh,
        "one is undone"
    );
}

async fn concurrent_opens_respect_the_limit(bed: &Bed) {
    let opening = (0..20).map(|n| {
        let db = bed.db.clone();
        tokio::spawn(async move {
            let new = &third(&n.to_string());
            db.write(|tx| async move { carousels::open(&tx, new).await })
                .await
        })
    });
    let opened = futures::future::join_all(opening).await;
    let opened = opened
        .iter()
        .filter(|opened| opened.as_ref().unwrap().is_ok());
    assert_eq!(opened.count(), 3);
}

async fn left_open_is_paged_oldest_first(bed: &Bed) {
    for second in 0..6 {
        let mut new = new(&second.to_string());
        // Two of them at the same time.
        new.at = at(i64::max(second, 1));
        bed.opened(&new).await.unwrap();
    }
    bed.saved(&id("2"), &written("x")).await;
    completed(bed, &id("2"), Sent::Delivered).await.unwrap();
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let read = bed.db.read();
        let page = carousels::left_open(&read, at(5), after.as_ref(), 2)
            .await
            .unwrap();
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

async fn unreadable_row_does_not_fail_a_list(bed: &Bed) {
    for second in 0..4 {
        let mut new = new(&second.to_string());
        new.at = at(second);
        bed.opened(&new).await.unwrap();
    }
    bed.sql("UPDATE carousels SET brief = '{' WHERE id = 'carousel-cli-1'")
        .await;
    bed.sql("UPDATE carousels SET user_id = 'no one' WHERE id = 'carousel-cli-2'")
        .await;
    let read = bed.db.read();
    let page = carousels::left_open(&read, at(60), None, 10).await.unwrap();
    let ids: Vec<_> = page.rows.into_iter().map(|carousel| carousel.id).collect();
    assert_eq!(ids, ["0", "3"].map(id));
    let said: Vec<String> = page.unreadable.iter().map(Error::to_string).collect();
    assert!(
        said[0].contains("carousel-cli-1") && said[1].contains("no one"),
        "{said:?}"
    );
    // A page of unreadable rows only is not the end.
    let after = carousels::left_open(&read, at(60), None, 1)
        .await
        .unwrap()
        .next;
    let bad = carousels::left_open(&read, at(60), after.as_ref(), 2)
        .await
        .unwrap();
    assert!(bad.rows.is_empty() && bad.unreadable.len() == 2 && bad.next.is_some());
    let all = carousels::list(&read, &Filter::default()).await.unwrap();
    assert_eq!((all.rows.len(), all.unreadable.len()), (2, 2));
}

async fn pictures_of_a_revision_are_stored_once(bed: &Bed) {
    bed.opened(&new("1")).await.unwrap();
    bed.saved(&id("1"), &written("x")).await;
    completed(bed, &id("1"), Sent::Delivered).await.unwrap();
    let keep = async |pictures: &[domain::record::BlobRecord]| {
        let keep =
            |tx: Tx| async move { carousels::keep_pictures(&tx, &id("1"), 2, pictures).await };
        bed.db.write(keep).await
    };
    let (first, second) = ([picture('c')], [picture('d')]);
    assert!(matches!(
        keep(&first).await,
        Err(Error::NoDraft { revision: 2, .. })
    ));
    let draft = &written("y");
    let save = |tx: Tx| async move { carousels::save_draft(&tx, &id("1"), 2, draft, at(3)).await };
    bed.db.write(save).await.unwrap();
    assert!(keep(&first).await.unwrap().fresh);
    let again = keep(&second).await.unwrap();
    assert_eq!((again.fresh, again.value), (false, first.to_vec()));
    let stored = carousels::pictures(&bed.db.read(), &id("1"), 2)
        .await
        .unwrap();
    assert_eq!(stored, first);
}
