//! The bus with a real Redis. Skipped, with a line on stderr, where `redis-server` is not installed.

mod consumers;
mod facts;
mod foreign_consumer;
#[path = "../../../testkit/src/pypi_server.rs"]
#[expect(dead_code, reason = "this test starts no server")]
mod pypi_server;
#[path = "../../../testkit/src/redis_server.rs"]
#[expect(unreachable_pub, dead_code, reason = "testkit exports it")]
mod redis_server;
mod requests;

use bus::{FACTS, FactsPublisher, RedisBus};
use chrono::Utc;
use events::{Event, EventContext, EventId, EventSource, persistence::HistoryLogged};
use redis::{AsyncCommands as _, streams::StreamRangeReply};
use redis_server::RedisServer;
use storage::{
    Database,
    outbox::{self, OutboxRelay, RelayOptions, RelayPass},
};
use tempfile::TempDir;

/// Redis, an outbox, and what is between them.
struct Setup {
    redis: RedisServer,
    db: Database,
    bus: RedisBus,
    publisher: FactsPublisher,
    relay: OutboxRelay,
    _folder: TempDir,
}

impl Setup {
    async fn start_or_skip() -> Option<Self> {
        let redis = RedisServer::start_or_skip()?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let db =
            Database::open(&url, &storage::DatabaseOptions::default()).await.expect("a database");
        let bus = RedisBus::new(&redis.url().parse().expect("a URL")).expect("a bus");
        Some(Self {
            publisher: FactsPublisher::new(bus.clone(), db.clone()),
            relay: relay(&db, "one"),
            redis,
            db,
            bus,
            _folder: folder,
        })
    }

    /// Writes one fact per number, about this carousel. Each is caused by the one before it.
    async fn write(&self, carousel: &str, numbers: std::ops::Range<u32>) {
        let events: Vec<Event> = numbers.map(|n| fact(carousel, n)).collect();
        outbox::append_alone(self.db.clone(), events).await.expect("stored");
    }

    /// One pass of the relay. Returns how many facts it published, or why it stopped.
    async fn relay(&self) -> Result<usize, String> {
        pass(&self.relay, &self.publisher).await
    }

    /// Like [`relay`](Self::relay), after Redis has come back: the connection may fail again.
    async fn relay_again(&self) -> Result<usize, String> {
        match self.relay().await {
            Err(_) => self.relay().await,
            relayed => relayed,
        }
    }

    /// The `id` of every entry on the stream of facts.
    async fn ids(&self) -> Vec<String> {
        ids(&self.bus_connection().await).await
    }

    async fn bus_connection(&self) -> redis::aio::MultiplexedConnection {
        let client = redis::Client::open(self.redis.url()).expect("an address");
        client.get_multiplexed_async_connection().await.expect("it is up")
    }
}

fn relay(db: &Database, holder: &str) -> OutboxRelay {
    OutboxRelay::new(db.clone(), holder, RelayOptions::default())
}

async fn pass(
    relay: &OutboxRelay,
    publisher: &impl storage::outbox::EventPublisher<Error = bus::BusError>,
) -> Result<usize, String> {
    match relay.pass(publisher, Utc::now()).await.expect("the database works") {
        RelayPass::Worked { published, stopped: None, .. } => Ok(published),
        RelayPass::Worked { stopped: Some(error), .. } => Err(error.to_string()),
        RelayPass::Standby(_) | RelayPass::LeaseLost { .. } => Ok(0),
    }
}

fn id(carousel: &str, n: u32) -> EventId {
    EventId::for_step(carousel, "test", n)
}

fn expected(carousel: &str, numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|n| id(carousel, n).as_str().to_owned()).collect()
}

fn fact(carousel: &str, n: u32) -> Event {
    let context = EventContext {
        correlation: carousel.to_owned(),
        environment: "test".to_owned(),
        ..EventContext::default()
    };
    let data = HistoryLogged { action: format!("number {n}") };
    let mut event =
        Event::new(id(carousel, n), EventSource::PERSISTENCE, Utc::now(), context, data);
    event.causation = n.checked_sub(1).map(|before| id(carousel, before));
    event
}

async fn ids(redis: &redis::aio::MultiplexedConnection) -> Vec<String> {
    let all: StreamRangeReply = redis.clone().xrange_all(FACTS).await.expect("it is up");
    all.ids.iter().map(|entry| entry.get("id").expect("every entry has one")).collect()
}
