//! Runs the outbox relay and the in-process consumer of the outbox, in a process with the
//! persistence pool.
//!
//! A lease makes sure that only one relay publishes over all processes. The standbys check the
//! lease periodically.

use std::time::Duration;

use chrono::Utc;
use prometheus::{IntCounterVec, IntGauge, Opts, Registry};
use runtime::shutdown::Shutdown;
use storage::{
    Database,
    outbox::{
        self, InProcess, Pass, Relay, RelayOptions,
        consumers::{self, Start},
    },
};

/// Pause after a pass that found no events.
const IDLE: Duration = Duration::from_millis(500);

/// Pause after a failed pass, and between a standby's checks of the lease.
const LATER: Duration = Duration::from_secs(5);

/// Events that a consumer reads per batch.
const BATCH: u32 = 500;

/// The backlog gauge counts at most this many events.
const COUNTED: u32 = 10_000;

/// Name of the consumer that counts published events.
const COUNTER: &str = "counter";

#[derive(Clone)]
pub(crate) struct Meters {
    published: IntCounterVec,
    backlog: IntGauge,
}

impl Meters {
    pub(crate) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let published = Opts::new("events_total", "Events that were published, by type.");
        let meters = Self {
            published: IntCounterVec::new(published, &["type"])?,
            backlog: IntGauge::new(
                "outbox_backlog",
                "Unpublished events in the outbox, counted up to 10,000.",
            )?,
        };
        registry.register(Box::new(meters.published.clone()))?;
        registry.register(Box::new(meters.backlog.clone()))?;
        Ok(meters)
    }
}

/// Publishes and counts until `shutdown` begins.
pub(crate) async fn run(db: Database, meters: Meters, shutdown: Shutdown) {
    let holder = format!("{}-{}", std::process::id(), Utc::now().timestamp_micros());
    let relay = Relay::new(db.clone(), holder, RelayOptions::default());
    loop {
        let pause = match turn(&db, &relay, &meters).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::warn!("relay pass failed, events stay in the outbox: {error}");
                LATER
            }
        };
        tokio::select! {
            () = shutdown.begun() => break,
            () = tokio::time::sleep(pause) => {}
        }
    }
    if let Err(error) = relay.step_down(Utc::now()).await {
        tracing::debug!(%error, "could not release the relay's lease, it will expire");
    }
}

/// Runs one pass. Returns the pause before the next one.
async fn turn(db: &Database, relay: &Relay, meters: &Meters) -> Result<Duration, storage::Error> {
    let pause = match relay.pass(&InProcess, Utc::now()).await? {
        Pass::Standby(_) => LATER,
        Pass::Overtaken { .. } => LATER,
        Pass::Worked {
            more, unreadable, ..
        } => {
            for error in unreadable {
                tracing::error!("event not published: {error}");
            }
            if more { Duration::ZERO } else { IDLE }
        }
    };
    count(db, meters).await?;
    let waiting = outbox::backlog(&db.read(), COUNTED).await?;
    meters
        .backlog
        .set(i64::try_from(waiting).unwrap_or(i64::MAX));
    Ok(pause)
}

/// Counts each published event exactly once over all processes: only the process that advances the
/// consumer's position counts.
async fn count(db: &Database, meters: &Meters) -> Result<(), storage::Error> {
    if consumers::find(&db.read(), COUNTER).await?.is_none() {
        let introduce =
            |tx| async move { consumers::register(&tx, COUNTER, Start::Now, Utc::now()).await };
        db.write(introduce).await?;
    }
    loop {
        let polled = consumers::poll(&db.read(), COUNTER, BATCH).await?;
        if polled.to == polled.from {
            return Ok(());
        }
        let (from, to) = (polled.from, polled.to);
        let advance =
            |tx| async move { consumers::advance(&tx, COUNTER, from, to, Utc::now()).await };
        if !db.write(advance).await? {
            return Ok(());
        }
        for event in &polled.events {
            meters.published.with_label_values(&[&event.kind]).inc();
        }
    }
}
