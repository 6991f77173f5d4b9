//! What remains after a person's data is deleted, and the blobs that only that person used.
//!
//! Expands: two tables. The previous version ignores them.

use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbErr,
    sea_query::{ColumnDef, Expr, ExprTrait as _, Table, TableCreateStatement},
};

use super::columns::{number, text, timestamp, timestamp_or_null};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    tx.execute(&erasures()).await?;
    tx.execute(&erased_blobs()).await?;
    Ok(())
}

fn erasures() -> TableCreateStatement {
    Table::create()
        .table("erasures")
        // A digest: the row outlives the person's id.
        .col(text("user_key").primary_key())
        .col(text("state").check(Expr::col("state").is_in(["running", "done"])))
        .col(timestamp("asked_at"))
        .col(timestamp_or_null("ended_at"))
        .col(ColumnDef::new("day").date().not_null())
        .col(number("carousels"))
        .col(number("cost_micros"))
        .col(number("requests"))
        .col(number("upload_bytes"))
        .take()
}

fn erased_blobs() -> TableCreateStatement {
    Table::create()
        .table("erased_blobs")
        .col(text("blob_key").primary_key())
        .col(timestamp("marked_at"))
        .take()
}
