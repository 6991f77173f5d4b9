//! The rows of dialogues: `sessions` for private chats, `group_sessions` for groups.

use domain::{AccountId, BotId, ChatId};
use events::Timestamp;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Expr, LockBehavior, LockType, OnConflict},
};

use super::SessionKey;
use crate::{
    ReadAccess, Result, Tx,
    entity::{group_session, session},
};

/// What both tables have.
pub(super) struct SessionRow {
    pub(super) record: String,
    pub(super) version: i64,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// The row of a dialogue that has not expired.
pub(super) async fn find(
    on: &impl ConnectionTrait,
    key: SessionKey,
    now: Timestamp,
) -> Result<Option<SessionRow>> {
    if key.is_private() {
        let open = session::Column::ExpiresAt.gt(now);
        let row = session::Entity::find_by_id(private(key)).filter(open).one(on).await?;
        return Ok(row.map(|row| SessionRow {
            record: row.record,
            version: row.version,
            created_at: row.created_at,
            expires_at: row.expires_at,
        }));
    }
    let open = group_session::Column::ExpiresAt.gt(now);
    let row = group_session::Entity::find_by_id(in_group(key)).filter(open).one(on).await?;
    Ok(row.map(|row| SessionRow {
        record: row.record,
        version: row.version,
        created_at: row.created_at,
        expires_at: row.expires_at,
    }))
}

/// Inserts or replaces the row.
pub(super) async fn put(tx: &Tx, key: SessionKey, row: SessionRow, at: Timestamp) -> Result<()> {
    if key.is_private() {
        put_private(tx, key, row, at).await
    } else {
        put_in_group(tx, key, row, at).await
    }
}

async fn put_private(tx: &Tx, key: SessionKey, row: SessionRow, at: Timestamp) -> Result<()> {
    use session::{ActiveModel, Column, Entity};
    let row = ActiveModel {
        bot_id: Set(key.bot.get()),
        chat_id: Set(key.chat.get()),
        record: Set(row.record),
        version: Set(row.version),
        created_at: Set(row.created_at),
        updated_at: Set(at),
        expires_at: Set(row.expires_at),
    };
    let replaced =
        [Column::Record, Column::Version, Column::CreatedAt, Column::UpdatedAt, Column::ExpiresAt];
    let replace =
        OnConflict::columns([Column::BotId, Column::ChatId]).update_columns(replaced).to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(&*tx.0).await?;
    Ok(())
}

async fn put_in_group(tx: &Tx, key: SessionKey, row: SessionRow, at: Timestamp) -> Result<()> {
    use group_session::{ActiveModel, Column, Entity};
    let (bot_id, chat_id, thread_id, account_id) = in_group(key);
    let row = ActiveModel {
        bot_id: Set(bot_id),
        chat_id: Set(chat_id),
        thread_id: Set(thread_id),
        account_id: Set(account_id),
        record: Set(row.record),
        version: Set(row.version),
        question: NotSet,
        created_at: Set(row.created_at),
        updated_at: Set(at),
        expires_at: Set(row.expires_at),
    };
    let key = [Column::BotId, Column::ChatId, Column::ThreadId, Column::AccountId];
    let replaced =
        [Column::Record, Column::Version, Column::CreatedAt, Column::UpdatedAt, Column::ExpiresAt];
    let replace = OnConflict::columns(key).update_columns(replaced).to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(&*tx.0).await?;
    Ok(())
}

/// Returns whether there was one.
pub(super) async fn delete(tx: &Tx, key: SessionKey) -> Result<bool> {
    let deleted = if key.is_private() {
        session::Entity::delete_by_id(private(key)).exec(&*tx.0).await?
    } else {
        group_session::Entity::delete_by_id(in_group(key)).exec(&*tx.0).await?
    };
    Ok(deleted.rows_affected > 0)
}

/// At most `limit` expired dialogues, locked.
pub(super) async fn expired(tx: &Tx, now: Timestamp, limit: u64) -> Result<Vec<SessionKey>> {
    let rows = session::Entity::find()
        .filter(session::Column::ExpiresAt.lte(now))
        .order_by_asc(session::Column::ExpiresAt)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(&*tx.0)
        .await?;
    // Groups had one row here, too: its key is that of a private chat.
    let key = |row: &session::Model| {
        SessionKey::private(BotId::new(row.bot_id), AccountId::new(row.chat_id))
    };
    let mut keys: Vec<SessionKey> = rows.iter().map(key).collect();
    let rows = group_session::Entity::find()
        .filter(group_session::Column::ExpiresAt.lte(now))
        .order_by_asc(group_session::Column::ExpiresAt)
        .limit(limit - keys.len() as u64)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(&*tx.0)
        .await?;
    keys.extend(rows.iter().map(|row| SessionKey {
        bot: BotId::new(row.bot_id),
        chat: ChatId::new(row.chat_id),
        thread: i32::try_from(row.thread_id).ok().filter(|thread| *thread != 0),
        account: AccountId::new(row.account_id),
    }));
    Ok(keys)
}

/// Stores which message of a group asks the question of an open dialogue, so that a reply to it can
/// be distinguished from a reply to another person's question.
pub async fn set_question(tx: &Tx, dialogue: SessionKey, message: i64) -> Result<()> {
    use group_session::{Column, Entity};
    let (bot, chat, thread, account) = in_group(dialogue);
    Entity::update_many()
        .col_expr(Column::Question, Expr::value(message))
        .filter(Column::BotId.eq(bot))
        .filter(Column::ChatId.eq(chat))
        .filter(Column::ThreadId.eq(thread))
        .filter(Column::AccountId.eq(account))
        .exec(&*tx.0)
        .await?;
    Ok(())
}

/// The account that this message of a group asks a question, if its dialogue is open.
pub async fn question_account(
    on: &impl ReadAccess,
    bot: BotId,
    chat: ChatId,
    message: i64,
    now: Timestamp,
) -> Result<Option<AccountId>> {
    use group_session::{Column, Entity};
    let row = Entity::find()
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::ChatId.eq(chat.get()))
        .filter(Column::Question.eq(message))
        .filter(Column::ExpiresAt.gt(now))
        .one(on.connection())
        .await?;
    Ok(row.map(|row| AccountId::new(row.account_id)))
}

fn private(key: SessionKey) -> (i64, i64) {
    (key.bot.get(), key.chat.get())
}

fn in_group(key: SessionKey) -> (i64, i64, i64, i64) {
    let thread = key.thread.unwrap_or(0);
    (key.bot.get(), key.chat.get(), thread.into(), key.account.get())
}
