//! Tests that redelivered updates and double taps have one effect.

use std::time::Duration;

use chrono::Utc;
use domain::{BotId, UpdateId};
use runtime::faults::Faults;
use serde_json::{Value, json};
use storage::{
    carousels::{self, Filter},
    ingress::{self, Standing},
};
use testkit::bot_api::{Answered, Call, Fault};

use workflows::contract::WisdomRequest;

use crate::{Bot, answers};

#[tokio::test]
async fn redelivered_update_makes_one_carousel() {
    let bot = Bot::start().await;
    let ann = bot.person("Ann", "en").await;
    ann.says("Why tests matter").await;
    let update = bot.telegram.updates().await.last().unwrap().id;
    for _ in 0..4 {
        bot.telegram.redeliver(update).await;
    }
    ann.hears_album(7).await;
    ann.hears_text("Done").await;
    bot.telegram.redeliver(update).await;
    ann.says("/myid").await;
    ann.hears_text("Your number").await;
    assert_eq!(ann.chat().await.albums().len(), 1);
    let all = carousels::list(&bot.house.db.read(), &Filter::default())
        .await
        .unwrap();
    assert_eq!(all.rows.len(), 1);
}

#[tokio::test]
async fn redelivered_dialogue_answer_is_not_a_topic() {
    let bot = Bot::start().await;
    let ann = bot.person("Ann", "en").await;
    ann.says("/settings").await;
    let settings = ann.hears_text("Settings").await;
    ann.presses(&settings, "Name").await;
    ann.hears_text("Send a name").await;
    ann.says("Ann of the Tests").await;
    ann.hears_text("Saved").await;
    let update = bot.telegram.updates().await.last().unwrap().id;
    bot.telegram.redeliver(update).await;
    ann.says("/status").await;
    ann.hears_text("not making anything").await;
    assert!(bot.telegram.calls_of("sendMediaGroup").await.is_empty());
    let all = carousels::list(&bot.house.db.read(), &Filter::default())
        .await
        .unwrap();
    assert!(all.rows.is_empty());
}

#[tokio::test]
async fn next_gateway_answers_a_dead_gateways_question() {
    let bot = Bot::start().await;
    let request = WisdomRequest {
        user: "tg-1".to_owned(),
        language: "en".to_owned(),
        day: "2026-11-24".to_owned(),
        ..WisdomRequest::default()
    };
    let ask = || gateway::requests::wisdom(&bot.house.client, "wisdom-tg-1-1", request.clone());
    let first = ask().await.unwrap();
    // The workflow has ended; the redelivered update uses the same id.
    let second = ask().await.unwrap();
    assert_eq!(first, second);
}

#[tokio::test]
async fn restarted_gateway_continues() {
    let mut bot = Bot::start().await;
    let ann = bot.person("Ann", "en").await;
    ann.says("/start").await;
    ann.hears_text("Hi").await;
    bot.shutdown.begin();
    ann.says("Why tests matter").await;
    ann.says("/help").await;
    bot.listen().await;
    ann.hears_text("What I can do").await;
    ann.hears_album(7).await;
    let greetings = answers(&ann).await;
    let greetings = greetings
        .iter()
        .filter(|message| message.text().starts_with("Hi"));
    assert_eq!(
        greetings.count(),
        1,
        "what was answered is not answered again"
    );
}

#[tokio::test]
async fn only_one_of_two_gateways_polls() {
    let bot = Bot::start().await;
    let (settings, client) = (bot.house.settings(), bot.house.client.clone());
    let second = gateway::bot::start(settings, client, bot.shutdown.clone(), Faults::none()).await;
    assert!(second.unwrap().is_some());
    let ann = bot.person("Ann", "en").await;
    for _ in 0..3 {
        let number = ann.says("/myid").await;
        ann.hears(|chat| chat.answers().rfind(|m| m.id > number).cloned())
            .await;
    }
    let answers = answers(&ann).await;
    assert_eq!(answers.len(), 3, "each is answered once");
    let refused = bot.telegram.calls_of("getUpdates").await;
    let conflict = |call: &Call| matches!(call.answer, Answered::Refused { code: 409, .. });
    assert!(!refused.iter().any(conflict));
}

#[tokio::test]
async fn invalid_or_blocked_updates_delay_no_other_chat() {
    let bot = Bot::start().await;
    let (ann, bob) = (bot.person("Ann", "en").await, bot.person("Bob", "en").await);
    // An update in an invalid form, and a chat that Telegram throttles for an hour.
    let poison = json!({ "message": { "message_id": "no number", "chat": { "id": bob.id } } });
    let poison = bot.telegram.update(poison).await;
    let hour = Duration::from_secs(3600);
    let deaf = Fault::too_many(hour).on("sendMessage").in_chat(ann.id);
    bot.telegram.fault(deaf).await;
    ann.says("/help").await;
    for _ in 0..3 {
        let number = bob.says("/myid").await;
        bob.hears(|chat| chat.answers().rfind(|m| m.id > number).cloned())
            .await;
    }
    assert!(answers(&ann).await.is_empty());
    // The invalid update is dead and does not come again; the unfinished one does.
    let (reader, id) = (bot.house.db.read(), BotId::new(4242));
    let dead = ingress::find::<Value>(&reader, id, UpdateId::new(poison)).await;
    let standing = dead.unwrap().unwrap().standing;
    assert!(
        matches!(standing, Standing::Dead { .. } | Standing::Done(_)),
        "{standing:?}"
    );
    let offset = ingress::offset(&reader, id, Utc::now()).await.unwrap();
    assert!(offset.unwrap() > UpdateId::new(poison));
    bot.telegram.no_faults().await;
}
