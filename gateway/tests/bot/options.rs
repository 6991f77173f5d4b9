//! Tests of the choices that were understood of a request: they are shown, and one tap changes one.

use testkit::{
    FailpointScript, ScriptedFailpoints,
    bot_api::{Actor, FakeChat, FakeMessage},
    eventually,
};

use crate::BotTest;

#[tokio::test]
async fn understood_choices_are_shown_and_changed_by_one_tap() {
    let faults = ScriptedFailpoints::new([("render_carousel.before", FailpointScript::Hold)]);
    let bot = BotTest::with_faults(&faults).await;
    let ann = bot.user("Ann", "en").await;
    let status = ann.asks("5 slides about clean code, dark", "Got it").await;
    assert!(status.text().contains("5 slides, aurora, 4x5, English"), "{}", status.text());
    faults.reached("render_carousel.before").await;
    let status = ann.waits_for_text("Drawing: “").await;
    assert!(status.text().contains("5 slides, aurora, 4x5, English"), "{}", status.text());
    let panel = ann.presses_for(&status, "Options", "I will stop this carousel").await;
    for chosen in ["✓ 5", "✓ aurora", "✓ 4x5", "✓ English"] {
        assert!(panel.button(chosen).is_some(), "{chosen}: {:?}", panel.buttons());
    }
    let query = ann.presses(&panel, "✓ 5").await;
    assert_eq!(ann.waits_for_callback_answer(&query).await, "It is like that already.");
    ann.presses(&panel, "paper").await;
    faults.release();
    ann.waits_for_text("Stopped").await;
    ann.waits_for_text("Done. What next?").await;
    let chat = ann.chat().await;
    assert_eq!(chat.albums().len(), 1, "the first one was stopped");
    assert_eq!(chat.albums()[0].len(), 5);
    assert_eq!(theme_of_newest(&bot).await, "paper");
}

#[tokio::test]
async fn finished_carousel_is_made_again_with_another_choice() {
    let bot = BotTest::start().await;
    for (language, topic, ready, options, stays) in [
        ("en", "Why tests matter", "Done. What next?", "Options", "this one stays"),
        ("ru", "Почему тесты важны", "Готово", "Параметры", "эта останется"),
    ] {
        let ann = bot.user("Ann", language).await;
        let done = ann.asks(topic, ready).await;
        let panel = ann.presses_for(&done, options, stays).await;
        // Two presses of one button make one carousel.
        for _ in 0..2 {
            ann.presses(&panel, "4").await;
        }
        waits_for_album_of(&ann, 4).await;
        let again = |message: &FakeMessage| message.id > done.id && message.text().contains(ready);
        ann.waits_for_message(again).await;
        let sizes = async || {
            let chat = ann.chat().await;
            let sizes: Vec<usize> = chat.albums().iter().map(Vec::len).collect();
            (sizes == [7, 4]).then_some(())
        };
        eventually("there are two albums", sizes).await;
    }
    assert_eq!(bot.carousels().await.len(), 4);
}

#[tokio::test]
async fn foreign_press_is_told_so_even_if_the_check_is_slow() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    let eve = bot.user("Eve", "en").await;
    let group = bot.telegram.group("Makers").await;
    ann.sends_text_in(&group, "/carousel Why tests matter").await;
    let done = group.waits_for_text("Done. What next?").await;
    // Nothing but the toast answers: no empty answer came first, and no message was sent.
    let before = group.chat().await.messages.len();
    for label in ["Edit a slide", "Theme", "Caption", "Options", "Files", "Rewrite", "Again"] {
        let data = done.button(label).unwrap().data().unwrap().to_owned();
        let query = eve.presses_data(group.id, done.id, &data).await;
        let toast = eve.waits_for_callback_answer_in(&group, &query).await;
        assert!(toast.contains("somebody else's carousel"), "{label}: {toast}");
    }
    assert_eq!(group.chat().await.messages.len(), before);
    let answers = bot.telegram.calls_of("answerCallbackQuery").await;
    assert_eq!(answers.len(), 7, "each press has one answer");
}

async fn theme_of_newest(bot: &BotTest) -> String {
    bot.carousels().await[0].brief.theme.clone()
}

/// Waits for an album of exactly this many pictures.
async fn waits_for_album_of(person: &Actor, pictures: usize) {
    let has_one =
        |chat: &FakeChat| chat.albums().iter().any(|album| album.len() == pictures).then_some(());
    person.waits_for(has_one).await;
}
