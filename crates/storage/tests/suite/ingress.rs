//! Ingress: decisions about updates, and the state of dialogues.

use domain::{AccountId, BlobKey, BotId, ChatId, UpdateId};
use events::Timestamp;
use serde::{Deserialize, Serialize};
use storage::{
    FirstWrite, Tx,
    ingress::{
        self, DecideError, IncomingContent, IncomingUpdate, ReceiveReport, StoredUpdate,
        UpdateBody, UpdateKey, UpdateLane, UpdateState,
    },
    leases, references,
    sessions::{self, SaveSessionError, SavedSession, SessionKey, SessionVersion, StoredSession},
};

use crate::database::{StorageTestDatabase, at, on_each_database, written};

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
    Command { topic: topic.to_owned() }
}

fn arrival(update: i64, chat: i64) -> UpdateKey {
    UpdateKey { update: UpdateId::new(update), chat: Some(ChatId::new(chat)) }
}

/// An update from Telegram with this JSON.
fn sent(arrival: UpdateKey) -> IncomingUpdate {
    let content = IncomingContent::Body(format!("{{\"update_id\":{}}}", arrival.update));
    IncomingUpdate { arrival, content }
}

async fn received(test_db: &StorageTestDatabase, batch: &[UpdateKey]) -> ReceiveReport {
    let batch: &Vec<IncomingUpdate> = &batch.iter().copied().map(sent).collect();
    written!(test_db, ingress::receive, BOT, batch, at(0)).unwrap()
}

/// Rows of a gateway from before the inbox: updates without a body.
async fn store_without_body(test_db: &StorageTestDatabase, batch: &[UpdateKey]) {
    received(test_db, batch).await;
    test_db.sql("UPDATE updates SET body = NULL").await;
}

async fn head(test_db: &StorageTestDatabase, chat: i64) -> Option<(i64, UpdateBody)> {
    let lane = UpdateLane::Chat(ChatId::new(chat));
    let head = ingress::head(&test_db.db.read(), BOT, lane).await.unwrap();
    head.map(|head| (head.arrival.update.get(), head.body))
}

async fn decided(
    test_db: &StorageTestDatabase,
    arrival: UpdateKey,
    topic: &str,
) -> Result<FirstWrite<StoredUpdate<Command>>, DecideError> {
    decided_by(test_db, arrival, topic, "gateway-1", at(1)).await
}

async fn decided_by(
    test_db: &StorageTestDatabase,
    arrival: UpdateKey,
    topic: &str,
    by: &str,
    at: Timestamp,
) -> Result<FirstWrite<StoredUpdate<Command>>, DecideError> {
    let command = &command(topic);
    written!(test_db, ingress::decide, BOT, arrival, command, by, at)
}

async fn finished(test_db: &StorageTestDatabase, update: i64) -> bool {
    let update = UpdateId::new(update);
    written!(test_db, ingress::finish, BOT, update, at(2)).unwrap()
}

async fn mark_dead_letter(test_db: &StorageTestDatabase, arrival: UpdateKey) -> bool {
    written!(test_db, ingress::mark_dead_letter, BOT, arrival, "no idea", at(2)).unwrap()
}

async fn offset(test_db: &StorageTestDatabase, now: Timestamp) -> Option<i64> {
    let offset = ingress::polling_offset(&test_db.db.read(), BOT, now).await.unwrap();
    offset.map(UpdateId::get)
}

async fn redelivered_update_gets_the_earlier_decision(test_db: &StorageTestDatabase) {
    let first = decided(test_db, arrival(10, 7), "first").await.unwrap();
    assert!(first.fresh);
    assert_eq!(first.value.state, UpdateState::Decided(command("first")));
    let again = decided(test_db, arrival(10, 7), "changed my mind").await.unwrap();
    assert_eq!((again.fresh, &again.value), (false, &first.value));

    assert!(finished(test_db, 10).await && !finished(test_db, 10).await);
    let after = decided(test_db, arrival(10, 7), "changed my mind").await.unwrap();
    assert_eq!(after.value.state, UpdateState::Done(command("first")));
    let (read, other) = (test_db.db.read(), BotId::new(2));
    let other_bot = ingress::find::<Command>(&read, other, UpdateId::new(10));
    assert_eq!(other_bot.await.unwrap(), None);
}

