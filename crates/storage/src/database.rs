//! [`Database`]: opens and migrates it, and runs write transactions.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use metrics::Metrics;
use sea_orm::{DatabaseConnection, DatabaseTransaction};
use tracing::{Instrument as _, Span, field::Empty};

use crate::{
    CommittedReader, DatabaseOptions, MaybeConflict, Result, StorageError, Tx,
    file_owner::FileOwnership, migration, postgres, sqlite, tx::begin,
};

/// A SQLite file or a PostgreSQL schema, migrated and ready. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    /// On SQLite a pool of one: writers of a process queue here in order, instead of competing for
    /// the lock.
    pub(crate) writer: DatabaseConnection,
    /// On PostgreSQL the same pool as the writer.
    reader: DatabaseConnection,
    /// SQLite only: the lease on the file.
    owned: Option<Arc<FileOwnership>>,
    metrics: Arc<Metrics>,
    /// Who uses it, for metrics.
    role: &'static str,
}

/// How often a transaction runs before a conflict is returned to the caller, which can retry later.
const MAX_ATTEMPTS: u32 = 6;

impl Database {
    /// Opens the database at `url`, and creates and migrates it if needed. Several processes may do
    /// so at once. A [tool](crate::DatabaseRole::Tool) does neither.
    ///
    /// `sqlite://data/bible.db` is relative to the working directory, `sqlite:///var/x.db` is
    /// absolute; `postgres://…` is read as by libpq.
    ///
    /// A SQLite file gets a heartbeat until it is closed or the last clone is dropped.
    ///
    /// # Errors
    /// [`StorageError`], with what to do: an address of another kind, a place that can't be written, a
    /// file that is not a database or is open on another host, a schema that is newer than this
    /// program, or a database that is down.
    pub async fn open(url: &str, options: &DatabaseOptions) -> Result<Self> {
        let (writer, reader, owned) = if url.starts_with("sqlite:") {
            let (writer, reader, owned) = sqlite::connect(url, options).await?;
            (writer, reader, Some(Arc::new(owned)))
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let pool = postgres::connect(url, options).await?;
            migration::run(&pool, options.role).await?;
            (pool.clone(), pool, None)
        } else {
            // What follows the scheme may hold a password.
            let scheme = url.split(':').next().unwrap_or_default();
            return Err(StorageError::InvalidDatabaseUrl(format!("its scheme is “{scheme}”")));
        };
        Ok(Self { writer, reader, owned, metrics: Arc::default(), role: "" })
    }

