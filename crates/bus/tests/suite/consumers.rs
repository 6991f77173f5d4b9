//! Two relays and three consumers of a group, which die at any step.
//!
//! Redis gives neighbouring entries to different consumers of a group. So a consumer handles an event after its cause, as
//! `docs/api/events.md` recommends, and leaves it for later otherwise.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use bus::{BusError, FACTS, FactsPublisher};
use proptest::test_runner::{RngAlgorithm, TestRng};
use redis::{
    AsyncCommands as _,
    aio::MultiplexedConnection,
    streams::{
        StreamAutoClaimOptions, StreamAutoClaimReply, StreamId, StreamReadOptions, StreamReadReply,
    },
};
use storage::outbox::{EventPublisher, PublishProgress, StoredEvent, backlog};

use crate::{Setup, expected, pass, relay};

const GROUP: &str = "shop";
const CAROUSELS: [&str; 3] = ["carousel-cli-a", "carousel-cli-b", "carousel-cli-c"];
const FACTS_PER_CAROUSEL: u32 = 40;

/// The consumers' store.
#[derive(Default)]
struct Handled {
    /// The ids that were handled first, by carousel, in order.
    first: BTreeMap<String, Vec<String>>,
    ids: BTreeSet<String>,
    repeated: usize,
    too_early: usize,
}

impl Handled {
    /// Handles an event; `false` if its cause is not handled yet.
    fn handle(&mut self, event: &events::Event) -> bool {
        if let Some(cause) = &event.causation
            && !self.ids.contains(cause.as_str())
        {
            self.too_early += 1;
            return false;
        }
        if self.ids.insert(event.id.as_str().to_owned()) {
            let carousel = self.first.entry(event.context.correlation.clone()).or_default();
            carousel.push(event.id.as_str().to_owned());
        } else {
            self.repeated += 1;
        }
        true
    }
}

/// A relay that dies after it has published, before the outbox is marked.
struct Dying<'p>(&'p FactsPublisher);

impl EventPublisher for Dying<'_> {
    type Error = BusError;

    async fn publish(&self, events: &[StoredEvent]) -> PublishProgress<BusError> {
        let _ = self.0.publish(events).await;
        PublishProgress { published: 0, stopped: None }
    }
}

/// Numbers from a fixed seed, so that a failure repeats.
struct Dice(TestRng);

impl Dice {
    fn one_in(&mut self, n: u32) -> bool {
        use proptest::prelude::Rng as _;
        self.0.next_u32().is_multiple_of(n)
    }
}

/// One life of a consumer: it takes some entries, and may die before it handles one, after that, or instead of
/// acknowledging.
async fn live(
    redis: &mut MultiplexedConnection,
    name: &str,
    handled: &Mutex<Handled>,
    dice: &mut Dice,
) {
    let claim = StreamAutoClaimOptions::default().count(5);
    let claimed: StreamAutoClaimReply =
        redis.xautoclaim_options(FACTS, GROUP, name, 0, "0-0", claim).await.expect("it is up");
    let options = StreamReadOptions::default().group(GROUP, name).count(5);
    let new: Option<StreamReadReply> =
        redis.xread_options(&[FACTS], &[">"], &options).await.expect("it is up");
    let new = new.unwrap_or_default().keys.into_iter().flat_map(|stream| stream.ids);
    for entry in claimed.claimed.into_iter().chain(new) {
        if dice.one_in(8) {
            return;
        }
        let is_handled = handled.lock().expect("nobody panics").handle(&event(&entry));
        if dice.one_in(8) {
            return;
        }
        if is_handled {
            let _: u64 = redis.xack(FACTS, GROUP, &[&entry.id]).await.expect("it is up");
        }
    }
}

fn event(entry: &StreamId) -> events::Event {
    let json: String = entry.get("event").expect("every entry has one");
    serde_json::from_str(&json).expect("CloudEvents JSON")
}

#[tokio::test]
async fn every_fact_is_handled_in_order_though_relays_and_consumers_die() {
    let Some(setup) = Setup::start_or_skip().await else { return };
    setup.redis.cli(&["xgroup", "create", FACTS, GROUP, "0", "mkstream"]);
    let mut dice = Dice(TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
    let handled = Mutex::new(Handled::default());
    let mut redis = setup.bus_connection().await;
    for round in 0..FACTS_PER_CAROUSEL {
        for carousel in CAROUSELS {
            setup.write(carousel, round..round + 1).await;
        }
        for holder in ["one", "two"] {
            let relay = relay(&setup.db, holder);
            // Each life of a relay has a connection of its own.
            let publisher = FactsPublisher::new(setup.bus.clone(), setup.db.clone());
            if dice.one_in(3) {
                pass(&relay, &Dying(&publisher)).await.expect("Redis is up");
            } else {
                pass(&relay, &publisher).await.expect("Redis is up");
            }
            relay.release_lease(chrono::Utc::now()).await.expect("the database works");
        }
        for name in ["a", "b", "c"] {
            live(&mut redis, name, &handled, &mut dice).await;
        }
    }
    while backlog(&setup.db.read(), 1).await.unwrap() > 0 {
        setup.relay().await.expect("Redis is up");
    }
    let all = CAROUSELS.len() * FACTS_PER_CAROUSEL as usize;
    for _ in 0..10_000 {
        if handled.lock().expect("nobody panics").ids.len() == all {
            break;
        }
        live(&mut redis, "c", &handled, &mut dice).await;
    }
    let handled = handled.into_inner().expect("nobody panics");
    for carousel in CAROUSELS {
        assert_eq!(handled.first[carousel], expected(carousel, 0..FACTS_PER_CAROUSEL));
    }
    assert!(handled.repeated > 0, "relays died, so some facts came twice");
    assert!(handled.too_early > 0, "entries of one carousel went to several consumers");
}
