//! Ingress: decisions about updates, and the state of dialogues.

use domain::{BlobKey, BotId, ChatId, UpdateId};
use events::Timestamp;
use serde::{Deserialize, Serialize};
use storage::{
    Stored, Tx,
    ingress::{
        self, Arrival, Body, Content, DecideError, Decision, Incoming, Lane, Received, Standing,
    },
    leases, references,
    sessions::{self, Dialogue, SaveError, Saved, Session, Version},
};

use crate::bed::{Bed, at, on_each_database};

on_each_database!(
    redelivered_update_gets_the_earlier_decision,
    decision_and_session_are_atomic,
    updates_are_ordered_per_chat_only,
    stored_updates_are_acknowledged,
    body_is_kept_until_update_is_finished,
    bodiless_updates_are_requested_again,
    dead_gateway_loses_its_updates,
    ownerless_decision_is_taken_over_after_two_minutes,
    lanes_are_listed_oldest_first,
    invalid_update_never_becomes_an_offset,
    offset_expires_after_long_silence,
    lost_updates_do_not_block_the_offset,
    dead_letter_unblocks_its_chat,
    only_finished_updates_are_pruned,
    concurrent_session_change_fails_once,
    expired_session_is_gone,
    old_version_does_not_match_a_later_dialogue,
    ended_session_releases_its_blobs,
);

const BOT: BotId = BotId::new(1);

/// A command as the gateway would store it.
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

/// An update from Telegram with this JSON.
fn sent(arrival: Arrival) -> Incoming {
    let content = Content::Body(format!("{{\"update_id\":{}}}", arrival.update));
    Incoming { arrival, content }
}

async fn received(bed: &Bed, batch: &[Arrival]) -> Received {
    let batch: &Vec<Incoming> = &batch.iter().copied().map(sent).collect();
    let receive = |tx: Tx| async move { ingress::receive(&tx, BOT, batch, at(0)).await };
    bed.db.write(receive).await.unwrap()
}

/// Rows of a gateway from before the inbox: updates without a body.
async fn known(bed: &Bed, batch: &[Arrival]) {
    received(bed, batch).await;
    bed.sql("UPDATE updates SET body = NULL").await;
}

async fn head(bed: &Bed, chat: i64) -> Option<(i64, Body)> {
    let lane = Lane::Chat(ChatId::new(chat));
    let head = ingress::head(&bed.db.read(), BOT, lane).await.unwrap();
    head.map(|head| (head.arrival.update.get(), head.body))
}

async fn decided(
    bed: &Bed,
    arrival: Arrival,
    topic: &str,
) -> Result<Stored<Decision<Command>>, DecideError> {
    decided_by(bed, arrival, topic, "gateway-1", at(1)).await
}

