//! Tests of schedules and the daily tip: created by texts and buttons, kept by Temporal, delivered
//! once.

use std::collections::BTreeSet;

use runtime::failpoint_hooks::FailpointHooks;
use storage::{
    carousels::{self, CarouselFilter},
    subscriptions::{self, Subscription},
    users,
};
use temporalio_client::tonic::{Code, Request};
use temporalio_protos::temporal::api::{
    enums::v1::ScheduleOverlapPolicy,
    schedule::v1::{SchedulePatch, TriggerImmediatelyRequest},
    workflowservice::v1::{
        DeleteScheduleRequest, DescribeScheduleRequest, DescribeScheduleResponse,
        PatchScheduleRequest,
    },
};
use testkit::{
    FailpointScript, ScriptedFailpoints,
    bot_api::{Actor, FakeChat, FakeMessage},
    eventually,
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
    let request = DescribeScheduleRequest {
        namespace: bot.app.client.options().namespace.clone(),
        schedule_id: schedule_id(one),
    };
    let mut service = bot.app.client.connection().workflow_service();
    match service.describe_schedule(Request::new(request)).await {
        Ok(found) => Some(found.into_inner()),
        Err(status) if status.code() == Code::NotFound => None,
        Err(status) => panic!("{status}"),
    }
}

pub(crate) fn paused(schedule: &DescribeScheduleResponse) -> bool {
    let schedule = schedule.schedule.as_ref().unwrap();
    schedule.state.as_ref().unwrap().paused
}

/// Triggers a schedule now. Temporal names a run by its second and merges two runs of one second,
/// so this waits for a new second.
pub(crate) async fn trigger_schedule(bot: &BotTest, one: &Subscription) {
    let over = async || {
        let info = schedule(bot, one).await?.info?;
        let last = info.recent_actions.last().and_then(|run| run.schedule_time);
        let now = chrono::Utc::now().timestamp();
        last.is_none_or(|last| last.seconds < now).then_some(())
    };
    eventually("a new second begins", over).await;
    let request = PatchScheduleRequest {
        namespace: bot.app.client.options().namespace.clone(),
        schedule_id: schedule_id(one),
        patch: Some(SchedulePatch {
            trigger_immediately: Some(TriggerImmediatelyRequest {
                // Allow a run soon after the last one.
                overlap_policy: ScheduleOverlapPolicy::AllowAll as i32,
                ..Default::default()
            }),
            ..Default::default()
        }),
        ..Default::default()
    };
    let mut service = bot.app.client.connection().workflow_service();
    service.patch_schedule(Request::new(request)).await.unwrap();
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
            "Дальше",
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
            "Go on",
            "Remove",
            "no schedules yet",
        ),
    ] {
        let ann = bot.user("Ann", language).await;
        ann.sends_text(asked).await;
        ann.waits_for_text(made).await;
        let one = only_subscription(&bot).await;
        let kept = schedule(&bot, &one).await.expect("Temporal keeps it");
        let spec = kept.schedule.unwrap();
        let window = spec.policies.as_ref().unwrap().catchup_window.unwrap();
        assert_eq!(window.seconds, 600);
        let zone = &spec.spec.as_ref().unwrap().timezone_name;
        assert_eq!(zone, one.terms.time_zone.as_str());

        ann.sends_text("/schedule").await;
        let shown = ann.waits_for_text(list).await;
        ann.presses(&shown, pause).await;
        let shown = ann.waits_for_text(rests).await;
        assert!(paused(&schedule(&bot, &one).await.unwrap()));
        ann.presses(&shown, resume).await;
        let shown = ann
            .waits_for(|chat| {
                let shown = chat.bot_messages().find(|m| m.id == shown.id)?;
                shown.button(pause).map(|_| shown.clone())
            })
            .await;
        assert!(!paused(&schedule(&bot, &one).await.unwrap()));
        ann.presses(&shown, remove).await;
        ann.waits_for_text(gone).await;
        assert!(schedule(&bot, &one).await.is_none());
    }
}

#[tokio::test]
async fn schedule_is_created_by_buttons_only() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_text("/schedule").await;
    let list = ann.waits_for_text("no schedules yet").await;
    ann.presses(&list, "Time zone").await;
    let zones = ann.waits_for_text("Which time zone").await;
    ann.presses(&zones, "Europe/Berlin").await;
    let list = ann.waits_for_text("Time zone: Europe/Berlin").await;
    ann.presses(&list, "New").await;
    let days = ann.waits_for_text("How often").await;
    ann.presses(&days, "Fri").await;
    let hours = ann.waits_for_text("At what time").await;
    ann.presses(&hours, "18:00").await;
    ann.waits_for_text("What about?").await;
    ann.sends_text("Naming things").await;
    ann.waits_for_text("on Fridays at 18:00, Naming things. Time zone Europe/Berlin").await;
    assert!(bot.telegram.calls_of("sendMediaGroup").await.is_empty());
    for said in ["/schedule tomorrow", "/schedule daily noon Tests"] {
        ann.sends_text(said).await;
        ann.waits_for_text("I did not understand").await;
    }
    ann.sends_text("/schedule zone Mars/Phobos").await;
    ann.waits_for_text("no time zone “Mars/Phobos”").await;
    assert_eq!(subscriptions(&bot).await.len(), 1);
}

