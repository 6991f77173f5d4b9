//! Publishing the outbox, and its consumers.

use std::sync::Mutex;

use domain::CarouselId;
use storage::{
    Tx,
    outbox::{
        self, InProcess, Pass, Progress, Publish, Relay, RelayOptions, StoredEvent,
        consumers::{self, Place, Start},
    },
};

use crate::bed::{Bed, at, events_of, id, on_each_database};

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
pub(crate) struct Stream {
    pub(crate) taken: Mutex<Vec<StoredEvent>>,
    full_at: Option<usize>,
}

impl Publish for Stream {
    type Error = &'static str;

    async fn publish(&self, events: &[StoredEvent]) -> Progress<Self::Error> {
        let mut taken = self.taken.lock().unwrap();
        let room = self.full_at.map_or(events.len(), |full| full - taken.len());
        let published = room.min(events.len());
        taken.extend_from_slice(&events[..published]);
        let stopped = (published < events.len()).then_some("full");
        Progress { published, stopped }
    }
}

impl Stream {
    pub(crate) fn seqs(&self) -> Vec<i64> {
        self.taken
            .lock()
            .unwrap()
            .iter()
            .map(|event| event.seq)
            .collect()
    }
}

pub(crate) async fn appended(bed: &Bed, id: &CarouselId, step: &str, count: usize) {
    let events = &events_of(id, step, count);
    let append = |tx: Tx| async move { outbox::append(&tx, events).await };
    assert_eq!(bed.db.write(append).await.unwrap(), count as u64);
}

fn relay(bed: &Bed, holder: &str, batch: u32) -> Relay {
    let options = RelayOptions {
        batch,
        ..RelayOptions::default()
    };
    Relay::new(bed.db.clone(), holder, options)
}

/// How many events a pass published.
pub(crate) fn published<E: std::fmt::Debug>(pass: Pass<E>) -> usize {
    match pass {
        Pass::Worked { published, .. } => published,
        other => panic!("{other:?}"),
    }
}

/// Publishes everything to the consumers.
async fn all_published(bed: &Bed, second: i64) {
    let relay = relay(bed, "a", 100);
    while published(relay.pass(&InProcess, at(second)).await.unwrap()) > 0 {}
}

async fn published_events_are_marked_and_not_repeated(bed: &Bed) {
    appended(bed, &id("1"), "open", 5).await;
    let (relay, stream) = (relay(bed, "a", 3), Stream::default());
    let Pass::Worked {
        published: 3,
        more: true,
        ..
    } = relay.pass(&stream, at(1)).await.unwrap()
    else {
        panic!("a batch of three, and more to come");
    };
    let Pass::Worked {
        published: 2,
        more: false,
        ..
    } = relay.pass(&stream, at(2)).await.unwrap()
    else {
        panic!("the rest");
    };
    assert_eq!(published(relay.pass(&stream, at(3)).await.unwrap()), 0);
    assert!(stream.seqs().is_sorted() && stream.seqs().len() == 5);
    let stored = outbox::of_carousel(&bed.db.read(), &id("1")).await.unwrap();
    assert!(stored.iter().all(|event| event.published_at.is_some()));
    assert_eq!(stored[4].place.unwrap().batch, 2);
    assert_eq!(outbox::backlog(&bed.db.read(), 10).await.unwrap(), 0);
}

async fn failed_events_are_published_first_next_time(bed: &Bed) {
    appended(bed, &id("1"), "open", 5).await;
    let relay = relay(bed, "a", 10);
    let mut stream = Stream {
        full_at: Some(2),
        ..Stream::default()
    };
    let pass = relay.pass(&stream, at(1)).await.unwrap();
    let Pass::Worked {
        published: 2,
        stopped: Some("full"),
        more: false,
        ..
    } = pass
    else {
        panic!("{pass:?}");
    };
    let oldest = outbox::oldest_unpublished(&bed.db.read()).await.unwrap();
    assert!(oldest.is_some());
    stream.full_at = None;
    assert_eq!(published(relay.pass(&stream, at(2)).await.unwrap()), 3);
    assert!(stream.seqs().is_sorted() && stream.seqs().len() == 5);
}

