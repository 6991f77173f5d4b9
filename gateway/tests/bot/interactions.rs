//! Tests of reactions, replies to refused requests, silent messages, copied texts and inline mode.

use testkit::{
    TestApp,
    bot_api::{Actor, ButtonAction, FakeMessage},
};

use crate::{BotTest, answers};

#[tokio::test]
async fn request_gets_a_reaction_where_the_chat_allows_it() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    let asked = ann.sends_text("Why tests matter").await;
    ann.waits_for_text("Done. What next?").await;
    assert_eq!(ann.chat().await.message(asked).unwrap().reactions, ["👌"]);

    let group = bot.telegram.group("Quiet").await;
    group.forbids_reactions().await;
    let asked = ann.sends_text_in(&group, "/carousel Why tests matter, twice").await;
    group.waits_for_text("Done. What next?").await;
    let chat = group.chat().await;
    assert!(chat.message(asked).unwrap().reactions.is_empty());
    assert_eq!(chat.albums().len(), 1, "the request is carried out");
}

#[tokio::test]
async fn refusals_reply_to_the_request_and_name_its_topic() {
    let bot = BotTest::with(TestApp::builder().env("OPEN_CAROUSELS", "1")).await;
    for (language, topic, undrawable, waits, symbols) in [
        ("en", "Why tests matter", "can't draw", "carousel in progress", "at least one word"),
        ("ru", "Почему тесты важны", "Не умею рисовать", "в работе", "хотя бы одно слово"),
    ] {
        let ann = bot.user("Ann", language).await;
        refused(&ann, "Why न matters", undrawable).await;
        refused(&ann, "🙂", symbols).await;
        // The first one waits for its review, so it stays open.
        let settings = ann.asks("/settings", if language == "en" { "Draft" } else { "Черновик" });
        let label = if language == "en" { "Draft" } else { "Черновик" };
        let settings = settings.await;
        let query = ann.presses(&settings, label).await;
        ann.waits_for_callback_answer(&query).await;
        ann.sends_text(topic).await;
        ann.waits_for_text("7. ").await;
        let second = format!("{topic}, 2");
        let told = refused(&ann, &second, waits).await;
        assert!(told.text().starts_with(&second), "{}", told.text());
    }
}

/// Sends a request that is refused, and returns the refusal.
async fn refused(person: &Actor, text: &str, reason: &str) -> FakeMessage {
    let asked = person.sends_text(text).await;
    let told = person.waits_for_message(|m| m.id > asked && m.text().contains(reason)).await;
    assert_eq!(told.reply_to, Some(asked), "{}", told.text());
    told
}

#[tokio::test]
async fn answers_in_a_group_reply_to_their_request() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    let group = bot.telegram.group("Makers").await;
    let asked = ann.sends_text_in(&group, "/ask Why do tests matter?").await;
    let told = group.waits_for_text("From our notes").await;
    assert_eq!(told.reply_to, Some(asked));
    let own = ann.asks("/ask Why do tests matter?", "From our notes").await;
    assert_eq!(own.reply_to, None, "in private, there is nobody else");
    // Only the private chat can show a draft; a group shows "typing…".
    let drafts = bot.telegram.calls_of("sendMessageDraft").await;
    assert_eq!(drafts.len(), 1);
    assert_eq!(drafts[0].params["text"], "Reading our notes…");
    assert!(group.chat().await.actions.iter().any(|action| action.name == "typing"));
}

#[tokio::test]
async fn album_makes_one_sound() {
    let (_bot, ann) = BotTest::with_user("Ann", "en").await;
    let album = ann.orders("Why tests matter", 7).await;
    assert!(!album[0].silent);
    let done = ann.waits_for_text("Done. What next?").await;
    assert!(done.silent, "the album has made a sound");
}

#[tokio::test]
async fn hashtags_can_be_copied_by_a_button() {
    let (_bot, ann) = BotTest::with_user("Ann", "en").await;
    let done = ann.asks("Why tests matter", "Done. What next?").await;
    let caption = ann.presses_for(&done, "Caption", "tap to copy").await;
    let button = caption.button("Copy hashtags").unwrap();
    let ButtonAction::Copy(hashtags) = button.press else { panic!("{button:?}") };
    assert!(hashtags.starts_with('#') && caption.text().ends_with(&hashtags), "{hashtags}");
}

#[tokio::test]
async fn inline_query_starts_nothing_until_its_link_is_opened() {
    let bot = BotTest::start().await;
    bot.telegram.turn_inline_mode_on().await;
    for (language, topic, title, ready) in [
        ("en", "Why tests matter", "Carousel: Why tests matter", "Done. What next?"),
        ("ru", "Почему тесты важны", "Карусель: Почему тесты важны", "Готово"),
    ] {
        let ann = bot.user("Ann", language).await;
        let answer = ann.asks_inline(topic).await;
        let results: serde_json::Value = parsed(&answer["results"]);
        assert_eq!(results[0]["title"], title);
        let link = &results[0]["reply_markup"]["inline_keyboard"][0][0]["url"];
        let link = link.as_str().unwrap().to_owned();
        let before = bot.carousels().await.len();
        let parameter = link.split_once("?start=").unwrap().1;
        ann.sends_text(&format!("/start {parameter}")).await;
        ann.waits_for_text(ready).await;
        let all = bot.carousels().await;
        assert_eq!((all.len(), all[0].brief.topic.as_str()), (before + 1, topic));
    }
}

#[tokio::test]
async fn inline_query_without_a_topic_opens_the_chat() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    bot.telegram.turn_inline_mode_on().await;
    let answer = ann.asks_inline("").await;
    assert_eq!(parsed(&answer["results"]), serde_json::json!([]));
    let button = parsed(&answer["button"]);
    assert_eq!(button["start_parameter"], "inline");
    ann.asks("/start inline", "Hi! I turn a topic").await;
    assert!(bot.carousels().await.is_empty());
    assert_eq!(answers(&ann).await.len(), 1);
}

/// A parameter, which a form carries as text.
fn parsed(parameter: &serde_json::Value) -> serde_json::Value {
    match parameter.as_str() {
        Some(text) => serde_json::from_str(text).unwrap(),
        None => parameter.clone(),
    }
}
