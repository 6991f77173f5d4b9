//! The recent sends of each bot, for the rate limiter that its processes share; and the forum topic
//! of a subscription.
//!
//! Expands: a table and a nullable column. The previous version reads neither: it sends at its own
//! rate, and its posts go to the forum's general topic.

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
            // JSON: how many messages count until when, for about the last second.
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
