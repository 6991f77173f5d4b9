//! [`Database`]: opening it, migrating it, and the one way to write to it.

use std::{sync::Arc, time::Duration};

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _,
};

use crate::{Contended, Error, Process, Reader, Tx, migration, owner::Owned, postgres, sqlite};

/// A SQLite file or a PostgreSQL schema, migrated and ready. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    /// On SQLite a pool of one: a process queues here, in order, instead of fighting for the lock.
    pub(crate) writer: DatabaseConnection,
    /// On PostgreSQL the same pool as the writer's.
    reader: DatabaseConnection,
    /// On SQLite alone: whose file it is.
    owned: Option<Arc<Owned>>,
}

/// What a process is there for, and so how many connections to PostgreSQL it needs. The server has
/// 100 by default, which this leaves room in for three replicas of everything and an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything, on a laptop.
    All,
    /// The persistence pool: as many activities at a time write.
    Persistence,
    /// The delivery pool: short claims and records, thirty messages a second.
    Delivery,
    /// The gateway: one short transaction per update.
    Gateway,
    /// A command that ends soon.
    Tool,
}

impl Role {
    /// Its name, as the server's list of connections shows it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Persistence => "persistence",
            Self::Delivery => "delivery",
            Self::Gateway => "gateway",
            Self::Tool => "tool",
        }
    }

    /// Connections in all.
    pub const fn connections(self) -> u32 {
        match self {
            Self::All | Self::Persistence => 10,
            Self::Delivery | Self::Gateway => 6,
            Self::Tool => 2,
        }
    }
}

/// How to open a database; [`Options::default`] fits a laptop.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the process is there for.
    pub role: Role,
    /// Connections that only read. SQLite alone; there, one more writes.
    pub readers: u32,
    /// Connections in all. PostgreSQL alone.
    pub connections: u32,
    /// How long a write waits for another process's write lock (SQLite), and anything for a free
    /// connection, before it counts as transient trouble.
    pub patience: Duration,
    /// How long a statement may take. PostgreSQL alone.
    pub statement_timeout: Duration,
    /// The schema to live in, which must exist. PostgreSQL alone; by default the server's choice.
    pub schema: Option<String>,
    /// Who opens it. SQLite alone, which one host may use at a time.
    pub process: Process,
    /// The time between two signs of life in a SQLite file. A second host is told after two of them
    /// that it can't have it.
    pub heartbeat: Duration,
}

impl Options {
    /// What fits a role.
    pub fn of(role: Role) -> Self {
        Self {
            role,
            readers: 4,
            connections: role.connections(),
            patience: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
            schema: None,
            process: Process::this(),
            heartbeat: Duration::from_secs(5),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::of(Role::All)
    }
}

/// How often a transaction runs before a collision is handed to the caller, who has more time.
const ATTEMPTS: u32 = 6;

impl Database {
    /// Opens the database that `url` names, creating and migrating it where needed. Several
    /// processes may do so at once.
    ///
    /// `sqlite://data/bible.db` is relative to the working directory, `sqlite:///var/x.db` is
    /// absolute; `postgres://…` as libpq reads it.
    ///
    /// Of a SQLite file it keeps a sign of life, until it is closed or the last clone is dropped.
    ///
    /// # Errors
    /// [`Error`], with what to do: an address of neither kind, a place that can't be written, a
    /// file that is no database, or that another host has open, a schema newer than this program, or
    /// a database that is down.
    pub async fn open(url: &str, options: &Options) -> Result<Self, Error> {
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
            return Err(Error::Address(format!("its scheme is “{scheme}”")));
        };
        Ok(Self {
            writer,
            reader,
            owned,
        })
    }

