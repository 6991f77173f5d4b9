//! Tests that a user's private data is not shown in groups.

use testkit::{
    TestApp,
    bot_api::{Actor, ActorGroup, FakeChat, FakeMessage},
};

use crate::{BotTest, locked_users::wait_until_finished};

/// Ann's private topic.
const SECRET: &str = "How to leave my job";

/// Waits for the next reply in a group, after the message with this id.
async fn answer_after(group: &ActorGroup, after: i64) -> FakeMessage {
    let next = |chat: &FakeChat| chat.bot_messages().find(|message| message.id > after).cloned();
    group.waits_for(next).await
}

/// A user with a private carousel.
async fn author(bot: &BotTest, language: &str) -> Actor {
    let ann = bot.user("Ann", language).await;
    ann.sends_text(SECRET).await;
    ann.waits_for_album(7).await;
    ann
}

#[tokio::test]
async fn personal_commands_are_refused_in_groups_in_both_languages() {
    let bot = BotTest::start().await;
    let group = bot.telegram.group("Makers").await;
    let forum = bot.telegram.forum("Forum").await;
    let topic = forum.topic("Carousels").await;
    for (language, refused) in
        [("en", "I answer that in private only"), ("ru", "На это я отвечаю только в личном чате")]
    {
        let ann = author(&bot, language).await;
        for command in ["/history", "/settings", "/style", "/status", "/schedule"] {
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
        ann.sends_text("/history").await;
        ann.waits_for_text(&format!("1. {SECRET}")).await;
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
        for data in ["h:1", "t:", "b:handle", "k:show", "v:theme:midnight", "p:theme"] {
            person.presses_data(group.id, hello.id, data).await;
            wait_until_finished(&bot).await;
        }
    }
    let chat = group.chat().await;
    let refused = chat.bot_messages().filter(|m| m.text().contains("in private only"));
    assert!(refused.count() >= 10, "{:?}", chat.bot_messages().collect::<Vec<_>>());
    let personal = [SECRET, "My carousels", "Settings", "Schedules", "Send your handle"];
    for message in chat.bot_messages() {
        let shown = personal.iter().find(|words| message.text().contains(**words));
        assert_eq!(shown, None, "{}", message.text());
    }
    // A press on another user's button reveals nothing.
    let after = ann.waits_for_text("Done").await;
    let caption = after.button("Caption").unwrap();
    let data = caption.data().unwrap();
    eve.presses_data(group.id, hello.id, data).await;
    wait_until_finished(&bot).await;
    let last = group.chat().await;
    let last = last.bot_messages().next_back().unwrap();
    assert!(last.text().contains("somebody else's carousel"), "{}", last.text());
}

#[tokio::test]
async fn administrators_are_answered_in_private() {
    let app = TestApp::builder().env("BOT_ADMINS", "1000001");
    let bot = BotTest::with(app).await;
    let boss = bot.user("Boss", "en").await;
    boss.sends_text("/start").await;
    boss.waits_for_text("Hi").await;
    let group = bot.telegram.group("Makers").await;
    for (command, answer) in [
        ("/stats", "Today (UTC)"),
        ("/banned", "Nobody is locked"),
        ("/broadcast Hello all", "Nobody has asked for news"),
        ("/ban", "/ban NUMBER"),
    ] {
        boss.sends_text_in(&group, command).await;
        boss.waits_for_text(answer).await;
    }
    // The buttons under it work in the private chat.
    let question = boss.waits_for_text("Nobody has asked for news").await;
    boss.presses(&question, "Leave it").await;
    boss.waits_for_text("nobody gets it").await;
    assert_eq!(group.chat().await.bot_messages().count(), 0);
}
