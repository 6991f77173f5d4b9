//! [`Failure`]: an error of a database driver, classified by whether a retry can help.
//!
//! Sources: SQLite's result codes (<https://www.sqlite.org/rescode.html>) and PostgreSQL's SQLSTATE
//! classes (its manual, appendix A).

use sea_orm::{DbErr, RuntimeErr, SqlxError};

/// An error of the ORM or of the driver below it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Failure(DbErr);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Two transactions conflicted: retry at once.
    Contended,
    /// The database is down, full or starting: retry later.
    Transient,
    Permanent,
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self(error)
    }
}

impl From<DbErr> for crate::Error {
    fn from(error: DbErr) -> Self {
        Self::Database(Failure(error))
    }
}

impl Failure {
    /// Whether two transactions conflicted, so that this one may run again at once.
    pub fn is_contended(&self) -> bool {
        self.class() == Class::Contended
    }

    /// Whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        match self.class() {
            Class::Contended | Class::Transient => true,
            Class::Permanent => false,
        }
    }

    /// SQLite's primary result code, if SQLite failed.
    pub(crate) fn sqlite_code(&self) -> Option<i32> {
        let database = self.driver()?.as_database_error()?;
        database.try_downcast_ref::<sea_orm::SqlxSqliteError>()?;
        // The extended code's low byte is the primary one.
        Some(database.code()?.parse::<i32>().ok()? & 0xff)
    }

    fn driver(&self) -> Option<&SqlxError> {
        match &self.0 {
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
            // The ORM's enum is non-exhaustive; no other variant comes from a driver.
            _ => None,
        }
    }

    fn class(&self) -> Class {
        if let DbErr::ConnectionAcquire(_) = self.0 {
            return Class::Transient;
        }
        match self.driver() {
            None => Class::Permanent,
            Some(SqlxError::Database(error)) => {
                let code = error.code().unwrap_or_default();
                match self.sqlite_code() {
                    Some(code) => sqlite(code),
                    None => postgres(&code),
                }
            }
            Some(
                SqlxError::Io(_)
                | SqlxError::Protocol(_)
                | SqlxError::PoolTimedOut
                | SqlxError::PoolClosed
                | SqlxError::WorkerCrashed
                | SqlxError::BeginFailed,
            ) => Class::Transient,
            // Configuration, decoding, a missing row: a retry does not help.
            Some(_) => Class::Permanent,
        }
    }
}

fn sqlite(code: i32) -> Class {
    match code {
        // BUSY, LOCKED
        5 | 6 => Class::Contended,
        // PERM, NOMEM, READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, PROTOCOL
        3 | 7 | 8 | 9 | 10 | 13 | 14 | 15 => Class::Transient,
        _ => Class::Permanent,
    }
}

fn postgres(state: &str) -> Class {
    match state {
        // Serialization failure, deadlock, lock not available.
        "40001" | "40P01" | "55P03" => Class::Contended,
        // A standby after a failover; a transaction that was idle for too long.
        "25006" | "25P03" => Class::Transient,
        _ => match state.get(..2) {
            // Connection, resources, operator intervention, system, internal.
            Some("08" | "53" | "57" | "58" | "XX") => Class::Transient,
            _ => Class::Permanent,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_classified_by_retry() {
        assert_eq!(sqlite(5), Class::Contended);
        assert_eq!(sqlite(13), Class::Transient);
        assert_eq!(sqlite(19), Class::Permanent);
        assert_eq!(postgres("40001"), Class::Contended);
        assert_eq!(postgres("57P01"), Class::Transient);
        assert_eq!(postgres("23505"), Class::Permanent);
    }

    #[test]
    fn exhausted_pool_is_transient() {
        let failure = Failure(DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::Timeout));
        assert!(failure.is_transient() && !failure.is_contended());
        assert!(!Failure(DbErr::RecordNotInserted).is_transient());
    }
}
