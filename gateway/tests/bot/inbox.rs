//! What was acknowledged is stored, and what is stored is done: by another gateway if need be, and once.

use std::sync::Arc;

use testkit::{Script, ScriptedFaults, bot_api::Person, eventually};
use tokio::sync::{Mutex, oneshot};

use crate::{Bot, answers, webhook::called};

/// A bot whose gateway comes to this point and no further, and somebody whom it left there.
async fn held_at(point: &str) -> (Bot, Person, ScriptedFaults) {
    let mut bot = Bot::start().await;
    bot.shutdown.begin();
    let held = ScriptedFaults::new([(point, Script::Hold)]);
    bot.listen_with(held.faults()).await;
    let ann = bot.person("Ann", "en").await;
    ann.says("/myid").await;
    held.reached(point).await;
    eventually("it is acknowledged", async || {
        let updates = bot.telegram.updates().await;
        updates.last()?.confirmed_at.map(|_| ())
    })
    .await;
    (bot, ann, held)
}

#[tokio::test]
async fn what_was_stored_and_not_decided_is_done_by_another_gateway_once() {
    let (mut bot, ann, held) = held_at("update.received").await;
    let before = std::mem::take(&mut bot.shutdown);
    bot.listen().await;
    ann.hears_text("Your number").await;
    // The first wakes up, and finds it done.
    held.release();
    ann.says("/status").await;
    ann.hears_text("not making anything").await;
    assert_eq!(answers(&ann).await.len(), 2);
    before.begin();
}

#[tokio::test]
async fn what_a_living_gateway_decided_is_its_own_and_what_a_dead_one_did_is_done_by_another() {
    let (mut bot, ann, held) = held_at("update.decided").await;
    let second = ScriptedFaults::none();
    let before = std::mem::take(&mut bot.shutdown);
    bot.listen_with(second.faults()).await;
    // It finds the update, and again: the first time it was not to be had.
    eventually("the second gateway looks around", async || {
        (second.passes("update.received") > 1).then_some(())
    })
    .await;
    assert_eq!(second.passes("update.decided"), 0, "it has an owner");
    before.begin();
    ann.hears_text("Your number").await;
    held.release();
    ann.says("/status").await;
    ann.hears_text("not making anything").await;
    assert_eq!(answers(&ann).await.len(), 2);
}

#[tokio::test]
async fn nothing_is_acknowledged_while_the_database_is_away() {
    let (called, _) = called().await;
    for bot in [Bot::start().await, called] {
        let ann = bot.person("Ann", "en").await;
        ann.says("/myid").await;
        ann.hears_text("Your number").await;
        let (locked, is_locked) = oneshot::channel();
        let (free, freed) = oneshot::channel::<()>();
        let once = Arc::new(Mutex::new(Some((locked, freed))));
        let db = bot.house.db.clone();
        let away = tokio::spawn(async move {
            let once = &once;
            let hold = |_| async move {
                if let Some((locked, freed)) = once.lock().await.take() {
                    let _ = locked.send(());
                    let _ = freed.await;
                }
                Ok::<_, storage::Error>(())
            };
            db.write(hold).await
        });
        is_locked.await.unwrap();
        let said = ann.says("/status").await;
        // Longer than a gateway takes that does not wait for its database.
        let waited = tokio::time::timeout(
            std::time::Duration::from_secs(2),
            ann.hears_text("not making anything"),
        );
        assert!(waited.await.is_err());
        let updates = bot.telegram.updates().await;
        assert_eq!(updates.last().unwrap().confirmed_at, None, "message {said}");
        free.send(()).unwrap();
        away.await.unwrap().unwrap();
        ann.hears_text("not making anything").await;
        assert_eq!(answers(&ann).await.len(), 2);
    }
}

#[tokio::test]
async fn what_was_acknowledged_and_finished_does_nothing_when_it_comes_again() {
    let bot = Bot::start().await;
    let ann = bot.person("Ann", "en").await;
    for said in ["/myid", "/status"] {
        ann.says(said).await;
    }
    ann.hears_text("not making anything").await;
    for update in bot.telegram.updates().await {
        bot.telegram.redeliver(update.id).await;
    }
    eventually("they are taken again", async || {
        let updates = bot.telegram.updates().await;
        let again = updates.iter().any(|update| update.handed > 1);
        let taken = updates.iter().all(|update| update.confirmed_at.is_some());
        (again && taken).then_some(())
    })
    .await;
    ann.says("/nothing").await;
    ann.hears_text("/nothing").await;
    assert_eq!(answers(&ann).await.len(), 3);
}
