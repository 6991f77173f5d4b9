//! Tests of ordinary conversations, in both languages.

use testkit::{bot_api::MessageContent, eventually};

use crate::{BotTest, answers};

#[tokio::test]
async fn topic_becomes_an_album_with_caption_and_buttons() {
    let bot = BotTest::start().await;
    for (language, topic, ready, accepted) in [
        ("ru", "Почему тесты важны", "Готово", "Принято"),
        ("en", "Why tests matter", "Done", "Got it"),
    ] {
        let ann = bot.user("Ann", language).await;
        let album = ann.orders(topic, 7).await;
        assert_eq!(album.len(), 7, "{language}");
        assert!(!album[0].text().is_empty(), "the caption is under the album");
        let after = ann.waits_for_text(ready).await;
        assert!(after.id > album[6].id);

        let left = answers(&ann).await;
        let status = left.iter().any(|message| message.text().contains(accepted));
        assert!(!status, "the status is gone when the album is there");
        let caption = &album[0].text()[..20];
        ann.presses(&after, if language == "ru" { "Подпись" } else { "Caption" }).await;
        let copied = ann.waits_for_message(|m| m.id > after.id && m.text().contains(caption)).await;
        let MessageContent::Text { words } = &copied.content else {
            panic!("a caption is text");
        };
        assert!(words.entities.iter().any(|entity| entity["type"] == "pre"));
    }
    assert!(bot.telegram.calls_over_limit().await.is_empty());
}

#[tokio::test]
async fn files_are_originals_and_repeat_without_upload() {
    let (_bot, ann) = BotTest::with_user("Ann", "en").await;
    let album = ann.orders("Why tests matter", 7).await;
    let after = ann.waits_for_text("Done").await;

    let history = ann.asks("/history", "1. Why tests matter").await;
    // The same button again would ask for nothing new.
    for (round, message) in [(1, &after), (2, &history)] {
        ann.presses(message, "Files").await;
        let files = ann.waits_for(|chat| {
            let files = chat.bot_messages().filter_map(|message| match &message.content {
                MessageContent::Document { file, .. } => Some(file.clone()),
                _ => None,
            });
            let files: Vec<String> = files.collect();
            (files.len() == 9 * round).then_some(files)
        });
        let files: Vec<String> = files.await;
        let distinct: std::collections::BTreeSet<_> = files.iter().collect();
        assert_eq!(distinct.len(), 9, "the second round uploads nothing");
    }
    assert_eq!(album.len(), 7);
}

#[tokio::test]
async fn every_command_is_answered_in_both_languages() {
    let bot = BotTest::start().await;
    for (language, answers) in [
        (
            "ru",
            [
                ("/start", "Привет"),
                ("/help", "Что я умею"),
                ("/carousel", "О чём сделать карусель"),
                ("/ask", "Задай вопрос"),
                ("/settings", "Настройки"),
                ("/style", "оформление"),
                ("/history", "Пока ничего нет"),
                ("/status", "ничего не делаю"),
                ("/cancel", "ничего не делаю"),
                ("/myid", "Твой ID"),
                ("/dance", "Такой команды нет"),
                ("🙂", "хотя бы одно слово"),
            ],
        ),
        (
            "en",
            [
                ("/start", "Hi"),
                ("/help", "What I can do"),
                ("/carousel", "should the carousel be about"),
                ("/ask", "Write your question after the command"),
                ("/settings", "Settings"),
                ("/style", "theme"),
                ("/history", "Nothing yet"),
                ("/status", "not making anything"),
                ("/cancel", "not making anything"),
                ("/myid", "Your ID"),
                ("/dance", "There is no command"),
                ("🙂", "at least one word"),
            ],
        ),
    ] {
        let ann = bot.user("Ann", language).await;
        for (said, expected) in answers {
            let number = ann.sends_text(said).await;
            let answer = ann.waits_for_message(|message| message.id > number).await;
            let text = answer.text().to_lowercase();
            assert!(text.contains(&expected.to_lowercase()), "{language} {said}: {text}");
        }
    }
}

#[tokio::test]
async fn tip_and_answer_come_from_the_notes() {
    let (_bot, ann) = BotTest::with_user("Ann", "ru").await;
    let thought = ann.asks("/wisdom", "—").await;
    assert!(thought.text().chars().count() > 20, "{}", thought.text());
    ann.asks("/ask Зачем нужны тесты?", "Из наших заметок").await;
    ann.asks("/ask Сколько стоит билет на Луну в рублях?", "выдумывать не буду").await;
}

