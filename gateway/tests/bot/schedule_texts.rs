//! Tests of what schedules promise: the days, the zone, the limit, and runs that could not happen.

use std::{collections::BTreeSet, time::SystemTime};

use temporalio_client::tonic::Request;
use temporalio_protos::temporal::api::workflowservice::v1::ListScheduleMatchingTimesRequest;
use testkit::schedules::run_late;

use crate::{
    BotTest,
    schedules::{only_subscription, subscriptions},
};

fn moment(at: &str) -> SystemTime {
    chrono::DateTime::parse_from_rfc3339(at).unwrap().into()
}

#[tokio::test]
async fn confirmation_names_the_days_and_the_next_three_runs() {
    let bot = BotTest::start().await;
    for (language, said, cadence, next) in [
        ("en", "mon,wed 10:00 Tests", "every Mon, Wed at 10:00, Tests", "Next: "),
        ("en", "mon-fri 11:00 Tests", "on workdays at 11:00, Tests", "Next: "),
        ("en", "monthly 1 12:00 Plans", "on day 1 of every month at 12:00, Plans", "Next: "),
        ("ru", "каждый пн и ср в 10.00 Тесты", "Пн, Ср в 10:00, Тесты", "Ближайшие: "),
        ("ru", "будни 11:00 Тесты", "по будням в 11:00, Тесты", "Ближайшие: "),
        ("ru", "каждый месяц 1 числа в 12:00 Планы", "1-го числа в 12:00", "Ближайшие: "),
    ] {
        let ann = bot.user("Ann", language).await;
        ann.sends_text(&format!("/schedule {said}")).await;
        let made = ann.waits_for_text(cadence).await;
        let (_, next) = made.text().split_once(next).unwrap();
        let next = next.lines().next().unwrap();
        let next: BTreeSet<&str> = next.trim_end_matches('.').split(", ").collect();
        let time = &cadence[cadence.find(':').unwrap() - 2..][..5];
        assert_eq!(next.len(), 3, "{next:?}");
        assert!(next.iter().all(|run| run.ends_with(time)), "{next:?}");
    }
}

#[tokio::test]
async fn offset_zones_keep_their_sign_and_half_hours_are_refused() {
    let bot = BotTest::start().await;
    for (language, shown, half) in [
        ("en", "Time zone: UTC+3", "not a whole hour"),
        ("ru", "Часовой пояс: UTC+3", "не целый час"),
    ] {
        let ann = bot.user("Ann", language).await;
        for said in ["GMT+3", "UTC+03:00"] {
            ann.sends_text(&format!("/schedule zone {said}")).await;
            ann.waits_for_text(shown).await;
        }
        ann.sends_text("/schedule zone UTC+5:30").await;
        ann.waits_for_text(half).await;
        ann.sends_text("/schedule daily 10:00 Tests").await;
        ann.waits_for_text(" 10:00, Tests").await;
        let all = subscriptions(&bot).await;
        let own = all.iter().find(|one| one.user.as_str().ends_with(&ann.id.to_string()));
        assert_eq!(own.unwrap().terms.time_zone.as_str(), "Etc/GMT-3");
    }
}

#[tokio::test]
async fn duplicate_points_to_the_existing_schedule() {
    let bot = BotTest::start().await;
    for (language, exists) in [
        ("en", "You already have this schedule: 1. every day at 09:00, Clean code"),
        ("ru", "Такое расписание уже есть: 1. каждый день в 09:00, Clean code"),
    ] {
        let ann = bot.user("Ann", language).await;
        let before = subscriptions(&bot).await.len();
        ann.sends_text("/schedule daily 09:00 Clean code").await;
        ann.sends_text("/schedule every day at 9 clean code").await;
        ann.waits_for_text(exists).await;
        ann.sends_text("/schedule daily 09:00 Clean tests").await;
        ann.waits_for_text("Clean tests").await;
        assert_eq!(subscriptions(&bot).await.len(), before + 2);
    }
}

