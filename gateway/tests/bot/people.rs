//! Tests of permissions: a user can't act on another user's carousel.

use storage::carousels::{self, Filter};
use testkit::{House, Script, ScriptedFaults, eventually};

use crate::Bot;

#[tokio::test]
async fn uninvited_user_gets_only_their_account_number() {
    let bot = Bot::with(House::build().env("BOT_ALLOWED", "1")).await;
    let eve = bot.person("Eve", "en").await;
    eve.says("Why tests matter").await;
    eve.hears_text(&eve.id.to_string()).await;
    eve.says("/myid").await;
    eve.hears_text("Your number").await;
    assert!(bot.telegram.calls_of("sendMediaGroup").await.is_empty());
}

#[tokio::test]
async fn other_users_button_does_nothing() {
    let bot = Bot::start().await;
    let (ann, eve) = (bot.person("Ann", "en").await, bot.person("Eve", "en").await);
    ann.says("Why tests matter").await;
    ann.hears_album(7).await;
    let after = ann.hears_text("Done").await;
    eve.says("/start").await;
    let hello = eve.hears_text("Hi").await;
    for label in ["Files", "Caption", "Again"] {
        let data = after.button(label).unwrap();
        let data = data.data().unwrap().to_owned();
        let query = eve.presses_data(eve.id, hello.id, &data).await;
        eve.is_answered(&query).await;
    }
    for forged in [
        "x:nonsense",
        "s9:tg-1-1-1",
        "v:theme:nonsense",
        "",
        "h:99999999999",
    ] {
        let query = eve.presses_data(eve.id, hello.id, forged).await;
        eve.is_answered(&query).await;
    }
    let chat = eve.chat().await;
    assert!(chat.albums().is_empty());
    let all = carousels::list(&bot.house.db.read(), &Filter::default())
        .await
        .unwrap();
    assert_eq!(all.rows.len(), 1, "nothing was made from it");
}

#[tokio::test]
async fn fourth_open_carousel_is_refused() {
    let faults = ScriptedFaults::new([("render_carousel.before", Script::Hold)]);
    let bot = Bot::with_faults(&faults).await;
    let ann = bot.person("Ann", "en").await;
    for n in 1..=3 {
        ann.says(&format!("Why tests matter {n}")).await;
        ann.hears_text(&format!("matter {n}")).await;
    }
    let opened = async || {
        let filter = Filter {
            open_only: true,
            ..Filter::default()
        };
        let open = carousels::list(&bot.house.db.read(), &filter)
            .await
            .unwrap();
        (open.rows.len() == 3).then_some(())
    };
    eventually("three carousels are open", opened).await;
    ann.says("And one more").await;
    ann.hears_text("/cancel").await;
    faults.release();
    ann.hears(|chat| (chat.albums().len() == 3).then_some(()))
        .await;
}

#[tokio::test]
async fn stop_button_cancels_and_undoes_the_carousel() {
    let faults = ScriptedFaults::new([("render_carousel.before", Script::Hold)]);
    let bot = Bot::with_faults(&faults).await;
    let ann = bot.person("Ann", "en").await;
    ann.says("Why tests matter").await;
    faults.reached("render_carousel.before").await;
    let status = ann.hears_text("Why tests matter").await;
    ann.presses(&status, "Stop").await;
    ann.hears_text("Stopped").await;
    let chat = ann.chat().await;
    assert!(chat.albums().is_empty());
    faults.release();
}

#[tokio::test]
async fn long_queue_is_mentioned_in_the_reply() {
    let mut bot = Bot::start().await;
    bot.house.dismiss().await;
    // No ai worker runs, so the requests stay in its queue.
    bot.house.recall_only("workflow,persistence,delivery").await;
    for n in 1..=6 {
        let person = bot.person(&format!("Person {n}"), "en").await;
        person.says("Why tests matter").await;
        person.hears_text("Got it").await;
    }
    let waiting = async || {
        let late = bot.person("Late", "en").await;
        late.says("Why tests matter").await;
        let accepted = late.hears_text("Got it").await;
        accepted.text().contains("ahead of you").then_some(())
    };
    eventually("the queue length is shown", waiting).await;
}
