//! The processes that have a SQLite file open, and their hosts.
//!
//! Expands: a table. On PostgreSQL it stays empty: there several hosts may share the database.

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbErr, sea_query::Table};

use super::columns::{number, text, timestamp};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let owners = Table::create()
        .table("owners")
        .col(text("process").primary_key())
        .col(text("host"))
        .col(text("name"))
        .col(number("pid"))
        .col(timestamp("beat_at"))
        .take();
    tx.execute(&owners).await?;
    Ok(())
}