#[tokio::test]
async fn scheduled_carousel_uses_current_settings() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_text("/schedule hourly Why tests matter").await;
    ann.waits_for_text("every hour, Why tests matter").await;
    ann.sends_text("/settings").await;
    let settings = ann.waits_for_text("Settings").await;
    ann.presses(&settings, "Slides").await;
    let choices = ann.waits_for_text("How many slides").await;
    ann.presses(&choices, "4").await;
    ann.waits_for_text("Slides: 4").await;

    let one = only_subscription(&bot).await;
    trigger_schedule(&bot, &one).await;
    assert_eq!(ann.waits_for_album(4).await.len(), 4);
    let after = ann.waits_for_text("Done. What next").await;
    let all = carousels::list(&bot.app.db.read(), &CarouselFilter::default()).await.unwrap();
    let id = &all.rows[0].id;
    let begins = format!("carousel-sched-{}-20", one.id);
    assert!(id.as_str().starts_with(&begins), "{id}");
    // The scheduled carousel has the same buttons as any other.
    ann.presses(&after, "Caption").await;
    ann.waits_for_text("tap to copy").await;

    ann.sends_text("/schedule daily 09:00").await;
    ann.waits_for_text("every day at 09:00, a topic from our notes").await;
    let all = subscriptions(&bot).await;
    let drawn = all.iter().find(|one| one.terms.topic.is_none()).unwrap();
    trigger_schedule(&bot, drawn).await;
    ann.waits_for(|chat| (chat.albums().len() == 2).then_some(())).await;
}

#[tokio::test]
async fn schedule_of_a_forum_topic_delivers_there() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    let forum = bot.telegram.forum("Makers").await;
    let topic = forum.topic("Carousels").await;
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
    person.sends_text("/settings").await;
    let settings = person.waits_for_text("Thought of the day: no").await;
    person.presses(&settings, "Daily thought").await;
    let hours = person.waits_for_text("At what time shall").await;
    person.presses(&hours, time).await;
    let on = format!("Thought of the day: every day at {time}");
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
    zoya.sends_text("/schedule пояс UTC").await;
    zoya.waits_for_text("UTC").await;
    zoya.sends_text("/settings").await;
    let settings = zoya.waits_for_text("Мысль дня: нет").await;
    zoya.presses(&settings, "Мысль дня").await;
    let hours = zoya.waits_for_text("Во сколько присылать").await;
    zoya.presses(&hours, "08:00").await;
    zoya.waits_for_text("Мысль дня: каждый день в 08:00").await;

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
    ann.presses(&settings, "Daily thought").await;
    let hours = ann.waits_for_text("At what time shall").await;
    ann.presses(&hours, "Off").await;
    ann.waits_for_text("Thought of the day: no").await;
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
async fn blocking_the_bot_pauses_schedules_until_resumed() {
    let faults = ScriptedFailpoints::none();
    let bot = BotTest::with_faults(&faults).await;
    let (ann, bob) = (bot.user("Ann", "en").await, bot.user("Bob", "en").await);
    ann.sends_text("/schedule hourly Why tests matter").await;
    ann.waits_for_text("every hour").await;
    let album = only_subscription(&bot).await;
    ann.blocks().await;
    trigger_schedule(&bot, &album).await;
    let rests = async || paused(&schedule(&bot, &album).await.unwrap()).then_some(());
    eventually("the schedule is paused", rests).await;
    let row = subscriptions::find(&bot.app.db.read(), &album.id).await;
    assert!(row.unwrap().unwrap().terms.paused);

    ann.unblocks().await;
    ann.sends_text("/schedule").await;
    let list = ann.waits_for_text("— paused").await;
    ann.presses(&list, "Go on").await;
    ann.waits_for_text("Going on").await;
    trigger_schedule(&bot, &album).await;
    ann.waits_for_album(7).await;

    // The daily tip is not tried again either; it resumes after they have written.
    subscribe_to_daily_tip(&bob, "08:00").await;
    let all = subscriptions(&bot).await;
    let thought = all.iter().find(|one| one.id != album.id).unwrap();
    let user = &thought.user;
    bob.blocks().await;
    trigger_schedule(&bot, thought).await;
    let closed = async || {
        let bob = users::find(&bot.app.db.read(), user).await.unwrap().unwrap();
        bob.profile.unreachable_since.map(drop)
    };
    eventually("the chat is recorded as unreachable", closed).await;
    let sends = async || bot.telegram.calls_of("sendMessage").await.len();
    let before = sends().await;
    let looked = faults.passes("prepare_scheduled.recorded");
    trigger_schedule(&bot, thought).await;
    let again = async || (faults.passes("prepare_scheduled.recorded") > looked).then_some(());
    eventually("the schedule ran again", again).await;
    bob.unblocks().await;
    bob.sends_text("/myid").await;
    bob.waits_for_text("Your number").await;
    assert_eq!(daily_tip_count(&bob).await, 0);
    assert_eq!(sends().await, before + 1, "the answer alone");
    trigger_schedule(&bot, thought).await;
    bob.waits_for_text("— our note").await;
}

#[tokio::test]
async fn lost_or_repeated_schedule_exists_once() {
    let bot = BotTest::start().await;
    let (ann, eve) = (bot.user("Ann", "en").await, bot.user("Eve", "en").await);
    ann.sends_text("/schedule daily 09:00 Why tests matter").await;
    ann.waits_for_text("every day").await;
    let update = bot.telegram.updates().await.last().unwrap().id;
    for _ in 0..4 {
        bot.telegram.redeliver(update).await;
    }
    let one = only_subscription(&bot).await;
    eve.sends_text("/schedule").await;
    let list = eve.waits_for_text("no schedules yet").await;
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
    let (settings, client) = (bot.app.settings(), bot.app.client.clone());
    let next =
        gateway::bot::start(settings, client, bot.shutdown.clone(), FailpointHooks::none()).await;
    next.unwrap();
    let back = async || schedule(&bot, &one).await.map(drop);
    eventually("the schedule is created again", back).await;
}
