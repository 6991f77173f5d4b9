//! The reason and the end of a person's lock, and the reason of a paused subscription.
//!
//! Expands: nullable columns, and a flag that defaults to false. `users.blocked` is still written
//! and read: it is true while there is a lock, and true without lock columns if the previous
//! version set it. That version ignores the end of a lock.

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbErr, sea_query::Table};

use super::columns::{boolean, number_or_null, text_or_null, timestamp_or_null};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    // SQLite adds one column at a time.
    for column in [
        text_or_null("lock_reason"),
        timestamp_or_null("lock_until"),
        number_or_null("lock_by"),
        timestamp_or_null("locked_at"),
        boolean("lock_told").default(false).take(),
    ] {
        let mut users = Table::alter();
        tx.execute(&users.table("users").add_column(column).take())
            .await?;
    }
    let paused = Table::alter()
        .table("subscriptions")
        .add_column(text_or_null("pause_reason"))
        .take();
    tx.execute(&paused).await?;
    Ok(())
}
