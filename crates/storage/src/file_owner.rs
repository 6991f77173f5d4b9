//! The owner of a SQLite file: one host, with any number of processes.
//!
//! SQLite's locks work only between processes of one kernel; over a network file system two hosts
//! would damage the file without an error. So every process that opens the file has a row with its
//! host and a heartbeat. A process that finds a row of another host waits for a heartbeat: if one
//! comes, the file is refused with the reason; otherwise that host is gone (or this one was
//! restarted), and its rows are deleted. A process that finds its own row deleted stops writing.
//!
//! No clocks are compared, since those of two hosts may differ: only a change of the row while
//! waiting counts.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, DatabaseTransaction,
    EntityTrait as _, FromQueryResult as _, QueryFilter as _, Statement,
};

use crate::{
    Result, StorageError,
    entity::owner::{Column, Entity, Model},
    tx::begin,
};

/// A process that opens a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostProcess {
    /// The id of the host, or more exactly of its kernel: SQLite's locks work within it.
    pub host: String,
    /// The host's name, for people.
    pub name: String,
    pub pid: u32,
}

impl HostProcess {
    /// The current process. Containers on one host share its kernel, and so this id.
    pub fn current() -> Self {
        let name = sysinfo::System::host_name().unwrap_or_else(|| "unnamed".to_owned());
        // Linux has a new boot id at each boot; other systems use the boot time.
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
        let host = boot.map_or_else(
            |_| format!("{name} {}", sysinfo::System::boot_time()),
            |id| id.trim().to_owned(),
        );
        Self { host, name, pid: std::process::id() }
    }
}

/// This process's row and its heartbeat task. Dropping it stops the task.
#[derive(Debug)]
pub(crate) struct FileOwnership {
    process: String,
    connection: DatabaseConnection,
    lost: Arc<OnceLock<LostOwnership>>,
    beating: tokio::task::JoinHandle<()>,
}

/// Another host that owns the file now.
#[derive(Debug, Clone)]
struct LostOwnership {
    path: PathBuf,
    name: String,
    pid: i64,
}

impl FileOwnership {
    /// Fails if another host owns the file now.
    pub(crate) fn ensure_owned(&self) -> Result<()> {
        self.lost.get().map_or(Ok(()), |lost| Err(lost.error()))
    }

    /// Deletes the row, so that another host need not wait.
    pub(crate) async fn release(&self) -> Result<()> {
        self.beating.abort();
        Entity::delete_by_id(self.process.as_str()).exec(&self.connection).await?;
        Ok(())
    }
}

impl Drop for FileOwnership {
    fn drop(&mut self) {
        self.beating.abort();
    }
}

impl LostOwnership {
    fn to(path: &Path, row: &Model) -> Self {
        Self { path: path.to_owned(), name: row.name.clone(), pid: row.pid }
    }

    fn error(&self) -> StorageError {
        StorageError::OtherHost { path: self.path.clone(), name: self.name.clone(), pid: self.pid }
    }
}

/// Refuses a file that another host has open. Called before the migration, so the table may be
/// missing.
pub(crate) async fn refuse_other_host(
    connection: &DatabaseConnection,
    path: &Path,
    process: &HostProcess,
    beat: Duration,
) -> Result<()> {
    if !has_table(connection).await? {
        return Ok(());
    }
    let before = rows_of_other_hosts(connection, process).await?;
    if before.is_empty() {
        return Ok(());
    }
    tracing::info!(
        host = before[0].name,
        "another host had this database open: waiting for its heartbeat"
    );
    // Two heartbeats plus a margin: one of them may be late.
    tokio::time::sleep(beat * 2 + beat / 4).await;
    let alive = rows_of_other_hosts(connection, process).await?;
    if let Some(row) = alive.iter().find(|row| !before.contains(row)) {
        return Err(LostOwnership::to(path, row).error());
    }
    Entity::delete_many()
        .filter(Column::Process.is_in(before.into_iter().map(|row| row.process)))
        .exec(connection)
        .await?;
    Ok(())
}

