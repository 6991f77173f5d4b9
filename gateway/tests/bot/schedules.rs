//! Tests of schedules and the daily tip: created by texts and buttons, kept by Temporal, delivered
//! once.

use std::collections::BTreeSet;

use runtime::failpoint_hooks::FailpointHooks;
use storage::{
    subscriptions::{self, Subscription},
    users,
};
use temporalio_client::tonic::{Code, Request};
use temporalio_protos::temporal::api::workflowservice::v1::{
    DeleteScheduleRequest, DescribeScheduleResponse,
};
use testkit::{
    FailpointScript, ScriptedFailpoints,
    bot_api::{Actor, FakeChat, FakeMessage},
    eventually,
    schedules::{self, describe_schedule},
};

use crate::BotTest;

/// The id of a subscription's schedule; daily tips of one time slot share one.
fn schedule_id(one: &Subscription) -> String {
    match subscriptions::slot_of(one) {
        Some(slot) => format!("thoughts-{}", slot.name()),
        None => format!("sched-{}", one.id),
    }
}

/// A subscription's schedule, if Temporal has one.
pub(crate) async fn schedule(
    bot: &BotTest,
    one: &Subscription,
) -> Option<DescribeScheduleResponse> {
    match describe_schedule(&bot.app.client, &schedule_id(one)).await {
        Ok(found) => Some(found),
        Err(status) if status.code() == Code::NotFound => None,
        Err(status) => panic!("{status}"),
    }
}

pub(crate) fn paused(schedule: &DescribeScheduleResponse) -> bool {
    let schedule = schedule.schedule.as_ref().unwrap();
    schedule.state.as_ref().unwrap().paused
}

/// Triggers the schedule of a subscription, in a second that no run of it has yet.
pub(crate) async fn trigger_schedule(bot: &BotTest, one: &Subscription) {
    let over = async || {
        let info = schedule(bot, one).await?.info?;
        let last = info.recent_actions.last().and_then(|run| run.schedule_time);
        let now = chrono::Utc::now().timestamp();
        last.is_none_or(|last| last.seconds < now).then_some(())
    };
    eventually("a new second begins", over).await;
    schedules::trigger_schedule(&bot.app.client, &schedule_id(one)).await.unwrap();
}

pub(crate) async fn subscriptions(bot: &BotTest) -> Vec<Subscription> {
    let all = subscriptions::list(&bot.app.db.read(), None, 100).await;
    all.unwrap().rows
}

/// The only subscription, as soon as it exists.
pub(crate) async fn only_subscription(bot: &BotTest) -> Subscription {
    let first = async || subscriptions(bot).await.into_iter().next();
    eventually("a subscription exists", first).await
}

#[tokio::test]
async fn schedule_is_created_paused_and_removed() {
    let bot = BotTest::start().await;
    for (language, asked, made, list, pause, rests, resume, remove, gone) in [
        (
            "ru",
            "/schedule каждый день в 9 Чистый код",
            "каждый день в 09:00, Чистый код. Часовой пояс Europe/Moscow",
            "1. каждый день в 09:00",
            "Пауза",
            "на паузе",
            "Возобновить",
            "Убрать",
            "Расписания пока нет",
        ),
        (
            "en",
            "/schedule weekly mon 10:30 Clean code",
            "on Mondays at 10:30, Clean code. Time zone UTC",
            "1. on Mondays at 10:30",
            "Pause",
            "— paused",
            "Resume",
            "Remove",
            "no schedules yet",
        ),
    ] {
        let ann = bot.user("Ann", language).await;
        ann.asks(asked, made).await;
        let one = only_subscription(&bot).await;
        let kept = schedule(&bot, &one).await.expect("Temporal keeps it");
        let spec = kept.schedule.unwrap();
        let window = spec.policies.as_ref().unwrap().catchup_window.unwrap();
        assert_eq!(window.seconds, 7 * 24 * 3600);
        let zone = &spec.spec.as_ref().unwrap().timezone_name;
        assert_eq!(zone, one.terms.time_zone.as_str());

        let shown = ann.asks("/schedule", list).await;
        let shown = ann.presses_for(&shown, pause, rests).await;
        assert!(paused(&schedule(&bot, &one).await.unwrap()));
        ann.presses(&shown, resume).await;
        let shown = ann
            .waits_for(|chat| {
                let shown = chat.bot_messages().find(|m| m.id == shown.id)?;
                shown.button(pause).map(|_| shown.clone())
            })
            .await;
        assert!(!paused(&schedule(&bot, &one).await.unwrap()));
        ann.presses_for(&shown, remove, gone).await;
        assert!(schedule(&bot, &one).await.is_none());
    }
}

