//! Tests of carousels that are cancelled before they have a row, and of reconciled ones: the user
//! gets a message.

use chrono::{TimeDelta, Utc};
use domain::{CarouselId, Outcome, UserId, record::BriefRecord};
use gateway::carousel_request::CarouselRequest;
use storage::{
    carousels::{self, NewCarousel},
    ledger,
};
use temporalio_client::{
    UntypedWorkflow, WorkflowGetResultOptions, WorkflowStartOptions, WorkflowTerminateOptions,
};
use testkit::{FailpointScript, ScriptedFailpoints, bot_api::Actor, eventually};
use workflows::{ReconcileWorkflow, maintenance::ReconcileResult, queues};

use crate::{BotTest, answers};

async fn reconciled(bot: &BotTest, name: &str) -> ReconcileResult {
    let client = &bot.app.client;
    let options = WorkflowStartOptions::new(queues::CAROUSEL, name).build();
    let started = client.start_workflow(ReconcileWorkflow::run, (), options).await;
    let ended = started.unwrap().get_result(WorkflowGetResultOptions::default()).await;
    ended.unwrap()
}

/// A carousel of this user; its row says that it was opened ten minutes ago.
async fn opened_long_ago(bot: &BotTest, person: &Actor, message: i64) -> CarouselId {
    let number = bot.telegram.token().split(':').next().unwrap().to_owned();
    let key = format!("{number}-{}-{message}", person.id);
    let id = CarouselId::new(domain::RequestSource::Telegram, &key).unwrap();
    let order = CarouselRequest::about("Why tests matter");
    let new = &NewCarousel {
        id: id.clone(),
        user: UserId::parse(&format!("tg-{}", person.id)).unwrap(),
        brief: BriefRecord::from(&bot.app.validate(order).await),
        run_id: "before".to_owned(),
        at: Utc::now() - TimeDelta::minutes(10),
        daily_quota: None,
        most_open: None,
    };
    let open = |tx| async move { carousels::open(&tx, new).await };
    bot.app.db.write(open).await.unwrap();
    id
}

#[tokio::test]
async fn reconciled_carousel_is_reported_once() {
    let faults = ScriptedFailpoints::new([
        ("settle_lost.recorded", FailpointScript::Fail(1)),
        ("tell_end.after", FailpointScript::Fail(1)),
    ]);
    let bot = BotTest::with_faults(&faults).await;
    for (n, language, sorry) in
        [(1, "ru", "У нас что-то сломалось"), (2, "en", "Something broke on our side")]
    {
        let ann = bot.user("Ann", language).await;
        ann.sends_text("/start").await;
        ann.waits_for(|chat| chat.bot_messages().next().cloned()).await;
        let id = opened_long_ago(&bot, &ann, 77).await;
        let settled = reconciled(&bot, &format!("reconcile-{n}")).await.settled;
        assert_eq!(settled[0].outcome, Some(Outcome::Failed));
        ann.waits_for_text(sorry).await;
        // If the machine stalls until a heartbeat times out, a notice may be sent twice: it is
        // recorded once.
        let recorded = eventually("the notice is recorded", async || {
            let rows = ledger::of_carousel(&bot.app.db.read(), &id).await.unwrap().rows;
            let messages: Vec<_> = rows.into_iter().flat_map(|row| row.messages).collect();
            (!messages.is_empty()).then_some(messages)
        })
        .await;
        assert_eq!(recorded.len(), 1);
        let reporting = bot.app.client.get_workflow_handle::<UntypedWorkflow>(format!("tell-{id}"));
        reporting.get_result(WorkflowGetResultOptions::default()).await.unwrap();
        let sent = answers(&ann).await.len();
        reconciled(&bot, &format!("reconcile-{n}-again")).await;
        assert_eq!(answers(&ann).await.len(), sent, "it is not reported again");
    }
}

