//! [`DriverError`]: an error of a database driver, classified by whether a retry can help.
//!
//! Sources: SQLite's result codes (<https://www.sqlite.org/rescode.html>) and PostgreSQL's SQLSTATE
//! classes (its manual, appendix A).

use sea_orm::{DbErr, RuntimeErr, SqlxError};

#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DriverError(DbErr);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RetryClass {
    /// Two transactions conflicted: retry at once.
    Conflict,
    /// The database is down, full or starting: retry later.
    Transient,
    Permanent,
}

impl From<DbErr> for DriverError {
    fn from(error: DbErr) -> Self {
        Self(error)
    }
}

impl DriverError {
    /// Whether two transactions conflicted, so that this one may run again at once.
    pub fn is_conflict(&self) -> bool {
        self.class() == RetryClass::Conflict
    }

    /// Whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        match self.class() {
            RetryClass::Conflict | RetryClass::Transient => true,
            RetryClass::Permanent => false,
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

    fn class(&self) -> RetryClass {
        if let DbErr::ConnectionAcquire(_) = self.0 {
            return RetryClass::Transient;
        }
        match self.driver() {
            None => RetryClass::Permanent,
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
            ) => RetryClass::Transient,
            // Configuration, decoding, a missing row: a retry does not help.
            Some(_) => RetryClass::Permanent,
        }
    }
}

fn sqlite(code: i32) -> RetryClass {
    match code {
        // BUSY, LOCKED
        5 | 6 => RetryClass::Conflict,
        // PERM, NOMEM, READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, PROTOCOL
        3 | 7 | 8 | 9 | 10 | 13 | 14 | 15 => RetryClass::Transient,
        _ => RetryClass::Permanent,
    }
}

fn postgres(state: &str) -> RetryClass {
    match state {
        // Serialization failure, deadlock, lock not available.
        "40001" | "40P01" | "55P03" => RetryClass::Conflict,
        // A standby after a failover; a transaction that was idle for too long.
        "25006" | "25P03" => RetryClass::Transient,
        _ => match state.get(..2) {
            // Connection, resources, operator intervention, system, internal.
            Some("08" | "53" | "57" | "58" | "XX") => RetryClass::Transient,
            _ => RetryClass::Permanent,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_classified_by_retry() {
        assert_eq!(sqlite(5), RetryClass::Conflict);
        assert_eq!(sqlite(13), RetryClass::Transient);
        assert_eq!(sqlite(19), RetryClass::Permanent);
        assert_eq!(postgres("40001"), RetryClass::Conflict);
        assert_eq!(postgres("57P01"), RetryClass::Transient);
        assert_eq!(postgres("23505"), RetryClass::Permanent);
    }

    #[test]
    fn exhausted_pool_is_transient() {
        let failure = DriverError(DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::Timeout));
        assert!(failure.is_transient() && !failure.is_conflict());
        assert!(!DriverError(DbErr::RecordNotInserted).is_transient());
    }
}