#[tokio::test]
async fn schedule_is_created_by_buttons_only() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    let list = ann.asks("/schedule", "no schedules yet").await;
    let zones = ann.presses_for(&list, "Time zone", "Which time zone").await;
    let list = ann.presses_for(&zones, "Europe/Berlin", "Time zone: Europe/Berlin").await;
    let days = ann.presses_for(&list, "New", "How often").await;
    let hours = ann.presses_for(&days, "Fri", "At what time").await;
    ann.presses_for(&hours, "18:00", "What should it be about?").await;
    ann.asks("Naming things", "on Fridays at 18:00, Naming things. Time zone Europe/Berlin").await;
    assert!(bot.telegram.calls_of("sendMediaGroup").await.is_empty());
    for said in ["/schedule tomorrow", "/schedule daily noon Tests"] {
        ann.asks(said, "I did not understand").await;
    }
    ann.asks("/schedule zone Mars/Phobos", "the time zone “Mars/Phobos”").await;
    assert_eq!(subscriptions(&bot).await.len(), 1);
}

#[tokio::test]
async fn scheduled_carousel_uses_current_settings() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    ann.asks("/schedule hourly Why tests matter", "every hour, Why tests matter").await;
    let settings = ann.asks("/settings", "Settings").await;
    let choices = ann.presses_for(&settings, "Slides", "How many slides").await;
    ann.presses_for(&choices, "4", "Slides: 4").await;

    let one = only_subscription(&bot).await;
    trigger_schedule(&bot, &one).await;
    assert_eq!(ann.waits_for_album(4).await.len(), 4);
    let after = ann.waits_for_text("Done. What next").await;
    let id = &bot.carousels().await[0].id.clone();
    let begins = format!("carousel-sched-{}-20", one.id);
    assert!(id.as_str().starts_with(&begins), "{id}");
    // The scheduled carousel has the same buttons as any other.
    ann.presses_for(&after, "Caption", "tap to copy").await;

    ann.asks("/schedule daily 09:00", "every day at 09:00, a topic from our notes").await;
    let all = subscriptions(&bot).await;
    let drawn = all.iter().find(|one| one.terms.topic.is_none()).unwrap();
    trigger_schedule(&bot, drawn).await;
    ann.waits_for(|chat| (chat.albums().len() == 2).then_some(())).await;
}

#[tokio::test]
async fn schedule_of_a_forum_topic_delivers_there() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    let forum = bot.telegram.forum("Makers").await;
    let topic = forum.topic("Carousels").await;
    forum.promotes(&ann).await;
    ann.sends_text_in_topic(&forum, topic, "/schedule daily 09:00 Clean code").await;
    let heard = |chat: &FakeChat| chat.bot_messages().next().map(|message| message.thread);
    assert_eq!(forum.waits_for(heard).await, Some(topic));
    trigger_schedule(&bot, &only_subscription(&bot).await).await;
    let album = forum.waits_for(|chat| {
        let albums = chat.albums();
        let album = albums.first()?;
        Some(album.iter().map(|message| message.thread).collect::<Vec<_>>())
    });
    assert!(album.await.iter().all(|thread| *thread == Some(topic)));
}

