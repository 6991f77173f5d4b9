//! Statistics for operators.

use chrono::TimeDelta;
use domain::{BotId, ChatId, UpdateId};
use storage::{
    Tx,
    carousels::{self, Completion, Sent, Undone},
    ingress::{self, Arrival, Content, Incoming},
    stats,
};

use crate::{
    bed::{Bed, at, id, new, on_each_database, picture, written},
    people::{met, user},
};

on_each_database!(stats_count_people_and_carousels);

async fn stats_count_people_and_carousels(bed: &Bed) {
    let reader = bed.db.read();
    let nothing = stats::carousels(&reader, at(0)).await.unwrap();
    assert_eq!((nothing.all(), nothing.success_percent()), (0, None));
    for n in 1..=2 {
        met(bed, &user(n)).await;
    }
    assert_eq!(stats::people(&reader).await.unwrap(), 2);
    for (update, chat, seconds) in [(1, 7, 0), (2, 7, 60), (3, 8, 60)] {
        let arrival = Arrival {
            update: UpdateId::new(update),
            chat: Some(ChatId::new(chat)),
        };
        let when = at(0) + TimeDelta::seconds(seconds);
        let content = Content::Body("{}".to_owned());
        let batch = &[Incoming { arrival, content }];
        let receive =
            |tx: Tx| async move { ingress::receive(&tx, BotId::new(1), batch, when).await };
        bed.db.write(receive).await.unwrap();
    }
    let since = at(0) + TimeDelta::seconds(30);
    assert_eq!(stats::active(&reader, since).await.unwrap(), 2);
    assert_eq!(stats::active(&reader, at(0)).await.unwrap(), 2);

    for key in ["1", "2", "3", "4"] {
        bed.opened(&new(key)).await.unwrap();
        bed.saved(&id(key), &written("w")).await;
    }
    for (key, seconds) in [("1", 5), ("2", 9)] {
        let completion = &Completion {
            outcome: Sent::Delivered,
            reason: String::new(),
            revision: 1,
            pictures: vec![picture('a')],
        };
        let (id, when) = (&id(key), at(0) + TimeDelta::seconds(seconds));
        let complete = |tx: Tx| async move { carousels::complete(&tx, id, completion, when).await };
        bed.db.write(complete).await.unwrap();
    }
    let failed = &id("3");
    let abandon =
        |tx: Tx| async move { carousels::abandon(&tx, failed, Undone::Failed, "why", at(1)).await };
    bed.db.write(abandon).await.unwrap();
    let made = stats::carousels(&reader, at(0)).await.unwrap();
    assert_eq!((made.open, made.delivered, made.failed), (1, 2, 1));
    assert_eq!(made.success_percent(), Some(66));
    assert_eq!(made.median_ms, Some(9_000));
    let later = stats::carousels(&reader, at(3_600)).await.unwrap();
    assert_eq!(later.all(), 0);
}
