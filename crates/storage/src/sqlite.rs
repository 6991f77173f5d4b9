//! Opening a SQLite file: one connection that writes, a few that read, shared with other processes
//! of the same host.
//!
//! SQLite allows one writer at a time. In WAL mode readers never wait for it. A writer takes the
//! lock at `BEGIN` and waits for it there, up to [`DatabaseOptions::acquire_timeout`]. Not for network file
//! systems, where SQLite's locks don't work: a second host is [refused](crate::file_owner).

use std::{io::ErrorKind, path::Path, time::Duration};

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, DatabaseConnection, DbErr,
    sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous},
};

use crate::{
    DatabaseOptions, DatabaseRole, DriverError, MaybeConflict as _, Result, StorageError,
    file_owner::{self, FileOwnership},
    migration, private_files, writable_folder,
};

const SETTING: &str = "DATABASE_URL";

/// SQLite's result codes for an unwritable place: PERM, READONLY, CANTOPEN.
const UNWRITABLE: [i32; 3] = [3, 8, 14];

/// SQLite's result codes for a file that is not a database: CORRUPT, NOTADB.
const NO_DATABASE: [i32; 2] = [11, 26];

/// The writer and the readers of a migrated database, and our lease on the file.
pub(crate) async fn connect(
    url: &str,
    options: &DatabaseOptions,
) -> Result<(DatabaseConnection, DatabaseConnection, FileOwnership)> {
    let settings = settings(url, options)?;
    let path = settings.get_filename().to_owned();
    if matches!(options.role, DatabaseRole::Tool | DatabaseRole::Migration) && !path.exists() {
        return Err(StorageError::NoDatabase { path });
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        writable_folder::create_folder(folder, SETTING)?;
    }
    make_database_private(&path)?;
    let opened = async {
        let writer = pool(options, 1, settings.clone()).await?;
        enable_wal(&writer, options.acquire_timeout).await?;
        let (process, beat) = (&options.process, options.heartbeat);
        file_owner::refuse_other_host(&writer, &path, process, beat).await?;
        migration::run(&writer, options.role).await?;
        let owned = file_owner::register(&writer, &path, process, beat).await?;
        let read_only = settings.clone().create_if_missing(false).pragma("query_only", "ON");
        let readers = pool(options, options.readers.max(1), read_only).await?;
        Ok((writer, readers, owned))
    };
    opened.await.map_err(|error| explain_error(error, &path))
}

/// Makes the files readable for one user only. SQLite gives its auxiliary files the mode of the
/// database.
fn make_database_private(path: &Path) -> Result<()> {
    // Opens only a new file: closing an existing one would drop the locks that this process holds
    // on it.
    if let Err(error) = private_files::options().write(true).create_new(true).open(path)
        && error.kind() == ErrorKind::AlreadyExists
        && path.is_file()
    {
        for suffix in ["", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            private_files::make_file_private(Path::new(&name), SETTING)?;
        }
    }
    Ok(())
}

fn settings(url: &str, options: &DatabaseOptions) -> Result<SqliteConnectOptions> {
    let refused = |why: &str| StorageError::InvalidDatabaseUrl(why.to_owned());
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Err(refused("an in-memory database has one connection and is lost at exit"));
    }
    let settings: SqliteConnectOptions =
        url.parse().map_err(|error| refused(&format!("it does not name a file: {error}")))?;
    if settings.get_filename().as_os_str().is_empty() {
        return Err(refused("it does not name a file"));
    }
    Ok(settings
        .create_if_missing(true)
        .foreign_keys(true)
        // In WAL mode this survives a crash of the process; a crash of the machine can lose the
        // last commits but not corrupt the file.
        .synchronous(SqliteSynchronous::Normal)
        // Deleted data is overwritten, so that erased personal data is not left in free pages.
        .pragma("secure_delete", "ON")
        .busy_timeout(options.acquire_timeout))
}

async fn pool(
    options: &DatabaseOptions,
    connections: u32,
    settings: SqliteConnectOptions,
) -> Result<DatabaseConnection, DbErr> {
    // The ORM requires an address, but `settings` overrides it.
    let mut connect = ConnectOptions::new("sqlite:settings");
    connect
        .max_connections(connections)
        .acquire_timeout(options.acquire_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        // A connection to a file does not become stale.
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |_| settings.clone());
    sea_orm::Database::connect(connect).await
}

/// Turns on WAL mode, which the file keeps. That needs exclusive access, and SQLite returns “busy”
/// without waiting if another process does the same, so this function waits.
async fn enable_wal(writer: &DatabaseConnection, patience: Duration) -> Result<()> {
    const PAUSE: Duration = Duration::from_millis(20);
    let mut left = patience;
    loop {
        let failure = match writer.execute_unprepared("PRAGMA journal_mode = WAL").await {
            Ok(_) => return Ok(()),
            Err(error) => StorageError::from(error),
        };
        if !failure.is_conflict() || left.is_zero() {
            return Err(failure);
        }
        tokio::time::sleep(PAUSE).await;
        left = left.saturating_sub(PAUSE);
    }
}

/// Adds the file's name and a remedy to SQLite's error code.
fn explain_error(error: StorageError, path: &Path) -> StorageError {
    let code = match &error {
        StorageError::Database(failure) => DriverError::sqlite_code(failure),
        _ => None,
    };
    match code {
        Some(code) if NO_DATABASE.contains(&code) => {
            StorageError::NotADatabase { path: path.to_owned() }
        }
        Some(code) if UNWRITABLE.contains(&code) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new("."));
            // SQLite creates files in the database's folder, so test the folder. The database
            // itself is not opened, because closing it would drop the locks that this process holds
            // on it.
            let why =
                if path.is_dir() { ErrorKind::IsADirectory } else { ErrorKind::PermissionDenied };
            writable_folder::check_writable(folder, SETTING)
                .err()
                .unwrap_or_else(|| writable_folder::unwritable(path, why.into(), SETTING))
        }
        Some(_) | None => error,
    }
}
