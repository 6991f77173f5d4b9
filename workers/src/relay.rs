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
        self, InProcessPublisher, OutboxRelay, RelayOptions, RelayPass,
        consumers::{self, ConsumerStart},
    },
};

/// Pause after a pass that found no events.
const IDLE_PAUSE: Duration = Duration::from_millis(500);

/// Pause after a failed pass, and between a standby's checks of the lease.
const RETRY_PAUSE: Duration = Duration::from_secs(5);

/// Events that a consumer reads per batch.
const BATCH: u32 = 500;

/// The backlog gauge counts at most this many events.
const BACKLOG_COUNT_MAX: u32 = 10_000;

/// Name of the consumer that counts published events.
const COUNTER_CONSUMER: &str = "counter";

#[derive(Clone)]
pub(crate) struct RelayMetrics {
    published: IntCounterVec,
    backlog: IntGauge,
}

impl RelayMetrics {
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
pub(crate) async fn run(db: Database, meters: RelayMetrics, shutdown: Shutdown) {
    let holder = format!("{}-{}", std::process::id(), Utc::now().timestamp_micros());
    let relay = OutboxRelay::new(db.clone(), holder, RelayOptions::default());
    loop {
        let pause = match run_pass(&db, &relay, &meters).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::warn!("relay pass failed, events stay in the outbox: {error}");
                RETRY_PAUSE
            }
        };
        tokio::select! {
            () = shutdown.begun() => break,
            () = tokio::time::sleep(pause) => {}
        }
    }
    if let Err(error) = relay.release_lease(Utc::now()).await {
        tracing::debug!(%error, "could not release the relay's lease, it will expire");
    }
}

/// Runs one pass. Returns the pause before the next one.
async fn run_pass(
    db: &Database,
    relay: &OutboxRelay,
    meters: &RelayMetrics,
) -> Result<Duration, storage::StorageError> {
    let pause = match relay.pass(&InProcessPublisher, Utc::now()).await? {
        RelayPass::Standby(_) => RETRY_PAUSE,
        RelayPass::LeaseLost { .. } => RETRY_PAUSE,
        RelayPass::Worked { more, unreadable, .. } => {
            for error in unreadable {
                tracing::error!("event not published: {error}");
            }
            if more { Duration::ZERO } else { IDLE_PAUSE }
        }
    };
    count(db, meters).await?;
    let waiting = outbox::backlog(&db.read(), BACKLOG_COUNT_MAX).await?;
    meters.backlog.set(i64::try_from(waiting).unwrap_or(i64::MAX));
    Ok(pause)
}

/// Counts each published event exactly once over all processes: only the process that advances the
/// consumer's position counts.
async fn count(db: &Database, meters: &RelayMetrics) -> Result<(), storage::StorageError> {
    if consumers::find(&db.read(), COUNTER_CONSUMER).await?.is_none() {
        let introduce = |tx| async move {
            consumers::register(&tx, COUNTER_CONSUMER, ConsumerStart::Now, Utc::now()).await
        };
        db.write(introduce).await?;
    }
    loop {
        let polled = consumers::poll(&db.read(), COUNTER_CONSUMER, BATCH).await?;
        if polled.to == polled.from {
            return Ok(());
        }
        let (from, to) = (polled.from, polled.to);
        let advance = |tx| async move {
            consumers::advance(&tx, COUNTER_CONSUMER, from, to, Utc::now()).await
        };
        if !db.write(advance).await? {
            return Ok(());
        }
        for event in &polled.events {
            meters.published.with_label_values(&[&event.kind]).inc();
        }
    }
}
