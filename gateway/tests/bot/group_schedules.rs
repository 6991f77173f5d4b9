//! Tests of schedules in groups: only administrators create them, and any administrator may stop
//! them; a group that becomes a supergroup keeps them.

use testkit::{
    bot_api::{FakeChat, FakeMessage},
    eventually,
};

use crate::{
    BotTest,
    locked_users::wait_until_finished,
    schedules::{only_subscription, subscriptions, trigger_schedule},
};

#[tokio::test]
async fn only_administrators_schedule_into_a_group() {
    let bot = BotTest::start().await;
    for (language, refused, made, panel, paused) in [
        ("en", "Only administrators", "every day at 09:00, Clean code", "Schedules", "Paused."),
        (
            "ru",
            "только администраторы",
            "каждый день в 09:00, Clean code",
            "Расписание",
            "На паузе.",
        ),
    ] {
        let (ann, boss) = (bot.user("Ann", language).await, bot.user("Boss", language).await);
        let eve = bot.user("Eve", language).await;
        let group = bot.telegram.group("Makers").await;
        group.promotes(&ann).await;
        group.promotes(&boss).await;
        for command in ["/schedule daily 09:00 Clean code", "/schedule"] {
            let said = eve.sends_text_in(&group, command).await;
            let after = |chat: &FakeChat| chat.bot_messages().find(|m| m.id > said).cloned();
            let answer: FakeMessage = group.waits_for(after).await;
            assert!(answer.text().contains(refused), "{}", answer.text());
        }
        ann.sends_text_in(&group, "/schedule daily 09:00 Clean code").await;
        group.waits_for_text(made).await;
        let mine = async || {
            let all = subscriptions(&bot).await;
            all.into_iter().find(|one| one.chat.get() == group.id)
        };
        let stored = eventually("the schedule is stored", mine).await;

        // Another administrator sees and stops it; others only get a toast.
        boss.sends_text_in(&group, "/schedule").await;
        let list = group.waits_for_text(panel).await;
        let pause = list.buttons()[0][0].data().unwrap().to_owned();
        let query = eve.presses_data(group.id, list.id, &pause).await;
        let toast = eve.waits_for_callback_answer_in(&group, &query).await;
        assert!(toast.contains(refused), "{toast}");
        assert_eq!(group.chat().await.message(list.id).unwrap().edits, []);
        assert!(!mine().await.unwrap().terms.paused);
        boss.presses_data(group.id, list.id, &pause).await;
        let list = group.waits_for_text(paused).await;
        assert!(mine().await.unwrap().terms.paused);
        let remove = list.buttons()[0][1].data().unwrap().to_owned();
        boss.presses_data(group.id, list.id, &remove).await;
        eventually("the schedule is removed", async || mine().await.is_none().then_some(())).await;
        assert_eq!(stored.user.as_str(), format!("tg-{}", ann.id));
    }
}

#[tokio::test]
async fn administrator_creates_a_group_schedule_by_buttons() {
    let bot = BotTest::start().await;
    let (ann, bob) = (bot.user("Ann", "en").await, bot.user("Bob", "en").await);
    let forum = bot.telegram.forum("Makers").await;
    let topic = forum.topic("Carousels").await;
    forum.promotes(&ann).await;
    ann.sends_text_in_topic(&forum, topic, "/schedule").await;
    let list = forum.waits_for_text("no schedules yet").await;
    assert!(list.button("Time zone").is_none(), "the time zone is a person's");
    ann.presses(&list, "New").await;
    let days = forum.waits_for_text("How often").await;
    ann.presses(&days, "Every day").await;
    let hours = forum.waits_for_text("At what time").await;
    ann.presses(&hours, "10:00").await;
    let question = forum.waits_for_text("Answer by replying").await;
    bob.replies(&question, "Bob's topic").await;
    forum.waits_for_text("That question is for somebody else").await;
    ann.replies(&question, "Clean code").await;
    forum.waits_for_text("every day at 10:00, Clean code").await;
    let stored = only_subscription(&bot).await;
    assert_eq!((stored.chat.get(), stored.thread.map(i64::from)), (forum.id, Some(topic)));
}

#[tokio::test]
async fn migrated_group_keeps_its_schedule() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    let group = bot.telegram.basic_group("Makers").await;
    group.promotes(&ann).await;
    ann.sends_text_in(&group, "/schedule daily 09:00 Clean code").await;
    group.waits_for_text("every day at 09:00").await;
    let supergroup = group.migrates().await;
    let moved = async || {
        let stored = only_subscription(&bot).await;
        (stored.chat.get() == supergroup.id).then_some(stored)
    };
    let stored = eventually("the subscription has moved", moved).await;
    wait_until_finished(&bot).await;
    trigger_schedule(&bot, &stored).await;
    supergroup.waits_for_text("Done. What next?").await;
    assert_eq!(supergroup.chat().await.albums().len(), 1);
    assert!(group.chat().await.albums().is_empty());
}

#[tokio::test]
async fn error_of_a_migrated_group_moves_it_once() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    let group = bot.telegram.basic_group("Makers").await;
    group.promotes(&ann).await;
    ann.sends_text_in(&group, "/schedule daily 09:00 Clean code").await;
    group.waits_for_text("every day at 09:00").await;
    let stored = only_subscription(&bot).await;
    // The service messages are lost; the next message to the old id reports the migration.
    bot.shutdown.begin();
    let supergroup = group.migrates().await;
    trigger_schedule(&bot, &stored).await;
    supergroup.waits_for_text("Done. What next?").await;
    let moved = async || {
        let stored = only_subscription(&bot).await;
        (stored.chat.get() == supergroup.id).then_some(())
    };
    eventually("the subscription has moved", moved).await;
    assert_eq!(supergroup.chat().await.albums().len(), 1, "sent once");
}
