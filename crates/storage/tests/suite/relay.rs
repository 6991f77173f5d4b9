//! Publishing the outbox, and reading it from within.

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
    what_is_published_is_marked_and_published_once,
    what_could_not_be_published_stays_and_comes_first_the_next_time,
    one_relay_works_and_another_takes_over_when_it_falls_silent,
    a_relay_that_was_overtaken_marks_nothing,
    a_bad_row_is_told_and_holds_nothing_up,
    a_consumer_keeps_its_place_and_sees_everything_once,
    a_new_consumer_begins_where_it_wants_to,
    two_who_read_under_one_name_do_not_both_advance,
    what_a_consumer_has_not_seen_is_not_pruned,
    a_carousel_whose_events_were_pruned_knows_the_last,
);

/// A stream that takes so many events, and remembers which.
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

/// Publishes everything, to nobody but the consumers.
async fn all_published(bed: &Bed, second: i64) {
    let relay = relay(bed, "a", 100);
    while published(relay.pass(&InProcess, at(second)).await.unwrap()) > 0 {}
}

async fn what_is_published_is_marked_and_published_once(bed: &Bed) {
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

async fn what_could_not_be_published_stays_and_comes_first_the_next_time(bed: &Bed) {
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

async fn one_relay_works_and_another_takes_over_when_it_falls_silent(bed: &Bed) {
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

/// A stream during whose publishing somebody else works.
struct Meanwhile<'a> {
    other: &'a Relay,
    stream: &'a Stream,
}

impl Publish for Meanwhile<'_> {
    type Error = &'static str;

    async fn publish(&self, events: &[StoredEvent]) -> Progress<Self::Error> {
        // So slow that its lease runs out.
        published(self.other.pass(self.stream, at(60)).await.unwrap());
        self.stream.publish(events).await
    }
}

async fn a_relay_that_was_overtaken_marks_nothing(bed: &Bed) {
    appended(bed, &id("1"), "open", 3).await;
    let (one, two, stream) = (relay(bed, "a", 10), relay(bed, "b", 10), Stream::default());
    let slow = Meanwhile {
        other: &two,
        stream: &stream,
    };
    let pass = one.pass(&slow, at(0)).await.unwrap();
    assert!(matches!(pass, Pass::Overtaken { published: 3 }), "{pass:?}");
    // Twice, with the same ids, in order each time, and marked by the one who had the right to.
    let seqs = stream.seqs();
    assert_eq!(seqs[..3], seqs[3..]);
    let stored = outbox::of_carousel(&bed.db.read(), &id("1")).await.unwrap();
    assert!(stored.iter().all(|event| event.place.unwrap().batch == 1));
    assert!(stored.iter().all(|event| event.published_at > Some(at(30))));
}

async fn a_bad_row_is_told_and_holds_nothing_up(bed: &Bed) {
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

async fn a_consumer_keeps_its_place_and_sees_everything_once(bed: &Bed) {
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
        // It dies after the second one of each three, and sees the third again.
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

async fn a_new_consumer_begins_where_it_wants_to(bed: &Bed) {
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

async fn two_who_read_under_one_name_do_not_both_advance(bed: &Bed) {
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

async fn what_a_consumer_has_not_seen_is_not_pruned(bed: &Bed) {
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
        "nobody waits for them any more"
    );
}

async fn a_carousel_whose_events_were_pruned_knows_the_last(bed: &Bed) {
    appended(bed, &id("1"), "open", 3).await;
    appended(bed, &id("2"), "open", 1).await;
    all_published(bed, 1).await;
    let last = outbox::last_of(&bed.db.read(), id("1").as_str())
        .await
        .unwrap();
    // In two goes, of which the second has the last one.
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