async fn relay_takes_over_an_expired_lease(bed: &Bed) {
    appended(bed, &id("1"), "open", 3).await;
    let (one, two, stream) = (relay(bed, "a", 1), relay(bed, "b", 1), Stream::default());
    assert_eq!(published(one.pass(&stream, at(0)).await.unwrap()), 1);
    let Pass::Standby(lease) = two.pass(&stream, at(29)).await.unwrap() else {
        panic!("the first one is at work");
    };
    assert_eq!(lease.holder, "a");
    assert_eq!(published(two.pass(&stream, at(31)).await.unwrap()), 1);
    assert!(matches!(
        one.pass(&stream, at(32)).await.unwrap(),
        Pass::Standby(_)
    ));
    two.step_down(at(32)).await.unwrap();
    assert_eq!(published(one.pass(&stream, at(33)).await.unwrap()), 1);
}

/// A stream during which another relay runs.
struct Meanwhile<'a> {
    other: &'a Relay,
    stream: &'a Stream,
}

impl Publish for Meanwhile<'_> {
    type Error = &'static str;

    async fn publish(&self, events: &[StoredEvent]) -> Progress<Self::Error> {
        // So slow that the lease expires.
        published(self.other.pass(self.stream, at(60)).await.unwrap());
        self.stream.publish(events).await
    }
}

async fn relay_without_lease_marks_nothing(bed: &Bed) {
    appended(bed, &id("1"), "open", 3).await;
    let (one, two, stream) = (relay(bed, "a", 10), relay(bed, "b", 10), Stream::default());
    let slow = Meanwhile {
        other: &two,
        stream: &stream,
    };
    let pass = one.pass(&slow, at(0)).await.unwrap();
    assert!(matches!(pass, Pass::Overtaken { published: 3 }), "{pass:?}");
    // Twice, with the same ids, in order each time, and marked by the holder of the lease.
    let seqs = stream.seqs();
    assert_eq!(seqs[..3], seqs[3..]);
    let stored = outbox::of_carousel(&bed.db.read(), &id("1")).await.unwrap();
    assert!(stored.iter().all(|event| event.place.unwrap().batch == 1));
    assert!(stored.iter().all(|event| event.published_at > Some(at(30))));
}

async fn unreadable_event_does_not_block_publishing(bed: &Bed) {
    appended(bed, &id("1"), "open", 3).await;
    let bad = "UPDATE events SET id = 'not one' WHERE seq = (SELECT min(seq) FROM events)";
    bed.sql(bad).await;
    let stream = Stream::default();
    let pass = relay(bed, "a", 2).pass(&stream, at(0)).await.unwrap();
    let Pass::Worked {
        published: 1,
        unreadable,
        ..
    } = pass
    else {
        panic!("{pass:?}");
    };
    assert!(
        unreadable[0].to_string().contains("not one"),
        "{}",
        unreadable[0]
    );
    assert_eq!(
        published(relay(bed, "a", 2).pass(&stream, at(1)).await.unwrap()),
        1
    );
}

async fn registered(bed: &Bed, name: &str, start: Start) -> Place {
    let register = |tx: Tx| async move { consumers::register(&tx, name, start, at(0)).await };
    bed.db.write(register).await.unwrap().value.place
}

async fn advanced(bed: &Bed, name: &str, from: Place, to: Place) -> bool {
    let advance = |tx: Tx| async move { consumers::advance(&tx, name, from, to, at(1)).await };
    bed.db.write(advance).await.unwrap()
}

async fn consumer_sees_every_event_once(bed: &Bed) {
    registered(bed, "history", Start::Beginning).await;
    appended(bed, &id("1"), "open", 5).await;
    let poll = async || consumers::poll(&bed.db.read(), "history", 3).await.unwrap();
    assert!(poll().await.events.is_empty(), "not published yet");
    all_published(bed, 1).await;
    let lag = consumers::lag(&bed.db.read(), Place::default(), 4)
        .await
        .unwrap();
    assert_eq!(lag, 4, "counted up to four");

    let mut seen = Vec::new();
    loop {
        let polled = poll().await;
        if polled.events.is_empty() {
            break;
        }
        // It dies after the second of each three events, and sees the third again.
        let handled = &polled.events[..polled.events.len().min(2)];
        seen.extend(handled.iter().map(|event| event.seq));
        let to = handled.last().unwrap().place.unwrap();
        assert!(advanced(bed, "history", polled.from, to).await);
    }
    assert!(seen.is_sorted() && seen.len() == 5, "{seen:?}");
    let unknown = consumers::poll(&bed.db.read(), "nobody", 3)
        .await
        .unwrap_err();
    assert!(
        unknown.to_string().contains("no consumer with that name"),
        "{unknown}"
    );
}

