//! Publishing the outbox, and its consumers.

use std::sync::Mutex;

use domain::CarouselId;
use storage::outbox::{
    self, EventPublisher, InProcessPublisher, OutboxRelay, PublishProgress, RelayOptions,
    RelayPass, StoredEvent,
    consumers::{self, ConsumerStart, OutboxPosition},
};

use crate::database::{StorageTestDatabase, at, events_of, id, on_each_database, written};

on_each_database!(
    published_events_are_marked_and_not_repeated,
    failed_events_are_published_first_next_time,
    relay_takes_over_an_expired_lease,
    relay_without_lease_marks_nothing,
    unreadable_event_does_not_block_publishing,
    consumer_sees_every_event_once,
    new_consumer_starts_where_requested,
    concurrent_advance_succeeds_once,
    unseen_events_are_not_pruned,
    last_event_survives_pruning,
);

/// A stream that accepts a limited number of events and records them.
#[derive(Default)]
pub(crate) struct RecordingPublisher {
    pub(crate) taken: Mutex<Vec<StoredEvent>>,
    full_at: Option<usize>,
}

impl EventPublisher for RecordingPublisher {
    type Error = &'static str;

    async fn publish(&self, events: &[StoredEvent]) -> PublishProgress<Self::Error> {
        let mut taken = self.taken.lock().unwrap();
        let room = self.full_at.map_or(events.len(), |full| full - taken.len());
        let published = room.min(events.len());
        taken.extend_from_slice(&events[..published]);
        let stopped = (published < events.len()).then_some("full");
        PublishProgress { published, stopped }
    }
}

impl RecordingPublisher {
    pub(crate) fn seqs(&self) -> Vec<i64> {
        self.taken.lock().unwrap().iter().map(|event| event.seq).collect()
    }
}

pub(crate) async fn appended(
    test_db: &StorageTestDatabase,
    id: &CarouselId,
    step: &str,
    count: usize,
) {
    let events = &events_of(id, step, count);
    assert_eq!(written!(test_db, outbox::append, events).unwrap(), count as u64);
}

fn relay(test_db: &StorageTestDatabase, holder: &str, batch: u32) -> OutboxRelay {
    let options = RelayOptions { batch, ..RelayOptions::default() };
    OutboxRelay::new(test_db.db.clone(), holder, options)
}

/// How many events a pass published.
pub(crate) fn published<E: std::fmt::Debug>(pass: RelayPass<E>) -> usize {
    match pass {
        RelayPass::Worked { published, .. } => published,
        other => panic!("{other:?}"),
    }
}

/// Publishes everything to the consumers.
async fn all_published(test_db: &StorageTestDatabase, second: i64) {
    let relay = relay(test_db, "a", 100);
    while published(relay.pass(&InProcessPublisher, at(second)).await.unwrap()) > 0 {}
}

async fn published_events_are_marked_and_not_repeated(test_db: &StorageTestDatabase) {
    appended(test_db, &id("1"), "open", 5).await;
    let (relay, stream) = (relay(test_db, "a", 3), RecordingPublisher::default());
    let RelayPass::Worked { published: 3, more: true, .. } =
        relay.pass(&stream, at(1)).await.unwrap()
    else {
        panic!("a batch of three, and more to come");
    };
    let RelayPass::Worked { published: 2, more: false, .. } =
        relay.pass(&stream, at(2)).await.unwrap()
    else {
        panic!("the rest");
    };
    assert_eq!(published(relay.pass(&stream, at(3)).await.unwrap()), 0);
    assert!(stream.seqs().is_sorted() && stream.seqs().len() == 5);
    let stored = outbox::of_carousel(&test_db.db.read(), &id("1")).await.unwrap();
    assert!(stored.iter().all(|event| event.published_at.is_some()));
    assert_eq!(stored[4].position.unwrap().batch, 2);
    assert_eq!(outbox::backlog(&test_db.db.read(), 10).await.unwrap(), 0);
}

