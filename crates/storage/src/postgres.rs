//! Opening a PostgreSQL database.

use std::time::Duration;

use sea_orm::{
    ConnectOptions, DatabaseConnection, DbErr, RuntimeErr, SqlxError,
    sqlx::postgres::PgConnectOptions,
};

use crate::{Error, Options};

/// A pool of connections.
pub(crate) async fn connect(url: &str, options: &Options) -> Result<DatabaseConnection, Error> {
    // Read here too, because the ORM would put the address, password and all, into its error.
    let address = match url.parse::<PgConnectOptions>() {
        Ok(settings) => format!("{}:{}", settings.get_host(), settings.get_port()),
        Err(error) => return Err(Error::Address(format!("it can't be read: {error}"))),
    };
    let mut connect = ConnectOptions::new(url);
    connect
        .max_connections(options.connections.max(1))
        .acquire_timeout(options.patience)
        .statement_timeout(options.statement_timeout)
        .sqlx_logging(false)
        .set_application_name("bible-vibecoder")
        // A round trip saved for every statement of a busy process; an idle connection may have
        // been cut by something between us and the server.
        .test_before_acquire_if_idle_for(Duration::from_secs(5));
    if let Some(schema) = &options.schema {
        connect.set_schema_search_path(schema);
    }
    sea_orm::Database::connect(connect)
        .await
        .map_err(|error| match &error {
            // The pool tries until its patience ends, and then no longer knows why.
            DbErr::Conn(RuntimeErr::SqlxError(cause))
                if matches!(**cause, SqlxError::PoolTimedOut | SqlxError::Io(_)) =>
            {
                Error::Unreachable(address)
            }
            _ => error.into(),
        })
}