async fn new_consumer_starts_where_requested(bed: &Bed) {
    appended(bed, &id("1"), "open", 2).await;
    all_published(bed, 1).await;
    registered(bed, "all", Start::Beginning).await;
    let now = registered(bed, "from now on", Start::Now).await;
    assert_eq!(
        registered(bed, "from now on", Start::Beginning).await,
        now,
        "it is known"
    );
    appended(bed, &id("2"), "open", 1).await;
    all_published(bed, 2).await;
    let sees = async |name| {
        let polled = consumers::poll(&bed.db.read(), name, 10).await.unwrap();
        polled.events.len()
    };
    assert_eq!((sees("all").await, sees("from now on").await), (3, 1));
    let names: Vec<String> = consumers::list(&bed.db.read())
        .await
        .unwrap()
        .into_iter()
        .map(|consumer| consumer.name)
        .collect();
    assert_eq!(
        names,
        ["all", "from now on"],
        "the one furthest behind comes first"
    );
}

async fn concurrent_advance_succeeds_once(bed: &Bed) {
    registered(bed, "history", Start::Beginning).await;
    appended(bed, &id("1"), "open", 1).await;
    all_published(bed, 1).await;
    let polled = consumers::poll(&bed.db.read(), "history", 1).await.unwrap();
    assert!(advanced(bed, "history", polled.from, polled.to).await);
    assert!(!advanced(bed, "history", polled.from, polled.to).await);
}

async fn pruned(bed: &Bed, before: i64, limit: u32) -> (u64, bool) {
    let prune = |tx: Tx| async move { outbox::prune(&tx, at(before), limit).await };
    let pruned = bed.db.write(prune).await.unwrap();
    (pruned.events, pruned.more)
}

async fn unseen_events_are_not_pruned(bed: &Bed) {
    registered(bed, "history", Start::Beginning).await;
    appended(bed, &id("1"), "open", 5).await;
    assert_eq!(pruned(bed, 100, 10).await, (0, false), "not published");
    all_published(bed, 10).await;
    assert_eq!(pruned(bed, 100, 10).await, (0, false), "not seen");
    let polled = consumers::poll(&bed.db.read(), "history", 3).await.unwrap();
    advanced(bed, "history", polled.from, polled.to).await;
    assert_eq!(pruned(bed, 10, 10).await, (0, false), "not old");
    assert_eq!(pruned(bed, 100, 2).await, (2, true));
    assert_eq!(pruned(bed, 100, 2).await, (1, false));
    let remove = |tx: Tx| async move { consumers::remove(&tx, "history").await };
    assert!(bed.db.write(remove).await.unwrap());
    assert_eq!(
        pruned(bed, 100, 10).await,
        (2, false),
        "no consumer needs them any more"
    );
}

async fn last_event_survives_pruning(bed: &Bed) {
    appended(bed, &id("1"), "open", 3).await;
    appended(bed, &id("2"), "open", 1).await;
    all_published(bed, 1).await;
    let last = outbox::last_of(&bed.db.read(), id("1").as_str())
        .await
        .unwrap();
    // In two calls; the second one deletes the last event.
    assert_eq!(pruned(bed, 100, 2).await, (2, true));
    assert_eq!(pruned(bed, 100, 10).await, (2, false));
    let kept = async || {
        outbox::last_of(&bed.db.read(), id("1").as_str())
            .await
            .unwrap()
    };
    assert_eq!(kept().await, last);
    appended(bed, &id("1"), "revise", 1).await;
    assert_ne!(kept().await, last);
    assert_eq!(
        outbox::of_carousel(&bed.db.read(), &id("1"))
            .await
            .unwrap()
            .len(),
        1
    );
}
