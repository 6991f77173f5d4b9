//! Opt-in for news: broadcasts go only to people who opted in.
//!
//! Expands: a column that defaults to no. The previous version ignores it, and its broadcasts go to
//! everybody.

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbErr, sea_query::Table};

use super::columns::boolean;

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let news = Table::alter()
        .table("users")
        .add_column(boolean("wants_news").default(false).take())
        .take();
    tx.execute(&news).await?;
    Ok(())
}
