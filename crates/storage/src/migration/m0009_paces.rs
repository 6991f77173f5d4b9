//! How fast each bot has spoken lately: what its processes keep to together.
//!
//! Expands: a table. The version before does not look at it, and speaks as fast as it did.

use sea_orm::DbErr;
use sea_orm_migration::{
    async_trait,
    prelude::{DeriveMigrationName, MigrationTrait, SchemaManager, Table},
};

use super::columns::{number, text};

#[derive(DeriveMigrationName)]
pub(super) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let paces = Table::create()
            .table("paces")
            .col(number("bot_id").primary_key())
            // JSON: when in microseconds, and how many messages; of the last second only.
            .col(text("sent"))
            .take();
        manager.create_table(paces).await
    }
}
