//! What comes in: decisions about updates, and the state of dialogues.

use domain::{BlobKey, BotId, ChatId, UpdateId};
use events::Timestamp;
use serde::{Deserialize, Serialize};
use storage::{
    Stored, Tx,
    ingress::{self, Arrival, DecideError, Decision, Received, Standing},
    references,
    sessions::{self, Dialogue, SaveError, Saved, Session, Version},
};

use crate::bed::{Bed, at, on_each_database};

on_each_database!(
    a_redelivered_update_is_given_what_was_decided,
    the_decision_and_the_session_are_stored_together_or_not_at_all,
    updates_of_one_chat_are_decided_in_order_and_chats_side_by_side,
    the_offset_is_the_lowest_that_is_not_finished,
    an_offset_from_before_a_long_silence_is_not_used,
    what_telegram_no_longer_has_holds_nothing_up,
    a_dead_update_lets_the_others_pass_and_stays_dead,
    finished_updates_are_pruned_and_unfinished_ones_are_not,
    of_two_who_change_a_session_one_is_told,
    a_session_is_forgotten_when_it_expires,
    a_later_dialogue_is_not_changed_by_what_was_seen_of_an_earlier_one,
    a_session_lets_go_of_its_blobs_when_it_ends,
);

const BOT: BotId = BotId::new(1);

/// What the gateway would make of an update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Command {
    topic: String,
}

fn command(topic: &str) -> Command {
    Command {
        topic: topic.to_owned(),
    }
}

fn arrival(update: i64, chat: i64) -> Arrival {
    Arrival {
        update: UpdateId::new(update),
        chat: Some(ChatId::new(chat)),
    }
}

async fn received(bed: &Bed, batch: &[Arrival]) -> Received {
    let receive = |tx: Tx| async move { ingress::receive(&tx, BOT, batch, at(0)).await };
    bed.db.write(receive).await.unwrap()
}

async fn decided(
    bed: &Bed,
    arrival: Arrival,
    topic: &str,
) -> Result<Stored<Decision<Command>>, DecideError> {
    let command = &command(topic);
    let decide = |tx: Tx| async move { ingress::decide(&tx, BOT, arrival, command, at(1)).await };
    bed.db.write(decide).await
}

async fn finished(bed: &Bed, update: i64) -> bool {
    let update = UpdateId::new(update);
    let finish = |tx: Tx| async move { ingress::finish(&tx, BOT, update, at(2)).await };
    bed.db.write(finish).await.unwrap()
}

async fn buried(bed: &Bed, arrival: Arrival) -> bool {
    let bury = |tx: Tx| async move { ingress::bury(&tx, BOT, arrival, "no idea", at(2)).await };
    bed.db.write(bury).await.unwrap()
}

async fn offset(bed: &Bed, now: Timestamp) -> Option<i64> {
    let offset = ingress::offset(&bed.db.read(), BOT, now).await.unwrap();
    offset.map(UpdateId::get)
}

async fn a_redelivered_update_is_given_what_was_decided(bed: &Bed) {
    let first = decided(bed, arrival(10, 7), "first").await.unwrap();
    assert!(first.fresh);
    assert_eq!(first.value.standing, Standing::Decided(command("first")));
    let again = decided(bed, arrival(10, 7), "changed my mind")
        .await
        .unwrap();
    assert_eq!((again.fresh, &again.value), (false, &first.value));

    assert!(finished(bed, 10).await && !finished(bed, 10).await);
    let after = decided(bed, arrival(10, 7), "changed my mind")
        .await
        .unwrap();
    assert_eq!(after.value.standing, Standing::Done(command("first")));
    let (read, other) = (bed.db.read(), BotId::new(2));
    let other_bot = ingress::find::<Command>(&read, other, UpdateId::new(10));
    assert_eq!(other_bot.await.unwrap(), None);
}

async fn the_decision_and_the_session_are_stored_together_or_not_at_all(bed: &Bed) {
    let step = async |seen: Option<Version>| {
        let step = |tx: Tx| async move {
            let command = command("x");
            let decided = ingress::decide(&tx, BOT, arrival(10, 7), &command, at(1)).await;
            assert!(decided.unwrap().fresh);
            sessions::save(&tx, dialogue(), &command, seen, at(600), at(1)).await
        };
        bed.db.write(step).await
    };
    let seen = saved(bed, "before", None).await.unwrap().version;
    assert!(matches!(step(None).await, Err(SaveError::Stale { .. })));
    let nothing = ingress::find::<Command>(&bed.db.read(), BOT, UpdateId::new(10)).await;
    assert_eq!(nothing.unwrap(), None);
    step(Some(seen)).await.unwrap();
    assert_eq!(loaded(bed, 2).await.unwrap().record, command("x"));
}

