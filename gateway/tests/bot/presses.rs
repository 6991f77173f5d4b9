//! Tests that a button that is pressed twice has one effect, and that messages with buttons arrive.

use std::time::Duration;

use testkit::{
    FailpointScript, ScriptedFailpoints,
    bot_api::{Actor, BotApiFault, FakeMessage, MessageContent},
    eventually,
};

use crate::{BotTest, answers};

/// Presses a button twice, and returns the toasts.
async fn presses_twice(person: &Actor, on: &FakeMessage, label: &str) -> [String; 2] {
    let first = person.presses(on, label).await;
    let second = person.presses(on, label).await;
    [
        person.waits_for_callback_answer(&first).await,
        person.waits_for_callback_answer(&second).await,
    ]
}

fn documents(messages: &[FakeMessage]) -> usize {
    messages.iter().filter(|m| matches!(m.content, MessageContent::Document { .. })).count()
}

async fn count_of(person: &Actor, words: &str) -> usize {
    answers(person).await.iter().filter(|message| message.text().contains(words)).count()
}

#[tokio::test]
async fn button_pressed_twice_has_one_effect() {
    let bot = BotTest::start().await;
    for (language, ready, toast, [files, rewrite, again]) in [
        ("en", "Done", "see below", ["Files", "Rewrite", "Again"]),
        ("ru", "Готово", "смотри ниже", ["Файлы", "Переписать", "Ещё раз"]),
    ] {
        let ann = bot.user("Ann", language).await;
        let before = bot.carousels().await.len();
        let done = ann.asks("Why tests matter", ready).await;
        assert_eq!(presses_twice(&ann, &done, files).await[0], "");
        ann.waits_for(|chat| {
            let sent: Vec<_> = chat.bot_messages().cloned().collect();
            (documents(&sent) >= 9).then_some(())
        })
        .await;
        let [first, second] = presses_twice(&ann, &done, again).await;
        assert!(first.is_empty() && second.contains(toast), "{first}, {second}");
        ann.waits_for(|chat| (chat.albums().len() == 2).then_some(())).await;
        let [first, second] = presses_twice(&ann, &done, rewrite).await;
        assert!(first.is_empty() && second.contains(toast), "{first}, {second}");
        ann.waits_for(|chat| (chat.albums().len() == 3).then_some(())).await;
        let asked = ann.sends_text("/myid").await;
        ann.waits_for_message(|message| message.id > asked).await;
        assert_eq!(bot.carousels().await.len(), before + 2, "{language}");
        let all = answers(&ann).await;
        assert_eq!(documents(&all), 9, "{language}");
        assert_eq!(ann.chat().await.albums().len(), 3, "{language}");
    }
}

#[tokio::test]
async fn only_the_newest_message_of_a_carousel_has_its_buttons() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    let first = ann.asks("Why tests matter", "Done").await;
    ann.presses(&first, "Rewrite").await;
    let second = ann.waits_for_message(|m| m.text().contains("Done") && m.id > first.id).await;
    let removed = async || {
        let chat = ann.chat().await;
        chat.message(first.id).filter(|message| message.buttons().is_empty()).map(drop)
    };
    eventually("the older buttons are removed", removed).await;
    let chat = ann.chat().await;
    assert!(!chat.message(second.id).unwrap().buttons().is_empty());
    assert_eq!(bot.carousels().await.len(), 1);
}

#[tokio::test]
async fn stopping_never_arrives_after_stopped() {
    let faults = ScriptedFailpoints::new([("render_carousel.before", FailpointScript::Hold)]);
    let bot = BotTest::with_faults(&faults).await;
    let ann = bot.user("Ann", "en").await;
    let status = ann.asks("Why tests matter", "Why tests matter").await;
    faults.reached("render_carousel.before").await;
    let query = ann.presses(&status, "Stop").await;
    assert_eq!(ann.waits_for_callback_answer(&query).await, "Stopping…");
    faults.release();
    ann.waits_for_text("Stopped").await;
    assert_eq!(count_of(&ann, "Stopping").await, 0, "the toast says so");
}

#[tokio::test]
async fn failed_final_message_is_repeated_but_no_album() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    // The status message passes; the messages after the album meet a broken server.
    let broken = || BotApiFault::server_error(502).on("sendMessage").in_chat(ann.id);
    bot.telegram.fault(broken().nth(2)).await;
    bot.telegram.fault(broken().nth(2)).await;
    let done = ann.asks("Why tests matter", "Done").await;
    assert!(done.button("Files").is_some());
    assert_eq!(ann.chat().await.albums().len(), 1);
    assert_eq!(bot.telegram.calls_of("sendMediaGroup").await.len(), 1);
}

#[tokio::test]
async fn reply_is_repeated_after_a_server_error() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    bot.telegram.fault(BotApiFault::server_error(500).on("sendMessage")).await;
    ann.asks("/help", "What I can do").await;
    bot.telegram.fault(BotApiFault::server_error(502).on("sendMessage")).await;
    ann.asks("Why tests matter", "Done").await;
}

#[tokio::test]
async fn callback_is_answered_before_slow_work() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    let done = ann.asks("Why tests matter", "Done").await;
    bot.telegram.fault(BotApiFault::slow(Duration::from_secs(3)).on("sendMessage")).await;
    let query = ann.presses(&done, "Caption").await;
    ann.waits_for_callback_answer(&query).await;
    assert_eq!(count_of(&ann, "tap to copy").await, 0, "the answer does not wait for the message");
    ann.waits_for_text("tap to copy").await;
}

#[tokio::test]
async fn chat_that_is_asked_to_wait_gets_no_upload_meanwhile() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    let wait = Duration::from_secs(2);
    bot.telegram.fault(BotApiFault::too_many(wait).on("sendMediaGroup").in_chat(ann.id)).await;
    ann.asks("Why tests matter", "Done").await;
    let uploads = bot.telegram.calls_of("sendMediaGroup").await;
    let [refused, sent] = uploads.as_slice() else { panic!("{uploads:?}") };
    assert!(sent.at - refused.at >= 2_000, "no other part was sent before");
    assert!(bot.telegram.calls_over_limit().await.is_empty());
}
