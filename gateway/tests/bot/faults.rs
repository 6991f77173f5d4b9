//! Tests with Telegram's failures: the bot sends nothing twice and loses nothing.

use std::time::Duration;

use storage::{
    carousels::{self, Filter},
    ledger,
};
use testkit::{
    Script, ScriptedFaults,
    bot_api::{Content, Fault, Message},
    eventually,
};

use crate::Bot;

#[tokio::test]
async fn rate_limited_album_is_sent_once() {
    let bot = Bot::start().await;
    let ann = bot.person("Ann", "en").await;
    bot.telegram
        .fault(Fault::too_many(Duration::from_secs(1)).on("sendMediaGroup"))
        .await;
    ann.says("Why tests matter").await;
    ann.hears_album(7).await;
    ann.hears_text("Done").await;
    assert_eq!(ann.chat().await.albums().len(), 1);
}

#[tokio::test]
async fn partial_album_is_completed() {
    let bot = Bot::start().await;
    let ann = bot.person("Ann", "en").await;
    bot.telegram
        .fault(Fault::partial_album(4).on("sendMediaGroup"))
        .await;
    ann.says("Why tests matter").await;
    ann.hears_text("Done").await;
    let photos = ann.chat().await.answers().filter(|m| m.is_photo()).count();
    assert_eq!(photos, 7);
}

#[tokio::test]
async fn pictures_rejected_by_telegram_are_sent_as_documents() {
    let bot = Bot::start().await;
    let ann = bot.person("Ann", "en").await;
    let odd = || Fault::bad_request("PHOTO_INVALID_DIMENSIONS");
    bot.telegram.fault(odd().on("sendMediaGroup")).await;
    ann.says("Why tests matter").await;
    let ready = ann.hears_text("Done").await;
    let chat = ann.chat().await;
    let documents: Vec<&Message> = chat.answers().filter(is_document).collect();
    assert_eq!(documents.len(), 7);
    assert!(documents.iter().all(|message| message.album.is_some()));
    assert!(
        documents[6].text().contains('#'),
        "below the last: {documents:?}"
    );

    // A slide that is shown alone has its buttons in this case, too.
    bot.telegram.fault(odd().on("sendPhoto")).await;
    ann.presses(&ready, "Edit a slide").await;
    let menu = ann.hears_text("Which slide").await;
    let third = menu.buttons()[2][0].text.clone();
    ann.presses(&menu, &third).await;
    ann.hears_text("Slide 3 of 7").await;
    ann.says("Small steps\nOne test, one change.").await;
    let slide = ann.hears_text("Slide 3 is new").await;
    assert!(is_document(&&slide), "{slide:?}");
    // A file id of a document is not reused to send a photo.
    ann.presses(&slide, "Send the album").await;
    ann.hears_album(7).await;
}

fn is_document(message: &&Message) -> bool {
    matches!(message.content, Content::Document { .. })
}

#[tokio::test]
async fn unknown_outcome_is_reported_and_resent_on_request() {
    let bot = Bot::start().await;
    let ann = bot.person("Ann", "en").await;
    bot.telegram
        .fault(Fault::accept_then_drop().on("sendMediaGroup"))
        .await;
    ann.says("Why tests matter").await;
    let doubt = ann.hears_text("did not confirm").await;
    assert_eq!(
        ann.chat().await.albums().len(),
        1,
        "it had arrived, which we can't know"
    );
    let id = only_carousel(&bot).await;
    let row = carousels::find(&bot.house.db.read(), &id)
        .await
        .unwrap()
        .unwrap();
    let outcome = async || {
        let row = carousels::find(&bot.house.db.read(), &id)
            .await
            .unwrap()
            .unwrap();
        row.state.outcome().map(|outcome| outcome.name())
    };
    let ended = eventually("the end is recorded", &outcome).await;
    assert_eq!(ended, "unknown", "{row:?}");

    // Two taps count as one.
    let first = ann.presses(&doubt, "Send again").await;
    let second = ann.presses(&doubt, "Send again").await;
    ann.is_answered(&first).await;
    ann.is_answered(&second).await;
    ann.hears(|chat| (chat.albums().len() == 2).then_some(()))
        .await;
    ann.hears_text("Done").await;
    assert_eq!(ann.chat().await.albums().len(), 2);
    assert_eq!(
        outcome().await,
        Some("delivered"),
        "and the doubt is settled"
    );
    let entries = ledger::of_carousel(&bot.house.db.read(), &id)
        .await
        .unwrap();
    let albums = entries
        .rows
        .iter()
        .filter(|e| e.slot.part.to_string() == "album");
    assert_eq!(albums.count(), 2);
}

#[tokio::test]
async fn killed_delivery_worker_sends_no_second_album() {
    let faults = ScriptedFaults::new([("deliver_carousel.after", Script::Fail(1))]);
    let bot = Bot::with_faults(&faults).await;
    let ann = bot.person("Ann", "en").await;
    ann.says("Why tests matter").await;
    ann.hears_text("did not confirm").await;
    assert_eq!(ann.chat().await.albums().len(), 1);
}

#[tokio::test]
async fn user_blocking_the_bot_affects_no_other() {
    let faults = ScriptedFaults::new([("render_carousel.before", Script::Hold)]);
    let bot = Bot::with_faults(&faults).await;
    let (ann, bob) = (bot.person("Ann", "en").await, bot.person("Bob", "en").await);
    ann.says("Why tests matter").await;
    faults.reached("render_carousel.before").await;
    ann.blocks().await;
    faults.release();
    let id = only_carousel(&bot).await;
    let closed = async || {
        let row = carousels::find(&bot.house.db.read(), &id).await.unwrap();
        match row.unwrap().state {
            carousels::State::Closed {
                outcome, reason, ..
            } => Some((outcome.name(), reason)),
            carousels::State::Open => None,
        }
    };
    let (outcome, reason) = eventually("the end is recorded", closed).await;
    assert_eq!(outcome, "failed");
    assert!(reason.contains("blocked"), "{reason}");
    bob.says("/start").await;
    bob.hears_text("Hi").await;
}

#[tokio::test]
async fn broken_telegram_is_retried() {
    let bot = Bot::start().await;
    let ann = bot.person("Ann", "en").await;
    bot.telegram
        .fault(Fault::server_error(502).on("getUpdates"))
        .await;
    bot.telegram
        .fault(Fault::too_many(Duration::from_secs(1)).on("sendMessage"))
        .await;
    ann.says("/start").await;
    ann.hears_text("Hi").await;
}

async fn only_carousel(bot: &Bot) -> domain::CarouselId {
    let first = async || {
        let all = carousels::list(&bot.house.db.read(), &Filter::default()).await;
        all.unwrap().rows.into_iter().next()
    };
    eventually("a carousel exists", first).await.id
}