#[tokio::test]
async fn terminated_workflows_album_gets_its_buttons() {
    let faults = ScriptedFailpoints::new([("complete_carousel.before", FailpointScript::Hold)]);
    let bot = BotTest::with_faults(&faults).await;
    let ann = bot.user("Ann", "en").await;
    ann.asks("/start", "Hi").await;
    let next = bot.telegram.chat(ann.id).await.unwrap();
    let next = next.messages.last().unwrap().id + 1;
    // The row exists and is old; the workflow finds it.
    let id = opened_long_ago(&bot, &ann, next).await;
    assert_eq!(ann.sends_text("Why tests matter").await, next);
    ann.waits_for_text("Done. What next").await;
    faults.reached("complete_carousel.before").await;
    let handle = (bot.app.client).get_workflow_handle::<UntypedWorkflow>(id.as_str());
    handle.terminate(WorkflowTerminateOptions::default()).await.unwrap();
    let settled = reconciled(&bot, "reconcile-1").await.settled;
    assert_eq!(settled[0].outcome, Some(Outcome::Delivered));
    let told = format!("tell-{id}");
    let told = bot.app.client.get_workflow_handle::<UntypedWorkflow>(told);
    let ended = told.get_result(WorkflowGetResultOptions::default()).await;
    assert!(ended.is_ok(), "{ended:?}");
    let chat = ann.chat().await;
    let done = chat.bot_messages().filter(|m| m.text().contains("Done. What next"));
    assert_eq!(done.count(), 1, "it was said before");
    assert_eq!(chat.albums().len(), 1);
    faults.release();
}

#[tokio::test]
async fn only_its_user_cancels_an_unopened_carousel() {
    let faults = ScriptedFailpoints::new([("open_carousel.before", FailpointScript::Hold)]);
    let bot = BotTest::with_faults(&faults).await;
    let (ann, eve) = (bot.user("Ann", "en").await, bot.user("Eve", "en").await);
    let hello = eve.asks("/start", "Hi").await;
    let status = ann.asks("Why tests matter", "Why tests matter").await;
    faults.reached("open_carousel.before").await;
    let data = status.button("Stop").unwrap().data().unwrap().to_owned();
    let query = eve.presses_data(eve.id, hello.id, &data).await;
    let toast = eve.waits_for_callback_answer(&query).await;
    assert!(toast.contains("somebody else's carousel"), "{toast}");
    ann.presses_for(&status, "Stop", "Stopped").await;
    faults.release();
    let cancelled = async || {
        let rows = bot.carousels().await;
        let outcome = rows.first().and_then(|row| row.state.outcome());
        // If it never had a row, there is nothing to cancel.
        (rows.is_empty() || outcome == Some(Outcome::Cancelled)).then_some(())
    };
    eventually("the carousel is cancelled", cancelled).await;
    assert!(bot.telegram.calls_of("sendMediaGroup").await.is_empty());
}

#[tokio::test]
async fn group_member_cannot_cancel_anothers_unopened_carousel() {
    let faults = ScriptedFailpoints::new([("open_carousel.before", FailpointScript::Hold)]);
    let bot = BotTest::with_faults(&faults).await;
    let (ann, eve) = (bot.user("Ann", "en").await, bot.user("Eve", "en").await);
    let group = bot.telegram.group("Makers").await;
    ann.sends_text_in(&group, "/carousel Why tests matter").await;
    let heard = |words: &'static str| {
        group.waits_for(move |chat| {
            let mut answers = chat.bot_messages();
            answers.find(|m| m.text().contains(words)).cloned()
        })
    };
    let status = heard("Why tests matter").await;
    faults.reached("open_carousel.before").await;
    let query = eve.presses(&status, "Stop").await;
    let toast = eve.waits_for_callback_answer_in(&group, &query).await;
    assert!(toast.contains("somebody else's carousel"), "{toast}");
    ann.presses(&status, "Stop").await;
    heard("Stopped").await;
    faults.release();
    assert!(bot.telegram.calls_of("sendMediaGroup").await.is_empty());
}
