//! A group that becomes a supergroup gets another chat id. This moves what refers to the group.
//!
//! The ledger keeps the old id, because a message id has a meaning only in its own chat. The inbox
//! keeps it too: it is the lane in which unfinished updates wait. Recipients are private chats.

use domain::{BotId, ChatMigration};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QuerySelect as _, sea_query::Expr,
};

use tokio::sync::mpsc::UnboundedReceiver;

use crate::{
    Database, Result, Tx,
    entity::{group_session, subscription},
};

/// Moves the subscriptions and dialogues of a bot's group. Returns how many rows; a second call
/// finds none.
pub async fn migrate(tx: &Tx, bot: BotId, migration: ChatMigration) -> Result<u64> {
    let ChatMigration { from, to } = migration;
    let subscriptions = {
        use subscription::{Column, Entity};
        Entity::update_many()
            .col_expr(Column::ChatId, Expr::value(to.get()))
            .filter(Column::BotId.eq(bot.get()))
            .filter(Column::ChatId.eq(from.get()))
            .exec(&*tx.0)
            .await?
    };
    use group_session::{Column, Entity};
    let old = Entity::find()
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::ChatId.eq(from.get()))
        .lock_exclusive()
        .all(&*tx.0)
        .await?;
    let mut moved = subscriptions.rows_affected;
    for old in old {
        Entity::delete_by_id((old.bot_id, old.chat_id, old.thread_id, old.account_id))
            .exec(&*tx.0)
            .await?;
        let key = (old.bot_id, to.get(), old.thread_id, old.account_id);
        if Entity::find_by_id(key).one(&*tx.0).await?.is_none() {
            // The message with the question exists only in the old chat.
            let new = group_session::Model { chat_id: to.get(), question: None, ..old };
            let new = new.into_active_model().reset_all();
            Entity::insert(new).exec_without_returning(&*tx.0).await?;
            moved += 1;
        }
    }
    Ok(moved)
}

/// Stores the migrations of a bot's groups until `migrations` is closed. A failed write is not
/// repeated: the next message to the old id reports the migration again.
pub async fn follow(db: Database, bot: BotId, mut migrations: UnboundedReceiver<ChatMigration>) {
    while let Some(migration) = migrations.recv().await {
        let write = |tx| async move { migrate(&tx, bot, migration).await };
        let ChatMigration { from, to } = migration;
        match db.write(write).await {
            Ok(rows) => tracing::info!(%from, %to, rows, "a group became a supergroup"),
            Err(error) => tracing::warn!(%from, %to, "a migrated group was not stored: {error}"),
        }
    }
}