/// Inserts the row of this process and starts its heartbeat.
pub(crate) async fn register(
    connection: &DatabaseConnection,
    path: &Path,
    process: &HostProcess,
    beat: Duration,
) -> Result<FileOwnership> {
    // A process may open a file more than once.
    static OPENED: AtomicU64 = AtomicU64::new(0);
    let n = OPENED.fetch_add(1, Ordering::Relaxed);
    let key = format!("{}/{}/{n}", process.host, process.pid);
    let tx = begin(connection).await?;
    delete_stale(&tx, process).await?;
    let claimed = renew(&tx, &key, process).await?;
    tx.commit().await?;
    if let Err(row) = claimed {
        return Err(LostOwnership::to(path, &row).error());
    }
    let lost = Arc::new(OnceLock::new());
    let heart = OwnerHeartbeat {
        connection: connection.clone(),
        path: path.to_owned(),
        key: key.clone(),
        process: process.clone(),
        lost: Arc::clone(&lost),
    };
    Ok(FileOwnership {
        process: key,
        connection: connection.clone(),
        lost,
        beating: tokio::spawn(heart.run(beat)),
    })
}

struct OwnerHeartbeat {
    connection: DatabaseConnection,
    path: PathBuf,
    key: String,
    process: HostProcess,
    lost: Arc<OnceLock<LostOwnership>>,
}

impl OwnerHeartbeat {
    async fn run(self, beat: Duration) {
        loop {
            tokio::time::sleep(beat).await;
            match self.beat().await {
                Ok(Ok(())) => {}
                Ok(Err(row)) => {
                    let lost = LostOwnership::to(&self.path, &row);
                    tracing::error!("{}: this process stops writing", lost.error());
                    let _ = self.lost.set(lost);
                    return;
                }
                // The caller that needs the database reports that it is busy or down.
                Err(error) => tracing::debug!(%error, "heartbeat failed, retrying"),
            }
        }
    }

    /// Renews our row, or inserts it again if it was deleted and no other host owns the file.
    async fn beat(&self) -> Result<Result<(), Model>> {
        let tx = begin(&self.connection).await?;
        let claimed = renew(&tx, &self.key, &self.process).await?;
        tx.commit().await?;
        Ok(claimed)
    }
}

/// Writes our row with the current time. If another host owns the file, returns that host's row
/// instead.
async fn renew(
    tx: &DatabaseTransaction,
    key: &str,
    process: &HostProcess,
) -> Result<Result<(), Model>> {
    if let Some(other) = rows_of_other_hosts(tx, process).await?.into_iter().next() {
        return Ok(Err(other));
    }
    // SQLite's clock, because this crate reads none; the time is for people and for `forget_dead`.
    let upsert = "INSERT INTO owners (process, host, name, pid, beat_at) \
        VALUES ($1, $2, $3, $4, strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')) \
        ON CONFLICT (process) DO UPDATE SET beat_at = excluded.beat_at";
    let values = [
        key.into(),
        process.host.as_str().into(),
        process.name.as_str().into(),
        i64::from(process.pid).into(),
    ];
    tx.execute_raw(statement(upsert, values)).await?;
    Ok(Ok(()))
}

/// Deletes old rows of killed processes of this host.
async fn delete_stale(tx: &DatabaseTransaction, process: &HostProcess) -> Result<()> {
    let delete = "DELETE FROM owners WHERE host = $1 \
        AND beat_at < strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '-10 minutes')";
    tx.execute_raw(statement(delete, [process.host.as_str().into()])).await?;
    Ok(())
}

async fn rows_of_other_hosts(
    on: &impl sea_orm::ConnectionTrait,
    process: &HostProcess,
) -> Result<Vec<Model>> {
    Ok(Entity::find().filter(Column::Host.ne(process.host.as_str())).all(on).await?)
}

async fn has_table(connection: &DatabaseConnection) -> Result<bool> {
    #[derive(sea_orm::FromQueryResult)]
    struct TableName {
        name: String,
    }
    let ask = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'owners'";
    let found = TableName::find_by_statement(statement(ask, [])).one(connection).await?;
    Ok(found.is_some_and(|found| found.name == "owners"))
}

fn statement<const N: usize>(sql: &str, values: [sea_orm::Value; N]) -> Statement {
    Statement::from_sql_and_values(sea_orm::DbBackend::Sqlite, sql, values)
}
