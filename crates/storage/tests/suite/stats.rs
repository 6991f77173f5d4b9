//! Statistics for operators.

use chrono::TimeDelta;
use domain::{BotId, ChatId, UpdateId};
use storage::{
    Tx,
    carousels::{self, CarouselCompletion, SentOutcome, UndoOutcome},
    ingress::{self, IncomingContent, IncomingUpdate, UpdateKey},
    stats,
};

use crate::{
    database::{StorageTestDatabase, at, id, new_carousel, on_each_database, picture, saved_draft},
    people::{create_user, user},
};

on_each_database!(stats_count_people_and_carousels);

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
        let receive =
            |tx: Tx| async move { ingress::receive(&tx, BotId::new(1), batch, when).await };
        test_db.db.write(receive).await.unwrap();
    }
    let since = at(0) + TimeDelta::seconds(30);
    assert_eq!(stats::count_active_chats(&reader, since).await.unwrap(), 2);
    assert_eq!(stats::count_active_chats(&reader, at(0)).await.unwrap(), 2);

    for key in ["1", "2", "3", "4"] {
        test_db.opened(&new_carousel(key)).await.unwrap();
        test_db.saved(&id(key), &saved_draft("w")).await;
    }
    for (key, seconds) in [("1", 5), ("2", 9)] {
        let completion = &CarouselCompletion {
            outcome: SentOutcome::Delivered,
            reason: String::new(),
            revision: 1,
            pictures: vec![picture('a')],
        };
        let (id, when) = (&id(key), at(0) + TimeDelta::seconds(seconds));
        let complete = |tx: Tx| async move { carousels::complete(&tx, id, completion, when).await };
        test_db.db.write(complete).await.unwrap();
    }
    let failed = &id("3");
    let abandon = |tx: Tx| async move {
        carousels::abandon(&tx, failed, UndoOutcome::Failed, "why", at(1)).await
    };
    test_db.db.write(abandon).await.unwrap();
    let made = stats::carousel_stats(&reader, at(0)).await.unwrap();
    assert_eq!((made.open, made.delivered, made.failed), (1, 2, 1));
    assert_eq!(made.success_percent(), Some(66));
    assert_eq!(made.median_ms, Some(9_000));
    let later = stats::carousel_stats(&reader, at(3_600)).await.unwrap();
    assert_eq!(later.total(), 0);
}