#[tokio::test]
async fn settings_apply_from_the_next_carousel() {
    let (_bot, ann) = BotTest::with_user("Ann", "en").await;
    let settings = ann.asks("/settings", "Settings").await;
    let choices = ann.presses_for(&settings, "Slides", "How many slides").await;
    assert_eq!(choices.id, settings.id, "the same message, changed");
    ann.presses_for(&choices, "3", "Slides: 3").await;
    ann.sends_text("Why tests matter").await;
    assert_eq!(ann.waits_for_album(3).await.len(), 3);

    let settings = ann.waits_for_text("Slides: 3").await;
    let choices = ann.presses_for(&settings, "Language", "language").await;
    ann.presses_for(&choices, "русский", "Слайдов: 3").await;
    ann.asks("/myid", "Твой ID").await;
}

#[tokio::test]
async fn brand_answer_is_not_a_topic() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    let settings = ann.asks("/settings", "Settings").await;
    ann.presses_for(&settings, "Handle", "@vibecoder").await;
    ann.asks("@ann_codes", "Saved").await;
    ann.asks("/settings", "@ann_codes").await;
    assert!(
        !bot.telegram.calls().await.iter().any(|call| call.method == "sendMediaGroup"),
        "a handle is no topic"
    );
}

#[tokio::test]
async fn unsupported_files_are_refused_and_text_files_condensed() {
    let (_bot, ann) = BotTest::with_user("Ann", "en").await;
    ann.sends_document("song.mid", "audio/midi", b"MThd").await;
    ann.waits_for_text(".txt").await;
    ann.sends_document("slides.pdf", "application/pdf", b"%PDF").await;
    ann.waits_for_text("it is damaged").await;
    let text = "Tests tell you what broke. Write one before the code. Keep it small: a slow test \
                is run rarely. A test that fails sometimes teaches people to ignore it. Name it \
                after what the user sees. Delete a test that checks how the code is written. \
                The first test of a bug is the bug itself. Run all of them before each release.";
    ann.sends_document("notes.txt", "text/plain", text.as_bytes()).await;
    // A short text gives fewer slides.
    ann.waits_for(|chat| chat.albums().pop().map(drop)).await;
}

/// The bytes of a text in Windows-1251.
fn in_windows_1251(text: &str) -> Vec<u8> {
    let byte = |c: char| match u32::from(c) {
        code @ 0x410..=0x44f => u8::try_from(code - 0x410 + 0xc0).unwrap(),
        code => u8::try_from(code).unwrap(),
    };
    text.chars().map(byte).collect()
}

#[tokio::test]
async fn table_in_an_old_encoding_becomes_slides() {
    let (bot, ivan) = BotTest::with_user("Иван", "ru").await;
    let table = "Месяц;Посетители;Заявки\nЯнварь;1200;90\nФевраль;1500;120\nМарт;2100;260\n";
    ivan.sends_document("report.csv", "text/csv", &in_windows_1251(table)).await;
    ivan.waits_for(|chat| chat.albums().pop().map(drop)).await;
    let made = bot.carousels().await;
    assert_eq!(made[0].brief.topic, "Посетители, заявки: Январь – Март");
    assert_eq!(made[0].brief.language, "ru");
}

#[tokio::test]
async fn group_bot_answers_only_addressed_messages() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    let forum = bot.telegram.forum("Makers").await;
    let topic = forum.topic("Carousels").await;
    ann.sends_text_in(&forum, "Why tests matter").await;
    ann.sends_text_in(&forum, "/help@somebody_else_bot").await;
    ann.sends_text_in_topic(&forum, topic, "/carousel Why tests matter").await;
    let album = forum.waits_for(|chat| {
        let album = chat.albums().into_iter().next()?;
        Some(album.into_iter().cloned().collect::<Vec<_>>())
    });
    let album = album.await;
    assert!(album.iter().all(|message| message.thread == Some(topic)));
    let chat = forum.chat().await;
    assert_eq!(chat.albums().len(), 1);
    assert!(chat.bot_messages().all(|message| message.thread == Some(topic)));
}

#[tokio::test]
async fn history_shows_the_users_own_time() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    ann.orders("Why tests matter", 7).await;
    ann.asks("/schedule zone Asia/Tokyo", "Asia/Tokyo").await;
    // The outcome is recorded after the last message.
    let recorded = async || bot.carousels().await.into_iter().find(|made| !made.state.is_open());
    let created = eventually("the outcome is recorded", recorded).await.created_at;
    let tokyo = (created + chrono::TimeDelta::hours(9)).format("%a %-d %b %H:%M");
    ann.asks("/history", &format!("done, {tokyo}")).await;
}
