//! The state of dialogues, and the decision about each update.
//!
//! Expands: tables and indexes.

use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbErr,
    sea_query::{
        ConditionalStatement as _, Expr, ExprTrait as _, Index, IndexCreateStatement, Table,
        TableCreateStatement,
    },
};

use super::columns::{number, number_or_null, text, text_or_null, timestamp, timestamp_or_null};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    for table in [sessions(), updates()] {
        tx.execute(&table).await?;
    }
    for index in indexes() {
        tx.execute(&index).await?;
    }
    Ok(())
}

fn sessions() -> TableCreateStatement {
    Table::create()
        .table("sessions")
        .col(number("bot_id"))
        .col(number("chat_id"))
        .col(text("record"))
        .col(number("version"))
        .col(timestamp("created_at"))
        .col(timestamp("updated_at"))
        .col(timestamp("expires_at"))
        .primary_key(Index::create().col("bot_id").col("chat_id"))
        .take()
}

fn updates() -> TableCreateStatement {
    let states = ["received", "decided", "done", "dead"];
    Table::create()
        .table("updates")
        .col(number("bot_id"))
        .col(number("update_id"))
        .col(number_or_null("chat_id"))
        .col(text("state").check(Expr::col("state").is_in(states)))
        .col(text_or_null("command"))
        .col(text_or_null("reason"))
        .col(timestamp("received_at"))
        .col(timestamp_or_null("decided_at"))
        .col(timestamp_or_null("finished_at"))
        .primary_key(Index::create().col("bot_id").col("update_id"))
        .check(Expr::cust(
            "(state IN ('done', 'dead')) = (finished_at IS NOT NULL)",
        ))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    let index = |name, table| Index::create().name(name).table(table).take();
    vec![
        index("sessions_by_expiry", "sessions")
            .col("expires_at")
            .take(),
        // Few updates are unfinished at a time.
        index("updates_unfinished", "updates")
            .col("bot_id")
            .col("update_id")
            .and_where(Expr::col("finished_at").is_null())
            .take(),
        index("updates_of_chat", "updates")
            .col("bot_id")
            .col("chat_id")
            .col("update_id")
            .and_where(Expr::col("finished_at").is_null())
            .take(),
        index("updates_by_arrival", "updates")
            .col("bot_id")
            .col("received_at")
            .col("update_id")
            .take(),
        index("updates_by_end", "updates")
            .col("finished_at")
            .and_where(Expr::col("finished_at").is_not_null())
            .take(),
    ]
}
