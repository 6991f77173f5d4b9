//! Statistics for operators.

use chrono::TimeDelta;
use domain::{BotId, ChatId, UpdateId, failure::FailureKind};
use storage::{
    carousels::{self, CarouselCompletion, SentOutcome, UndoOutcome},
    ingress::{self, IncomingContent, IncomingUpdate, UpdateKey},
    stats,
};

use crate::{
    database::{
        StorageTestDatabase, at, id, new_carousel, on_each_database, picture, saved_draft, written,
    },
    people::{create_user, user},
};

on_each_database!(stats_count_people_and_carousels);
on_each_database!(usual_time_is_told_after_five_carousels);

/// Delivers a carousel so many seconds after it was opened.
async fn complete(test_db: &StorageTestDatabase, key: &str, seconds: i64) {
    let completion = &CarouselCompletion {
        outcome: SentOutcome::Delivered,
        reason: String::new(),
        revision: 1,
        pictures: vec![picture('a')],
    };
    let (id, when) = (&id(key), at(0) + TimeDelta::seconds(seconds));
    written!(test_db, carousels::complete, id, completion, when).unwrap();
}

async fn usual_time_is_told_after_five_carousels(test_db: &StorageTestDatabase) {
    let reader = test_db.db.read();
    for (key, seconds) in [("1", 8), ("2", 5), ("3", 90), ("4", 7), ("5", 6)] {
        assert_eq!(stats::usual_time_ms(&reader, at(0)).await.unwrap(), None);
        test_db.opened(&new_carousel(key)).await.unwrap();
        test_db.saved(&id(key), &saved_draft("w")).await;
        complete(test_db, key, seconds).await;
    }
    assert_eq!(stats::usual_time_ms(&reader, at(0)).await.unwrap(), Some(7_000));
    assert_eq!(stats::usual_time_ms(&reader, at(3_600)).await.unwrap(), None);
}

async fn stats_count_people_and_carousels(test_db: &StorageTestDatabase) {
    let reader = test_db.db.read();
    let nothing = stats::carousel_stats(&reader, at(0)).await.unwrap();
    assert_eq!((nothing.total(), nothing.success_percent()), (0, None));
    for n in 1..=2 {
        create_user(test_db, &user(n)).await;
    }
    assert_eq!(stats::count_users(&reader).await.unwrap(), 2);
    for (update, chat, seconds) in [(1, 7, 0), (2, 7, 60), (3, 8, 60)] {
        let arrival = UpdateKey { update: UpdateId::new(update), chat: Some(ChatId::new(chat)) };
        let when = at(0) + TimeDelta::seconds(seconds);
        let content = IncomingContent::Body("{}".to_owned());
        let batch = &[IncomingUpdate { arrival, content }];
        written!(test_db, ingress::receive, BotId::new(1), batch, when).unwrap();
    }
    let since = at(0) + TimeDelta::seconds(30);
    assert_eq!(stats::count_active_chats(&reader, since).await.unwrap(), 2);
    assert_eq!(stats::count_active_chats(&reader, at(0)).await.unwrap(), 2);

    for key in ["1", "2", "3", "4"] {
        test_db.opened(&new_carousel(key)).await.unwrap();
        test_db.saved(&id(key), &saved_draft("w")).await;
    }
    for (key, seconds) in [("1", 5), ("2", 9)] {
        complete(test_db, key, seconds).await;
    }
    let failed = &id("3");
    written!(
        test_db,
        carousels::abandon,
        failed,
        UndoOutcome::Failed(FailureKind::Unavailable),
        "why",
        at(1)
    )
    .unwrap();
    let made = stats::carousel_stats(&reader, at(0)).await.unwrap();
    assert_eq!((made.open, made.delivered, made.failed), (1, 2, 1));
    assert_eq!(made.success_percent(), Some(66));
    assert_eq!(made.median_ms, Some(9_000));
    let later = stats::carousel_stats(&reader, at(3_600)).await.unwrap();
    assert_eq!(later.total(), 0);
}
