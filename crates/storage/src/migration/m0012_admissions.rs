//! The budget that a person's work reserves, and the bytes that they have uploaded.
//!
//! Expands: two tables. The previous version ignores them: it admits work as before, and its cost
//! is in `usage_entries` like that of this version.

use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbErr,
    sea_query::{ColumnDef, Index, Table},
};

use super::columns::{number, number_or_null, text, timestamp, timestamp_or_null};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let day = || ColumnDef::new("day").date().not_null().take();
    let admissions = Table::create()
        .table("admissions")
        // `<workflow id>/<key of the request in it>`, so that a repeated request is admitted
        // once.
        .col(text("id").primary_key())
        .col(text("user_id"))
        .col(text("workflow"))
        .col(text("kind"))
        .col(day())
        // Millionths of a US dollar: what other work must not spend, and what this work may
        // spend; null if there is no budget.
        .col(number("reserved"))
        .col(number_or_null("allowance"))
        .col(timestamp("reserved_at"))
        .col(timestamp_or_null("settled_at"))
        .take();
    tx.execute(&admissions).await?;
    let uploads = Table::create()
        .table("uploads")
        .col(text("id").primary_key())
        .col(text("user_id"))
        .col(day())
        .col(number("bytes"))
        .col(timestamp("at"))
        .take();
    tx.execute(&uploads).await?;
    for (name, table, columns) in [
        ("admissions_of_user", "admissions", ["user_id", "day"]),
        (
            "admissions_of_workflow",
            "admissions",
            ["workflow", "settled_at"],
        ),
        (
            "admissions_open",
            "admissions",
            ["settled_at", "reserved_at"],
        ),
        ("uploads_of_user", "uploads", ["user_id", "day"]),
    ] {
        let [first, second] = columns;
        let index = Index::create()
            .name(name)
            .table(table)
            .col(first)
            .col(second)
            .take();
        tx.execute(&index).await?;
    }
    Ok(())
}
