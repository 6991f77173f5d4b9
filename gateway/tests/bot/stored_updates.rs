//! Tests that acknowledged updates are stored and carried out exactly once, by another gateway if
//! necessary.

use std::sync::Arc;

use testkit::{FailpointScript, ScriptedFailpoints, bot_api::Actor, eventually};
use tokio::sync::{Mutex, oneshot};

use crate::{BotTest, answers, webhook::bot_with_webhook};

/// A bot; its gateway is held at this failpoint while it processes a user's update.
async fn held_at(point: &str) -> (BotTest, Actor, ScriptedFailpoints) {
    let mut bot = BotTest::start().await;
    bot.shutdown.begin();
    let held = ScriptedFailpoints::new([(point, FailpointScript::Hold)]);
    bot.start_gateway_with(held.hooks()).await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_text("/myid").await;
    held.reached(point).await;
    eventually("the update is acknowledged", async || {
        let updates = bot.telegram.updates().await;
        updates.last()?.confirmed_at.map(|_| ())
    })
    .await;
    (bot, ann, held)
}

#[tokio::test]
async fn stored_update_is_processed_once_by_another_gateway() {
    let (mut bot, ann, held) = held_at("update.received").await;
    let before = std::mem::take(&mut bot.shutdown);
    bot.start_gateway().await;
    ann.waits_for_text("Your ID").await;
    // The first gateway continues, and finds the update finished.
    held.release();
    ann.asks("/status", "not making anything").await;
    assert_eq!(answers(&ann).await.len(), 2);
    before.begin();
}

#[tokio::test]
async fn only_a_dead_gateways_decision_is_taken_over() {
    let (mut bot, ann, held) = held_at("update.decided").await;
    let second = ScriptedFailpoints::none();
    let before = std::mem::take(&mut bot.shutdown);
    bot.start_gateway_with(second.hooks()).await;
    // The second gateway finds the update in two scans, and leaves it to its owner both times.
    eventually("the second gateway scans the table", async || {
        (second.passes("update.received") > 1).then_some(())
    })
    .await;
    assert_eq!(second.passes("update.decided"), 0, "it has an owner");
    before.begin();
    ann.waits_for_text("Your ID").await;
    held.release();
    ann.asks("/status", "not making anything").await;
    assert_eq!(answers(&ann).await.len(), 2);
}

#[tokio::test]
async fn no_update_is_acknowledged_without_the_database() {
    let (called, _) = bot_with_webhook().await;
    for bot in [BotTest::start().await, called] {
        let ann = bot.user("Ann", "en").await;
        ann.asks("/myid", "Your ID").await;
        let (locked, is_locked) = oneshot::channel();
        let (free, freed) = oneshot::channel::<()>();
        let once = Arc::new(Mutex::new(Some((locked, freed))));
        let db = bot.app.db.clone();
        let away = tokio::spawn(async move {
            let once = &once;
            let hold = |_| async move {
                if let Some((locked, freed)) = once.lock().await.take() {
                    let _ = locked.send(());
                    let _ = freed.await;
                }
                Ok::<_, storage::StorageError>(())
            };
            db.write(hold).await
        });
        is_locked.await.unwrap();
        let said = ann.sends_text("/status").await;
        // Longer than a gateway needs that does not wait for its database.
        let waited = tokio::time::timeout(
            std::time::Duration::from_secs(2),
            ann.waits_for_text("not making anything"),
        );
        assert!(waited.await.is_err());
        let updates = bot.telegram.updates().await;
        assert_eq!(updates.last().unwrap().confirmed_at, None, "message {said}");
        free.send(()).unwrap();
        away.await.unwrap().unwrap();
        ann.waits_for_text("not making anything").await;
        assert_eq!(answers(&ann).await.len(), 2);
    }
}

#[tokio::test]
async fn finished_update_is_ignored_when_redelivered() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    for said in ["/myid", "/status"] {
        ann.sends_text(said).await;
    }
    ann.waits_for_text("not making anything").await;
    for update in bot.telegram.updates().await {
        bot.telegram.redeliver(update.id).await;
    }
    eventually("updates are accepted again", async || {
        let updates = bot.telegram.updates().await;
        let again = updates.iter().any(|update| update.handed > 1);
        let taken = updates.iter().all(|update| update.confirmed_at.is_some());
        (again && taken).then_some(())
    })
    .await;
    ann.asks("/nothing", "/nothing").await;
    assert_eq!(answers(&ann).await.len(), 3);
}
