//! Users, their settings, brands and subscriptions, and their usage.
//!
//! Expands: tables, and an index over a user's open carousels.

use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbErr,
    sea_query::{
        ColumnDef, ConditionalStatement as _, Expr, ExprTrait as _, Index, IndexCreateStatement,
        Table, TableCreateStatement,
    },
};

use super::columns::{
    boolean, number, number_or_null, text, text_or_null, timestamp, timestamp_or_null,
};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let tables = [
        users(),
        of_user("settings"),
        of_user("brands"),
        subscriptions(),
        usage(),
    ];
    for table in tables {
        tx.execute(&table).await?;
    }
    for index in indexes() {
        tx.execute(&index).await?;
    }
    Ok(())
}

fn users() -> TableCreateStatement {
    Table::create()
        .table("users")
        .col(text("id").primary_key())
        // Users of the command line have no Telegram account.
        .col(number_or_null("account_id").unique_key())
        .col(text_or_null("language"))
        .col(boolean("is_admin"))
        .col(boolean("blocked"))
        .col(timestamp_or_null("unreachable_since"))
        .col(timestamp("created_at"))
        .col(timestamp("updated_at"))
        .take()
}

/// A record of which a user has one. No foreign key: the command line has settings and no user row.
fn of_user(table: &'static str) -> TableCreateStatement {
    Table::create()
        .table(table)
        .col(text("user_id").primary_key())
        .col(text("record"))
        .col(timestamp("updated_at"))
        .take()
}

fn subscriptions() -> TableCreateStatement {
    Table::create()
        .table("subscriptions")
        .col(text("id").primary_key())
        .col(text("user_id"))
        .col(number("bot_id"))
        .col(number("chat_id"))
        .col(text("cadence"))
        .col(text("time_zone"))
        .col(text_or_null("topic"))
        .col(boolean("paused"))
        .col(timestamp("created_at"))
        .col(timestamp("updated_at"))
        .take()
}

fn usage() -> TableCreateStatement {
    Table::create()
        .table("usage_entries")
        // The id is the call's, so that a repeated step counts once.
        .col(text("id").primary_key())
        .col(text("user_id"))
        .col(ColumnDef::new("day").date().not_null())
        .col(text("provider"))
        .col(text("model"))
        .col(number("tokens_in"))
        .col(number("tokens_out"))
        .col(number("cost_micros"))
        .col(timestamp("at"))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    let index = |name, table| Index::create().name(name).table(table).take();
    vec![
        index("users_by_time", "users")
            .col("created_at")
            .col("id")
            .take(),
        index("subscriptions_by_time", "subscriptions")
            .col("created_at")
            .col("id")
            .take(),
        index("subscriptions_by_user", "subscriptions")
            .col("user_id")
            .col("created_at")
            .col("id")
            .take(),
        index("usage_by_user", "usage_entries")
            .col("user_id")
            .col("day")
            .take(),
        index("usage_by_day", "usage_entries").col("day").take(),
        index("carousels_open_by_user", "carousels")
            .col("user_id")
            .and_where(Expr::col("state").eq("open"))
            .take(),
    ]
}
