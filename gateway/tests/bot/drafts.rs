//! Tests of drafts in review.

use std::time::Duration;

use domain::{CarouselId, Outcome, RequestSource, UserId};
use gateway::{
    carousel_client::{CarouselOptions, ProviderChoice},
    carousel_request::CarouselRequest,
};
use testkit::bot_api::{Actor, FakeMessage};
use workflows::destination::DestinationRecord;

use crate::{BotTest, answers};

pub(crate) async fn user_with_review(bot: &BotTest) -> Actor {
    let ann = bot.user("Ann", "en").await;
    let settings = ann.asks("/settings", "Settings").await;
    ann.presses_for(&settings, "Draft", "Draft before drawing: yes").await;
    ann
}

pub(crate) async fn hears_after(person: &Actor, after: i64, words: &str) -> FakeMessage {
    person.waits_for_message(|m| m.id > after && m.text().contains(words)).await
}

#[tokio::test]
async fn draft_is_edited_until_accepted_then_rendered() {
    let bot = BotTest::start().await;
    let ann = user_with_review(&bot).await;
    let said = ann.sends_text("Why tests matter").await;
    let outline = hears_after(&ann, said, "Draft").await;
    assert!(outline.text().contains("7. "), "{}", outline.text());
    assert!(ann.chat().await.albums().is_empty(), "nothing is drawn yet");

    ann.presses(&outline, "Rewrite").await;
    let rewritten = hears_after(&ann, outline.id, "Draft").await;
    assert_ne!(rewritten.text(), outline.text());

    ann.presses(&rewritten, "Edit a slide").await;
    let menu = hears_after(&ann, rewritten.id, "Which slide").await;
    let second = menu.buttons()[1][0].text.clone();
    ann.presses_for(&menu, &second, "Slide 2 of 7").await;
    let said = ann.sends_text("A heading of my own").await;
    let mine = hears_after(&ann, said, "A heading of my own").await;
    assert!(ann.chat().await.albums().is_empty(), "and nothing is a topic");

    // Pressed under the older outline and under the newer one, the draft is rendered once.
    ann.presses(&rewritten, "Draw it").await;
    ann.presses(&mine, "Draw it").await;
    ann.waits_for_album(7).await;
    ann.waits_for_text("Done").await;
    let reader = bot.app.db.read();
    let filter = storage::carousels::CarouselFilter::default();
    let over = testkit::eventually("the carousel is complete", async || {
        let all = storage::carousels::list(&reader, &filter).await.unwrap();
        all.rows.into_iter().find(|carousel| !carousel.state.is_open())
    });
    let carousel = over.await;
    assert_eq!(ann.chat().await.albums().len(), 1);
    let drawn = answers(&ann).await;
    let drawing = drawn.iter().filter(|m| m.text().starts_with("Drawing"));
    assert_eq!(drawing.count(), 1, "it is said once");
    assert_eq!(carousel.revision, Some(3));
    let saved = storage::carousels::find_draft(&reader, &carousel.id, 3).await;
    let saved = saved.unwrap().unwrap();
    assert_eq!(saved.draft.slides[1].title, "A heading of my own");
}

#[tokio::test]
async fn unanswered_draft_is_closed_and_drafts_can_stop() {
    let bot = BotTest::start().await;
    let ann = user_with_review(&bot).await;
    let said = ann.sends_text("Why tests matter").await;
    let outline = hears_after(&ann, said, "Draft").await;
    ann.presses_for(&outline, "Stop", "Stopped").await;

    let id = CarouselId::new(RequestSource::Telegram, &format!("4242-{}-999", ann.id)).unwrap();
    let user = UserId::parse(&format!("tg-{}", ann.id)).unwrap();
    let brief = bot.app.validate(CarouselRequest::about("Why tests matter")).await;
    let terms = CarouselOptions {
        review: Some(Duration::from_secs(6)),
        ..CarouselOptions::from(ProviderChoice::Configured)
    };
    let to = DestinationRecord::telegram(domain::ChatId::new(ann.id), None, domain::Language::En);
    let started = bot.app.carousels.start_with(terms, &id, &user, &brief, to);
    started.await.unwrap();
    ann.waits_for_text("close this draft in an hour").await;
    ann.waits_for_text("I closed the draft").await;
    let result = bot.app.wait_for_result(&id).await;
    assert_eq!(result.outcome, Some(Outcome::Failed));
    let reader = bot.app.db.read();
    let saved = storage::carousels::find_draft(&reader, &id, 1).await.unwrap();
    assert_eq!(saved, None, "it was undone");
}