/// Subscribes to the daily tip at this time, by buttons, in English.
pub(crate) async fn subscribe_to_daily_tip(person: &Actor, time: &str) -> FakeMessage {
    let settings = person.asks("/settings", "Daily tip: no").await;
    let hours =
        person.presses_for(&settings, "Daily tip", "At what time should the daily tip").await;
    person.presses(&hours, time).await;
    let on = format!("Daily tip: every day at {time}");
    person.waits_for_text(&on).await
}

/// How many daily tips a user received, in either language.
pub(crate) async fn daily_tip_count(person: &Actor) -> usize {
    let chat = person.chat().await;
    let thoughts = chat.bot_messages().filter(|m| m.text().contains("\n\n— "));
    thoughts.count()
}

#[tokio::test]
async fn daily_tip_arrives_once_despite_killed_workers() {
    let faults = ScriptedFailpoints::new([
        ("prepare_scheduled.after", FailpointScript::Fail(1)),
        ("open_broadcast.after", FailpointScript::Fail(1)),
        ("send_broadcast.recorded", FailpointScript::Fail(1)),
    ]);
    let bot = BotTest::with_faults(&faults).await;
    let (ann, bob) = (bot.user("Ann", "en").await, bot.user("Bob", "en").await);
    subscribe_to_daily_tip(&ann, "08:00").await;
    subscribe_to_daily_tip(&bob, "09:00").await;
    // A user with another language and the same time slot.
    let zoya = bot.user("Zoya", "ru").await;
    zoya.asks("/schedule пояс UTC", "UTC").await;
    let settings = zoya.asks("/settings", "Мысль дня: нет").await;
    let hours = zoya.presses_for(&settings, "Мысль дня", "Во сколько присылать").await;
    zoya.presses_for(&hours, "08:00", "Мысль дня: каждый день в 08:00").await;

    let all = subscriptions(&bot).await;
    let ids: BTreeSet<String> = all.iter().map(schedule_id).collect();
    assert_eq!((all.len(), ids.len()), (3, 2), "one schedule per time slot");
    let slot = all.iter().find(|one| one.user.as_str().ends_with(&ann.id.to_string()));
    trigger_schedule(&bot, slot.unwrap()).await;
    ann.waits_for_text("— our note").await;
    zoya.waits_for_text("— наша заметка").await;
    let over = async || (faults.passes("conclude_broadcast.recorded") > 0).then_some(());
    eventually("the broadcast has ended", over).await;
    assert_eq!((daily_tip_count(&ann).await, daily_tip_count(&zoya).await), (1, 1));
    assert_eq!(daily_tip_count(&bob).await, 0);
    // There is one tip per language, and each user gets one.
    let said = async || (faults.passes("record_request.recorded") == 2).then_some(());
    eventually("the events are written", said).await;
}

#[tokio::test]
async fn empty_time_slot_pauses_until_a_subscription() {
    let bot = BotTest::start().await;
    let (ann, bob) = (bot.user("Ann", "en").await, bot.user("Bob", "en").await);
    let settings = subscribe_to_daily_tip(&ann, "08:00").await;
    let one = only_subscription(&bot).await;
    let hours = ann.presses_for(&settings, "Daily tip", "At what time should the daily tip").await;
    ann.presses_for(&hours, "Off", "Daily tip: no").await;
    assert!(subscriptions(&bot).await.is_empty());
    assert!(!paused(&schedule(&bot, &one).await.unwrap()));
    trigger_schedule(&bot, &one).await;
    let rests = async || paused(&schedule(&bot, &one).await.unwrap()).then_some(());
    eventually("the schedule is paused", rests).await;
    assert_eq!(daily_tip_count(&ann).await, 0);

    subscribe_to_daily_tip(&bob, "08:00").await;
    assert!(!paused(&schedule(&bot, &one).await.unwrap()));
    trigger_schedule(&bot, &one).await;
    bob.waits_for_text("— our note").await;
    assert_eq!(daily_tip_count(&ann).await, 0);
}