async fn decision_and_session_are_atomic(test_db: &StorageTestDatabase) {
    let step = async |seen: Option<SessionVersion>| {
        let step = |tx: Tx| async move {
            let command = command("x");
            let decided =
                ingress::decide(&tx, BOT, arrival(10, 7), &command, "gateway-1", at(1)).await;
            assert!(decided.unwrap().fresh);
            sessions::save(&tx, dialogue(), &command, seen, at(600), at(1)).await
        };
        test_db.db.write(step).await
    };
    let seen = saved(test_db, "before", None).await.unwrap().version;
    assert!(matches!(step(None).await, Err(SaveSessionError::Stale { .. })));
    let nothing = ingress::find::<Command>(&test_db.db.read(), BOT, UpdateId::new(10)).await;
    assert_eq!(nothing.unwrap(), None);
    step(Some(seen)).await.unwrap();
    assert_eq!(loaded(test_db, 2).await.unwrap().record, command("x"));
}

async fn updates_are_ordered_per_chat_only(test_db: &StorageTestDatabase) {
    received(test_db, &[arrival(10, 7), arrival(11, 7), arrival(12, 8)]).await;
    let early = decided(test_db, arrival(11, 7), "second").await.unwrap_err();
    let before = UpdateId::new(10);
    assert!(
        matches!(early, DecideError::EarlierUnfinished { before: b } if b == before),
        "{early}"
    );
    assert!(decided(test_db, arrival(12, 8), "another chat").await.unwrap().fresh);

    let turn = async || head(test_db, 7).await.map(|(update, _)| update);
    assert_eq!(turn().await, Some(10));
    decided(test_db, arrival(10, 7), "first").await.unwrap();
    assert!(decided(test_db, arrival(11, 7), "second").await.is_err(), "the first is not finished");
    assert!(!finished(test_db, 11).await, "it is not even decided");
    finished(test_db, 10).await;
    assert_eq!(turn().await, Some(11));
    assert!(decided(test_db, arrival(11, 7), "second").await.unwrap().fresh);
}

async fn stored_updates_are_acknowledged(test_db: &StorageTestDatabase) {
    assert_eq!(offset(test_db, at(0)).await, None);
    let batch = [arrival(10, 7), arrival(11, 8), arrival(12, 9)];
    assert_eq!(received(test_db, &batch).await.fresh, 3);
    assert_eq!(offset(test_db, at(2)).await, Some(13), "they are not decided yet");
    assert_eq!(received(test_db, &batch).await.fresh, 0, "it came again");
    for (update, chat) in [(11, 8), (12, 9)] {
        decided(test_db, arrival(update, chat), "x").await.unwrap();
        finished(test_db, update).await;
    }
    assert_eq!(received(test_db, &batch).await.fresh, 0);
    assert_eq!(head(test_db, 8).await, None, "a finished update is not processed again");
    assert_eq!(head(test_db, 7).await.unwrap().0, 10);
}