#[tokio::test]
async fn limit_is_told_before_the_dialogue() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    for hour in 0..10 {
        ann.sends_text(&format!("/schedule daily {hour:02}:00 Tests")).await;
        ann.waits_for_text(&format!("every day at {hour:02}:00, Tests. Time zone")).await;
    }
    ann.sends_text("/schedule").await;
    let list = ann.waits_for_text("10. every day at 09:00").await;
    ann.presses(&list, "New").await;
    ann.waits_for_text("You can have at most 10 schedules").await;
    ann.sends_text("/schedule daily 10:00 Tests").await;
    let twice = |chat: &testkit::bot_api::FakeChat| {
        let refusals = chat.bot_messages().filter(|m| m.text().contains("at most 10"));
        (refusals.count() == 2).then_some(())
    };
    ann.waits_for(twice).await;
    assert_eq!(subscriptions(&bot).await.len(), 10);
}

#[tokio::test]
async fn time_that_daylight_saving_skips_runs_after_the_gap() {
    let bot = BotTest::start().await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_text("/schedule zone Europe/Berlin").await;
    ann.waits_for_text("Time zone: Europe/Berlin").await;
    ann.sends_text("/schedule daily 02:30 Tests").await;
    ann.waits_for_text("every day at 02:30").await;
    let one = only_subscription(&bot).await;
    let year = chrono::Datelike::year(&chrono::Utc::now()) + 1;
    // The clock is put forward on the last Sunday of March.
    let sunday = (25..=31).rev().find(|day| {
        let date = chrono::NaiveDate::from_ymd_opt(year, 3, *day).unwrap();
        chrono::Datelike::weekday(&date) == chrono::Weekday::Sun
    });
    let day = sunday.unwrap();
    let request = ListScheduleMatchingTimesRequest {
        namespace: bot.app.client.options().namespace.clone(),
        schedule_id: format!("sched-{}", one.id),
        start_time: Some(moment(&format!("{year}-03-{:02}T12:00:00Z", day - 1)).into()),
        end_time: Some(moment(&format!("{year}-03-{day:02}T12:00:00Z")).into()),
    };
    let mut service = bot.app.client.connection().workflow_service();
    let found = service.list_schedule_matching_times(Request::new(request)).await.unwrap();
    let times = found.into_inner().start_time;
    assert_eq!(times, [moment(&format!("{year}-03-{day:02}T01:00:00Z")).into()]);
}

#[tokio::test]
async fn run_that_is_an_hour_late_is_told_and_not_made() {
    let bot = BotTest::start().await;
    for (language, said, next, told) in [
        ("en", "hourly Why tests matter", "Next", "could not start it in time: Why tests matter"),
        ("ru", "hourly", "Ближайшие", "не успел начать её вовремя: тема из наших заметок"),
    ] {
        let ann = bot.user("Ann", language).await;
        ann.sends_text(&format!("/schedule {said}")).await;
        ann.waits_for_text(next).await;
        let all = subscriptions(&bot).await;
        let one = all.iter().find(|one| one.user.as_str().ends_with(&ann.id.to_string())).unwrap();
        let schedule = format!("sched-{}", one.id);
        run_late(&bot.app.client, &schedule, [4, 3]).await.unwrap();
        ann.waits_for_text(told).await;
        assert!(ann.chat().await.albums().is_empty());
    }
}

#[tokio::test]
async fn schedule_without_model_warns_of_uncovered_topics() {
    let bot = BotTest::start().await;
    for (language, every, covered, uncovered, made, warning) in [
        ("en", "daily", "Why tests matter", "Apache Kafka", "Done: every day", "Careful:"),
        ("ru", "каждый день", "Почему тесты важны", "рецепт борща", "Готово:", "Осторожно:"),
    ] {
        let ann = bot.user("Ann", language).await;
        ann.sends_text(&format!("/schedule {every} 10:00 {covered}")).await;
        let said = ann.waits_for_text(made).await;
        assert!(!said.text().contains(warning), "{}", said.text());
        ann.asks(&format!("/schedule {every} 11:00 {uncovered}"), warning).await;
    }
}
