//! Publishing the outbox: the order of publishing, the relay's lease, and the consumers' positions.
//!
//! Expands: a nullable column, tables and an index. The previous version still appends events and
//! looks for unpublished ones. No version published any yet, but the column is backfilled anyway.

use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbErr,
    sea_query::{
        ConditionalStatement as _, Expr, ExprTrait as _, Index, Query, Table, TableCreateStatement,
    },
};

use super::columns::{number, number_or_null, text, timestamp};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    // The batch in which an event was published, numbered in the order of commits. Unlike
    // `seq`, a lower number never appears after a higher one, so a consumer can keep its
    // position by it.
    let batch = Table::alter()
        .table("events")
        .add_column(number_or_null("batch"))
        .take();
    tx.execute(&batch).await?;
    let backfill = Query::update()
        .table("events")
        .value("batch", 0_i64)
        .and_where(Expr::col("published_at").is_not_null())
        .take();
    tx.execute(&backfill).await?;
    for table in [leases(), counters(), consumers(), chain_ends()] {
        tx.execute(&table).await?;
    }
    let published = Index::create()
        .name("events_published")
        .table("events")
        .col("batch")
        .col("seq")
        .and_where(Expr::col("batch").is_not_null())
        .take();
    tx.execute(&published).await?;
    Ok(())
}

fn leases() -> TableCreateStatement {
    Table::create()
        .table("leases")
        .col(text("name").primary_key())
        .col(text("holder"))
        // Increases with every change of holder: writes under an older epoch are refused.
        .col(number("epoch"))
        .col(timestamp("acquired_at"))
        .col(timestamp("expires_at"))
        .take()
}

fn counters() -> TableCreateStatement {
    Table::create()
        .table("counters")
        .col(text("name").primary_key())
        .col(number("value"))
        .take()
}

fn consumers() -> TableCreateStatement {
    Table::create()
        .table("consumers")
        .col(text("name").primary_key())
        .col(number("batch"))
        .col(number("seq"))
        .col(timestamp("created_at"))
        .col(timestamp("updated_at"))
        .take()
}

/// The last event of each carousel with pruned events: the next event names it as its cause.
fn chain_ends() -> TableCreateStatement {
    Table::create()
        .table("chain_ends")
        .col(text("correlation_id").primary_key())
        .col(text("event_id"))
        .take()
}
