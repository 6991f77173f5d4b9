//! Opening databases and migrating them.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use storage::{Database, Error, Options};

use crate::bed::{Bed, id, new, on_each_database};

on_each_database!(
    empty_database_is_migrated_once,
    newer_schema_is_refused,
    concurrent_migrations_run_once,
    closed_database_is_transient,
);

pub(crate) const NEWEST: u32 = 14;

async fn empty_database_is_migrated_once(bed: &Bed) {
    assert_eq!(bed.db.schema_version().await.unwrap(), NEWEST);
    bed.opened(&new("1")).await.unwrap();
    let again = bed.again().await;
    assert_eq!(again.schema_version().await.unwrap(), NEWEST);
    again.ping().await.unwrap();
    let found = storage::carousels::find(&again.read(), &id("1"))
        .await
        .unwrap();
    assert!(found.is_some());
    again.close().await.unwrap();
}

async fn newer_schema_is_refused(bed: &Bed) {
    bed.sql("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)")
        .await;
    let error = Database::open(&bed.url, &bed.options).await.unwrap_err();
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

async fn concurrent_migrations_run_once(bed: &Bed) {
    // Drops everything, then opens it twenty times concurrently.
    let tables = "erased_blobs, erasures, uploads, admissions, paces, recipients, broadcasts, deliveries, blob_holds, updates, sessions, usage_entries, \
        subscriptions, brands, settings, users, chain_ends, consumers, counters, leases, owners, \
        events, quota_reservations, blob_refs, revisions, carousels, seaql_migrations";
    for table in tables.split(", ") {
        bed.sql(&format!("DROP TABLE {table}")).await;
    }
    let opening = (0..20).map(|_| {
        let (url, options) = (bed.url.clone(), bed.options.clone());
        tokio::spawn(async move {
            let db = Database::open(&url, &options).await?;
            let version = db.schema_version().await?;
            db.close().await?;
            Ok::<_, Error>(version)
        })
    });
    for opened in futures::future::join_all(opening).await {
        assert_eq!(opened.unwrap().unwrap(), NEWEST);
    }
}

async fn closed_database_is_transient(bed: &Bed) {
    let other = bed.again().await;
    other.close().await.unwrap();
    let error = other.ping().await.unwrap_err();
    assert!(error.is_transient(), "{error}");
}

#[tokio::test]
async fn invalid_address_is_refused_without_its_password() {
    for (address, said) in [
        ("mysql://root:hunter2@host/db", "mysql"),
        ("sqlite::memory:", "in memory"),
        ("sqlite://", "does not name a file"),
        ("postgres://u:hunter2@host:port/db", "can't be read"),
        ("bible.db", "sqlite://PATH"),
    ] {
        let error = Database::open(address, &Options::default())
            .await
            .unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains(said) && text.contains("DATABASE_URL"),
            "{text}"
        );
        assert!(!text.contains("hunter2"), "{text}");
        assert!(!error.is_transient());
    }
}

#[tokio::test]
async fn unreachable_server_is_named() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let options = Options {
        patience: Duration::from_millis(200),
        ..Options::default()
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
    let Some(bed) = crate::bed::Bed::postgres().await else {
        return;
    };
    let migrating = sea_orm::Database::connect(&bed.url).await.unwrap();
    let at_work = migrating.begin().await.unwrap();
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('migrations', 0))";
    at_work.execute_unprepared(lock).await.unwrap();
    let hasty = Options {
        patience: Duration::from_millis(200),
        statement_timeout: Duration::from_millis(200),
        ..bed.options.clone()
    };
    let url = bed.url.clone();
    let opening = tokio::spawn(async move { Database::open(&url, &hasty).await });
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(!opening.is_finished());
    at_work.commit().await.unwrap();
    opening.await.unwrap().unwrap().close().await.unwrap();
    bed.remove().await;
}
