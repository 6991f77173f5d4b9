//! Tests of carousels that are cancelled before they have a row, and of reconciled ones: the user
//! gets a message.

use chrono::{TimeDelta, Utc};
use domain::{CarouselId, Outcome, UserId, record::BriefRecord};
use gateway::order::{Order, Words};
use storage::carousels::{self, Filter, NewCarousel};
use temporalio_client::{
    UntypedWorkflow, WorkflowGetResultOptions, WorkflowStartOptions, WorkflowTerminateOptions,
};
use testkit::{Script, ScriptedFaults, bot_api::Person, eventually};
use workflows::{ReconcileWorkflow, contract::Reconciled, queues};

use crate::Bot;

async fn reconciled(bot: &Bot, name: &str) -> Reconciled {
    let client = &bot.house.client;
    let options = WorkflowStartOptions::new(queues::CAROUSEL, name).build();
    let started = client
        .start_workflow(ReconcileWorkflow::run, (), options)
        .await;
    let ended = started
        .unwrap()
        .get_result(WorkflowGetResultOptions::default())
        .await;
    ended.unwrap()
}

/// A carousel of this user; its row says that it was opened ten minutes ago.
async fn opened_long_ago(bot: &Bot, person: &Person, message: i64) -> CarouselId {
    let number = bot.telegram.token().split(':').next().unwrap().to_owned();
    let key = format!("{number}-{}-{message}", person.id);
    let id = CarouselId::new(domain::Source::Telegram, &key).unwrap();
    let order = Order::about(Words::Topic("Why tests matter".to_owned()));
    let new = &NewCarousel {
        id: id.clone(),
        user: UserId::parse(&format!("tg-{}", person.id)).unwrap(),
        brief: BriefRecord::from(&bot.house.judge(order).await),
        run_id: "before".to_owned(),
        at: Utc::now() - TimeDelta::minutes(10),
        daily_quota: None,
        most_open: None,
    };
    let open = |tx| async move { carousels::open(&tx, new).await };
    bot.house.db.write(open).await.unwrap();
    id
}

#[tokio::test]
async fn reconciled_carousel_is_reported_once() {
    let faults = ScriptedFaults::new([
        ("settle_lost.recorded", Script::Fail(1)),
        ("tell_end.after", Script::Fail(1)),
    ]);
    let bot = Bot::with_faults(&faults).await;
    for (n, language, sorry) in [
        (1, "ru", "У нас что-то сломалось"),
        (2, "en", "Something broke on our side"),
    ] {
        let ann = bot.person("Ann", language).await;
        ann.says("/start").await;
        ann.hears(|chat| chat.answers().next().cloned()).await;
        opened_long_ago(&bot, &ann, 77).await;
        let settled = reconciled(&bot, &format!("reconcile-{n}")).await.settled;
        assert_eq!(settled[0].outcome, "failed");
        ann.hears_text(sorry).await;
        reconciled(&bot, &format!("reconcile-{n}-again")).await;
    }
    for person in [1, 2] {
        let chat = bot.telegram.chat(1_000_000 + person).await.unwrap();
        assert_eq!(
            chat.answers().count(),
            2,
            "the greeting, and that it was stopped"
        );
    }
}

#[tokio::test]
async fn terminated_workflows_album_gets_its_buttons() {
    let faults = ScriptedFaults::new([("complete_carousel.before", Script::Hold)]);
    let bot = Bot::with_faults(&faults).await;
    let ann = bot.person("Ann", "en").await;
    ann.says("/start").await;
    ann.hears_text("Hi").await;
    let next = bot.telegram.chat(ann.id).await.unwrap();
    let next = next.messages.last().unwrap().id + 1;
    // The row exists and is old; the workflow finds it.
    let id = opened_long_ago(&bot, &ann, next).await;
    assert_eq!(ann.says("Why tests matter").await, next);
    ann.hears_text("Done. What next").await;
    faults.reached("complete_carousel.before").await;
    let handle = (bot.house.client).get_workflow_handle::<UntypedWorkflow>(id.as_str());
    handle
        .terminate(WorkflowTerminateOptions::default())
        .await
        .unwrap();
    let settled = reconciled(&bot, "reconcile-1").await.settled;
    assert_eq!(settled[0].outcome, "delivered");
    let told = format!("tell-{id}");
    let told = bot
        .house
        .client
        .get_workflow_handle::<UntypedWorkflow>(told);
    let ended = told.get_result(WorkflowGetResultOptions::default()).await;
    assert!(ended.is_ok(), "{ended:?}");
    let chat = ann.chat().await;
    let done = chat
        .answers()
        .filter(|m| m.text().contains("Done. What next"));
    assert_eq!(done.count(), 1, "it was said before");
    assert_eq!(chat.albums().len(), 1);
    faults.release();
}

#[tokio::test]
async fn only_its_user_cancels_an_unopened_carousel() {
    let faults = ScriptedFaults::new([("open_carousel.before", Script::Hold)]);
    let bot = Bot::with_faults(&faults).await;
    let (ann, eve) = (bot.person("Ann", "en").await, bot.person("Eve", "en").await);
    eve.says("/start").await;
    let hello = eve.hears_text("Hi").await;
    ann.says("Why tests matter").await;
    let status = ann.hears_text("Why tests matter").await;
    faults.reached("open_carousel.before").await;
    let data = status.button("Stop").unwrap().data().unwrap().to_owned();
    let query = eve.presses_data(eve.id, hello.id, &data).await;
    eve.is_answered(&query).await;
    eve.hears_text("not making anything").await;
    ann.presses(&status, "Stop").await;
    ann.hears_text("Stopped").await;
    faults.release();
    let cancelled = async || {
        let rows = carousels::list(&bot.house.db.read(), &Filter::default()).await;
        let rows = rows.unwrap().rows;
        let outcome = rows.first().and_then(|row| row.state.outcome());
        // If it never had a row, there is nothing to cancel.
        (rows.is_empty() || outcome == Some(Outcome::Cancelled)).then_some(())
    };
    eventually("the carousel is cancelled", cancelled).await;
    assert!(bot.telegram.calls_of("sendMediaGroup").await.is_empty());
}

#[tokio::test]
async fn group_member_cannot_cancel_anothers_unopened_carousel() {
    let faults = ScriptedFaults::new([("open_carousel.before", Script::Hold)]);
    let bot = Bot::with_faults(&faults).await;
    let (ann, eve) = (bot.person("Ann", "en").await, bot.person("Eve", "en").await);
    let group = bot.telegram.group("Makers").await;
    ann.says_in(&group, "/carousel Why tests matter").await;
    let heard = |words: &'static str| {
        group.hears(move |chat| {
            let mut answers = chat.answers();
            answers.find(|m| m.text().contains(words)).cloned()
        })
    };
    let status = heard("Why tests matter").await;
    faults.reached("open_carousel.before").await;
    eve.presses(&status, "Stop").await;
    heard("not making anything").await;
    ann.presses(&status, "Stop").await;
    heard("Stopped").await;
    faults.release();
    assert!(bot.telegram.calls_of("sendMediaGroup").await.is_empty());
}
