//! A SQLite file and its one host.

use std::time::Duration;

use storage::{Database, DatabaseOptions, HostProcess, StorageError, Tx, carousels};

use crate::database::{StorageTestDatabase, id, new_carousel};

const BEAT: Duration = Duration::from_millis(200);

/// Options of a process on a given host, with a fast heartbeat.
fn options_on_host(host: &str) -> DatabaseOptions {
    DatabaseOptions {
        process: HostProcess { host: host.to_owned(), name: format!("{host}.example"), pid: 42 },
        heartbeat: BEAT,
        ..DatabaseOptions::default()
    }
}

async fn opened(test_db: &StorageTestDatabase, host: &str) -> Result<Database, StorageError> {
    Database::open(&test_db.url, &options_on_host(host)).await
}

/// A file that no process has open.
async fn closed_database() -> StorageTestDatabase {
    let test_db = StorageTestDatabase::sqlite().await;
    test_db.db.close().await.unwrap();
    test_db
}

async fn open_carousel(db: &Database) -> Result<(), carousels::OpenError> {
    let new = &new_carousel("1");
    db.write(|tx: Tx| async move { carousels::open(&tx, new).await.map(|_| ()) }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn second_host_is_refused_with_reason() {
    let test_db = closed_database().await;
    let first = opened(&test_db, "one").await.unwrap();
    let error = opened(&test_db, "two").await.unwrap_err();
    let said = error.to_string();
    assert!(matches!(error, StorageError::OtherHost { .. }) && !error.is_transient());
    for part in ["bible.db", "“one.example”", "process 42", "PostgreSQL", "DATABASE_URL"] {
        assert!(said.contains(part), "{said}");
    }
    // The first one still works.
    open_carousel(&first).await.unwrap();
    first.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_of_one_host_share_a_file() {
    let test_db = closed_database().await;
    let first = opened(&test_db, "one").await.unwrap();
    let second = opened(&test_db, "one").await.unwrap();
    first.close().await.unwrap();
    assert!(opened(&test_db, "two").await.is_err(), "the second process is still there");
    open_carousel(&second).await.unwrap();
    second.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closed_file_is_free_at_once() {
    let test_db = closed_database().await;
    opened(&test_db, "one").await.unwrap().close().await.unwrap();
    let patient = DatabaseOptions { heartbeat: Duration::from_secs(60), ..options_on_host("two") };
    let opening = Database::open(&test_db.url, &patient);
    let second = tokio::time::timeout(Duration::from_secs(5), opening).await;
    second.expect("nothing to wait for").unwrap().close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_host_is_replaced_after_two_heartbeats() {
    let test_db = closed_database().await;
    // Dropped, not closed: its row stays without a heartbeat.
    drop(opened(&test_db, "one").await.unwrap());
    let second = opened(&test_db, "two").await.unwrap();
    open_carousel(&second).await.unwrap();
    second.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn process_stops_writing_after_losing_the_file() {
    let test_db = closed_database().await;
    let first = opened(&test_db, "one").await.unwrap();
    // As if this host had been suspended, and another host had opened the file meanwhile.
    test_db
        .sql(
            "UPDATE owners SET process = 'other', host = 'two', name = 'two.example', pid = 7, \
         beat_at = '2026-11-24T12:00:00.000+00:00'",
        )
        .await;
    let begun = std::time::Instant::now();
    let refused = loop {
        match open_carousel(&first).await {
            Err(carousels::OpenError::Storage(error)) => break error,
            Err(other) => panic!("{other}"),
            Ok(()) => tokio::time::sleep(BEAT / 4).await,
        }
        assert!(begun.elapsed() < BEAT * 20, "it never noticed");
    };
    assert!(refused.to_string().contains("“two.example” (process 7)"), "{refused}");
    let found = carousels::find(&first.read(), &id("1")).await;
    assert!(found.is_ok(), "reading does no harm");
    first.close().await.unwrap();
}

#[test]
fn process_has_host_and_pid() {
    let this = HostProcess::current();
    assert_eq!(this, HostProcess::current(), "it is the same all the time");
    assert_eq!(this.pid, std::process::id());
    assert!(!this.host.is_empty() && !this.name.is_empty());
}
