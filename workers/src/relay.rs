//! Runs the outbox relay and the in-process consumer of the outbox, in a process with the
//! persistence pool. With REDIS_URL the relay adds the events to the stream in Redis, too.
//!
//! A lease makes sure that only one relay publishes over all processes. The standbys check the
//! lease periodically.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bus::{BusError, FactsPublisher, RedisBus, TrimRule};
use chrono::Utc;
use metrics::Metrics;
use runtime::{metrics::ProcessMetrics, shutdown::Shutdown};
use storage::{
    Database,
    outbox::{
        self, EventPublisher, OutboxRelay, PublishProgress, RelayOptions, RelayPass, StoredEvent,
        consumers::{self, ConsumerStart},
    },
};

/// Pause after a pass that found no events.
const IDLE_PAUSE: Duration = Duration::from_millis(500);

/// Pause after a failed pass, and between a standby's checks of the lease.
const RETRY_PAUSE: Duration = Duration::from_secs(5);

/// Pause between trims of the stream in Redis.
const TRIM_PAUSE: Duration = Duration::from_secs(60);

/// Events that a consumer reads per batch.
const BATCH: u32 = 500;

/// The backlog gauge counts at most this many events.
const BACKLOG_COUNT_MAX: u32 = 10_000;

/// Name of the consumer that counts published events.
const COUNTER_CONSUMER: &str = "counter";

/// Samples the outbox for each metrics page.
pub(crate) fn sample(db: Database, metrics: &ProcessMetrics) {
    let ours = metrics.ours().clone();
    metrics.sample(move || {
        let (db, ours) = (db.clone(), ours.clone());
        async move {
            if let Err(error) = sample_outbox(&db, &ours).await {
                tracing::debug!(%error, "the outbox was not measured");
            }
        }
    });
}

async fn sample_outbox(db: &Database, metrics: &Metrics) -> Result<(), storage::StorageError> {
    let waiting = outbox::backlog(&db.read(), BACKLOG_COUNT_MAX).await?;
    let oldest = outbox::oldest_unpublished(&db.read()).await?;
    let age = oldest.and_then(|at| (Utc::now() - at).to_std().ok()).unwrap_or_default();
    metrics.outbox_events.set(metrics::count(waiting), []);
    metrics.outbox_oldest_seconds.set(age.as_secs_f64(), []);
    Ok(())
}

/// Where the relay publishes: to the consumers in the database, which read marked batches, and to the stream in Redis,
/// if there is one.
struct RelayTarget {
    stream: Option<FactsPublisher>,
}

impl EventPublisher for RelayTarget {
    type Error = BusError;

    async fn publish(&self, events: &[StoredEvent]) -> PublishProgress<BusError> {
        match &self.stream {
            None => PublishProgress::all(events.len()),
            Some(stream) => stream.publish(events).await,
        }
    }
}

/// The relay of a process, and what it measures.
struct RelayProcess {
    db: Database,
    relay: OutboxRelay,
    target: RelayTarget,
    metrics: Arc<Metrics>,
    /// Whether the counter has registered in this process, which it does before it counts.
    is_counting: bool,
    /// When the stream is trimmed next.
    trims_at: Instant,
}

/// Publishes and counts until `shutdown` begins; with `bus` to Redis, too.
pub(crate) async fn run(
    db: Database,
    bus: Option<RedisBus>,
    metrics: Arc<Metrics>,
    shutdown: Shutdown,
) {
    let holder = format!("{}-{}", std::process::id(), Utc::now().timestamp_micros());
    let mut process = RelayProcess {
        relay: OutboxRelay::new(db.clone(), holder, RelayOptions::default()),
        target: RelayTarget { stream: bus.map(|bus| FactsPublisher::new(bus, db.clone())) },
        db,
        metrics,
        is_counting: false,
        trims_at: Instant::now() + TRIM_PAUSE,
    };
    loop {
        let pause = match process.pass().await {
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
    if let Err(error) = process.relay.release_lease(Utc::now()).await {
        tracing::debug!(%error, "could not release the relay's lease, it will expire");
    }
}

impl RelayProcess {
    /// Runs one pass. Returns the pause before the next one.
    async fn pass(&mut self) -> Result<Duration, storage::StorageError> {
        match self.relay.pass(&self.target, Utc::now()).await? {
            RelayPass::Standby(_) | RelayPass::LeaseLost { .. } => Ok(RETRY_PAUSE),
            RelayPass::Worked { published, more, unreadable, stopped } => {
                for error in unreadable {
                    tracing::error!("event not published: {error}");
                }
                // An idle relay makes one query: whether there is anything to publish.
                if published > 0 || !self.is_counting {
                    count(&self.db, &self.metrics).await?;
                    self.is_counting = true;
                }
                if let Some(error) = stopped {
                    tracing::warn!("events stay in the outbox: {error}");
                    return Ok(RETRY_PAUSE);
                }
                if let Some(stream) = &self.target.stream {
                    self.metrics.bus_facts.add(metrics::count(published as u64), []);
                    if self.trims_at <= Instant::now() {
                        self.trims_at = Instant::now() + TRIM_PAUSE;
                        trim(stream, &self.metrics).await;
                    }
                }
                Ok(if more { Duration::ZERO } else { IDLE_PAUSE })
            }
        }
    }
}

async fn trim(stream: &FactsPublisher, metrics: &Metrics) {
    match stream.trim(TrimRule::default()).await {
        Ok(trimmed) => {
            if trimmed.dropped > 0 {
                let dropped = trimmed.dropped;
                tracing::error!(
                    dropped,
                    "facts were dropped that a consumer group has not acknowledged"
                );
            }
            metrics.bus_facts_dropped.add(metrics::count(trimmed.dropped), []);
        }
        Err(error) => tracing::warn!("the stream of facts was not trimmed: {error}"),
    }
}

/// Counts each published event exactly once over all processes: only the process that advances the
/// consumer's position counts. Events of a relay that died before it counted are counted with the
/// next ones.
async fn count(db: &Database, metrics: &Metrics) -> Result<(), storage::StorageError> {
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
            metrics.events.inc([&event.kind]);
            let lag = event.published_at.map(|at| (at - event.time).to_std().unwrap_or_default());
            metrics.relay_lag_seconds.observe(lag.unwrap_or_default(), []);
        }
    }
}