async fn failed_events_are_published_first_next_time(test_db: &StorageTestDatabase) {
    appended(test_db, &id("1"), "open", 5).await;
    let relay = relay(test_db, "a", 10);
    let mut stream = RecordingPublisher { full_at: Some(2), ..RecordingPublisher::default() };
    let pass = relay.pass(&stream, at(1)).await.unwrap();
    let RelayPass::Worked { published: 2, stopped: Some("full"), more: false, .. } = pass else {
        panic!("{pass:?}");
    };
    stream.full_at = None;
    assert_eq!(published(relay.pass(&stream, at(2)).await.unwrap()), 3);
    assert!(stream.seqs().is_sorted() && stream.seqs().len() == 5);
}

async fn relay_takes_over_an_expired_lease(test_db: &StorageTestDatabase) {
    appended(test_db, &id("1"), "open", 3).await;
    let (one, two, stream) =
        (relay(test_db, "a", 1), relay(test_db, "b", 1), RecordingPublisher::default());
    assert_eq!(published(one.pass(&stream, at(0)).await.unwrap()), 1);
    let RelayPass::Standby(lease) = two.pass(&stream, at(29)).await.unwrap() else {
        panic!("the first one is at work");
    };
    assert_eq!(lease.holder, "a");
    assert_eq!(published(two.pass(&stream, at(31)).await.unwrap()), 1);
    assert!(matches!(one.pass(&stream, at(32)).await.unwrap(), RelayPass::Standby(_)));
    two.release_lease(at(32)).await.unwrap();
    assert_eq!(published(one.pass(&stream, at(33)).await.unwrap()), 1);
}

/// A stream during which another relay runs.
struct OvertakenPublisher<'a> {
    other: &'a OutboxRelay,
    stream: &'a RecordingPublisher,
}

impl EventPublisher for OvertakenPublisher<'_> {
    type Error = &'static str;

    async fn publish(&self, events: &[StoredEvent]) -> PublishProgress<Self::Error> {
        // So slow that the lease expires.
        published(self.other.pass(self.stream, at(60)).await.unwrap());
        self.stream.publish(events).await
    }
}

async fn relay_without_lease_marks_nothing(test_db: &StorageTestDatabase) {
    appended(test_db, &id("1"), "open", 3).await;
    let (one, two, stream) =
        (relay(test_db, "a", 10), relay(test_db, "b", 10), RecordingPublisher::default());
    let slow = OvertakenPublisher { other: &two, stream: &stream };
    let pass = one.pass(&slow, at(0)).await.unwrap();
    assert!(matches!(pass, RelayPass::LeaseLost { published: 3 }), "{pass:?}");
    // Twice, with the same ids, in order each time, and marked by the holder of the lease.
    let seqs = stream.seqs();
    assert_eq!(seqs[..3], seqs[3..]);
    let stored = outbox::of_carousel(&test_db.db.read(), &id("1")).await.unwrap();
    assert!(stored.iter().all(|event| event.position.unwrap().batch == 1));
    assert!(stored.iter().all(|event| event.published_at > Some(at(30))));
}

async fn unreadable_event_does_not_block_publishing(test_db: &StorageTestDatabase) {
    appended(test_db, &id("1"), "open", 3).await;
    let bad = "UPDATE events SET id = 'not one' WHERE seq = (SELECT min(seq) FROM events)";
    test_db.sql(bad).await;
    let stream = RecordingPublisher::default();
    let pass = relay(test_db, "a", 2).pass(&stream, at(0)).await.unwrap();
    let RelayPass::Worked { published: 1, unreadable, .. } = pass else {
        panic!("{pass:?}");
    };
    assert!(unreadable[0].to_string().contains("not one"), "{}", unreadable[0]);
    assert_eq!(published(relay(test_db, "a", 2).pass(&stream, at(1)).await.unwrap()), 1);
}

async fn registered(
    test_db: &StorageTestDatabase,
    name: &str,
    start: ConsumerStart,
) -> OutboxPosition {
    written!(test_db, consumers::register, name, start, at(0)).unwrap().value.position
}

async fn advanced(
    test_db: &StorageTestDatabase,
    name: &str,
    from: OutboxPosition,
    to: OutboxPosition,
) -> bool {
    written!(test_db, consumers::advance, name, from, to, at(1)).unwrap()
}

