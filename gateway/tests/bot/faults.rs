//! Tests with Telegram's failures: the bot sends nothing twice and loses nothing.

use std::time::Duration;

use storage::{carousels, ledger};
use testkit::{
    FailpointScript, ScriptedFailpoints,
    bot_api::{BotApiFault, FakeMessage, MessageContent},
    eventually,
};

use crate::BotTest;

#[tokio::test]
async fn rate_limited_album_is_sent_once() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    bot.telegram.fault(BotApiFault::too_many(Duration::from_secs(1)).on("sendMediaGroup")).await;
    ann.orders("Why tests matter", 7).await;
    ann.waits_for_text("Done").await;
    assert_eq!(ann.chat().await.albums().len(), 1);
}

#[tokio::test]
async fn partial_album_is_completed() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    bot.telegram.fault(BotApiFault::partial_album(4).on("sendMediaGroup")).await;
    ann.asks("Why tests matter", "Done").await;
    let photos = ann.chat().await.bot_messages().filter(|m| m.is_photo()).count();
    assert_eq!(photos, 7);
}

#[tokio::test]
async fn pictures_rejected_by_telegram_are_sent_as_documents() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    let odd = || BotApiFault::bad_request("PHOTO_INVALID_DIMENSIONS");
    bot.telegram.fault(odd().on("sendMediaGroup")).await;
    let ready = ann.asks("Why tests matter", "Done").await;
    let chat = ann.chat().await;
    let documents: Vec<&FakeMessage> = chat.bot_messages().filter(is_document).collect();
    assert_eq!(documents.len(), 7);
    assert!(documents.iter().all(|message| message.album.is_some()));
    assert!(documents[6].text().contains('#'), "below the last: {documents:?}");

    // A slide that is shown alone has its buttons in this case, too.
    bot.telegram.fault(odd().on("editMessageMedia")).await;
    bot.telegram.fault(odd().on("sendPhoto")).await;
    let menu = ann.presses_for(&ready, "Edit a slide", "Which slide").await;
    let third = menu.buttons()[2][0].text.clone();
    ann.presses_for(&menu, &third, "Slide 3 of 7").await;
    let slide = ann.asks("Small steps\nOne test, one change.", "Slide 3 is updated").await;
    assert!(is_document(&&slide), "{slide:?}");
    // A file id of a document is not reused to send a photo.
    ann.presses(&slide, "Send the album").await;
    ann.waits_for_album(7).await;
}

fn is_document(message: &&FakeMessage) -> bool {
    matches!(message.content, MessageContent::Document { .. })
}

#[tokio::test]
async fn refused_caption_becomes_its_own_message() {
    for reason in ["message caption is too long", "MEDIA_CAPTION_TOO_LONG"] {
        let (bot, ann) = BotTest::with_user("Ann", "en").await;
        bot.telegram.fault(BotApiFault::bad_request(reason).on("sendMediaGroup")).await;
        ann.asks("Why tests matter", "Done").await;
        let chat = ann.chat().await;
        let albums = chat.albums();
        assert_eq!(albums.len(), 1);
        assert!(albums[0].iter().all(|photo| photo.text().is_empty()), "{albums:?}");
        let captions = chat.bot_messages().filter(|m| m.text().contains('#'));
        let captions: Vec<_> = captions.collect();
        let [caption] = captions.as_slice() else { panic!("{captions:?}") };
        assert!(caption.id > albums[0][0].id, "below the album");
    }
}

#[tokio::test]
async fn unknown_outcome_is_reported_and_resent_on_request() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    bot.telegram.fault(BotApiFault::accept_then_drop().on("sendMediaGroup")).await;
    let doubt = ann.asks("Why tests matter", "did not confirm").await;
    assert_eq!(ann.chat().await.albums().len(), 1, "it had arrived, which we can't know");
    let id = only_carousel(&bot).await;
    let row = carousels::find(&bot.app.db.read(), &id).await.unwrap().unwrap();
    let outcome = async || {
        let row = carousels::find(&bot.app.db.read(), &id).await.unwrap().unwrap();
        row.state.outcome().map(|outcome| outcome.name())
    };
    let ended = eventually("the end is recorded", &outcome).await;
    assert_eq!(ended, "unknown", "{row:?}");

    // Two taps count as one.
    let first = ann.presses(&doubt, "Send again").await;
    let second = ann.presses(&doubt, "Send again").await;
    ann.waits_for_callback_answer(&first).await;
    ann.waits_for_callback_answer(&second).await;
    ann.waits_for(|chat| (chat.albums().len() == 2).then_some(())).await;
    ann.waits_for_text("Done").await;
    assert_eq!(ann.chat().await.albums().len(), 2);
    assert_eq!(outcome().await, Some("delivered"), "and the doubt is settled");
    let entries = ledger::of_carousel(&bot.app.db.read(), &id).await.unwrap();
    let albums = entries.rows.iter().filter(|e| e.slot.part.to_string() == "album");
    assert_eq!(albums.count(), 2);
}

#[tokio::test]
async fn killed_delivery_worker_sends_no_second_album() {
    let faults = ScriptedFailpoints::new([("deliver_carousel.after", FailpointScript::Fail(1))]);
    let bot = BotTest::with_faults(&faults).await;
    let ann = bot.user("Ann", "en").await;
    ann.asks("Why tests matter", "did not confirm").await;
    assert_eq!(ann.chat().await.albums().len(), 1);
}

#[tokio::test]
async fn user_blocking_the_bot_affects_no_other() {
    let faults = ScriptedFailpoints::new([("render_carousel.before", FailpointScript::Hold)]);
    let bot = BotTest::with_faults(&faults).await;
    let (ann, bob) = (bot.user("Ann", "en").await, bot.user("Bob", "en").await);
    ann.sends_text("Why tests matter").await;
    faults.reached("render_carousel.before").await;
    ann.blocks().await;
    faults.release();
    let id = only_carousel(&bot).await;
    let closed = async || {
        let row = carousels::find(&bot.app.db.read(), &id).await.unwrap();
        match row.unwrap().state {
            carousels::CarouselState::Closed { outcome, reason, .. } => {
                Some((outcome.name(), reason))
            }
            carousels::CarouselState::Open => None,
        }
    };
    let (outcome, reason) = eventually("the end is recorded", closed).await;
    assert_eq!(outcome, "failed");
    assert!(reason.contains("blocked"), "{reason}");
    bob.asks("/start", "Hi").await;
}

#[tokio::test]
async fn broken_telegram_is_retried() {
    let (bot, ann) = BotTest::with_user("Ann", "en").await;
    bot.telegram.fault(BotApiFault::server_error(502).on("getUpdates")).await;
    bot.telegram.fault(BotApiFault::too_many(Duration::from_secs(1)).on("sendMessage")).await;
    ann.asks("/start", "Hi").await;
}

async fn only_carousel(bot: &BotTest) -> domain::CarouselId {
    let first = async || bot.carousels().await.into_iter().next();
    eventually("a carousel exists", first).await.id
}
