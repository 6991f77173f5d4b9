//! The delivery ledger, broadcasts and their recipients, and blob references that are not a
//! carousel's.
//!
//! Expands: tables and indexes. `blob_refs` does not change: SQLite can't widen its check of `part`
//! without copying the table, so other kinds of references are in `blob_holds`.

use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbErr,
    sea_query::{
        ConditionalStatement as _, Expr, ExprTrait as _, Index, IndexCreateStatement, Table,
        TableCreateStatement,
    },
};

use super::columns::{
    cascade_to, number, number_or_null, text, text_or_null, timestamp, timestamp_or_null,
};

/// The states of a delivery; see `domain::delivery`.
const STATES: [&str; 5] = ["pending", "sending", "sent", "unknown", "failed"];

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    for table in [deliveries(), broadcasts(), recipients(), blob_holds()] {
        tx.execute(&table).await?;
    }
    for index in indexes() {
        tx.execute(&index).await?;
    }
    Ok(())
}

/// No foreign key: a notice may be about a carousel that was never opened.
fn deliveries() -> TableCreateStatement {
    Table::create()
        .table("deliveries")
        .col(text("carousel_id"))
        .col(number("revision"))
        .col(text("part"))
        .col(number("generation"))
        .col(number("size"))
        .col(number("arrived"))
        .col(text("state").check(Expr::col("state").is_in(STATES)))
        .col(text_or_null("attempt"))
        .col(text_or_null("reason"))
        .col(number_or_null("chat_id"))
        .col(text("messages"))
        .col(timestamp("created_at"))
        .col(timestamp("updated_at"))
        .primary_key(
            Index::create()
                .col("carousel_id")
                .col("revision")
                .col("part")
                .col("generation"),
        )
        .check(Expr::cust("arrived BETWEEN 0 AND size"))
        .check(Expr::cust("(state = 'sent') = (arrived = size)"))
        .check(Expr::cust("(state = 'failed') = (reason IS NOT NULL)"))
        .check(Expr::cust("state = 'pending' OR attempt IS NOT NULL"))
        .take()
}

fn broadcasts() -> TableCreateStatement {
    let states = ["sending", "paused", "done", "cancelled"];
    Table::create()
        .table("broadcasts")
        .col(text("id").primary_key())
        .col(text("author_id"))
        .col(number("bot_id"))
        .col(text("message"))
        .col(text("state").check(Expr::col("state").is_in(states)))
        .col(timestamp("created_at"))
        .col(timestamp("updated_at"))
        .col(timestamp_or_null("ended_at"))
        .take()
}

fn recipients() -> TableCreateStatement {
    Table::create()
        .table("recipients")
        .col(text("broadcast_id"))
        .col(text("user_id"))
        .col(number("chat_id"))
        .col(text("state").check(Expr::col("state").is_in(STATES)))
        .col(text_or_null("attempt"))
        .col(text_or_null("reason"))
        .col(number_or_null("message_id"))
        .col(timestamp("updated_at"))
        .primary_key(Index::create().col("broadcast_id").col("user_id"))
        .foreign_key(&mut cascade_to(
            ("recipients", "broadcast_id"),
            ("broadcasts", "id"),
        ))
        .take()
}

fn blob_holds() -> TableCreateStatement {
    Table::create()
        .table("blob_holds")
        .col(text("holder"))
        .col(text("name"))
        .col(text("blob_key"))
        .col(timestamp("held_at"))
        .primary_key(Index::create().col("holder").col("name"))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    let index = |name, table| Index::create().name(name).table(table).take();
    vec![
        // Queries of operators, and of maintenance after a crash: few rows at a time.
        index("deliveries_unknown", "deliveries")
            .col("updated_at")
            .and_where(Expr::col("state").eq("unknown"))
            .take(),
        index("deliveries_sending", "deliveries")
            .col("updated_at")
            .and_where(Expr::col("state").eq("sending"))
            .take(),
        index("recipients_pending", "recipients")
            .col("broadcast_id")
            .col("user_id")
            .and_where(Expr::col("state").eq("pending"))
            .take(),
        index("blob_holds_by_key", "blob_holds")
            .col("blob_key")
            .take(),
        index("broadcasts_by_time", "broadcasts")
            .col("created_at")
            .col("id")
            .take(),
    ]
}
