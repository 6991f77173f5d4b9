//! The measured work: each function returns the cost of one event.

use std::time::{Duration, Instant};

use domain::{CarouselId, RequestSource};
use events::{
    Event, EventContext, EventJournal, EventSource, Timestamp, orchestrator::WorkflowStepCompleted,
};
use storage::{
    Database, StorageError, Tx,
    outbox::{
        self, InProcessPublisher, OutboxRelay, RelayOptions, RelayPass,
        consumers::{self, ConsumerStart},
    },
};

/// Events per round, for each number of writers.
const EVENTS: usize = 2_400;

/// Events per transaction, as in a workflow's step.
const STEP: usize = 3;

const CONSUMER: &str = "bench";

/// Appends and publishes events, in large transactions, through the usual functions.
pub(crate) async fn fill(db: &Database, size: u64) -> Result<(), StorageError> {
    let (mut left, mut n) = (size, 0_u64);
    while left > 0 {
        let count = left.min(1_000);
        let events = &events_of(&format!("fill-{n}"), usize::try_from(count).unwrap_or(1_000));
        db.write(|tx: Tx| async move { outbox::append(&tx, events).await }).await?;
        (left, n) = (left - count, n + 1);
    }
    publish(db).await.map(|_| ())
}

/// Registers a consumer at the current end.
pub(crate) async fn register_consumer(db: &Database) -> Result<(), StorageError> {
    let register =
        |tx: Tx| async move { consumers::register(&tx, CONSUMER, ConsumerStart::Now, now()).await };
    db.write(register).await.map(|_| ())
}

/// Appends events, a few per transaction, from several concurrent writers.
pub(crate) async fn append(
    db: &Database,
    round: u32,
    writers: usize,
) -> Result<Duration, StorageError> {
    let begun = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|writer| {
            let db = db.clone();
            tokio::spawn(async move {
                for step in 0..EVENTS / STEP / writers {
                    let events = &events_of(&format!("{round}-{writers}-{writer}-{step}"), STEP);
                    db.write(|tx: Tx| async move { outbox::append(&tx, events).await }).await?;
                }
                Ok::<_, StorageError>(())
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a writer does not panic")?;
    }
    Ok(each(begun.elapsed(), EVENTS / STEP / writers * STEP * writers))
}

/// Publishes all waiting events, without a target: this measures the database's share.
pub(crate) async fn publish(db: &Database) -> Result<Duration, StorageError> {
    let relay = OutboxRelay::new(db.clone(), "bench", RelayOptions::default());
    let (begun, mut count) = (Instant::now(), 0);
    loop {
        match relay.pass(&InProcessPublisher, now()).await? {
            RelayPass::Worked { published: 0, .. } => return Ok(each(begun.elapsed(), count)),
            RelayPass::Worked { published, .. } => count += published,
            RelayPass::Standby(_) | RelayPass::LeaseLost { .. } => {
                unreachable!("there is no other relay")
            }
        }
    }
}

/// Reads everything that was published since the last call.
pub(crate) async fn consume(db: &Database) -> Result<Duration, StorageError> {
    let (begun, mut count) = (Instant::now(), 0);
    loop {
        let polled = consumers::poll(&db.read(), CONSUMER, 500).await?;
        if polled.events.is_empty() {
            return Ok(each(begun.elapsed(), count));
        }
        count += polled.events.len();
        let (from, to) = (polled.from, polled.to);
        let advance =
            |tx: Tx| async move { consumers::advance(&tx, CONSUMER, from, to, now()).await };
        db.write(advance).await?;
    }
}

/// Prunes as many of the oldest events as a round adds, so that the table keeps its size.
pub(crate) async fn prune(db: &Database) -> Result<Duration, StorageError> {
    let (begun, mut count) = (Instant::now(), 0);
    while count < 2 * EVENTS {
        let later = now() + chrono::TimeDelta::days(1);
        let prune = |tx: Tx| async move { outbox::prune(&tx, later, 600).await };
        let pruned = db.write(prune).await?;
        count += usize::try_from(pruned.events).unwrap_or_default();
        if !pruned.more {
            break;
        }
    }
    Ok(each(begun.elapsed(), count))
}

/// Events of one step of one carousel, of the usual size.
fn events_of(key: &str, count: usize) -> Vec<Event> {
    let id = CarouselId::new(RequestSource::Cli, key).expect("a good id");
    let context = EventContext {
        correlation: id.as_str().to_owned(),
        environment: "bench".to_owned(),
        user: Some("tg-7".to_owned()),
        ..EventContext::default()
    };
    let mut journal =
        EventJournal::for_step(id.as_str(), "step", EventSource::PERSISTENCE, context, None);
    for n in 0..count {
        let completed = WorkflowStepCompleted {
            workflow_id: id.as_str().to_owned(),
            run_id: "0193e1c4-8d1e-7c50-a9c5-3f6d6e1b2a4f".to_owned(),
            step: format!("step {n}"),
            outcome: "completed".to_owned(),
        };
        journal.record(now(), completed);
    }
    journal.events().to_vec()
}

fn now() -> Timestamp {
    Timestamp::from(std::time::SystemTime::now())
}

fn each(all: Duration, count: usize) -> Duration {
    all / u32::try_from(count.max(1)).unwrap_or(u32::MAX)
}
