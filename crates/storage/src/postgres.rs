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
        .set_application_name(format!("bible-vibecoder {}", options.role.name()))
        .map_sqlx_postgres_opts({
            // A row that somebody holds for longer than anybody has patience for is a collision; a
            // transaction in which nothing happens belongs to a process that hangs.
            let patience = options.patience.as_millis().to_string();
            let idle = (options.statement_timeout * 2).as_millis().to_string();
            move |settings| {
                settings.options([
                    ("lock_timeout", patience.as_str()),
                    ("idle_in_transaction_session_timeout", idle.as_str()),
                ])
            }
        })
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
