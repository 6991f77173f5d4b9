//! Tests of what people write around a topic: links, small talk, requests with choices.

use testkit::{TestApp, eventually};

use crate::BotTest;

#[tokio::test]
async fn greetings_tags_and_small_talk_start_no_carousel() {
    let bot = BotTest::start().await;
    for (language, said) in [
        (
            "en",
            [
                ("/start 0JrQsNC6", "Hi! I turn a topic"),
                ("thanks!", "You're welcome"),
                ("who are you?", "I'm a bot"),
                ("Good morning!", "What should the carousel be about"),
                ("ok", "whenever you like"),
            ],
        ),
        (
            "ru",
            [
                ("/start ad1", "Привет! Я превращаю"),
                ("спасибо!", "Пожалуйста"),
                ("кто ты?", "Я бот"),
                ("привет", "О чём сделать карусель"),
                ("ок", "когда захочешь"),
            ],
        ),
    ] {
        let ann = bot.user("Ann", language).await;
        for (text, answer) in said {
            ann.sends_text(text).await;
            ann.waits_for_text(answer).await;
        }
    }
    let all = bot.carousels().await;
    assert!(all.is_empty());
}

#[tokio::test]
async fn commands_in_words_and_requests_without_topic_start_nothing() {
    let bot = BotTest::start().await;
    for (language, said, [handle, prompt, dropped]) in [
        (
            "en",
            [
                ("Help!", "What I can do"),
                ("stop", "not making anything"),
                ("great, thanks", "You're welcome"),
                ("make me a carousel", "should the carousel be about"),
                ("/carousel 5 slides", "should the carousel be about"),
                ("/style neon", "Theme: neon"),
                ("/settings", "Theme: neon"),
            ],
            ["Handle", "@vibecoder", "nothing changes"],
        ),
        (
            "ru",
            [
                ("помоги", "Что я умею"),
                ("стоп", "ничего не делаю"),
                ("круто, спасибо", "Пожалуйста"),
                ("сделай карусель", "О чём сделать карусель"),
                ("/carousel 5 слайдов", "О чём сделать карусель"),
                ("/style неон", "Оформление: neon"),
                ("/settings", "Оформление: neon"),
            ],
            ["Ник", "@vibecoder", "ничего не меняю"],
        ),
    ] {
        let ann = bot.user("Ann", language).await;
        for (text, answer) in said {
            let asked = ann.sends_text(text).await;
            ann.waits_for_message(|m| m.id > asked && m.text().contains(answer)).await;
        }
        let settings = ann.waits_for_text("neon").await;
        ann.presses_for(&settings, handle, prompt).await;
        ann.asks(if language == "en" { "cancel" } else { "отмена" }, dropped).await;
    }
    assert!(bot.carousels().await.is_empty());
}

#[tokio::test]
async fn a_name_as_topic_is_written_about_in_the_persons_language() {
    let bot = BotTest::start().await;
    let ivan = bot.user("Иван", "ru").await;
    for (topic, language) in [("Docker", "ru"), ("Rust vs Go", "ru"), ("How to name things", "en")]
    {
        ivan.sends_text(topic).await;
        let stored =
            async || bot.carousels().await.into_iter().find(|made| made.brief.topic == topic);
        let made = eventually("the carousel is stored", stored).await;
        assert_eq!(made.brief.language, language, "{topic}");
    }
}

#[tokio::test]
async fn request_is_made_as_it_says() {
    let bot = BotTest::start().await;
    for (language, said, topic, slides, theme, format) in [
        (
            "en",
            "make me a 5-slide carousel about naming things, dark",
            "naming things",
            5,
            "aurora",
            "4x5",
        ),
        (
            "ru",
            "сделай карусель из 4 слайдов про чистый код, формат 9:16, светлую",
            "чистый код",
            4,
            "minimal",
            "9x16",
        ),
    ] {
        let ann = bot.user("Ann", language).await;
        ann.sends_text(said).await;
        ann.waits_for_album(slides).await;
        let all = bot.carousels().await;
        let brief = &all.iter().find(|made| made.brief.topic == topic).unwrap().brief;
        assert_eq!(usize::from(brief.slides), slides);
        assert_eq!((brief.theme.as_str(), brief.format.as_str()), (theme, format));
    }
}

#[tokio::test]
async fn topic_link_greets_and_makes_its_topic() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_text("/start t_V2h5IHRlc3RzIG1hdHRlcg").await;
    ann.waits_for_text("Hi! I turn a topic").await;
    ann.waits_for_album(7).await;
    let all = bot.carousels().await;
    assert_eq!(all[0].brief.topic, "Why tests matter");
}

#[tokio::test]
async fn audio_documents_are_recordings() {
    let bot = BotTest::start().await;
    for (language, file, answer) in [
        ("en", "note.m4a", "can't listen"),
        ("en", "talk.mp3", "can't listen"),
        ("ru", "заметка.M4A", "Записи я здесь не слушаю"),
    ] {
        let ann = bot.user("Ann", language).await;
        ann.sends_document(file, "audio/mp4", b"sound").await;
        ann.waits_for_text(answer).await;
    }
}

#[tokio::test]
async fn uncovered_topic_is_told_before_drawing_and_offers_questions() {
    let bot = BotTest::with(TestApp::builder().env("AI_PROVIDERS", "offline")).await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_text("Code review in Kazakhstan").await;
    let told = ann.waits_for_text("Our notes don't cover this topic").await;
    for advice in ["The nearest notes: “", "a text or a link"] {
        assert!(told.text().contains(advice), "{}", told.text());
    }
    assert!(ann.chat().await.albums().is_empty(), "nothing was drawn");

    ann.presses(&told, "Make questions").await;
    let after = ann.waits_for_text("Done. What next").await;
    assert!(after.text().contains("questions about the topic, not facts"), "{}", after.text());
    let chat = ann.chat().await;
    let caption = chat.albums()[0][0].text().to_owned();
    assert!(caption.contains("Questions to ask about “Code review in Kazakhstan”"), "{caption}");
    assert!(!caption.contains("without a model"), "people paste the caption: {caption}");
}

#[tokio::test]
async fn message_after_album_says_that_no_model_wrote_it() {
    let bot = BotTest::with(TestApp::builder().env("AI_PROVIDERS", "offline")).await;
    let ann = bot.user("Ann", "ru").await;
    ann.orders("Почему тесты важны", 7).await;
    let after = ann.waits_for_text("Что дальше").await;
    assert!(after.text().contains("из наших заметок, без модели"), "{}", after.text());
}
