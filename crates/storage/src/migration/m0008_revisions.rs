//! Revisions by edits: their theme, and the edit that made them.
//!
//! Expands: two nullable columns and an index. The previous version writes revisions without them,
//! which is correct: its revisions have the carousel's theme and no edit.

use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbErr,
    sea_query::{ConditionalStatement as _, Expr, ExprTrait as _, Index},
};

use super::columns::add_texts_or_null;

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    add_texts_or_null(tx, "revisions", ["theme", "intent"]).await?;
    let once = Index::create()
        .name("revisions_intent")
        .table("revisions")
        .col("carousel_id")
        .col("intent")
        .unique()
        .and_where(Expr::col("intent").is_not_null())
        .take();
    tx.execute(&once).await?;
    Ok(())
}
