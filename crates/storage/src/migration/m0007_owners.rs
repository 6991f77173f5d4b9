//! The processes that have a SQLite file open, and their hosts.
//!
//! Expands: a table. On PostgreSQL it stays empty: there several hosts may share the database.

use sea_orm::DbErr;
use sea_orm_migration::{
    async_trait,
    prelude::{DeriveMigrationName, MigrationTrait, SchemaManager, Table},
};

use super::columns::{moment, number, text};

#[derive(DeriveMigrationName)]
pub(super) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let owners = Table::create()
            .table("owners")
            .col(text("process").primary_key())
            .col(text("host"))
            .col(text("name"))
            .col(number("pid"))
            .col(moment("beat_at"))
            .take();
        manager.create_table(owners).await
    }
}
