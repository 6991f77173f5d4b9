//! Tests of the first minute: what people see before they write, the sample, topics with one tap, and
//! themes to choose by looking.

use std::collections::BTreeSet;

use testkit::bot_api::{Actor, FakeMessage, MessageContent, RecordedCall};

use crate::BotTest;

async fn called(bot: &BotTest, method: &str, language: &str) -> RecordedCall {
    let is = |call: &RecordedCall| {
        let code = call.params["language_code"].as_str().unwrap_or_default();
        call.method.eq_ignore_ascii_case(method) && code == language
    };
    bot.telegram.until_called(|call| is(call).then(|| call.clone())).await
}

#[tokio::test]
async fn bot_describes_itself_in_both_languages() {
    let bot = BotTest::start().await;
    for (language, words) in [("", "Instagram carousel"), ("en", "Press Start"), ("ru", "Нажми")]
    {
        let call = called(&bot, "setMyDescription", language).await;
        assert!(call.params["description"].as_str().unwrap().contains(words), "{call:?}");
    }
    for (language, words) in [("", "Turns a topic"), ("en", "Turns"), ("ru", "Превращает")]
    {
        let call = called(&bot, "setMyShortDescription", language).await;
        assert!(call.params["short_description"].as_str().unwrap().contains(words), "{call:?}");
    }
    let menu = called(&bot, "setChatMenuButton", "").await;
    assert!(menu.params.to_string().contains("commands"), "{menu:?}");
    for (language, words) in [("en", "make a carousel"), ("ru", "сделать карусель")]
    {
        let menu = called(&bot, "setMyCommands", language).await;
        assert!(menu.params.to_string().contains(words), "{menu:?}");
    }
}

/// Sends a text and waits for an answer after it.
async fn says(person: &Actor, text: &str, answer: &str) -> FakeMessage {
    let sent = person.sends_text(text).await;
    person.waits_for_message(|m| m.id > sent && m.text().contains(answer)).await
}

fn picture(message: &FakeMessage) -> &str {
    match &message.content {
        MessageContent::Photo { file, .. } => file,
        other => panic!("{other:?}"),
    }
}

fn labels(message: &FakeMessage) -> Vec<String> {
    message.buttons().iter().flatten().map(|button| button.text.clone()).collect()
}

#[tokio::test]
async fn start_shows_a_sample_and_three_topics() {
    let bot = BotTest::start().await;
    for (name, language, hello, topics, done) in [
        (
            "Ann",
            "en",
            "Hi!",
            ["How to name things", "Why tests matter", "How to keep your focus"],
            "Done",
        ),
        (
            "Ivan",
            "ru",
            "Привет!",
            ["Как давать имена", "Почему тесты важны", "Как не терять фокус"],
            "Готово",
        ),
    ] {
        let person = bot.user(name, language).await;
        let first = says(&person, "/start", hello).await;
        assert_eq!(labels(&first), topics, "no question about news yet");
        // The sample is uploaded once for each language.
        let second = says(&person, "/start", hello).await;
        assert_eq!(picture(&first), picture(&second));
        for topic in &topics[..2] {
            let last = person.chat().await.last().map_or(0, |message| message.id);
            // A second tap on the same topic makes nothing more.
            person.presses(&first, topic).await;
            person.presses(&first, topic).await;
            person.waits_for_message(|m| m.id > last && m.text().contains(done)).await;
        }
        let made = bot.carousels().await;
        let made: Vec<&str> = made.iter().map(|row| row.brief.topic.as_str()).collect();
        assert_eq!(made.iter().filter(|topic| topics.contains(topic)).count(), 2, "{made:?}");
        let later = says(&person, "/start", hello).await;
        assert_eq!(labels(&later).len(), 4, "now news are offered: {later:?}");
    }
}

#[tokio::test]
async fn refused_sample_is_replaced_by_text() {
    let bot = BotTest::start().await;
    let refusal = testkit::bot_api::BotApiFault::bad_request("PHOTO_INVALID_DIMENSIONS");
    bot.telegram.fault(refusal.on("sendPhoto")).await;
    let ann = bot.user("Ann", "en").await;
    let hello = ann.asks("/start", "Hi!").await;
    assert!(matches!(hello.content, MessageContent::Text { .. }), "{hello:?}");
    assert_eq!(labels(&hello).len(), 3);
}

async fn size_of(bot: &BotTest, person: &Actor, message: &FakeMessage) -> (u32, u32) {
    let bytes = bot.telegram.file(picture(message)).await;
    let size = imagesize::blob_size(&bytes).unwrap();
    assert_eq!(person.chat().await.id, person.id);
    (u32::try_from(size.width).unwrap(), u32::try_from(size.height).unwrap())
}

#[tokio::test]
async fn themes_are_chosen_by_covers_of_this_carousel() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    ann.orders("Why tests matter", 7).await;
    let ready = ann.waits_for_text("Done").await;
    let menu = ann.presses_for(&ready, "Theme", "Which theme").await;
    let names = labels(&menu);
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 10);
    let ticked: Vec<_> = names.iter().filter(|name| name.starts_with('✓')).collect();
    assert_eq!(ticked, ["✓ aurora"]);
    // Three covers of 360×450 in a row, as the buttons below, in four rows.
    assert_eq!(size_of(&bot, &ann, &menu).await, (3 * 384 + 24, 4 * 474 + 24));
    assert!(menu.buttons()[..3].iter().all(|row| row.len() == 3));
    ann.presses(&menu, "paper").await;
    ann.waits_for(|chat| (chat.albums().len() == 2).then_some(())).await;
    let ready = ann.waits_for_message(|m| m.id > menu.id && m.text().contains("Done")).await;
    ann.presses(&ready, "Theme").await;
    let menu = ann.waits_for_message(|m| m.id > ready.id && m.text().contains("Which theme")).await;
    assert!(labels(&menu).contains(&"✓ paper".to_owned()), "{menu:?}");
}

#[tokio::test]
async fn style_shows_covers_and_ticks_the_chosen_theme() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    let menu = says(&ann, "/style", "Which theme").await;
    assert_eq!(size_of(&bot, &ann, &menu).await, (3 * 384 + 24, 4 * 474 + 24));
    assert!(labels(&menu).contains(&"✓ aurora".to_owned()));
    ann.presses_for(&menu, "paper", "Theme: paper").await;
    let menu = says(&ann, "/style", "Which theme").await;
    assert!(labels(&menu).contains(&"✓ paper".to_owned()), "{menu:?}");
}