    /// Runs `work` in one transaction: everything it wrote is committed when it returns `Ok`,
    /// nothing when it returns an error, panics or is dropped.
    ///
    /// After a collision with another transaction it runs again, a few times, so `work` must do
    /// nothing but read and write through its [`Tx`], and borrows what it works with. A commit
    /// whose answer is lost is reported as an error although it may have happened; since the first
    /// write wins, the caller repeats it.
    ///
    /// It takes the transaction by value, not by reference, because the compiler can't yet tell
    /// that a future which borrows both its argument and its surroundings is `Send`.
    ///
    /// # Errors
    /// What `work` returns, or what the database says to beginning or committing.
    ///
    /// # Panics
    /// When `work` lets its [`Tx`] escape.
    pub async fn write<T, E, F, W>(&self, work: F) -> Result<T, E>
    where
        F: Fn(Tx) -> W,
        W: Future<Output = Result<T, E>>,
        E: From<Error> + Contended,
    {
        if let Some(owned) = &self.owned {
            owned.check()?;
        }
        let mut attempt = 1;
        loop {
            // A lock that was waited for in vain is not waited for six times.
            let begun = begin(&self.writer).await.map_err(Error::from)?;
            match run(begun, &work).await {
                Err(error) if error.is_contended() && attempt < ATTEMPTS => {
                    tracing::debug!(attempt, "two transactions collided, this one runs again");
                    tokio::time::sleep(Duration::from_millis(5) * attempt * attempt).await;
                    attempt += 1;
                }
                ended => return ended,
            }
        }
    }

    /// Reads what is committed.
    pub fn read(&self) -> Reader {
        Reader(self.reader.clone())
    }

    /// Asks the database for a sign of life, through one of our own tables.
    ///
    /// # Errors
    /// [`Error::Database`] when it has none to give.
    pub async fn ping(&self) -> Result<(), Error> {
        self.schema_version().await.map(|_| ())
    }

    /// The number of the newest migration that the database has.
    ///
    /// # Errors
    /// [`Error::Database`] when it can't be asked.
    pub async fn schema_version(&self) -> Result<u32, Error> {
        migration::version(&self.reader).await
    }

    /// Ends all connections, letting what runs end first. Writing afterwards fails.
    ///
    /// # Errors
    /// [`Error::Database`] when a connection can't be ended in order.
    pub async fn close(&self) -> Result<(), Error> {
        if let Some(owned) = &self.owned
            && let Err(error) = owned.release().await
        {
            tracing::debug!(%error, "the row of this process stays behind");
        }
        self.reader.close_by_ref().await?;
        Ok(self.writer.close_by_ref().await?)
    }
}

/// Does the work in the transaction, and ends it.
async fn run<T, E, F, W>(begun: DatabaseTransaction, work: &F) -> Result<T, E>
where
    F: Fn(Tx) -> W,
    W: Future<Output = Result<T, E>>,
    E: From<Error>,
{
    let begun = Arc::new(begun);
    let ended = work(Tx(Arc::clone(&begun))).await;
    let begun = Arc::into_inner(begun).expect("a transaction stays within its closure");
    match ended {
        Ok(value) => {
            begun.commit().await.map_err(Error::from)?;
            Ok(value)
        }
        Err(error) => {
            // Dropping would roll back too, but at a time of its own choosing.
            if let Err(rollback) = begun.rollback().await {
                tracing::debug!(error = %rollback, "no rollback, the database will do it");
            }
            Err(error)
        }
    }
}

/// Begins a transaction that may write. SQLite gives the lock at once or not at all: a transaction
/// that reads first and asks for the lock later can be refused without waiting.
pub(crate) async fn begin(
    connection: &DatabaseConnection,
) -> Result<DatabaseTransaction, sea_orm::DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    connection.begin_with_options(options).await
}

/// Holds a lock on `what` until the transaction ends, where rows alone would not keep two
/// transactions apart. On SQLite a transaction that may write is alone anyway.
pub(crate) async fn hold(tx: &DatabaseTransaction, what: &str) -> Result<(), Error> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let lock = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
            [what.into()],
        );
        tx.execute_raw(lock).await?;
    }
    Ok(())
}
