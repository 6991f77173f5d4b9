//! Events in the same transaction as the state that they describe.

use events::Event;
use storage::{MaybeConflict, StorageError, Tx, carousels, outbox};

use crate::database::{
    StorageTestDatabase, at, events_of, id, new_carousel, on_each_database, written,
};

on_each_database!(
    events_are_read_back_in_order,
    first_write_of_an_id_wins,
    state_and_events_are_atomic,
    dropped_write_is_rolled_back,
    empty_append_writes_nothing,
);

async fn events_are_read_back_in_order(test_db: &StorageTestDatabase) {
    let (one, two) = &(events_of(&id("1"), "open", 3), events_of(&id("2"), "open", 2));
    let append = |tx: Tx| async move {
        outbox::append(&tx, &one[..2]).await?;
        outbox::append(&tx, two).await?;
        outbox::append(&tx, &one[2..]).await
    };
    test_db.db.write(append).await.unwrap();

    let read = test_db.db.read();
    let mine = outbox::of_carousel(&read, &id("1")).await.unwrap();
    let events: Vec<Event> = mine.iter().map(|stored| stored.event().unwrap()).collect();
    assert_eq!(events, *one);
    let waiting = outbox::unpublished(&read, 4).await.unwrap().rows;
    assert_eq!(waiting.len(), 4);
    assert!(waiting.is_sorted_by_key(|stored| stored.seq));
    assert_eq!(waiting[2].correlation, id("2").as_str());
    assert!(waiting.iter().all(|stored| stored.published_at.is_none()));
}

async fn first_write_of_an_id_wins(test_db: &StorageTestDatabase) {
    let first = events_of(&id("1"), "open", 2);
    let mut again = events_of(&id("1"), "open", 3);
    again[0].time = at(600);
    let append = async |events: &[Event]| {
        test_db.db.write(|tx| async move { outbox::append(&tx, events).await }).await.unwrap()
    };
    assert_eq!((append(&first).await, append(&again).await, append(&first).await), (2, 1, 0));
    let stored = outbox::of_carousel(&test_db.db.read(), &id("1")).await.unwrap();
    assert_eq!(stored[0].event().unwrap(), first[0]);
    assert_eq!(stored.len(), 3);
}

#[derive(Debug, thiserror::Error)]
enum CallerError {
    #[error("changed my mind")]
    ChangedMyMind,
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl MaybeConflict for CallerError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Storage(error) if error.is_conflict())
    }
}

async fn state_and_events_are_atomic(test_db: &StorageTestDatabase) {
    let events = &events_of(&id("1"), "open", 2);
    let write = async |fail: bool| {
        let step = |tx: Tx| async move {
            carousels::open(&tx, &new_carousel("1"))
                .await
                .map_err(|_| CallerError::ChangedMyMind)?;
            outbox::append(&tx, events).await?;
            // A transaction sees its own writes.
            assert!(carousels::find(&tx, &id("1")).await?.is_some());
            if fail { Err(CallerError::ChangedMyMind) } else { Ok(()) }
        };
        test_db.db.write(step).await
    };
    let stored = async || {
        let read = test_db.db.read();
        let found = carousels::find(&read, &id("1")).await.unwrap();
        (found.is_some(), outbox::of_carousel(&read, &id("1")).await.unwrap().len())
    };
    assert!(matches!(write(true).await, Err(CallerError::ChangedMyMind)));
    assert_eq!(stored().await, (false, 0));
    write(false).await.unwrap();
    assert_eq!(stored().await, (true, 2));
}

async fn dropped_write_is_rolled_back(test_db: &StorageTestDatabase) {
    let events = &events_of(&id("1"), "open", 1);
    let (reached, mut at_the_point) = tokio::sync::mpsc::channel::<()>(1);
    let reached = &reached;
    let hang = |tx: Tx| async move {
        outbox::append(&tx, events).await?;
        reached.send(()).await.unwrap();
        std::future::pending::<Result<(), StorageError>>().await
    };
    tokio::select! {
        _ = test_db.db.write(hang) => panic!("it can't end"),
        _ = at_the_point.recv() => {}
    }
    // Its connection is free again, and its writes were rolled back.
    assert_eq!(written!(test_db, outbox::append, events).unwrap(), 1);
}

async fn empty_append_writes_nothing(test_db: &StorageTestDatabase) {
    assert_eq!(written!(test_db, outbox::append, &[]).unwrap(), 0);
}
