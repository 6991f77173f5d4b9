//! [`DatabaseOptions`] and [`DatabaseRole`]: how a process opens the database.

use std::time::Duration;

use crate::HostProcess;

/// The role of a process, which decides how many connections to PostgreSQL it needs. The server's
/// default limit is 100; these numbers leave room for three replicas of each role and an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DatabaseRole {
    /// All roles in one process, for a laptop.
    All,
    /// The persistence pool: one connection per concurrent activity.
    Persistence,
    /// The delivery pool: short claims and records, thirty messages per second.
    Delivery,
    Gateway,
    /// A command-line tool that ends soon. It makes no SQLite file and does not migrate.
    Tool,
    /// Only migrates, before a rollout. It makes no SQLite file.
    Migration,
}

impl DatabaseRole {
    /// The name that the server's list of connections shows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Persistence => "persistence",
            Self::Delivery => "delivery",
            Self::Gateway => "gateway",
            Self::Tool => "tool",
            Self::Migration => "migration",
        }
    }

    pub const fn connections(self) -> u32 {
        match self {
            Self::All | Self::Persistence => 10,
            Self::Delivery | Self::Gateway => 6,
            Self::Tool | Self::Migration => 2,
        }
    }
}

/// Options of a database; [`DatabaseOptions::default`] fits a laptop.
#[derive(Debug, Clone)]
pub struct DatabaseOptions {
    pub role: DatabaseRole,
    /// Read-only connections. SQLite only, in addition to one writer.
    pub readers: u32,
    /// All connections. PostgreSQL only.
    pub connections: u32,
    /// How long a write waits for another process's write lock (SQLite), and how long any call
    /// waits for a free connection, before it fails as transient.
    pub acquire_timeout: Duration,
    /// PostgreSQL only.
    pub statement_timeout: Duration,
    /// An existing schema. PostgreSQL only; by default the server's choice.
    pub schema: Option<String>,
    /// The process that opens it. SQLite only: one host may use the file at a time.
    pub process: HostProcess,
    /// The heartbeat interval of a SQLite file. A second host is refused after two intervals.
    pub heartbeat: Duration,
}

impl DatabaseOptions {
    pub fn of(role: DatabaseRole) -> Self {
        Self {
            role,
            readers: 4,
            connections: role.connections(),
            acquire_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
            schema: None,
            process: HostProcess::current(),
            heartbeat: Duration::from_secs(5),
        }
    }
}

impl Default for DatabaseOptions {
    fn default() -> Self {
        Self::of(DatabaseRole::All)
    }
}
