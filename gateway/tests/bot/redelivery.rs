//! Tests that redelivered updates and double taps have one effect.

use std::time::Duration;

use chrono::Utc;
use domain::{BotId, UpdateId};
use runtime::failpoint_hooks::FailpointHooks;
use serde_json::{Value, json};
use storage::{
    carousels::{self, CarouselFilter},
    ingress::{self, UpdateState},
};
use testkit::bot_api::{BotApiFault, CallOutcome, RecordedCall};

use workflows::questions::DailyTipRequest;

use crate::{BotTest, answers};

#[tokio::test]
async fn redelivered_update_makes_one_carousel() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_text("Why tests matter").await;
    let update = bot.telegram.updates().await.last().unwrap().id;
    for _ in 0..4 {
        bot.telegram.redeliver(update).await;
    }
    ann.waits_for_album(7).await;
    ann.waits_for_text("Done").await;
    bot.telegram.redeliver(update).await;
    ann.sends_text("/myid").await;
    ann.waits_for_text("Your number").await;
    assert_eq!(ann.chat().await.albums().len(), 1);
    let all = carousels::list(&bot.app.db.read(), &CarouselFilter::default()).await.unwrap();
    assert_eq!(all.rows.len(), 1);
}

#[tokio::test]
async fn redelivered_dialogue_answer_is_not_a_topic() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_text("/settings").await;
    let settings = ann.waits_for_text("Settings").await;
    ann.presses(&settings, "Name").await;
    ann.waits_for_text("Send a name").await;
    ann.sends_text("Ann of the Tests").await;
    ann.waits_for_text("Saved").await;
    let update = bot.telegram.updates().await.last().unwrap().id;
    bot.telegram.redeliver(update).await;
    ann.sends_text("/status").await;
    ann.waits_for_text("not making anything").await;
    assert!(bot.telegram.calls_of("sendMediaGroup").await.is_empty());
    let all = carousels::list(&bot.app.db.read(), &CarouselFilter::default()).await.unwrap();
    assert!(all.rows.is_empty());
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
    ann.sends_text("/start").await;
    ann.waits_for_text("Hi").await;
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
    let (settings, client) = (bot.app.settings(), bot.app.client.clone());
    let second =
        gateway::bot::start(settings, client, bot.shutdown.clone(), FailpointHooks::none()).await;
    assert!(second.unwrap().is_some());
    let ann = bot.user("Ann", "en").await;
    for _ in 0..3 {
        let number = ann.sends_text("/myid").await;
        ann.waits_for(|chat| chat.bot_messages().rfind(|m| m.id > number).cloned()).await;
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
        bob.waits_for(|chat| chat.bot_messages().rfind(|m| m.id > number).cloned()).await;
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