    /// Counts and times its transactions in `metrics`. `role` names the program that uses it.
    #[must_use]
    pub fn measured_by(self, metrics: Arc<Metrics>, role: &'static str) -> Self {
        Self { metrics, role, ..self }
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Sets the gauges of this process's connections.
    pub fn sample_connections(&self) {
        let pools = [&self.writer, &self.reader].map(connection_counts);
        // On PostgreSQL both are one pool.
        let pools = if self.owned.is_some() { &pools[..] } else { &pools[..1] };
        let states = ["used", "idle", "limit"];
        for (n, state) in states.into_iter().enumerate() {
            let sum: u32 = pools.iter().map(|pool| pool[n]).sum();
            self.metrics.database_connections.set(f64::from(sum), [self.role, state]);
        }
    }

    /// Runs `work` in one transaction: commits what it wrote if it returns `Ok`, and nothing if it
    /// returns an error, panics or is dropped.
    ///
    /// After a conflict with another transaction it runs again, a few times. So `work` must do
    /// nothing but read and write through its [`Tx`], and borrow its inputs. If the answer to a
    /// commit is lost, the result is an error although the commit may have happened; the caller
    /// repeats the call, which is safe because the first write wins.
    ///
    /// `work` gets the transaction by value, because the compiler can't yet prove that a future
    /// that borrows both its argument and its environment is `Send`.
    ///
    /// # Errors
    /// What `work` returns, or the database's error on begin or commit.
    ///
    /// # Panics
    /// If `work` keeps its [`Tx`].
    pub async fn write<T, E, F, W>(&self, work: F) -> Result<T, E>
    where
        F: Fn(Tx) -> W,
        W: Future<Output = Result<T, E>>,
        E: From<StorageError> + MaybeConflict,
    {
        if let Some(owned) = &self.owned {
            owned.ensure_owned()?;
        }
        let mut attempt = 1;
        loop {
            // After a timeout on the lock there is no retry: it would wait six times as long.
            let span = self.transaction_span(attempt);
            // Boxed: the future of the work can be large.
            let running = Box::pin(self.attempt(&work));
            let ended = running.instrument(span.clone()).await?;
            if ended.is_err() {
                span.record("error.type", "rolled_back");
            }
            drop(span);
            match ended {
                Err(error) if error.is_conflict() && attempt < MAX_ATTEMPTS => {
                    self.metrics.database_conflicts.inc([]);
                    tracing::debug!(attempt, "transaction conflict, retrying");
                    tokio::time::sleep(Duration::from_millis(5) * attempt * attempt).await;
                    attempt += 1;
                }
                ended => return ended,
            }
        }
    }

    /// `Err` if no transaction could begin, else what the work returned.
    async fn attempt<T, E, F, W>(&self, work: &F) -> Result<Result<T, E>, E>
    where
        F: Fn(Tx) -> W,
        W: Future<Output = Result<T, E>>,
        E: From<StorageError>,
    {
        let waiting = Instant::now();
        let begun = begin(&self.writer).await.map_err(StorageError::from)?;
        self.metrics.database_wait_seconds.observe(waiting.elapsed(), []);
        let began = Instant::now();
        let ended = run(begun, work).await;
        let outcome = if ended.is_ok() { "committed" } else { "rolled_back" };
        self.metrics.database_transaction_seconds.observe(began.elapsed(), [outcome]);
        Ok(ended)
    }

    /// Includes the wait for a connection or a lock.
    fn transaction_span(&self, attempt: u32) -> Span {
        let system = if self.owned.is_some() { "sqlite" } else { "postgresql" };
        traces::span!(
            "transaction",
            otel.kind = "client",
            db.system.name = system,
            db.operation.name = "transaction",
            attempt,
            "error.type" = Empty,
        )
    }

    /// Reads committed data.
    pub fn read(&self) -> CommittedReader {
        CommittedReader(self.reader.clone())
    }

    /// Checks that the database is available, with a query on one of our own tables.
    pub async fn ping(&self) -> Result<()> {
        self.schema_version().await.map(|_| ())
    }

    /// The number of the newest applied migration.
    pub async fn schema_version(&self) -> Result<u32> {
        migration::version(&self.reader).await
    }

    /// Closes all connections after the running statements end. Later writes fail.
    ///
    /// # Errors
    /// [`StorageError::Database`] if a connection can't be closed cleanly.
    pub async fn close(&self) -> Result<()> {
        if let Some(owned) = &self.owned
            && let Err(error) = owned.release().await
        {
            tracing::debug!(%error, "could not delete the row of this process");
        }
        self.reader.close_by_ref().await?;
        Ok(self.writer.close_by_ref().await?)
    }
}

/// A pool's connections: used, idle, limit.
fn connection_counts(pool: &DatabaseConnection) -> [u32; 3] {
    let (open, idle, limit) = if let Some(sqlite) = sqlite_pool(pool) {
        (sqlite.size(), sqlite.num_idle(), sqlite.options().get_max_connections())
    } else {
        let pool = pool.get_postgres_connection_pool();
        (pool.size(), pool.num_idle(), pool.options().get_max_connections())
    };
    let idle = u32::try_from(idle).unwrap_or(u32::MAX);
    [open.saturating_sub(idle), idle, limit]
}

fn sqlite_pool(pool: &DatabaseConnection) -> Option<&sea_orm::sqlx::SqlitePool> {
    match pool.get_database_backend() {
        sea_orm::DbBackend::Sqlite => Some(pool.get_sqlite_connection_pool()),
        _ => None,
    }
}

/// Runs the work in the transaction, then commits or rolls back.
async fn run<T, E, F, W>(begun: DatabaseTransaction, work: &F) -> Result<T, E>
where
    F: Fn(Tx) -> W,
    W: Future<Output = Result<T, E>>,
    E: From<StorageError>,
{
    let begun = Arc::new(begun);
    let ended = work(Tx(Arc::clone(&begun))).await;
    let begun = Arc::into_inner(begun).expect("a transaction stays within its closure");
    match ended {
        Ok(value) => {
            begun.commit().await.map_err(StorageError::from)?;
            Ok(value)
        }
        Err(error) => {
            // A drop rolls back too, but later.
            if let Err(rollback) = begun.rollback().await {
                tracing::debug!(error = %rollback, "rollback failed, the database will roll back");
            }
            Err(error)
        }
    }
}
