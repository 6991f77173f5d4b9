//! Tests of the bot's membership: people who block it, and groups that add and remove it.

use domain::PauseReason;
use storage::users;
use testkit::eventually;

use crate::{
    BotTest,
    schedules::{only_subscription, subscriptions},
};

#[tokio::test]
async fn group_that_removes_the_bot_keeps_its_schedules_paused() {
    let bot = BotTest::start().await;
    for (language, made, hello, waiting) in [
        ("en", "every day at 09:00, Clean code", "I make Instagram carousels", "One schedule was"),
        ("ru", "каждый день в 09:00, Clean code", "Я делаю карусели", "встало 1 расписание"),
    ] {
        let ann = bot.user("Ann", language).await;
        let group = bot.telegram.group("Makers").await;
        group.promotes(&ann).await;
        ann.sends_text_in(&group, "/schedule daily 09:00 Clean code").await;
        group.waits_for_text(made).await;

        ann.removes_bot_from(&group).await;
        let paused = async || {
            let all = subscriptions(&bot).await;
            let stored = all.into_iter().find(|one| one.chat.get() == group.id)?;
            (stored.terms.pause_reason == Some(PauseReason::ChatClosed)).then_some(stored)
        };
        let stored = eventually("the schedule is paused", paused).await;
        let person = users::find(&bot.app.db.read(), &stored.user).await.unwrap().unwrap();
        assert_eq!(person.profile.unreachable_since, None, "their own chat is open");

        ann.adds_bot_to(&group).await;
        group.waits_for_text(waiting).await;
        let before = group.chat().await.bot_messages().count();
        let update = bot.telegram.updates().await.last().unwrap().id;
        bot.telegram.redeliver(update).await;
        ann.sends_text_in(&group, "/schedule").await;
        group.waits_for(|chat| (chat.bot_messages().count() == before + 1).then_some(())).await;
        group.waits_for_text(hello).await;
    }
}

#[tokio::test]
async fn blocked_bot_writes_nothing_until_it_is_unblocked() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    ann.asks("/schedule hourly Why tests matter", "every hour").await;
    let user = only_subscription(&bot).await.user;
    let unreachable = async || {
        let person = users::find(&bot.app.db.read(), &user).await.unwrap().unwrap();
        person.profile.unreachable_since.is_some()
    };

    ann.blocks().await;
    let closed = async || {
        let terms = only_subscription(&bot).await.terms;
        (terms.paused && unreachable().await).then_some(terms)
    };
    let terms = eventually("the chat is recorded as closed", closed).await;
    assert_eq!(terms.pause_reason, Some(PauseReason::ChatClosed));

    ann.unblocks().await;
    ann.waits_for_text("One schedule was paused").await;
    assert!(!unreachable().await);
    let list = ann.asks("/schedule", "— paused").await;
    ann.presses_for(&list, "Resume", "Resumed").await;
    ann.blocks().await;
    ann.unblocks().await;
    ann.asks("/schedule", "every hour").await;
}
