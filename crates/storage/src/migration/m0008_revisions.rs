//! Revisions by edits: their theme, and the edit that made them.
//!
//! Expands: two nullable columns and an index. The previous version writes revisions without them,
//! which is correct: its revisions have the carousel's theme and no edit.

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
        add_texts_or_null(manager, "revisions", ["theme", "intent"]).await?;
        let once = Index::create()
            .name("revisions_intent")
            .table("revisions")
            .col("carousel_id")
            .col("intent")
            .unique()
            .and_where(Expr::col("intent").is_not_null())
            .take();
        manager.get_connection().execute(&once).await?;
        Ok(())
    }
}
