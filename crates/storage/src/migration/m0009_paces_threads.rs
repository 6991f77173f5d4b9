//! The recent sends of each bot, for the rate limiter that its processes share; and the forum topic
//! of a subscription.
//!
//! Expands: a table and a nullable column. The previous version reads neither: it sends at its own
//! rate, and its posts go to the forum's general topic.

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbErr, sea_query::Table};

use super::columns::{number, number_or_null, text};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let paces = Table::create()
        .table("paces")
        .col(number("bot_id").primary_key())
        // JSON: how many messages count until when, for about the last second.
        .col(text("sent"))
        .take();
    tx.execute(&paces).await?;
    let thread = Table::alter()
        .table("subscriptions")
        .add_column(number_or_null("thread_id"))
        .take();
    tx.execute(&thread).await?;
    Ok(())
}