async fn consumer_sees_every_event_once(test_db: &StorageTestDatabase) {
    registered(test_db, "history", ConsumerStart::Beginning).await;
    appended(test_db, &id("1"), "open", 5).await;
    let poll = async || consumers::poll(&test_db.db.read(), "history", 3).await.unwrap();
    assert!(poll().await.events.is_empty(), "not published yet");
    all_published(test_db, 1).await;

    let mut seen = Vec::new();
    loop {
        let polled = poll().await;
        if polled.events.is_empty() {
            break;
        }
        // It dies after the second of each three events, and sees the third again.
        let handled = &polled.events[..polled.events.len().min(2)];
        seen.extend(handled.iter().map(|event| event.seq));
        let to = handled.last().unwrap().position.unwrap();
        assert!(advanced(test_db, "history", polled.from, to).await);
    }
    assert!(seen.is_sorted() && seen.len() == 5, "{seen:?}");
    let unknown = consumers::poll(&test_db.db.read(), "nobody", 3).await.unwrap_err();
    assert!(unknown.to_string().contains("no consumer with that name"), "{unknown}");
}

async fn new_consumer_starts_where_requested(test_db: &StorageTestDatabase) {
    appended(test_db, &id("1"), "open", 2).await;
    all_published(test_db, 1).await;
    registered(test_db, "all", ConsumerStart::Beginning).await;
    let now = registered(test_db, "from now on", ConsumerStart::Now).await;
    assert_eq!(
        registered(test_db, "from now on", ConsumerStart::Beginning).await,
        now,
        "it is known"
    );
    appended(test_db, &id("2"), "open", 1).await;
    all_published(test_db, 2).await;
    let sees = async |name| {
        let polled = consumers::poll(&test_db.db.read(), name, 10).await.unwrap();
        polled.events.len()
    };
    assert_eq!((sees("all").await, sees("from now on").await), (3, 1));
    let names: Vec<String> = consumers::list(&test_db.db.read())
        .await
        .unwrap()
        .into_iter()
        .map(|consumer| consumer.name)
        .collect();
    assert_eq!(names, ["all", "from now on"], "the one furthest behind comes first");
}

async fn concurrent_advance_succeeds_once(test_db: &StorageTestDatabase) {
    registered(test_db, "history", ConsumerStart::Beginning).await;
    appended(test_db, &id("1"), "open", 1).await;
    all_published(test_db, 1).await;
    let polled = consumers::poll(&test_db.db.read(), "history", 1).await.unwrap();
    assert!(advanced(test_db, "history", polled.from, polled.to).await);
    assert!(!advanced(test_db, "history", polled.from, polled.to).await);
}

async fn prune(test_db: &StorageTestDatabase, before: i64, limit: u32) -> (u64, bool) {
    let pruned = written!(test_db, outbox::prune, at(before), limit).unwrap();
    (pruned.events, pruned.more)
}

async fn unseen_events_are_not_pruned(test_db: &StorageTestDatabase) {
    registered(test_db, "history", ConsumerStart::Beginning).await;
    appended(test_db, &id("1"), "open", 5).await;
    assert_eq!(prune(test_db, 100, 10).await, (0, false), "not published");
    all_published(test_db, 10).await;
    assert_eq!(prune(test_db, 100, 10).await, (0, false), "not seen");
    let polled = consumers::poll(&test_db.db.read(), "history", 3).await.unwrap();
    advanced(test_db, "history", polled.from, polled.to).await;
    assert_eq!(prune(test_db, 10, 10).await, (0, false), "not old");
    assert_eq!(prune(test_db, 100, 2).await, (2, true));
    assert_eq!(prune(test_db, 100, 2).await, (1, false));
}

async fn last_event_survives_pruning(test_db: &StorageTestDatabase) {
    appended(test_db, &id("1"), "open", 3).await;
    appended(test_db, &id("2"), "open", 1).await;
    all_published(test_db, 1).await;
    let last = outbox::last_event_id(&test_db.db.read(), id("1").as_str()).await.unwrap();
    // In two calls; the second one deletes the last event.
    assert_eq!(prune(test_db, 100, 2).await, (2, true));
    assert_eq!(prune(test_db, 100, 10).await, (2, false));
    let kept = async || outbox::last_event_id(&test_db.db.read(), id("1").as_str()).await.unwrap();
    assert_eq!(kept().await, last);
    appended(test_db, &id("1"), "revise", 1).await;
    assert_ne!(kept().await, last);
    assert_eq!(outbox::of_carousel(&test_db.db.read(), &id("1")).await.unwrap().len(), 1);
}
