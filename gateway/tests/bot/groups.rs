//! Tests that a user's private data is not shown in groups.

use testkit::{
    TestApp,
    bot_api::{Actor, ActorGroup, FakeChat, FakeMessage},
};

use crate::BotTest;

/// Ann's private topic.
const SECRET: &str = "How to review code";

/// Waits for the next reply in a group, after the message with this id.
async fn answer_after(group: &ActorGroup, after: i64) -> FakeMessage {
    let next = |chat: &FakeChat| chat.bot_messages().find(|message| message.id > after).cloned();
    group.waits_for(next).await
}

/// A user with a private carousel.
async fn author(bot: &BotTest, language: &str) -> Actor {
    let ann = bot.user("Ann", language).await;
    ann.orders(SECRET, 7).await;
    ann
}

#[tokio::test]
async fn personal_commands_are_refused_in_groups_in_both_languages() {
    let bot = BotTest::start().await;
    let group = bot.telegram.group("Makers").await;
    let forum = bot.telegram.forum("Forum").await;
    let topic = forum.topic("Carousels").await;
    for (language, refused) in
        [("en", "I answer this in private only"), ("ru", "На это я отвечаю только в личном чате")]
    {
        let ann = author(&bot, language).await;
        for command in ["/history", "/settings", "/style", "/status"] {
            let said = ann.sends_text_in(&group, command).await;
            let answer = answer_after(&group, said).await;
            assert!(answer.text().starts_with(refused), "{command}: {}", answer.text());
            assert!(answer.text().contains("https://t.me/"), "{}", answer.text());
            let said = ann.sends_text_in_topic(&forum, topic, command).await;
            let answer = answer_after(&forum, said).await;
            assert!(answer.text().starts_with(refused), "{command}: {}", answer.text());
            assert_eq!(answer.thread, Some(topic));
        }
        // In a private chat nothing changes.
        ann.asks("/history", &format!("1. {SECRET}")).await;
    }
    for chat in [group.chat().await, forum.chat().await] {
        assert!(chat.bot_messages().all(|message| !message.text().contains(SECRET)));
    }
}

#[tokio::test]
async fn buttons_in_groups_show_nothing_personal_to_anybody() {
    let bot = BotTest::start().await;
    let group = bot.telegram.group("Makers").await;
    let ann = author(&bot, "en").await;
    let eve = bot.user("Eve", "en").await;
    // A message of an older version; its buttons still exist in the group.
    let said = ann.sends_text_in(&group, "/start").await;
    let hello = answer_after(&group, said).await;
    assert!(hello.button("Send me news").is_none());
    for person in [&ann, &eve] {
        for data in ["h:1", "t:", "b:handle", "k:zones", "v:theme:midnight", "p:theme"] {
            let query = person.presses_data(group.id, hello.id, data).await;
            let toast = person.waits_for_callback_answer_in(&group, &query).await;
            assert!(toast.contains("in private only"), "{data}: {toast}");
        }
    }
    // A press on another user's button reveals nothing.
    let after = ann.waits_for_text("Done").await;
    let caption = after.button("Caption").unwrap();
    let query = eve.presses_data(group.id, hello.id, caption.data().unwrap()).await;
    let toast = eve.waits_for_callback_answer_in(&group, &query).await;
    assert!(toast.contains("somebody else's carousel"), "{toast}");
    let chat = group.chat().await;
    assert_eq!(chat.bot_messages().count(), 1, "a refused press adds no message");
    assert_eq!(chat.last().unwrap().edits, [], "and changes none");
}

#[tokio::test]
async fn administrators_are_answered_in_private() {
    let app = TestApp::builder().env("BOT_ADMINS", "1000001");
    let bot = BotTest::with(app).await;
    let boss = bot.user("Boss", "en").await;
    boss.asks("/start", "Hi").await;
    let group = bot.telegram.group("Makers").await;
    for (command, answer) in [
        ("/stats", "Today (UTC)"),
        ("/banned", "Nobody is banned"),
        ("/broadcast Hello all", "Nobody has asked for news"),
        ("/ban", "/ban ID"),
    ] {
        boss.sends_text_in(&group, command).await;
        boss.waits_for_text(answer).await;
    }
    // The buttons under it work in the private chat.
    let question = boss.waits_for_text("Nobody has asked for news").await;
    boss.presses_for(&question, "Never mind", "nobody gets it").await;
    assert_eq!(group.chat().await.bot_messages().count(), 0);
}
