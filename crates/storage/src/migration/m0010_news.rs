//! Opt-in for news: broadcasts go only to people who opted in.
//!
//! Expands: a column that defaults to no. The previous version ignores it, and its broadcasts go to
//! everybody.

use sea_orm::DbErr;
use sea_orm_migration::{
    async_trait,
    prelude::{DeriveMigrationName, MigrationTrait, SchemaManager, Table},
};

use super::columns::flag;

#[derive(DeriveMigrationName)]
pub(super) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let news = Table::alter()
            .table("users")
            .add_column(flag("wants_news").default(false).take())
            .take();
        manager.alter_table(news).await
    }
}
