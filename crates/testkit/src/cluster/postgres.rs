//! A PostgreSQL server from the installed programs.

mod programs;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    time::{Duration, Instant},
};

use programs::PostgresPrograms;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, TransactionTrait as _};

use super::{ClusterError, process::ProcessSpec};
use crate::signals::Signal;

/// The deadline for a server to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Settings of a server for test data. What it acknowledges has to survive `kill -9`, which needs
/// no `fsync`: only a power failure would.
const SETTINGS: [&str; 5] = [
    "listen_addresses=127.0.0.1",
    "max_connections=200",
    "fsync=off",
    "full_page_writes=off",
    "log_min_messages=warning",
];

/// A server's files and programs.
#[derive(Debug, Clone)]
pub(super) struct Postgres {
    programs: PostgresPrograms,
    folder: PathBuf,
    port: u16,
}

/// A lock on a table, which blocks every other use of the table until it is dropped.
#[derive(Debug)]
pub struct TableLock(#[expect(dead_code, reason = "dropping it rolls back")] DatabaseTransaction);

impl TableLock {
    /// Locks `table` of the database at `url`.
    pub(super) async fn take(url: &str, table: &str) -> Result<Self, sea_orm::DbErr> {
        let mut options = sea_orm::ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        let tx = sea_orm::Database::connect(options).await?.begin().await?;
        tx.execute_unprepared(&format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")).await?;
        Ok(Self(tx))
    }
}

/// Whether PostgreSQL can run here.
pub fn is_installed() -> Result<(), String> {
    PostgresPrograms::find().map(drop)
}

impl Postgres {
    /// Creates the files of a server in `folder`.
    pub(super) fn init(folder: PathBuf, port: u16) -> Result<Self, ClusterError> {
        let missing = |reason| ClusterError::Missing { what: "PostgreSQL", reason };
        let programs = PostgresPrograms::find().map_err(missing)?;
        let fault = |source| ClusterError::Folder { path: folder.clone(), source };
        if programs.give(&folder).map_err(fault)?
            && let Some(parent) = folder.parent()
        {
            // The other user must be able to reach it.
            fs::set_permissions(parent, fs::Permissions::from_mode(0o711)).map_err(fault)?;
        }
        programs.init(&folder.join("data")).map_err(missing)?;
        Ok(Self { programs, folder, port })
    }

    /// The command that runs the server.
    pub(super) fn spec(&self) -> ProcessSpec {
        let command = self.programs.command("postgres");
        let mut args: Vec<_> = command.get_args().map(Into::into).collect();
        args.extend(["-D".into(), self.folder.join("data").into()]);
        args.extend(["-k".into(), self.folder.clone().into()]);
        args.extend(["-p".into(), self.port.to_string().into()]);
        args.extend(SETTINGS.iter().flat_map(|setting| ["-c".into(), setting.into()]));
        ProcessSpec {
            program: command.get_program().into(),
            args,
            folder: PathBuf::from("/"),
            env: Vec::new(),
            // On SIGTERM it would wait until the last client has disconnected.
            end: Signal::Interrupt,
        }
    }

    /// `host:port`.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The `DATABASE_URL` for a server that is reached through `address`.
    pub(super) fn url(address: &str) -> String {
        format!("postgres://postgres@{address}/postgres")
    }

    /// Checks that the server accepts statements.
    pub(super) async fn is_up(&self) -> Result<(), String> {
        let url = Self::url(&self.address());
        let begun = Instant::now();
        loop {
            let mut options = sea_orm::ConnectOptions::new(&url);
            options.max_connections(1).sqlx_logging(false);
            options.connect_timeout(Duration::from_secs(1));
            let reason = match sea_orm::Database::connect(options).await {
                Ok(connection) => match connection.ping().await {
                    Ok(()) => return Ok(()),
                    Err(error) => error.to_string(),
                },
                Err(error) => error.to_string(),
            };
            if begun.elapsed() > PATIENCE {
                return Err(reason);
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
}
