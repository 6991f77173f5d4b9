//! The carousel workflow on a real Temporal dev server, with the production workers.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod branded;
mod cancelling;
mod encrypting;
mod failing;
mod foreign_worker;
mod reconciling;
mod repeating;
mod replaying;
mod retention;
mod scheduled;
mod succeeding;
mod versioned;

use domain::CarouselId;
use storage::{carousels, outbox};
use testkit::TestApp;

/// The activities of a successful carousel, in order.
const FORWARD: [&str; 7] = [
    "open_carousel",
    "analyze_topic",
    "write_slides",
    "save_draft",
    "render_carousel",
    "deliver_carousel",
    "complete_carousel",
];

/// A carousel's database row.
async fn stored(app: &TestApp, id: &CarouselId) -> carousels::Carousel {
    let found = carousels::find(&app.db.read(), id).await.unwrap();
    found.expect("it was opened")
}

/// The types of a carousel's events, in order. Each event's cause must be the event before it.
async fn chain(app: &TestApp, id: &CarouselId) -> Vec<String> {
    let stored = outbox::of_carousel(&app.db.read(), id).await.unwrap();
    let mut cause = None;
    for event in &stored {
        let event = event.event().unwrap();
        assert_eq!(event.causation, cause, "{}", event.kind());
        cause = Some(event.id);
    }
    stored.into_iter().map(|event| event.kind).collect()
}