async fn updates_of_one_chat_are_decided_in_order_and_chats_side_by_side(bed: &Bed) {
    received(bed, &[arrival(10, 7), arrival(11, 7), arrival(12, 8)]).await;
    let early = decided(bed, arrival(11, 7), "second").await.unwrap_err();
    let before = UpdateId::new(10);
    assert!(
        matches!(early, DecideError::OutOfTurn { before: b } if b == before),
        "{early}"
    );
    assert!(
        decided(bed, arrival(12, 8), "another chat")
            .await
            .unwrap()
            .fresh
    );

    let turn = async || {
        let turn = ingress::turn::<Command>(&bed.db.read(), BOT, ChatId::new(7)).await;
        turn.unwrap().map(|decision| decision.update.get())
    };
    assert_eq!(turn().await, Some(10));
    decided(bed, arrival(10, 7), "first").await.unwrap();
    assert!(
        decided(bed, arrival(11, 7), "second").await.is_err(),
        "the first is not finished"
    );
    assert!(!finished(bed, 11).await, "it is not even decided");
    finished(bed, 10).await;
    assert_eq!(turn().await, Some(11));
    assert!(decided(bed, arrival(11, 7), "second").await.unwrap().fresh);
}

async fn the_offset_is_the_lowest_that_is_not_finished(bed: &Bed) {
    assert_eq!(offset(bed, at(0)).await, None);
    received(bed, &[arrival(10, 7), arrival(11, 8), arrival(12, 9)]).await;
    for (update, chat) in [(11, 8), (12, 9)] {
        decided(bed, arrival(update, chat), "x").await.unwrap();
        finished(bed, update).await;
    }
    assert_eq!(
        offset(bed, at(2)).await,
        Some(10),
        "nobody has looked at it yet"
    );
    let rest = ingress::unfinished::<Command>(&bed.db.read(), BOT, 10)
        .await
        .unwrap()
        .rows;
    assert_eq!((rest.len(), &rest[0].standing), (1, &Standing::Received));
    decided(bed, arrival(10, 7), "x").await.unwrap();
    assert_eq!(offset(bed, at(2)).await, Some(10));
    finished(bed, 10).await;
    assert_eq!(offset(bed, at(2)).await, Some(13));
}

async fn an_offset_from_before_a_long_silence_is_not_used(bed: &Bed) {
    decided(bed, arrival(1_000, 7), "x").await.unwrap();
    finished(bed, 1_000).await;
    assert_eq!(offset(bed, at(5 * 86_400)).await, Some(1_001));
    // Telegram may count from anywhere now, and 1,001 would acknowledge what has a lower number.
    assert_eq!(offset(bed, at(7 * 86_400)).await, None);
    let new = arrival(5, 7);
    let later = |tx: Tx| async move { ingress::receive(&tx, BOT, &[new], at(8 * 86_400)).await };
    bed.db.write(later).await.unwrap();
    decided(bed, new, "y").await.unwrap();
    finished(bed, 5).await;
    assert_eq!(offset(bed, at(8 * 86_400)).await, Some(6));
}

async fn what_telegram_no_longer_has_holds_nothing_up(bed: &Bed) {
    let first = received(bed, &[arrival(10, 7), arrival(11, 7), arrival(12, 7)]).await;
    assert_eq!((first.fresh, first.gone.len()), (3, 0));
    decided(bed, arrival(10, 7), "x").await.unwrap();
    // Two days later: asked from 10 on, Telegram has only this left.
    let second = received(bed, &[arrival(12, 7), arrival(20, 7)]).await;
    assert_eq!((second.fresh, second.gone), (1, vec![UpdateId::new(11)]));
    // What was decided is executed, whether Telegram has it or not.
    assert_eq!(offset(bed, at(0)).await, Some(10));
    finished(bed, 10).await;
    assert_eq!(offset(bed, at(0)).await, Some(12));
    assert_eq!(received(bed, &[]).await.fresh, 0);
}

async fn a_dead_update_lets_the_others_pass_and_stays_dead(bed: &Bed) {
    received(bed, &[arrival(10, 7), arrival(11, 7)]).await;
    assert!(buried(bed, arrival(10, 7)).await && !buried(bed, arrival(10, 7)).await);
    assert!(buried(bed, arrival(9, 8)).await, "never received before");
    let again = decided(bed, arrival(10, 7), "now I see").await.unwrap();
    assert_eq!(
        again.value.standing,
        Standing::Dead {
            reason: "no idea".to_owned()
        }
    );
    assert!(decided(bed, arrival(11, 7), "next").await.unwrap().fresh);
    let dead = ingress::dead::<Command>(&bed.db.read(), BOT, 10)
        .await
        .unwrap()
        .rows;
    assert_eq!(dead.len(), 2);
}

