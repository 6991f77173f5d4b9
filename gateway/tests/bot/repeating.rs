//! An update that comes again, and two taps, are one.

use runtime::faults::Faults;
use storage::carousels::{self, Filter};
use testkit::bot_api::{Answered, Call};

use workflows::contract::WisdomRequest;

use crate::{Bot, answers};

#[tokio::test]
async fn an_update_that_is_delivered_five_times_makes_one_carousel() {
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
async fn words_that_answered_a_question_do_not_become_a_topic_when_they_come_again() {
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
async fn a_question_that_was_answered_by_a_gateway_that_died_is_answered_by_the_next() {
    let bot = Bot::start().await;
    let request = WisdomRequest {
        user: "tg-1".to_owned(),
        language: "en".to_owned(),
        day: "2026-11-24".to_owned(),
        ..WisdomRequest::default()
    };
    let ask = || gateway::requests::wisdom(&bot.house.client, "wisdom-tg-1-1", request.clone());
    let first = ask().await.unwrap();
    // Its workflow is over: the same update asks under the same id.
    let second = ask().await.unwrap();
    assert_eq!(first, second);
}

#[tokio::test]
async fn a_gateway_that_starts_anew_goes_on_where_the_one_before_it_stopped() {
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
async fn of_two_gateways_one_polls() {
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
