//! Tests of ordinary conversations, in both languages.

use testkit::bot_api::{FakeMessage, MessageContent};

use crate::{BotTest, answers};

#[tokio::test]
async fn topic_becomes_an_album_with_caption_and_buttons() {
    let bot = BotTest::start().await;
    for (language, topic, ready, accepted) in [
        ("ru", "Почему тесты важны", "Готово", "Принято"),
        ("en", "Why tests matter", "Done", "Got it"),
    ] {
        let ann = bot.user("Ann", language).await;
        ann.sends_text(topic).await;
        let album = ann.waits_for_album(7).await;
        assert_eq!(album.len(), 7, "{language}");
        assert!(!album[0].text().is_empty(), "the caption is under the album");
        let after = ann.waits_for_text(ready).await;
        assert!(after.id > album[6].id);

        let left = answers(&ann).await;
        let status = left.iter().any(|message| message.text().contains(accepted));
        assert!(!status, "the status is gone when the album is there");
        let caption = &album[0].text()[..20];
        ann.presses(&after, if language == "ru" { "Подпись" } else { "Caption" }).await;
        let copied = ann.waits_for(|chat| {
            let mut answers = chat.bot_messages();
            let found = answers.rfind(|m| m.id > after.id && m.text().contains(caption));
            found.cloned()
        });
        let copied: FakeMessage = copied.await;
        let MessageContent::Text { words } = &copied.content else {
            panic!("a caption is text");
        };
        assert!(words.entities.iter().any(|entity| entity["type"] == "pre"));
    }
    assert!(bot.telegram.calls_over_limit().await.is_empty());
}

#[tokio::test]
async fn files_are_originals_and_repeat_without_upload() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_text("Why tests matter").await;
    let album = ann.waits_for_album(7).await;
    let after = ann.waits_for_text("Done").await;

    for round in 1..=2 {
        ann.presses(&after, "Files").await;
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
                ("/carousel", "О чём карусель"),
                ("/ask", "Задай вопрос"),
                ("/settings", "Настройки"),
                ("/style", "оформление"),
                ("/history", "Пока ничего нет"),
                ("/status", "ничего не делаю"),
                ("/cancel", "ничего не делаю"),
                ("/myid", "Твой номер"),
                ("/dance", "Такой команды нет"),
                ("🙂", "хотя бы одно слово"),
            ],
        ),
        (
            "en",
            [
                ("/start", "Hi"),
                ("/help", "What I can do"),
                ("/carousel", "What is it about"),
                ("/ask", "Ask after the command"),
                ("/settings", "Settings"),
                ("/style", "look"),
                ("/history", "Nothing yet"),
                ("/status", "not making anything"),
                ("/cancel", "not making anything"),
                ("/myid", "Your number"),
                ("/dance", "There is no command"),
                ("🙂", "at least one word"),
            ],
        ),
    ] {
        let ann = bot.user("Ann", language).await;
        for (said, expected) in answers {
            let number = ann.sends_text(said).await;
            let answer = ann.waits_for(|chat| {
                let mut answers = chat.bot_messages();
                answers.rfind(|message| message.id > number).cloned()
            });
            let answer: FakeMessage = answer.await;
            let text = answer.text().to_lowercase();
            assert!(text.contains(&expected.to_lowercase()), "{language} {said}: {text}");
        }
    }
}

#[tokio::test]
async fn tip_and_answer_come_from_the_notes() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "ru").await;
    ann.sends_text("/wisdom").await;
    let thought = ann.waits_for_text("—").await;
    assert!(thought.text().chars().count() > 20, "{}", thought.text());
    ann.sends_text("/ask Зачем нужны тесты?").await;
    ann.waits_for_text("Из наших заметок").await;
    ann.sends_text("/ask Сколько стоит билет на Луну в рублях?").await;
    ann.waits_for_text("выдумывать не буду").await;
}

#[tokio::test]
async fn settings_apply_from_the_next_carousel() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_text("/settings").await;
    let settings = ann.waits_for_text("Settings").await;
    ann.presses(&settings, "Slides").await;
    let choices = ann.waits_for_text("How many slides").await;
    assert_eq!(choices.id, settings.id, "the same message, changed");
    ann.presses(&choices, "3").await;
    ann.waits_for_text("Slides: 3").await;
    ann.sends_text("Why tests matter").await;
    assert_eq!(ann.waits_for_album(3).await.len(), 3);

    let settings = ann.waits_for_text("Slides: 3").await;
    ann.presses(&settings, "Language").await;
    let choices = ann.waits_for_text("language").await;
    ann.presses(&choices, "русский").await;
    ann.waits_for_text("Слайдов: 3").await;
    ann.sends_text("/myid").await;
    ann.waits_for_text("Твой номер").await;
}

#[tokio::test]
async fn brand_answer_is_not_a_topic() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_text("/settings").await;
    let settings = ann.waits_for_text("Settings").await;
    ann.presses(&settings, "Handle").await;
    ann.waits_for_text("@vibecoder").await;
    ann.sends_text("@ann_codes").await;
    ann.waits_for_text("Saved").await;
    ann.sends_text("/settings").await;
    ann.waits_for_text("@ann_codes").await;
    assert!(
        !bot.telegram.calls().await.iter().any(|call| call.method == "sendMediaGroup"),
        "a handle is no topic"
    );
}

#[tokio::test]
async fn unsupported_files_are_refused_and_text_files_condensed() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_document("slides.pdf", "application/pdf", b"%PDF").await;
    ann.waits_for_text(".txt").await;
    let text = "Tests tell you what broke. Write one before the code. Keep it small. ".repeat(8);
    ann.sends_document("notes.txt", "text/plain", text.as_bytes()).await;
    ann.waits_for_album(7).await;
}

#[tokio::test]
async fn group_bot_answers_only_addressed_messages() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
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
