//! Tests that redelivered updates and double taps have one effect.

use std::time::Duration;

use chrono::Utc;
use domain::{BotId, UpdateId};
use runtime::failpoint_hooks::FailpointHooks;
use serde_json::{Value, json};
use storage::ingress::{self, UpdateState};
use testkit::bot_api::{BotApiFault, CallOutcome, RecordedCall};

use workflows::questions::DailyTipRequest;

use crate::{BotTest, answers};

#[tokio::test]
async fn redelivered_update_makes_one_carousel() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    ann.sends_text("Why tests matter").await;
    let update = bot.telegram.updates().await.last().unwrap().id;
    for _ in 0..4 {
        bot.telegram.redeliver(update).await;
    }
    ann.waits_for_album(7).await;
    ann.waits_for_text("Done").await;
    bot.telegram.redeliver(update).await;
    ann.asks("/myid", "Your ID").await;
    assert_eq!(ann.chat().await.albums().len(), 1);
    assert_eq!(bot.carousels().await.len(), 1);
}

#[tokio::test]
async fn redelivered_dialogue_answer_is_not_a_topic() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    let settings = ann.asks("/settings", "Settings").await;
    ann.presses_for(&settings, "Name", "Send a name").await;
    ann.asks("Ann of the Tests", "Saved").await;
    let update = bot.telegram.updates().await.last().unwrap().id;
    bot.telegram.redeliver(update).await;
    ann.asks("/status", "not making anything").await;
    assert!(bot.telegram.calls_of("sendMediaGroup").await.is_empty());
    assert!(bot.carousels().await.is_empty());
}

#[tokio::test]
async fn next_gateway_answers_a_dead_gateways_question() {
    let bot = BotTest::start().await;
    let request = DailyTipRequest {
        user: "tg-1".to_owned(),
        language: "en".to_owned(),
        day: "2026-11-24".to_owned(),
        ..DailyTipRequest::default()
    };
    let ask =
        || gateway::small_requests::daily_tip(&bot.app.client, "wisdom-tg-1-1", request.clone());
    let first = ask().await.unwrap();
    // The workflow has ended; the redelivered update uses the same id.
    let second = ask().await.unwrap();
    assert_eq!(first, second);
}

#[tokio::test]
async fn restarted_gateway_continues() {
    let mut bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    ann.asks("/start", "Hi").await;
    bot.shutdown.begin();
    ann.sends_text("Why tests matter").await;
    ann.sends_text("/help").await;
    bot.start_gateway().await;
    ann.waits_for_text("What I can do").await;
    ann.waits_for_album(7).await;
    let greetings = answers(&ann).await;
    let greetings = greetings.iter().filter(|message| message.text().starts_with("Hi"));
    assert_eq!(greetings.count(), 1, "what was answered is not answered again");
}

#[tokio::test]
async fn only_one_of_two_gateways_polls() {
    let bot = BotTest::start().await;
    bot.another_gateway(FailpointHooks::none()).await;
    let ann = bot.user("Ann", "en").await;
    for _ in 0..3 {
        let number = ann.sends_text("/myid").await;
        ann.waits_for_message(|m| m.id > number).await;
    }
    let answers = answers(&ann).await;
    assert_eq!(answers.len(), 3, "each is answered once");
    let refused = bot.telegram.calls_of("getUpdates").await;
    let conflict =
        |call: &RecordedCall| matches!(call.answer, CallOutcome::Refused { code: 409, .. });
    assert!(!refused.iter().any(conflict));
}

#[tokio::test]
async fn invalid_or_blocked_updates_delay_no_other_chat() {
    let bot = BotTest::start().await;
    let (ann, bob) = (bot.user("Ann", "en").await, bot.user("Bob", "en").await);
    // An update in an invalid form, and a chat that Telegram throttles for an hour.
    let poison = json!({ "message": { "message_id": "no number", "chat": { "id": bob.id } } });
    let poison = bot.telegram.update(poison).await;
    let hour = Duration::from_secs(3600);
    let deaf = BotApiFault::too_many(hour).on("sendMessage").in_chat(ann.id);
    bot.telegram.fault(deaf).await;
    ann.sends_text("/help").await;
    for _ in 0..3 {
        let number = bob.sends_text("/myid").await;
        bob.waits_for_message(|m| m.id > number).await;
    }
    assert!(answers(&ann).await.is_empty());
    // The invalid update is dead and does not come again; the unfinished one does.
    let (reader, id) = (bot.app.db.read(), BotId::new(4242));
    let dead = ingress::find::<Value>(&reader, id, UpdateId::new(poison)).await;
    let standing = dead.unwrap().unwrap().state;
    assert!(
        matches!(standing, UpdateState::DeadLetter { .. } | UpdateState::Done(_)),
        "{standing:?}"
    );
    let offset = ingress::polling_offset(&reader, id, Utc::now()).await.unwrap();
    assert!(offset.unwrap() > UpdateId::new(poison));
    bot.telegram.no_faults().await;
}
