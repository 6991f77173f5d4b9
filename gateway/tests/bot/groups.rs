//! Tests that a user's private data is not shown in groups.

use testkit::{
    House,
    bot_api::{Chat, Group, Message, Person},
};

use crate::{Bot, excluding::done};

/// Ann's private topic.
const SECRET: &str = "How to leave my job";

/// Waits for the next reply in a group, after the message with this id.
async fn answer_after(group: &Group, after: i64) -> Message {
    let next = |chat: &Chat| chat.answers().find(|message| message.id > after).cloned();
    group.hears(next).await
}

/// A user with a private carousel.
async fn author(bot: &Bot, language: &str) -> Person {
    let ann = bot.person("Ann", language).await;
    ann.says(SECRET).await;
    ann.hears_album(7).await;
    ann
}

#[tokio::test]
async fn personal_commands_are_refused_in_groups_in_both_languages() {
    let bot = Bot::start().await;
    let group = bot.telegram.group("Makers").await;
    let forum = bot.telegram.forum("Forum").await;
    let topic = forum.topic("Carousels").await;
    for (language, refused) in [
        ("en", "I answer that in private only"),
        ("ru", "На это я отвечаю только в личном чате"),
    ] {
        let ann = author(&bot, language).await;
        for command in ["/history", "/settings", "/style", "/status", "/schedule"] {
            let said = ann.says_in(&group, command).await;
            let answer = answer_after(&group, said).await;
            assert!(
                answer.text().starts_with(refused),
                "{command}: {}",
                answer.text()
            );
            assert!(answer.text().contains("https://t.me/"), "{}", answer.text());
            let said = ann.says_in_topic(&forum, topic, command).await;
            let answer = answer_after(&forum, said).await;
            assert!(
                answer.text().starts_with(refused),
                "{command}: {}",
                answer.text()
            );
            assert_eq!(answer.thread, Some(topic));
        }
        // In a private chat nothing changes.
        ann.says("/history").await;
        ann.hears_text(&format!("1. {SECRET}")).await;
    }
    for chat in [group.chat().await, forum.chat().await] {
        assert!(
            chat.answers()
                .all(|message| !message.text().contains(SECRET))
        );
    }
}

#[tokio::test]
async fn buttons_in_groups_show_nothing_personal_to_anybody() {
    let bot = Bot::start().await;
    let group = bot.telegram.group("Makers").await;
    let ann = author(&bot, "en").await;
    let eve = bot.person("Eve", "en").await;
    // A message of an older version; its buttons still exist in the group.
    let said = ann.says_in(&group, "/start").await;
    let hello = answer_after(&group, said).await;
    assert!(hello.button("Send me news").is_none());
    for person in [&ann, &eve] {
        for data in [
            "h:1",
            "t:",
            "b:handle",
            "k:show",
            "v:theme:midnight",
            "p:theme",
        ] {
            person.presses_data(group.id, hello.id, data).await;
            done(&bot).await;
        }
    }
    let chat = group.chat().await;
    let refused = chat
        .answers()
        .filter(|m| m.text().contains("in private only"));
    assert!(
        refused.count() >= 10,
        "{:?}",
        chat.answers().collect::<Vec<_>>()
    );
    let personal = [
        SECRET,
        "My carousels",
        "Settings",
        "Schedules",
        "Send your handle",
    ];
    for message in chat.answers() {
        let shown = personal
            .iter()
            .find(|words| message.text().contains(**words));
        assert_eq!(shown, None, "{}", message.text());
    }
    // A press on another user's button reveals nothing.
    let after = ann.hears_text("Done").await;
    let caption = after.button("Caption").unwrap();
    let data = caption.data().unwrap();
    eve.presses_data(group.id, hello.id, data).await;
    done(&bot).await;
    let last = group.chat().await;
    let last = last.answers().next_back().unwrap();
    assert!(
        last.text().contains("somebody else's carousel"),
        "{}",
        last.text()
    );
}

#[tokio::test]
async fn administrators_are_answered_in_private() {
    let house = House::build().env("BOT_ADMINS", "1000001");
    let bot = Bot::with(house).await;
    let boss = bot.person("Boss", "en").await;
    boss.says("/start").await;
    boss.hears_text("Hi").await;
    let group = bot.telegram.group("Makers").await;
    for (command, answer) in [
        ("/stats", "Today (UTC)"),
        ("/banned", "Nobody is locked"),
        ("/broadcast Hello all", "Nobody has asked for news"),
        ("/ban", "/ban NUMBER"),
    ] {
        boss.says_in(&group, command).await;
        boss.hears_text(answer).await;
    }
    // The buttons under it work in the private chat.
    let question = boss.hears_text("Nobody has asked for news").await;
    boss.presses(&question, "Leave it").await;
    boss.hears_text("nobody gets it").await;
    assert_eq!(group.chat().await.answers().count(), 0);
}