async fn body_is_kept_until_update_is_finished(test_db: &StorageTestDatabase) {
    let batch = [arrival(10, 7), arrival(11, 8)];
    received(test_db, &batch).await;
    let whole = UpdateBody::Stored(r#"{"update_id":10}"#.to_owned());
    assert_eq!(head(test_db, 7).await, Some((10, whole.clone())));
    decided(test_db, arrival(10, 7), "x").await.unwrap();
    assert_eq!(head(test_db, 7).await, Some((10, whole)), "another gateway may have to process it");
    finished(test_db, 10).await;
    mark_dead_letter(test_db, arrival(11, 8)).await;
    // Updates that are not for this bot, and invalid ones, have no body.
    let other = [
        (12, IncomingContent::Ignored(r#"{"topic":""}"#.to_owned())),
        (13, IncomingContent::DeadLetter("no".to_owned())),
    ];
    let other: &Vec<IncomingUpdate> = &other
        .map(|(update, content)| IncomingUpdate { arrival: arrival(update, 9), content })
        .into();
    assert_eq!(written!(test_db, ingress::store, BOT, other, at(3)).unwrap(), 2);
    assert_eq!(head(test_db, 9).await, None);
    let reader = test_db.db.read();
    let nothing = ingress::find::<Command>(&reader, BOT, UpdateId::new(12)).await;
    assert_eq!(nothing.unwrap().unwrap().state, UpdateState::Done(command("")));
    test_db.sql("DELETE FROM updates WHERE body IS NULL").await;
    for update in 10..14 {
        let left = ingress::find::<Command>(&reader, BOT, UpdateId::new(update)).await;
        assert_eq!(left.unwrap(), None, "{update} still has its body");
    }
}

async fn bodiless_updates_are_requested_again(test_db: &StorageTestDatabase) {
    store_without_body(test_db, &[arrival(10, 7), arrival(11, 8), arrival(12, 8)]).await;
    decided(test_db, arrival(11, 8), "x").await.unwrap();
    assert_eq!(offset(test_db, at(2)).await, Some(10));
    assert_eq!(head(test_db, 7).await, Some((10, UpdateBody::Missing)));
    // Telegram still has one of them, and newer ones.
    let again = received(test_db, &[arrival(12, 8), arrival(13, 7)]).await;
    assert_eq!((again.fresh, again.lost), (1, vec![UpdateId::new(10)]));
    assert_eq!(offset(test_db, at(2)).await, Some(14), "the offset is not blocked");
    assert_eq!(head(test_db, 8).await, Some((11, UpdateBody::Lost)), "it is decided");
    finished(test_db, 11).await;
    let whole = UpdateBody::Stored(r#"{"update_id":12}"#.to_owned());
    assert_eq!(head(test_db, 8).await, Some((12, whole)));
}

async fn renew_lease(test_db: &StorageTestDatabase, gateway: &str, second: i64) {
    let ttl = chrono::TimeDelta::seconds(25);
    written!(test_db, leases::acquire, gateway, gateway, at(second), ttl).unwrap();
}

async fn dead_gateway_loses_its_updates(test_db: &StorageTestDatabase) {
    renew_lease(test_db, "gateway-1", 0).await;
    received(test_db, &[arrival(10, 7), arrival(11, 7)]).await;
    let first = decided_by(test_db, arrival(10, 7), "first", "gateway-1", at(1)).await;
    assert!(first.unwrap().fresh);
    let other =
        async |second| decided_by(test_db, arrival(10, 7), "mine", "gateway-2", at(second)).await;
    assert!(matches!(other(20).await, Err(DecideError::OwnedByOther)));
    renew_lease(test_db, "gateway-1", 20).await;
    assert!(matches!(other(44).await, Err(DecideError::OwnedByOther)), "it renews its lease");
    // The other gateway takes over the decision, and the first one is refused when it returns.
    let adopted = other(45).await.unwrap();
    assert_eq!(adopted.value.state, UpdateState::Decided(command("first")));
    assert!(!adopted.fresh);
    renew_lease(test_db, "gateway-2", 45).await;
    let back = decided_by(test_db, arrival(10, 7), "first", "gateway-1", at(46)).await;
    assert!(matches!(back, Err(DecideError::OwnedByOther)), "{back:?}");
    // An undecided update has no owner.
    finished(test_db, 10).await;
    let next = decided_by(test_db, arrival(11, 7), "next", "gateway-3", at(47)).await;
    assert!(next.unwrap().fresh);
}

async fn ownerless_decision_is_taken_over_after_two_minutes(test_db: &StorageTestDatabase) {
    decided(test_db, arrival(10, 7), "old").await.unwrap();
    test_db.sql("UPDATE updates SET owner = NULL").await;
    let take = async |second| {
        let take = |tx: Tx| async move {
            ingress::take_over(&tx, BOT, UpdateId::new(10), "gateway-2", at(second)).await
        };
        test_db.db.write(take).await
    };
    assert!(matches!(take(130).await, Err(DecideError::OwnedByOther)));
    take(131).await.unwrap();
    let adopted = decided_by(test_db, arrival(10, 7), "new", "gateway-2", at(131)).await;
    assert_eq!(adopted.unwrap().value.state, UpdateState::Decided(command("old")));
}

async fn lanes_are_listed_oldest_first(test_db: &StorageTestDatabase) {
    let alone = UpdateKey { update: UpdateId::new(13), chat: None };
    received(test_db, &[arrival(10, 9), arrival(11, 7), arrival(12, 8), alone, arrival(14, 9)])
        .await;
    let lanes = async |limit| ingress::lanes(&test_db.db.read(), BOT, limit).await.unwrap();
    let chat = |chat| UpdateLane::Chat(ChatId::new(chat));
    assert_eq!(lanes(10).await, [chat(9), chat(7), chat(8), UpdateLane::Single(alone.update)]);
    assert_eq!(lanes(2).await, [chat(9), chat(7), UpdateLane::Single(alone.update)]);
    let head = ingress::head(&test_db.db.read(), BOT, UpdateLane::of(alone)).await.unwrap();
    assert_eq!(head.unwrap().arrival, alone);
    for (update, chat) in [(10, 9), (11, 7)] {
        decided(test_db, arrival(update, chat), "x").await.unwrap();
        finished(test_db, update).await;
    }
    assert_eq!(lanes(10).await[..2], [chat(8), chat(9)]);
}

async fn invalid_update_never_becomes_an_offset(test_db: &StorageTestDatabase) {
    received(test_db, &[arrival(10, 7)]).await;
    mark_dead_letter(test_db, UpdateKey { update: UpdateId::new(-77), chat: None }).await;
    assert_eq!(offset(test_db, at(3)).await, Some(11));
}

async fn offset_expires_after_long_silence(test_db: &StorageTestDatabase) {
    decided(test_db, arrival(1_000, 7), "x").await.unwrap();
    finished(test_db, 1_000).await;
    assert_eq!(offset(test_db, at(5 * 86_400)).await, Some(1_001));
    // Telegram may restart numbering, and 1,001 would acknowledge updates with lower numbers.
    assert_eq!(offset(test_db, at(7 * 86_400)).await, None);
    let new = arrival(5, 7);
    written!(test_db, ingress::receive, BOT, &[sent(new)], at(8 * 86_400)).unwrap();
    decided(test_db, new, "y").await.unwrap();
    finished(test_db, 5).await;
    assert_eq!(offset(test_db, at(8 * 86_400)).await, Some(6));
}

async fn lost_updates_do_not_block_the_offset(test_db: &StorageTestDatabase) {
    store_without_body(test_db, &[arrival(10, 7), arrival(11, 7), arrival(12, 7)]).await;
    decided(test_db, arrival(10, 7), "x").await.unwrap();
    // Two days later: asked from 10 on, Telegram has only this left.
    let second = received(test_db, &[arrival(12, 7), arrival(20, 7)]).await;
    assert_eq!((second.fresh, second.lost), (1, vec![UpdateId::new(11)]));
    // A decided update is executed, whether Telegram still has it or not.
    assert_eq!(head(test_db, 7).await, Some((10, UpdateBody::Lost)));
    finished(test_db, 10).await;
    assert_eq!(head(test_db, 7).await.unwrap().0, 12);
    assert_eq!(received(test_db, &[]).await.fresh, 0);
}

async fn dead_letter_unblocks_its_chat(test_db: &StorageTestDatabase) {
    received(test_db, &[arrival(10, 7), arrival(11, 7)]).await;
    assert!(
        mark_dead_letter(test_db, arrival(10, 7)).await
            && !mark_dead_letter(test_db, arrival(10, 7)).await
    );
    assert!(mark_dead_letter(test_db, arrival(9, 8)).await, "never received before");
    let again = decided(test_db, arrival(10, 7), "now I see").await.unwrap();
    assert_eq!(again.value.state, UpdateState::DeadLetter { reason: "no idea".to_owned() });
    assert!(decided(test_db, arrival(11, 7), "next").await.unwrap().fresh);
}

async fn only_finished_updates_are_pruned(test_db: &StorageTestDatabase) {
    for update in 10..15 {
        decided(test_db, arrival(update, update), "x").await.unwrap();
    }
    for update in 10..14 {
        finished(test_db, update).await;
    }
    let prune = async |limit| {
        let prune = |tx: Tx| async move { ingress::prune(&tx, at(60), limit).await };
        test_db.db.write(prune).await.unwrap()
    };
    assert_eq!((prune(3).await, prune(3).await, prune(3).await), (3, 1, 0));
    assert_eq!(head(test_db, 14).await.unwrap().0, 14);
}

fn dialogue() -> SessionKey {
    SessionKey::private(BOT, AccountId::new(7))
}

async fn saved(
    test_db: &StorageTestDatabase,
    topic: &str,
    seen: Option<SessionVersion>,
) -> Result<SavedSession, SaveSessionError> {
    saved_at(test_db, topic, seen, 0).await
}

/// Saves a session that expires ten minutes later.
async fn saved_at(
    test_db: &StorageTestDatabase,
    topic: &str,
    seen: Option<SessionVersion>,
    second: i64,
) -> Result<SavedSession, SaveSessionError> {
    let record = &command(topic);
    written!(test_db, sessions::save, dialogue(), record, seen, at(second + 600), at(second))
}

async fn loaded(test_db: &StorageTestDatabase, second: i64) -> Option<StoredSession<Command>> {
    sessions::load(&test_db.db.read(), dialogue(), at(second)).await.unwrap()
}

async fn concurrent_session_change_fails_once(test_db: &StorageTestDatabase) {
    let first = saved(test_db, "a", None).await.unwrap();
    assert!(first.fresh);
    let seen = loaded(test_db, 1).await.unwrap();
    assert_eq!((&seen.id, seen.version), (&first.id, first.version));
    let changes = (0..10).map(|n| {
        let (db, seen) = (test_db.db.clone(), seen.version);
        tokio::spawn(async move {
            let record = &command(&n.to_string());
            let save = |tx: Tx| async move {
                sessions::save(&tx, dialogue(), record, Some(seen), at(600), at(1)).await
            };
            db.write(save).await
        })
    });
    let changed = futures::future::join_all(changes).await;
    let taken: Vec<_> = changed.iter().filter_map(|c| c.as_ref().unwrap().as_ref().ok()).collect();
    assert_eq!(taken.len(), 1);
    assert!(!taken[0].fresh && taken[0].id == first.id);
    assert_eq!(loaded(test_db, 1).await.unwrap().version, taken[0].version);
}

async fn expired_session_is_gone(test_db: &StorageTestDatabase) {
    saved(test_db, "a", None).await.unwrap();
    assert!(loaded(test_db, 599).await.is_some());
    assert_eq!(loaded(test_db, 600).await, None);
    let sweep = async |second| {
        let sweep = |tx: Tx| async move { sessions::end_expired(&tx, at(second), 10).await };
        test_db.db.write(sweep).await.unwrap()
    };
    assert_eq!((sweep(599).await, sweep(600).await, sweep(600).await), (0, 1, 0));
}

async fn old_version_does_not_match_a_later_dialogue(test_db: &StorageTestDatabase) {
    let first = saved(test_db, "a", None).await.unwrap();
    let end = |tx: Tx| async move { sessions::end(&tx, dialogue()).await };
    assert!(test_db.db.write(end).await.unwrap() && !test_db.db.write(end).await.unwrap());
    let second = saved_at(test_db, "b", None, 5).await.unwrap();
    assert!(second.fresh && second.id != first.id);
    let stale = saved_at(test_db, "c", Some(first.version), 6).await;
    assert!(matches!(stale, Err(SaveSessionError::Stale { .. })));
    // It expires, and the next one starts without a version.
    let third = saved_at(test_db, "d", None, 3_600).await.unwrap();
    assert!(third.fresh && third.id != second.id);
}

async fn ended_session_releases_its_blobs(test_db: &StorageTestDatabase) {
    let blob = &BlobKey::new(&[7; 32], "txt").unwrap();
    let hold = |tx: Tx| async move {
        references::set_reference(&tx, &dialogue().holder(), "text", blob, at(0)).await
    };
    let held = async || {
        let blobs = std::slice::from_ref(blob);
        let held = references::referenced(&test_db.db.read(), blobs).await;
        held.unwrap().contains(blob)
    };
    let seen = saved(test_db, "a", None).await.unwrap().version;
    test_db.db.write(hold).await.unwrap();
    saved(test_db, "b", Some(seen)).await.unwrap();
    assert!(held().await);
    saved_at(test_db, "c", None, 3_600).await.unwrap();
    assert!(!held().await, "the dialogue that held it has expired");
    test_db.db.write(hold).await.unwrap();
    written!(test_db, sessions::end, dialogue()).unwrap();
    assert!(!held().await);
}
