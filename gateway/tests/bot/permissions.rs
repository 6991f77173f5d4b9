//! Tests of permissions: a user can't act on another user's carousel.

use storage::carousels::{self, CarouselFilter};
use testkit::{FailpointScript, ScriptedFailpoints, TestApp, eventually};

use crate::{BotTest, metrics_page::metrics_page};

#[tokio::test]
async fn uninvited_user_gets_only_their_account_number() {
    let bot = BotTest::with(TestApp::builder().env("BOT_ALLOWED", "1")).await;
    let eve = bot.user("Eve", "en").await;
    eve.asks("Why tests matter", &eve.id.to_string()).await;
    eve.asks("/myid", "Your ID").await;
    assert!(bot.telegram.calls_of("sendMediaGroup").await.is_empty());
}

#[tokio::test]
async fn other_users_button_does_nothing() {
    let bot = BotTest::start().await;
    let (ann, eve) = (bot.user("Ann", "en").await, bot.user("Eve", "en").await);
    ann.orders("Why tests matter", 7).await;
    let after = ann.waits_for_text("Done").await;
    let hello = eve.asks("/start", "Hi").await;
    for label in ["Files", "Caption", "Again"] {
        let data = after.button(label).unwrap();
        let data = data.data().unwrap().to_owned();
        let query = eve.presses_data(eve.id, hello.id, &data).await;
        eve.waits_for_callback_answer(&query).await;
    }
    for forged in ["x:nonsense", "s9:tg-1-1-1", "v:theme:nonsense", "", "h:99999999999"] {
        let query = eve.presses_data(eve.id, hello.id, forged).await;
        eve.waits_for_callback_answer(&query).await;
    }
    let chat = eve.chat().await;
    assert!(chat.albums().is_empty());
    assert_eq!(bot.carousels().await.len(), 1, "nothing was made from it");
}

#[tokio::test]
async fn fourth_open_carousel_is_refused() {
    let faults = ScriptedFailpoints::new([("render_carousel.before", FailpointScript::Hold)]);
    let bot = BotTest::with_faults(&faults).await;
    let ann = bot.user("Ann", "en").await;
    for n in 1..=3 {
        ann.asks(&format!("Why tests matter {n}"), &format!("matter {n}")).await;
    }
    let opened = async || {
        let filter = CarouselFilter { open_only: true, ..CarouselFilter::default() };
        let open = carousels::list(&bot.app.db.read(), &filter).await.unwrap();
        (open.rows.len() == 3).then_some(())
    };
    eventually("three carousels are open", opened).await;
    ann.asks("And one more", "/cancel").await;
    let counted = "vibecoder_refusals_total{reason=\"TooManyOpen\"} 1\n";
    assert!(metrics_page(&bot).await.contains(counted));
    faults.release();
    ann.waits_for(|chat| (chat.albums().len() == 3).then_some(())).await;
}

#[tokio::test]
async fn stop_button_cancels_and_undoes_the_carousel() {
    let faults = ScriptedFailpoints::new([("render_carousel.before", FailpointScript::Hold)]);
    let bot = BotTest::with_faults(&faults).await;
    let ann = bot.user("Ann", "en").await;
    ann.sends_text("Why tests matter").await;
    faults.reached("render_carousel.before").await;
    let status = ann.waits_for_text("Why tests matter").await;
    ann.presses_for(&status, "Stop", "Stopped").await;
    let chat = ann.chat().await;
    assert!(chat.albums().is_empty());
    faults.release();
}

#[tokio::test]
async fn long_queue_is_mentioned_in_the_reply() {
    let mut bot = BotTest::start().await;
    bot.app.stop_workers().await;
    // No ai worker runs, so the requests stay in its queue.
    bot.app.restart_pools("workflow,persistence,delivery").await;
    for n in 1..=6 {
        let person = bot.user(&format!("Person {n}"), "en").await;
        person.asks("Why tests matter", "Got it").await;
    }
    let waiting = async || {
        let late = bot.user("Late", "en").await;
        let accepted = late.asks("Why tests matter", "Got it").await;
        accepted.text().contains("ahead of you").then_some(())
    };
    eventually("the queue length is shown", waiting).await;
}
