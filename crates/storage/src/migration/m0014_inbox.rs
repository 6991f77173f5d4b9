//! The inbox: an update is stored whole before it is acknowledged, and the gateway that works on it
//! is recorded.
//!
//! Expands: two nullable columns and an index. The previous version writes neither column: its
//! updates have no body, and Telegram is asked for them again.

use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbErr,
    sea_query::{ConditionalStatement as _, Expr, ExprTrait as _, Index},
};

use super::columns::add_texts_or_null;

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    add_texts_or_null(tx, "updates", ["body", "owner"]).await?;
    let without_body = Index::create()
        .name("updates_without_body")
        .table("updates")
        .col("bot_id")
        .col("update_id")
        .and_where(Expr::col("finished_at").is_null())
        .and_where(Expr::col("body").is_null())
        .take();
    tx.execute(&without_body).await?;
    Ok(())
}
