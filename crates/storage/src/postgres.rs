//! Opening a PostgreSQL database.

use std::time::Duration;

use sea_orm::{
    ConnectOptions, DatabaseConnection, DbErr, RuntimeErr, SqlxError,
    sqlx::postgres::PgConnectOptions,
};

use crate::{DatabaseOptions, Result, StorageError};

pub(crate) async fn connect(url: &str, options: &DatabaseOptions) -> Result<DatabaseConnection> {
    // Parsed here too, because the ORM would put the whole address, with the password, into its
    // error.
    let address = match url.parse::<PgConnectOptions>() {
        Ok(settings) => format!("{}:{}", settings.get_host(), settings.get_port()),
        Err(error) => {
            return Err(StorageError::InvalidDatabaseUrl(format!("it can't be read: {error}")));
        }
    };
    let mut connect = ConnectOptions::new(url);
    connect
        .max_connections(options.connections.max(1))
        .acquire_timeout(options.acquire_timeout)
        .statement_timeout(options.statement_timeout)
        .sqlx_logging(false)
        .set_application_name(format!("bible-vibecoder {}", options.role.name()))
        .map_sqlx_postgres_opts({
            // A row lock that takes longer than `patience` counts as a conflict. A transaction that
            // is idle for long belongs to a process that hangs.
            let patience = options.acquire_timeout.as_millis().to_string();
            let idle = (options.statement_timeout * 2).as_millis().to_string();
            move |settings| {
                settings.options([
                    ("lock_timeout", patience.as_str()),
                    ("idle_in_transaction_session_timeout", idle.as_str()),
                ])
            }
        })
        // Saves a round trip per statement in a busy process. An idle connection may have been cut
        // by the network, so it is tested.
        .test_before_acquire_if_idle_for(Duration::from_secs(5));
    if let Some(schema) = &options.schema {
        connect.set_schema_search_path(schema);
    }
    sea_orm::Database::connect(connect).await.map_err(|error| match &error {
        // The pool retries until its timeout and then does not report the cause.
        DbErr::Conn(RuntimeErr::SqlxError(cause))
            if matches!(**cause, SqlxError::PoolTimedOut | SqlxError::Io(_)) =>
        {
            StorageError::Unreachable(address)
        }
        _ => error.into(),
    })
}
