//! Who wants to hear of news: broadcasts are for them alone.
//!
//! Expands: a column that says no until somebody says yes. The version before looks not at it, and its
//! broadcasts are for everybody.

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