async fn finished_updates_are_pruned_and_unfinished_ones_are_not(bed: &Bed) {
    for update in 10..15 {
        decided(bed, arrival(update, update), "x").await.unwrap();
    }
    for update in 10..14 {
        finished(bed, update).await;
    }
    let prune = async |limit| {
        let prune = |tx: Tx| async move { ingress::prune(&tx, at(60), limit).await };
        bed.db.write(prune).await.unwrap()
    };
    assert_eq!((prune(3).await, prune(3).await, prune(3).await), (3, 1, 0));
    assert_eq!(offset(bed, at(2)).await, Some(14));
}

fn dialogue() -> Dialogue {
    Dialogue {
        bot: BOT,
        chat: ChatId::new(7),
    }
}

async fn saved(bed: &Bed, topic: &str, seen: Option<Version>) -> Result<Saved, SaveError> {
    saved_at(bed, topic, seen, 0).await
}

/// Saves what expires ten minutes later.
async fn saved_at(
    bed: &Bed,
    topic: &str,
    seen: Option<Version>,
    second: i64,
) -> Result<Saved, SaveError> {
    let record = &command(topic);
    let save = |tx: Tx| async move {
        sessions::save(&tx, dialogue(), record, seen, at(second + 600), at(second)).await
    };
    bed.db.write(save).await
}

async fn loaded(bed: &Bed, second: i64) -> Option<Session<Command>> {
    sessions::load(&bed.db.read(), dialogue(), at(second))
        .await
        .unwrap()
}

async fn of_two_who_change_a_session_one_is_told(bed: &Bed) {
    let first = saved(bed, "a", None).await.unwrap();
    assert!(first.fresh);
    let seen = loaded(bed, 1).await.unwrap();
    assert_eq!((&seen.id, seen.version), (&first.id, first.version));
    let changes = (0..10).map(|n| {
        let (db, seen) = (bed.db.clone(), seen.version);
        tokio::spawn(async move {
            let record = &command(&n.to_string());
            let save = |tx: Tx| async move {
                sessions::save(&tx, dialogue(), record, Some(seen), at(600), at(1)).await
            };
            db.write(save).await
        })
    });
    let changed = futures::future::join_all(changes).await;
    let taken: Vec<_> = changed
        .iter()
        .filter_map(|c| c.as_ref().unwrap().as_ref().ok())
        .collect();
    assert_eq!(taken.len(), 1);
    assert!(!taken[0].fresh && taken[0].id == first.id);
    assert_eq!(loaded(bed, 1).await.unwrap().version, taken[0].version);
}

async fn a_session_is_forgotten_when_it_expires(bed: &Bed) {
    saved(bed, "a", None).await.unwrap();
    assert!(loaded(bed, 599).await.is_some());
    assert_eq!(loaded(bed, 600).await, None);
    let sweep = async |second| {
        let sweep = |tx: Tx| async move { sessions::sweep(&tx, at(second), 10).await };
        bed.db.write(sweep).await.unwrap()
    };
    assert_eq!(
        (sweep(599).await, sweep(600).await, sweep(600).await),
        (0, 1, 0)
    );
}

async fn a_later_dialogue_is_not_changed_by_what_was_seen_of_an_earlier_one(bed: &Bed) {
    let first = saved(bed, "a", None).await.unwrap();
    let end = |tx: Tx| async move { sessions::end(&tx, dialogue()).await };
    assert!(bed.db.write(end).await.unwrap() && !bed.db.write(end).await.unwrap());
    let second = saved_at(bed, "b", None, 5).await.unwrap();
    assert!(second.fresh && second.id != first.id);
    let stale = saved_at(bed, "c", Some(first.version), 6).await;
    assert!(matches!(stale, Err(SaveError::Stale { .. })));
    // It expires, and the next begins with nothing seen.
    let third = saved_at(bed, "d", None, 3_600).await.unwrap();
    assert!(third.fresh && third.id != second.id);
}

async fn a_session_lets_go_of_its_blobs_when_it_ends(bed: &Bed) {
    let blob = &BlobKey::new(&[7; 32], "txt").unwrap();
    let hold = |tx: Tx| async move {
        references::hold(&tx, &dialogue().holder(), "text", blob, at(0)).await
    };
    let held = async || references::count(&bed.db.read(), blob).await.unwrap();
    let seen = saved(bed, "a", None).await.unwrap().version;
    bed.db.write(hold).await.unwrap();
    saved(bed, "b", Some(seen)).await.unwrap();
    assert_eq!(held().await, 1);
    saved_at(bed, "c", None, 3_600).await.unwrap();
    assert_eq!(held().await, 0, "the dialogue that held it has expired");
    bed.db.write(hold).await.unwrap();
    let end = |tx: Tx| async move { sessions::end(&tx, dialogue()).await };
    bed.db.write(end).await.unwrap();
    assert_eq!(held().await, 0);
}
