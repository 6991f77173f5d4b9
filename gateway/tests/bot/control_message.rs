//! Tests of the message with a carousel's buttons: there is one, and results of edits are shown in
//! place.

use testkit::bot_api::{Actor, FakeMessage, SimulatedAction};

use crate::BotTest;

/// The messages that offer the files of a carousel.
async fn controls(person: &Actor, files: &str) -> Vec<FakeMessage> {
    let chat = person.chat().await;
    chat.bot_messages().filter(|m| m.button(files).is_some()).cloned().collect()
}

/// Waits until one message has a carousel's buttons, and returns it.
async fn control(person: &Actor, files: &str, words: &str) -> FakeMessage {
    let single = |chat: &testkit::bot_api::FakeChat| {
        let all: Vec<_> = chat.bot_messages().filter(|m| m.button(files).is_some()).collect();
        match all.as_slice() {
            [one] if one.text().contains(words) => Some((*one).clone()),
            _ => None,
        }
    };
    person.waits_for(single).await
}

#[tokio::test]
async fn result_of_an_edit_replaces_its_confirmation() {
    let bot = BotTest::start().await;
    for (language, topic, labels) in [
        (
            "en",
            "Why tests matter",
            ["Done", "Edit a slide", "Which slide", "Slide 3 of 7", "Slide 3 is updated", "Files"],
        ),
        (
            "ru",
            "Почему тесты важны",
            [
                "Готово",
                "Изменить слайд",
                "Какой слайд",
                "Слайд 3 из 7",
                "Слайд 3 переделан",
                "Файлы",
            ],
        ),
    ] {
        let [ready, edit, which, asked, changed, files] = labels;
        let ann = bot.user("Ann", language).await;
        let done = ann.asks(topic, ready).await;
        let menu = ann.presses_for(&done, edit, which).await;
        let third = menu.buttons()[2][0].text.clone();
        ann.presses_for(&menu, &third, asked).await;
        let said = ann.sends_text("Иначе 3\nA body with other words").await;
        let result = control(&ann, files, changed).await;
        assert!(result.is_photo() && !result.edits.is_empty(), "the confirmation became it");
        let after: Vec<_> =
            ann.chat().await.bot_messages().filter(|m| m.id > said).map(|m| m.id).collect();
        assert_eq!(after, [result.id], "one message for one edit");
        let chat = ann.chat().await;
        assert!(chat.message(done.id).unwrap().buttons().is_empty());
        assert_eq!(chat.message(said).unwrap().reactions, ["👌"]);
    }
}

#[tokio::test]
async fn undo_and_moves_change_the_pressed_message() {
    let (_bot, ann) = BotTest::with_user("Ann", "en").await;
    let done = ann.asks("Why tests matter", "Done. What next?").await;
    let menu = ann.presses_for(&done, "Edit a slide", "Which slide").await;
    let third = menu.buttons()[2][0].text.clone();
    let panel = ann.presses_for(&menu, &third, "Slide 3 of 7").await;
    let query = ann.presses(&panel, "Remove slide").await;
    assert_eq!(ann.waits_for_callback_answer(&query).await, "Removing slide 3…");
    let list = control(&ann, "Files", "now has 6 slides").await;
    assert_eq!(list.id, panel.id);
    let query = ann.presses(&list, "Undo").await;
    assert!(ann.waits_for_callback_answer(&query).await.contains("Going back"));
    let restored = control(&ann, "Files", "now has 7 slides").await;
    assert_eq!(restored.id, list.id, "the same message");
    assert_eq!(ann.chat().await.last().unwrap().id, list.id, "and no other one");

    // What was undone can be undone.
    ann.presses(&restored, "Undo").await;
    let again = control(&ann, "Files", "now has 6 slides").await;
    assert_eq!(again.id, list.id);
    ann.presses(&again, "Send the album").await;
    let done = control(&ann, "Files", "Done. What next?").await;
    assert!(done.id > again.id, "the buttons are below the album");
    assert_eq!(controls(&ann, "Files").await.len(), 1);
}

#[tokio::test]
async fn result_is_a_new_message_if_the_old_one_can_not_be_edited() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    let done = ann.asks("Why tests matter", "Done. What next?").await;
    let menu = ann.presses_for(&done, "Edit a slide", "Which slide").await;
    let third = menu.buttons()[2][0].text.clone();
    let panel = ann.presses_for(&menu, &third, "Slide 3 of 7").await;
    let age = SimulatedAction::Age { chat: ann.id, message: panel.id, seconds: 49 * 3600 };
    bot.telegram.act(&age).await;
    ann.presses(&panel, "Remove slide").await;
    let list = ann.waits_for_text("now has 6 slides").await;
    assert!(list.id > panel.id && list.button("Send the album").is_some());
}

#[tokio::test]
async fn reason_of_a_refused_edit_replaces_only_its_confirmation() {
    let (_bot, ann) = BotTest::with_user("Ann", "en").await;
    let done = ann.asks("Why tests matter", "Done. What next?").await;
    let reply = ann.replies(&done, "shorter").await;
    let told = ann.waits_for_message(|m| m.id > reply).await;
    assert!(told.text().contains("no language model is set up"), "{}", told.text());
    assert!(ann.chat().await.message(done.id).unwrap().button("Files").is_some());
}
