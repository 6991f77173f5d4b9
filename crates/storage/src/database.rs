//! [`Database`]: opens and migrates it, and runs write transactions.

use std::{sync::Arc, time::Duration};

use sea_orm::{DatabaseConnection, DatabaseTransaction};

use crate::{
    CommittedReader, DatabaseOptions, MaybeConflict, StorageError, Tx, file_owner::FileOwnership,
    migration, postgres, sqlite, tx::begin,
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
}

/// How often a transaction runs before a conflict is returned to the caller, which can retry later.
const MAX_ATTEMPTS: u32 = 6;

impl Database {
    /// Opens the database at `url`, and creates and migrates it if needed. Several processes may do
    /// so at once.
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
    pub async fn open(url: &str, options: &DatabaseOptions) -> Result<Self, StorageError> {
        let (writer, reader, owned) = if url.starts_with("sqlite:") {
            let (writer, reader, owned) = sqlite::connect(url, options).await?;
            (writer, reader, Some(Arc::new(owned)))
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let pool = postgres::connect(url, options).await?;
            migration::run(&pool).await?;
            (pool.clone(), pool, None)
        } else {
            // What follows the scheme may hold a password.
            let scheme = url.split(':').next().unwrap_or_default();
            return Err(StorageError::InvalidDatabaseUrl(format!("its scheme is “{scheme}”")));
        };
        Ok(Self { writer, reader, owned })
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
            let begun = begin(&self.writer).await.map_err(StorageError::from)?;
            match run(begun, &work).await {
                Err(error) if error.is_conflict() && attempt < MAX_ATTEMPTS => {
                    tracing::debug!(attempt, "transaction conflict, retrying");
                    tokio::time::sleep(Duration::from_millis(5) * attempt * attempt).await;
                    attempt += 1;
                }
                ended => return ended,
            }
        }
    }

    /// Reads committed data.
    pub fn read(&self) -> CommittedReader {
        CommittedReader(self.reader.clone())
    }

    /// Checks that the database is available, with a query on one of our own tables.
    ///
    /// # Errors
    /// [`StorageError::Database`] if it is not.
    pub async fn ping(&self) -> Result<(), StorageError> {
        self.schema_version().await.map(|_| ())
    }

    /// The number of the newest applied migration.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the query fails.
    pub async fn schema_version(&self) -> Result<u32, StorageError> {
        migration::version(&self.reader).await
    }

    /// Closes all connections after the running statements end. Later writes fail.
    ///
    /// # Errors
    /// [`StorageError::Database`] if a connection can't be closed cleanly.
    pub async fn close(&self) -> Result<(), StorageError> {
        if let Some(owned) = &self.owned
            && let Err(error) = owned.release().await
        {
            tracing::debug!(%error, "could not delete the row of this process");
        }
        self.reader.close_by_ref().await?;
        Ok(self.writer.close_by_ref().await?)
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
