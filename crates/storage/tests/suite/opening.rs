//! Opening databases and migrating them.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use storage::{Database, DatabaseOptions, StorageError};

use crate::database::{StorageTestDatabase, id, new_carousel, on_each_database};

on_each_database!(
    empty_database_is_migrated_once,
    newer_schema_is_refused,
    schema_older_than_the_base_is_refused,
    concurrent_migrations_run_once,
    closed_database_is_transient,
);

pub(crate) const NEWEST: u32 = 21;

async fn empty_database_is_migrated_once(test_db: &StorageTestDatabase) {
    assert_eq!(test_db.db.schema_version().await.unwrap(), NEWEST);
    test_db.opened(&new_carousel("1")).await.unwrap();
    let again = test_db.reopen().await;
    assert_eq!(again.schema_version().await.unwrap(), NEWEST);
    again.ping().await.unwrap();
    let found = storage::carousels::find(&again.read(), &id("1")).await.unwrap();
    assert!(found.is_some());
    again.close().await.unwrap();
}

async fn newer_schema_is_refused(test_db: &StorageTestDatabase) {
    test_db
        .sql("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)")
        .await;
    let error = Database::open(&test_db.url, &test_db.options).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the database was written by a newer version of this program (its schema has \
             “m9999_future”, this version knows up to number {NEWEST}): start that version again, \
             or restore the backup made before it"
        )
    );
    assert!(!error.is_transient());
}

async fn schema_older_than_the_base_is_refused(test_db: &StorageTestDatabase) {
    test_db.sql("DELETE FROM seaql_migrations WHERE version > 'm0013'").await;
    let error = Database::open(&test_db.url, &test_db.options).await.unwrap_err();
    let said = error.to_string();
    assert!(said.contains("has schema 12") && said.contains("reads 14 and newer"));
    assert!(!error.is_transient());
}

async fn concurrent_migrations_run_once(test_db: &StorageTestDatabase) {
    // Drops everything, then opens it twenty times concurrently.
    let tables = "webhooks, api_tokens, event_requests, incidents, provider_failures, bot_pictures, erased_blobs, erasures, uploads, admissions, paces, recipients, broadcasts, deliveries, blob_holds, updates, sessions, group_sessions, usage_entries, \
        subscriptions, brands, settings, users, chain_ends, consumers, counters, leases, owners, \
        events, quota_reservations, blob_refs, revisions, carousels, seaql_migrations";
    for table in tables.split(", ") {
        test_db.sql(&format!("DROP TABLE {table}")).await;
    }
    let opening = (0..20).map(|_| {
        let (url, options) = (test_db.url.clone(), test_db.options.clone());
        tokio::spawn(async move {
            let db = Database::open(&url, &options).await?;
            let version = db.schema_version().await?;
            db.close().await?;
            Ok::<_, StorageError>(version)
        })
    });
    for opened in futures::future::join_all(opening).await {
        assert_eq!(opened.unwrap().unwrap(), NEWEST);
    }
}

async fn closed_database_is_transient(test_db: &StorageTestDatabase) {
    let other = test_db.reopen().await;
    other.close().await.unwrap();
    let error = other.ping().await.unwrap_err();
    assert!(error.is_transient(), "{error}");
}

#[tokio::test]
async fn invalid_address_is_refused_without_its_password() {
    for (address, said) in [
        ("mysql://root:hunter2@host/db", "mysql"),
        ("sqlite::memory:", "in-memory"),
        ("sqlite://", "does not name a file"),
        ("postgres://u:hunter2@host:port/db", "can't be read"),
        ("bible.db", "sqlite://PATH"),
    ] {
        let error = Database::open(address, &DatabaseOptions::default()).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(said) && text.contains("DATABASE_URL"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
        assert!(!error.is_transient());
    }
}

#[tokio::test]
async fn unreachable_server_is_named() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let options = DatabaseOptions {
        acquire_timeout: Duration::from_millis(200),
        ..DatabaseOptions::default()
    };
    let url = format!("postgres://u:hunter2@127.0.0.1:{port}/db");
    let error = Database::open(&url, &options).await.unwrap_err();
    let said = format!("no database answers at 127.0.0.1:{port}: start it, or set DATABASE_URL");
    assert!(error.to_string().starts_with(&said), "{error}");
    assert!(error.is_transient());
}

/// PostgreSQL only: it has timeouts that the migration must disable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opening_waits_for_a_running_migration() {
    let Some(test_db) = crate::database::StorageTestDatabase::postgres().await else {
        return;
    };
    let migrating = sea_orm::Database::connect(&test_db.url).await.unwrap();
    let at_work = migrating.begin().await.unwrap();
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('migrations', 0))";
    at_work.execute_unprepared(lock).await.unwrap();
    let hasty = DatabaseOptions {
        acquire_timeout: Duration::from_millis(200),
        statement_timeout: Duration::from_millis(200),
        ..test_db.options.clone()
    };
    let url = test_db.url.clone();
    let opening = tokio::spawn(async move { Database::open(&url, &hasty).await });
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(!opening.is_finished());
    at_work.commit().await.unwrap();
    opening.await.unwrap().unwrap().close().await.unwrap();
    test_db.remove().await;
}