#[tokio::test]
async fn closed_chat_pauses_schedules_until_resumed() {
    let faults = ScriptedFailpoints::none();
    let bot = BotTest::with_faults(&faults).await;
    let (ann, bob) = (bot.user("Ann", "en").await, bot.user("Bob", "en").await);
    ann.asks("/schedule hourly Why tests matter", "every hour").await;
    let album = only_subscription(&bot).await;
    ann.deletes_account().await;
    trigger_schedule(&bot, &album).await;
    let rests = async || paused(&schedule(&bot, &album).await.unwrap()).then_some(());
    eventually("the schedule is paused", rests).await;
    let row = subscriptions::find(&bot.app.db.read(), &album.id).await;
    assert!(row.unwrap().unwrap().terms.paused);

    ann.unblocks().await;
    let list = ann.asks("/schedule", "— paused").await;
    ann.presses_for(&list, "Resume", "Resumed").await;
    trigger_schedule(&bot, &album).await;
    ann.waits_for_album(7).await;

    // The daily tip is not tried again either; it resumes after they have written.
    subscribe_to_daily_tip(&bob, "08:00").await;
    let all = subscriptions(&bot).await;
    let thought = all.iter().find(|one| one.id != album.id).unwrap();
    let user = &thought.user;
    bob.deletes_account().await;
    trigger_schedule(&bot, thought).await;
    let closed = async || {
        let bob = users::find(&bot.app.db.read(), user).await.unwrap().unwrap();
        bob.profile.unreachable_since.map(drop)
    };
    eventually("the chat is recorded as unreachable", closed).await;
    // Ann's last message may still be on its way, so only Bob's count.
    let sends = async || {
        let mut calls = bot.telegram.calls_of("sendMessage").await;
        calls.retain(|call| call.chat == Some(bob.id));
        calls.len()
    };
    let before = sends().await;
    let looked = faults.passes("prepare_scheduled.recorded");
    trigger_schedule(&bot, thought).await;
    let again = async || (faults.passes("prepare_scheduled.recorded") > looked).then_some(());
    eventually("the schedule ran again", again).await;
    bob.unblocks().await;
    bob.asks("/myid", "Your ID").await;
    assert_eq!(daily_tip_count(&bob).await, 0);
    assert_eq!(sends().await, before + 1, "the answer alone");
    trigger_schedule(&bot, thought).await;
    bob.waits_for_text("— our note").await;
}

#[tokio::test]
async fn lost_or_repeated_schedule_exists_once() {
    let bot = BotTest::start().await;
    let (ann, eve) = (bot.user("Ann", "en").await, bot.user("Eve", "en").await);
    ann.asks("/schedule daily 09:00 Why tests matter", "every day").await;
    let update = bot.telegram.updates().await.last().unwrap().id;
    for _ in 0..4 {
        bot.telegram.redeliver(update).await;
    }
    let one = only_subscription(&bot).await;
    let list = eve.asks("/schedule", "no schedules yet").await;
    for verb in ["pause", "go", "drop"] {
        let data = format!("k:{verb} {}", one.id);
        let query = eve.presses_data(eve.id, list.id, &data).await;
        eve.waits_for_callback_answer(&query).await;
    }
    assert_eq!(subscriptions(&bot).await, std::slice::from_ref(&one));
    assert!(!paused(&schedule(&bot, &one).await.unwrap()));

    let lose = DeleteScheduleRequest {
        namespace: bot.app.client.options().namespace.clone(),
        schedule_id: format!("sched-{}", one.id),
        ..Default::default()
    };
    let mut service = bot.app.client.connection().workflow_service();
    service.delete_schedule(Request::new(lose)).await.unwrap();
    bot.another_gateway(FailpointHooks::none()).await;
    let back = async || schedule(&bot, &one).await.map(drop);
    eventually("the schedule is created again", back).await;
}
