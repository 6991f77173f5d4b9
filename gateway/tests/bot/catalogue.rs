//! Every type of the event catalogue is written by something that happens in a running system.

use std::collections::BTreeSet;

use events::CATALOGUE;
use storage::outbox::consumers::{self, ConsumerStart};
use testkit::{bot_api::BotApiFault, eventually};

use crate::{
    BotTest,
    alerts::{alert, notify, start_with_workers},
};

/// Types that other tests write: a request event needs a bus.
const ELSEWHERE: [&str; 1] = ["event.routed"];

/// Which types each scenario has added.
struct Written {
    bot: BotTest,
    seen: BTreeSet<String>,
}

impl Written {
    async fn of(bot: BotTest) -> Self {
        let register = |tx| async move {
            let (begin, now) = (ConsumerStart::Beginning, chrono::Utc::now());
            consumers::register(&tx, "catalogue", begin, now).await
        };
        bot.app.db.write(register).await.unwrap();
        Self { bot, seen: BTreeSet::new() }
    }

    /// Waits until `scenario` has written these types, which no earlier one wrote.
    async fn expect(&mut self, scenario: &str, types: &[&str]) {
        for kind in types {
            let fresh = !self.seen.contains(*kind);
            assert!(fresh, "{kind} was written before the scenario “{scenario}”");
        }
        let found = async || {
            let reader = self.bot.app.db.read();
            let polled = consumers::poll(&reader, "catalogue", 10_000).await.unwrap();
            let kinds: BTreeSet<String> = polled.events.into_iter().map(|one| one.kind).collect();
            types.iter().all(|kind| kinds.contains(*kind)).then_some(kinds)
        };
        self.seen = eventually(scenario, found).await;
    }
}

#[tokio::test]
async fn every_event_type_is_written() {
    let (bot, alerts) = start_with_workers().await;
    let ann = bot.user("Ann", "en").await;
    bot.telegram.fault(BotApiFault::accept_then_drop().on("sendMediaGroup")).await;
    let mut written = Written::of(bot).await;

    ann.asks("/start", "Hi!").await;
    let message =
        ["user.message.received", "user.created", "bot.response.sent", "command.executed"];
    written.expect("a new user writes", &message).await;

    let settings = ann.asks("/settings", "Settings").await;
    ann.presses_for(&settings, "Handle", "Send your handle").await;
    let dialogue = ["user.session.created", "session.saved", "user.interaction.tracked"];
    written.expect("a button asks for a text", &dialogue).await;

    ann.asks("@ann", "Saved").await;
    written.expect("a brand changes", &["user.updated"]).await;

    ann.asks("/wisdom", "—").await;
    written.expect("a daily tip is made", &["ai.content.requested", "ai.wisdom.generated"]).await;

    let doubt = ann.asks("Why tests matter", "did not confirm").await;
    let carousel = [
        "carousel.generate.requested",
        "workflow.started",
        "history.logged",
        "ai.analysis.completed",
        "carousel.content.analyzed",
        "workflow.step.completed",
        "carousel.slides.generated",
        "carousel.images.rendered",
        "carousel.saved",
        "carousel.completed",
        "workflow.completed",
    ];
    written.expect("a carousel is made, and its delivery is unknown", &carousel).await;

    ann.presses(&doubt, "Send again").await;
    written.expect("an unknown delivery is sent again", &["carousel.delivery.resolved"]).await;

    notify(&alerts, vec![alert("firing", "a")]).await;
    written.expect("an alert fires", &["alert.triggered"]).await;

    // Within a minute of the start.
    written.expect("processes report", &["metrics.collected"]).await;
    let missing = (CATALOGUE.iter().copied().flatten())
        .map(|kind| kind.name)
        .filter(|name| !written.seen.contains(*name));
    assert_eq!(missing.collect::<Vec<_>>(), ELSEWHERE);
}
