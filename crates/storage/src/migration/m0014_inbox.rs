//! The inbox: an update is stored whole before it is acknowledged, and the gateway that works on it
//! is recorded.
//!
//! Expands: two nullable columns and an index. The previous version writes neither column: its
//! updates have no body, and Telegram is asked for them again.

use sea_orm::{ConnectionTrait as _, DbErr};
use sea_orm_migration::{
    async_trait,
    prelude::{
        ConditionalStatement as _, DeriveMigrationName, Expr, ExprTrait as _, Index,
        MigrationTrait, SchemaManager,
    },
};

use super::columns::add_texts_or_null;

#[derive(DeriveMigrationName)]
pub(super) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_texts_or_null(manager, "updates", ["body", "owner"]).await?;
        let without_body = Index::create()
            .name("updates_without_body")
            .table("updates")
            .col("bot_id")
            .col("update_id")
            .and_where(Expr::col("finished_at").is_null())
            .and_where(Expr::col("body").is_null())
            .take();
        manager.get_connection().execute(&without_body).await?;
        Ok(())
    }
}
