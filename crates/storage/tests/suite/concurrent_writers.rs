//! Fifty writers with commits out of order, and a relay and a consumer that run concurrently.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use domain::CarouselId;
use storage::{
    Database, StorageError, Tx,
    outbox::{
        self, OutboxRelay, RelayOptions,
        consumers::{self, ConsumerStart},
    },
};
use tokio::sync::Barrier;

use crate::{
    database::{StorageTestDatabase, at, events_of, id, on_each_database, written},
    relay::{RecordingPublisher, published},
};

on_each_database!(fifty_writers_keep_order_per_correlation);

const WRITERS: usize = 50;
const ROUNDS: usize = 6;

/// Every third writer has its own carousel; the others share five.
fn carousel_of(writer: usize) -> CarouselId {
    if writer.is_multiple_of(3) {
        id(&format!("own-{writer}"))
    } else {
        id(&format!("shared-{}", writer % 5))
    }
}

/// Appends two events per round and waits between writing and committing, each writer for another
/// time. So lower numbers may be committed later than higher ones.
async fn write(db: &Database, writer: usize) -> Result<(), StorageError> {
    for round in 0..ROUNDS {
        let events = &events_of(&carousel_of(writer), &format!("{writer}-{round}"), 2);
        let dawdle = Duration::from_millis((writer as u64 * 7 + round as u64 * 13) % 23);
        let append = |tx: Tx| async move {
            outbox::append(&tx, events).await?;
            tokio::time::sleep(dawdle).await;
            Ok::<_, StorageError>(())
        };
        db.write(append).await?;
    }
    Ok(())
}

/// Publishes until all writers have ended and nothing is left.
async fn publish(db: Database, writing: Arc<AtomicUsize>) -> RecordingPublisher {
    let options = RelayOptions { batch: 20, ..RelayOptions::default() };
    let (relay, stream) = (OutboxRelay::new(db, "relay", options), RecordingPublisher::default());
    loop {
        let last = writing.load(SeqCst) == 0;
        let count = published(relay.pass(&stream, at(0)).await.unwrap());
        if count == 0 && last {
            return stream;
        }
        tokio::task::yield_now().await;
    }
}

/// Reads until it has seen the expected number of events.
async fn consume(db: Database) -> Vec<(String, i64)> {
    let mut seen = Vec::new();
    while seen.len() < WRITERS * ROUNDS * 2 {
        let polled = consumers::poll(&db.read(), "consumer", 30).await.unwrap();
        let events = polled.events.iter();
        seen.extend(events.map(|event| (event.correlation.clone(), event.seq)));
        let (from, to) = (polled.from, polled.to);
        let advance =
            |tx: Tx| async move { consumers::advance(&tx, "consumer", from, to, at(0)).await };
        assert!(from == to || db.write(advance).await.unwrap());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    seen
}

/// Every event once, and those of one correlation in the order of their numbers.
fn assert_complete_and_ordered(seen: &[(String, i64)]) {
    let mut last: HashMap<&str, i64> = HashMap::new();
    for (correlation, seq) in seen {
        let before = last.insert(correlation, *seq).unwrap_or_default();
        assert!(before < *seq, "{correlation}: {seq} came after {before}");
    }
    let mut seqs: Vec<i64> = seen.iter().map(|(_, seq)| *seq).collect();
    seqs.sort_unstable();
    seqs.dedup();
    assert_eq!(seqs.len(), WRITERS * ROUNDS * 2);
}

async fn fifty_writers_keep_order_per_correlation(test_db: &StorageTestDatabase) {
    written!(test_db, consumers::register, "consumer", ConsumerStart::Beginning, at(0)).unwrap();
    let writing = Arc::new(AtomicUsize::new(WRITERS));
    let publishing = tokio::spawn(publish(test_db.reopen().await, Arc::clone(&writing)));
    let consuming = tokio::spawn(consume(test_db.db.clone()));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (db, writing) = (test_db.db.clone(), Arc::clone(&writing));
            tokio::spawn(async move {
                write(&db, writer).await.unwrap();
                writing.fetch_sub(1, SeqCst);
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let sent = publishing.await.unwrap().taken.into_inner().unwrap();
    let sent: Vec<_> = (sent.into_iter()).map(|event| (event.correlation, event.seq)).collect();
    assert_complete_and_ordered(&sent);
    assert_complete_and_ordered(&consuming.await.unwrap());
    // Whether a commit overtook another one is random here; the next test forces it.
}

/// Only PostgreSQL allows two concurrent writers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_commit_with_lower_seq_is_consumed() {
    let Some(test_db) = StorageTestDatabase::postgres().await else {
        return;
    };
    written!(test_db, consumers::register, "consumer", ConsumerStart::Beginning, at(0)).unwrap();
    let both = Arc::new(Barrier::new(2));
    let (db, gate) = (test_db.db.clone(), Arc::clone(&both));
    let slow = tokio::spawn(async move {
        let (events, gate) = (&events_of(&id("slow"), "open", 1), &gate);
        let append = |tx: Tx| async move {
            outbox::append(&tx, events).await?;
            gate.wait().await;
            gate.wait().await;
            Ok::<_, StorageError>(())
        };
        db.write(append).await.unwrap();
    });
    both.wait().await;
    crate::relay::appended(&test_db, &id("fast"), "open", 1).await;
    let (relay, stream) = (
        OutboxRelay::new(test_db.db.clone(), "relay", RelayOptions::default()),
        RecordingPublisher::default(),
    );
    let consumed = async |second| {
        relay.pass(&stream, at(second)).await.unwrap();
        let polled = consumers::poll(&test_db.db.read(), "consumer", 10).await.unwrap();
        let (from, to) = (polled.from, polled.to);
        written!(test_db, consumers::advance, "consumer", from, to, at(0)).unwrap();
        let names = polled.events.into_iter().map(|event| event.correlation);
        names.collect::<Vec<_>>()
    };
    assert_eq!(consumed(1).await, ["carousel-cli-fast"]);
    both.wait().await;
    slow.await.unwrap();
    assert_eq!(consumed(2).await, ["carousel-cli-slow"]);
    let seqs = stream.seqs();
    assert!(seqs[0] > seqs[1], "the higher number came first: {seqs:?}");
    test_db.remove().await;
}