async fn decided_by(
    bed: &Bed,
    arrival: Arrival,
    topic: &str,
    by: &str,
    at: Timestamp,
) -> Result<Stored<Decision<Command>>, DecideError> {
    let command = &command(topic);
    let decide = |tx: Tx| async move { ingress::decide(&tx, BOT, arrival, command, by, at).await };
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

async fn redelivered_update_gets_the_earlier_decision(bed: &Bed) {
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

async fn decision_and_session_are_atomic(bed: &Bed) {
    let step = async |seen: Option<Version>| {
        let step = |tx: Tx| async move {
            let command = command("x");
            let decided =
                ingress::decide(&tx, BOT, arrival(10, 7), &command, "gateway-1", at(1)).await;
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

async fn updates_are_ordered_per_chat_only(bed: &Bed) {
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

    let turn = async || head(bed, 7).await.map(|(update, _)| update);
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

async fn stored_updates_are_acknowledged(bed: &Bed) {
    assert_eq!(offset(bed, at(0)).await, None);
    let batch = [arrival(10, 7), arrival(11, 8), arrival(12, 9)];
    assert_eq!(received(bed, &batch).await.fresh, 3);
    assert_eq!(
        offset(bed, at(2)).await,
        Some(13),
        "they are not decided yet"
    );
    assert_eq!(received(bed, &batch).await.fresh, 0, "it came again");
    for (update, chat) in [(11, 8), (12, 9)] {
        decided(bed, arrival(update, chat), "x").await.unwrap();
        finished(bed, update).await;
    }
    assert_eq!(received(bed, &batch).await.fresh, 0);
    assert_eq!(
        head(bed, 8).await,
        None,
        "a finished update is not processed again"
    );
    assert_eq!(head(bed, 7).await.unwrap().0, 10);
}

async fn body_is_kept_until_update_is_finished(bed: &Bed) {
    let batch = [arrival(10, 7), arrival(11, 8)];
    received(bed, &batch).await;
    let whole = Body::Stored(r#"{"update_id":10}"#.to_owned());
    assert_eq!(head(bed, 7).await, Some((10, whole.clone())));
    decided(bed, arrival(10, 7), "x").await.unwrap();
    assert_eq!(
        head(bed, 7).await,
        Some((10, whole)),
        "another gateway may have to process it"
    );
    finished(bed, 10).await;
    buried(bed, arrival(11, 8)).await;
    // Updates that are not for this bot, and invalid ones, have no body.
    let other = [
        (12, Content::Nothing(r#"{"topic":""}"#.to_owned())),
        (13, Content::Dead("no".to_owned())),
    ];
    let other: &Vec<Incoming> = &other
        .map(|(update, content)| Incoming {
            arrival: arrival(update, 9),
            content,
        })
        .into();
    let store = |tx: Tx| async move { ingress::store(&tx, BOT, other, at(3)).await };
    assert_eq!(bed.db.write(store).await.unwrap(), 2);
    assert_eq!(head(bed, 9).await, None);
    let reader = bed.db.read();
    let nothing = ingress::find::<Command>(&reader, BOT, UpdateId::new(12)).await;
    assert_eq!(
        nothing.unwrap().unwrap().standing,
        Standing::Done(command(""))
    );
    bed.sql("DELETE FROM updates WHERE body IS NULL").await;
    for update in 10..14 {
        let left = ingress::find::<Command>(&reader, BOT, UpdateId::new(update)).await;
        assert_eq!(left.unwrap(), None, "{update} still has its body");
    }
}

async fn bodiless_updates_are_requested_again(bed: &Bed) {
    known(bed, &[arrival(10, 7), arrival(11, 8), arrival(12, 8)]).await;
    decided(bed, arrival(11, 8), "x").await.unwrap();
    assert_eq!(offset(bed, at(2)).await, Some(10));
    assert_eq!(head(bed, 7).await, Some((10, Body::Awaited)));
    // Telegram still has one of them, and newer ones.
    let again = received(bed, &[arrival(12, 8), arrival(13, 7)]).await;
    assert_eq!((again.fresh, again.gone), (1, vec![UpdateId::new(10)]));
    assert_eq!(
        offset(bed, at(2)).await,
        Some(14),
        "the offset is not blocked"
    );
    assert_eq!(head(bed, 8).await, Some((11, Body::Lost)), "it is decided");
    finished(bed, 11).await;
    let whole = Body::Stored(r#"{"update_id":12}"#.to_owned());
    assert_eq!(head(bed, 8).await, Some((12, whole)));
}

async fn lives(bed: &Bed, gateway: &str, second: i64) {
    let ttl = chrono::TimeDelta::seconds(25);
    let live =
        |tx: Tx| async move { leases::acquire(&tx, gateway, gateway, at(second), ttl).await };
    bed.db.write(live).await.unwrap();
}

async fn dead_gateway_loses_its_updates(bed: &Bed) {
    lives(bed, "gateway-1", 0).await;
    received(bed, &[arrival(10, 7), arrival(11, 7)]).await;
    let first = decided_by(bed, arrival(10, 7), "first", "gateway-1", at(1)).await;
    assert!(first.unwrap().fresh);
    let other =
        async |second| decided_by(bed, arrival(10, 7), "mine", "gateway-2", at(second)).await;
    assert!(matches!(other(20).await, Err(DecideError::Taken)));
    lives(bed, "gateway-1", 20).await;
    assert!(
        matches!(other(44).await, Err(DecideError::Taken)),
        "it renews its lease"
    );
    // The other gateway takes over the decision, and the first one is refused when it returns.
    let adopted = other(45).await.unwrap();
    assert_eq!(adopted.value.standing, Standing::Decided(command("first")));
    assert!(!adopted.fresh);
    lives(bed, "gateway-2", 45).await;
    let back = decided_by(bed, arrival(10, 7), "first", "gateway-1", at(46)).await;
    assert!(matches!(back, Err(DecideError::Taken)), "{back:?}");
    // An undecided update has no owner.
    finished(bed, 10).await;
    let next = decided_by(bed, arrival(11, 7), "next", "gateway-3", at(47)).await;
    assert!(next.unwrap().fresh);
}

async fn ownerless_decision_is_taken_over_after_two_minutes(bed: &Bed) {
    decided(bed, arrival(10, 7), "old").await.unwrap();
    bed.sql("UPDATE updates SET owner = NULL").await;
    let take = async |second| {
        let take = |tx: Tx| async move {
            ingress::take_over(&tx, BOT, UpdateId::new(10), "gateway-2", at(second)).await
        };
        bed.db.write(take).await
    };
    assert!(matches!(take(130).await, Err(DecideError::Taken)));
    take(131).await.unwrap();
    let adopted = decided_by(bed, arrival(10, 7), "new", "gateway-2", at(131)).await;
    assert_eq!(
        adopted.unwrap().value.standing,
        Standing::Decided(command("old"))
    );
}

async fn lanes_are_listed_oldest_first(bed: &Bed) {
    let alone = Arrival {
        update: UpdateId::new(13),
        chat: None,
    };
    received(
        bed,
        &[
            arrival(10, 9),
            arrival(11, 7),
            arrival(12, 8),
            alone,
            arrival(14, 9),
        ],
    )
    .await;
    let lanes = async |limit| ingress::lanes(&bed.db.read(), BOT, limit).await.unwrap();
    let chat = |chat| Lane::Chat(ChatId::new(chat));
    assert_eq!(
        lanes(10).await,
        [chat(9), chat(7), chat(8), Lane::Alone(alone.update)]
    );
    assert_eq!(
        lanes(2).await,
        [chat(9), chat(7), Lane::Alone(alone.update)]
    );
    let head = ingress::head(&bed.db.read(), BOT, Lane::of(alone))
        .await
        .unwrap();
    assert_eq!(head.unwrap().arrival, alone);
    for (update, chat) in [(10, 9), (11, 7)] {
        decided(bed, arrival(update, chat), "x").await.unwrap();
        finished(bed, update).await;
    }
    assert_eq!(lanes(10).await[..2], [chat(8), chat(9)]);
}

async fn invalid_update_never_becomes_an_offset(bed: &Bed) {
    received(bed, &[arrival(10, 7)]).await;
    buried(
        bed,
        Arrival {
            update: UpdateId::new(-77),
            chat: None,
        },
    )
    .await;
    assert_eq!(offset(bed, at(3)).await, Some(11));
}

async fn offset_expires_after_long_silence(bed: &Bed) {
    decided(bed, arrival(1_000, 7), "x").await.unwrap();
    finished(bed, 1_000).await;
    assert_eq!(offset(bed, at(5 * 86_400)).await, Some(1_001));
    // Telegram may restart numbering, and 1,001 would acknowledge updates with lower numbers.
    assert_eq!(offset(bed, at(7 * 86_400)).await, None);
    let new = arrival(5, 7);
    let later =
        |tx: Tx| async move { ingress::receive(&tx, BOT, &[sent(new)], at(8 * 86_400)).await };
    bed.db.write(later).await.unwrap();
    decided(bed, new, "y").await.unwrap();
    finished(bed, 5).await;
    assert_eq!(offset(bed, at(8 * 86_400)).await, Some(6));
}

async fn lost_updates_do_not_block_the_offset(bed: &Bed) {
    known(bed, &[arrival(10, 7), arrival(11, 7), arrival(12, 7)]).await;
    decided(bed, arrival(10, 7), "x").await.unwrap();
    // Two days later: asked from 10 on, Telegram has only this left.
    let second = received(bed, &[arrival(12, 7), arrival(20, 7)]).await;
    assert_eq!((second.fresh, second.gone), (1, vec![UpdateId::new(11)]));
    // A decided update is executed, whether Telegram still has it or not.
    assert_eq!(head(bed, 7).await, Some((10, Body::Lost)));
    finished(bed, 10).await;
    assert_eq!(head(bed, 7).await.unwrap().0, 12);
    assert_eq!(received(bed, &[]).await.fresh, 0);
}

async fn dead_letter_unblocks_its_chat(bed: &Bed) {
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

async fn only_finished_updates_are_pruned(bed: &Bed) {
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
    assert_eq!(head(bed, 14).await.unwrap().0, 14);
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

/// Saves a session that expires ten minutes later.
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

async fn concurrent_session_change_fails_once(bed: &Bed) {
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

async fn expired_session_is_gone(bed: &Bed) {
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

async fn old_version_does_not_match_a_later_dialogue(bed: &Bed) {
    let first = saved(bed, "a", None).await.unwrap();
    let end = |tx: Tx| async move { sessions::end(&tx, dialogue()).await };
    assert!(bed.db.write(end).await.unwrap() && !bed.db.write(end).await.unwrap());
    let second = saved_at(bed, "b", None, 5).await.unwrap();
    assert!(second.fresh && second.id != first.id);
    let stale = saved_at(bed, "c", Some(first.version), 6).await;
    assert!(matches!(stale, Err(SaveError::Stale { .. })));
    // It expires, and the next one starts without a version.
    let third = saved_at(bed, "d", None, 3_600).await.unwrap();
    assert!(third.fresh && third.id != second.id);
}

async fn ended_session_releases_its_blobs(bed: &Bed) {
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
