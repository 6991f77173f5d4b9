//! Publishing the outbox: the order in which it happened, who does it, and how far its readers are.
//!
//! Expands: a nullable column, tables and an index. The version before goes on appending events and
//! looking for unpublished ones; nobody published any yet, but the column is filled all the same.

use sea_orm::{ConnectionTrait as _, DbErr};
use sea_orm_migration::{
    async_trait,
    prelude::{
        ConditionalStatement as _, DeriveMigrationName, Expr, ExprTrait as _, Index,
        MigrationTrait, Query, SchemaManager, Table, TableCreateStatement,
    },
};

use super::columns::{moment, number, number_or_null, text};

#[derive(DeriveMigrationName)]
pub(super) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Which batch an event was published in, counted in the order of commits: unlike `seq`, a
        // lower number never appears after a higher one, so a reader can keep its place by it.
        let batch = Table::alter()
            .table("events")
            .add_column(number_or_null("batch"))
            .take();
        manager.alter_table(batch).await?;
        let backfill = Query::update()
            .table("events")
            .value("batch", 0_i64)
            .and_where(Expr::col("published_at").is_not_null())
            .take();
        manager.get_connection().execute(&backfill).await?;
        for table in [leases(), counters(), consumers(), chain_ends()] {
            manager.create_table(table).await?;
        }
        let published = Index::create()
            .name("events_published")
            .table("events")
            .col("batch")
            .col("seq")
            .and_where(Expr::col("batch").is_not_null())
            .take();
        manager.get_connection().execute(&published).await?;
        Ok(())
    }
}

fn leases() -> TableCreateStatement {
    Table::create()
        .table("leases")
        .col(text("name").primary_key())
        .col(text("holder"))
        // Rises with every change of holder: who acts under an older one acts in vain.
        .col(number("epoch"))
        .col(moment("acquired_at"))
        .col(moment("expires_at"))
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
        .col(moment("created_at"))
        .col(moment("updated_at"))
        .take()
}

/// What is left of a carousel's events when they are pruned: the last one, which the next one names
/// as its cause.
fn chain_ends() -> TableCreateStatement {
    Table::create()
        .table("chain_ends")
        .col(text("correlation_id").primary_key())
        .col(text("event_id"))
        .take()
}
