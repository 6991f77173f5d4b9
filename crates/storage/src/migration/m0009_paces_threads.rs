//! How fast each bot has spoken lately, which its processes keep to together; and in which topic of a
//! forum something comes by itself.
//!
//! Expands: a table and a nullable column. The version before looks at neither: it speaks as fast as it
//! did, and what it makes comes into the forum's general topic.

use sea_orm::DbErr;
use sea_orm_migration::{
    async_trait,
    prelude::{DeriveMigrationName, MigrationTrait, SchemaManager, Table},
};

use super::columns::{number, number_or_null, text};

#[derive(DeriveMigrationName)]
pub(super) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let paces = Table::create()
            .table("paces")
            .col(number("bot_id").primary_key())
            // JSON: how many messages count until when; of the last second or so.
            .col(text("sent"))
            .take();
        manager.create_table(paces).await?;
        let thread = Table::alter()
            .table("subscriptions")
            .add_column(number_or_null("thread_id"))
            .take();
        manager.alter_table(thread).await
    }
}
