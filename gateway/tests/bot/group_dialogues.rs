//! Tests of dialogues in groups: each belongs to one person; only a reply or a mention addresses the
//! bot.

use serde_json::Value;
use testkit::bot_api::{Actor, ActorGroup, FakeMessage, PersonMessage, TelegramLimits};

use crate::{
    BotTest,
    locked_users::{dialogue, wait_until_finished},
};

/// Words that a person reads, in one language.
struct Words {
    language: &'static str,
    topic: &'static str,
    ready: &'static str,
    edit: &'static str,
    menu: &'static str,
    panel: &'static str,
    question: &'static str,
    changed: &'static str,
    foreign_question: &'static str,
    foreign_carousel: &'static str,
    dropped: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    topic: "Why tests matter",
    ready: "Done. What next?",
    edit: "Edit a slide",
    menu: "Which slide",
    panel: "Slide 3 of",
    question: "Answer by replying",
    changed: "Slide 3 is updated",
    foreign_question: "That question is for somebody else",
    foreign_carousel: "That is somebody else's carousel",
    dropped: "nothing changes",
};

const RUSSIAN: Words = Words {
    language: "ru",
    topic: "Почему тесты важны",
    ready: "Готово",
    edit: "Изменить слайд",
    menu: "Какой слайд",
    panel: "Слайд 3 из",
    question: "Ответь на это сообщение",
    changed: "Слайд 3 переделан",
    foreign_question: "Этот вопрос не тебе",
    foreign_carousel: "Это чужая карусель",
    dropped: "ничего не меняю",
};

/// Orders a carousel in a group and asks to edit its third slide; returns the question.
async fn asks_for_slide(ann: &Actor, group: &ActorGroup, words: &Words) -> FakeMessage {
    ann.sends_text_in(group, &format!("/carousel {}", words.topic)).await;
    let ready = group.waits_for_text(words.ready).await;
    ann.presses(&ready, words.edit).await;
    let menu = group.waits_for_text(words.menu).await;
    ann.presses(&menu, &menu.buttons()[2][0].text.clone()).await;
    group.waits_for_text(words.panel).await;
    group.waits_for_text(words.question).await
}

#[tokio::test]
async fn question_waits_for_its_person_only() {
    let bot = BotTest::start().await;
    for words in [&ENGLISH, &RUSSIAN] {
        let ann = bot.user("Ann", words.language).await;
        let bob = bot.user("Bob", words.language).await;
        let group = bot.telegram.group("Makers").await;
        let question = asks_for_slide(&ann, &group, words).await;
        let asked = question.markup.clone().unwrap();
        assert_eq!((&asked["force_reply"], &asked["selective"]), (&true.into(), &true.into()));
        let before = dialogue(&bot, &group, &ann).await;

        // Bob's reply is no answer, and his request is a request of his own.
        bob.replies(&question, "Bob's text").await;
        group.waits_for_text(words.foreign_question).await;
        bob.sends_text_in(&group, "/help").await;
        wait_until_finished(&bot).await;
        assert_eq!(dialogue(&bot, &group, &ann).await, before);
        assert_eq!(dialogue(&bot, &group, &bob).await, Value::Null);

        ann.replies(&question, "Ann's heading").await;
        let changed = group.waits_for_text(words.changed).await;
        assert!(changed.is_photo());
        assert_eq!(dialogue(&bot, &group, &ann).await, Value::Null);
    }
    assert_eq!(bot.carousels().await.len(), 2, "no reply became a topic");
}

#[tokio::test]
async fn cancel_drops_the_question_in_a_group() {
    let bot = BotTest::start().await;
    let ann = bot.user("Анна", "ru").await;
    let bob = bot.user("Боб", "ru").await;
    let group = bot.telegram.group("Авторы").await;
    asks_for_slide(&ann, &group, &RUSSIAN).await;
    bob.sends_text_in(&group, "/cancel").await;
    group.waits_for_text("ничего не делаю").await;
    assert_ne!(dialogue(&bot, &group, &ann).await, Value::Null);
    ann.sends_text_in(&group, "/cancel").await;
    group.waits_for_text(RUSSIAN.dropped).await;
    assert_eq!(dialogue(&bot, &group, &ann).await, Value::Null);
}

#[tokio::test]
async fn foreign_reply_to_a_carousel_changes_nothing() {
    let bot = BotTest::start().await;
    for words in [&ENGLISH, &RUSSIAN] {
        let ann = bot.user("Ann", words.language).await;
        let bob = bot.user("Bob", words.language).await;
        let forum = bot.telegram.forum("Makers").await;
        let topic = forum.topic("Carousels").await;
        ann.sends_text_in_topic(&forum, topic, &format!("/carousel {}", words.topic)).await;
        let ready = forum.waits_for_text(words.ready).await;
        let slide = forum.chat().await.albums()[0][2].clone();
        for message in [&ready, &slide] {
            let said = bob.replies(message, "shorter").await;
            let refused = forum.waits_for(|chat| {
                let refused =
                    |m: &&FakeMessage| m.id > said && m.text().starts_with(words.foreign_carousel);
                chat.bot_messages().find(refused).cloned()
            });
            assert_eq!(refused.await.thread, Some(topic));
        }
    }
    assert!(bot.carousels().await.iter().all(|made| made.revision == Some(1)));
}

#[tokio::test]
async fn mentions_come_from_entities() {
    let bot = BotTest::start().await;
    bot.telegram.set_privacy_mode(false).await;
    let ann = bot.user("Ann", "en").await;
    let group = bot.telegram.group("Makers").await;
    for text in [
        "@vibecoder_bot_2 Why tests matter",
        "Write to ann@vibecoder_bot.com",
        "Why tests matter",
        "see vibecoder_bot",
    ] {
        ann.sends_text_in(&group, text).await;
    }
    wait_until_finished(&bot).await;
    assert_eq!(group.chat().await.bot_messages().count(), 0);
    for (text, answer) in [
        ("@vibecoder_bot, hello", "Send a topic"),
        ("@Vibecoder_Bot: who are you?", "carousel"),
        ("thanks, @vibecoder_bot", "welcome"),
    ] {
        let said = ann.sends_text_in(&group, text).await;
        let next = group.waits_for(|chat| chat.bot_messages().find(|m| m.id > said).cloned());
        let next = next.await;
        assert!(next.text().to_lowercase().contains(&answer.to_lowercase()), "{}", next.text());
    }
    // A mention of an account that is chosen from a list has no user name.
    let (id, _) = bot.telegram.token().split_once(':').unwrap();
    let id: i64 = id.parse().unwrap();
    let mention = serde_json::json!({
        "type": "text_mention", "offset": 0, "length": 9,
        "user": { "id": id, "is_bot": true, "first_name": "Vibecoder" },
    });
    let said = PersonMessage {
        chat: Some(group.id),
        text: "Vibecoder, Naming things".to_owned(),
        entities: vec![mention],
        ..PersonMessage::default()
    };
    ann.sends(said).await;
    group.waits_for_text("Naming things").await;
    let made = testkit::eventually("it is opened", async || bot.carousels().await.pop()).await;
    assert_eq!(made.brief.topic, "Naming things");
}

#[tokio::test]
async fn hidden_authors_get_a_reason() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    let group = bot.telegram.group("Makers").await;
    let channel = bot.telegram.channel("News").await;
    for (chat, english, russian) in [
        (&group, "can't see who you are", "Я не вижу, кто ты"),
        (&channel, "no requests in channels", "В каналах я не принимаю"),
    ] {
        ann.sends_anonymously(chat, "A post about tests").await;
        ann.sends_anonymously(chat, "/carousel Why tests matter").await;
        chat.waits_for_text(english).await;
        ann.sends_anonymously(chat, "/carousel Почему тесты важны").await;
        chat.waits_for_text(russian).await;
        assert_eq!(chat.chat().await.bot_messages().count(), 2, "the post gets no answer");
    }
    assert!(bot.carousels().await.is_empty());
}

#[tokio::test]
async fn every_button_of_a_carousel_refuses_another_person() {
    let bot = BotTest::start().await;
    // A group's limit of messages would delay the panels.
    bot.telegram.limits(TelegramLimits::NONE).await;
    for (words, refused) in
        [(&ENGLISH, "somebody else's carousel"), (&RUSSIAN, "из чужой карусели")]
    {
        let ann = bot.user("Ann", words.language).await;
        let bob = bot.user("Bob", words.language).await;
        let group = bot.telegram.group("Makers").await;
        asks_for_slide(&ann, &group, words).await;
        let before = group.chat().await;
        let panels = before.bot_messages().filter(|message| !message.buttons().is_empty());
        let mut pressed = 0;
        for panel in panels {
            for button in panel.buttons().into_iter().flatten() {
                let data = button.data().unwrap();
                let query = bob.presses_data(group.id, panel.id, data).await;
                let toast = bob.waits_for_callback_answer_in(&group, &query).await;
                let dropping = data == "d:";
                assert!(dropping || toast.contains(refused), "{}: {toast}", button.text);
                assert!(!toast.is_empty(), "{}", button.text);
                pressed += 1;
            }
        }
        assert!(pressed > 8, "the buttons of the album and of the panel");
        let after = group.chat().await;
        assert_eq!(after.messages, before.messages, "nothing was sent or changed");
    }
}
