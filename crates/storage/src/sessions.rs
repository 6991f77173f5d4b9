//! Sessions: the state of the dialogue in a chat.
//!
//! The gateway defines the state; here it is a JSON record. It is deleted when it expires. A change
//! names the version that it read, so of two concurrent changes one fails.

use domain::{BotId, ChatId};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::OnConflict,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    MaybeConflict, ReadAccess, StorageError, Tx,
    entity::session::{ActiveModel, Column, Entity, Model},
    references::{self, BlobHolder},
    tx::lock_by_name,
    tx::{to_json, truncate_to_micros},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionKey {
    pub bot: BotId,
    pub chat: ChatId,
}

/// The state of a dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession<R> {
    /// Unique among all sessions, including deleted ones: the `session` of events.
    pub id: String,
    pub record: R,
    /// To be passed with a change.
    pub version: SessionVersion,
    pub expires_at: Timestamp,
}

/// The version of a session that a caller has read. Never reused in one chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionVersion(i64);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSession {
    pub id: String,
    /// To be passed with the next change.
    pub version: SessionVersion,
    /// Whether this call started the dialogue.
    pub fresh: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum SaveSessionError {
    /// Another change came first: read it again.
    #[error("the session of chat {} was changed by another request", dialogue.chat)]
    Stale { dialogue: SessionKey },
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl MaybeConflict for SaveSessionError {
    fn is_conflict(&self) -> bool {
        match self {
            Self::Stale { .. } => false,
            Self::Storage(error) => error.is_conflict(),
        }
    }
}

/// The dialogue in a chat; `None` if there is none or it has expired.
///
/// # Errors
/// [`StorageError::Database`], or [`StorageError::Corrupt`] for an unreadable record: [`end`] the session.
pub async fn load<R: DeserializeOwned>(
    on: &impl ReadAccess,
    dialogue: SessionKey,
    now: Timestamp,
) -> Result<Option<StoredSession<R>>, StorageError> {
    let row = Entity::find_by_id(dialogue.key())
        .filter(Column::ExpiresAt.gt(truncate_to_micros(now)))
        .one(on.connection())
        .await?;
    row.as_ref().map(read).transpose()
}

/// Saves a dialogue. `seen` is the version that the caller read; `None` if there was no dialogue,
/// or an expired one. The blobs of an expired one are released, so refer to new ones afterwards.
///
/// # Errors
/// [`SaveSessionError::Stale`] if the version has changed; nothing was written.
pub async fn save<R: Serialize>(
    tx: &Tx,
    dialogue: SessionKey,
    record: &R,
    seen: Option<SessionVersion>,
    expires_at: Timestamp,
    at: Timestamp,
) -> Result<SavedSession, SaveSessionError> {
    // A missing row can't be locked.
    lock_by_name(&tx.0, &dialogue.lock()).await?;
    let at = truncate_to_micros(at);
    let stored = Entity::find_by_id(dialogue.key())
        .filter(Column::ExpiresAt.gt(at))
        .one(&*tx.0)
        .await
        .map_err(StorageError::from)?;
    if stored.as_ref().map(|row| SessionVersion(row.version)) != seen {
        return Err(SaveSessionError::Stale { dialogue });
    }
    let fresh = stored.is_none();
    if fresh {
        references::release_all(tx, &dialogue.holder()).await?;
    }
    // Starts at the current time, so that a version of an earlier dialogue never matches a later
    // one.
    let row = stored.map_or((at, at.timestamp_micros()), |row| (row.created_at, row.version + 1));
    let (created_at, version) = row;
    write(tx, dialogue, to_json(record), (created_at, at, expires_at), version).await?;
    Ok(SavedSession { id: dialogue.id(created_at), version: SessionVersion(version), fresh })
}

/// Ends the dialogue in a chat and releases its blobs. Returns whether there was one.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn end(tx: &Tx, dialogue: SessionKey) -> Result<bool, StorageError> {
    lock_by_name(&tx.0, &dialogue.lock()).await?;
    references::release_all(tx, &dialogue.holder()).await?;
    let ended = Entity::delete_by_id(dialogue.key()).exec(&*tx.0).await?;
    Ok(ended.rows_affected > 0)
}

/// Ends at most `limit` expired dialogues. Returns how many.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn end_expired(tx: &Tx, now: Timestamp, limit: u32) -> Result<u64, StorageError> {
    let expired = Entity::find()
        .filter(Column::ExpiresAt.lte(truncate_to_micros(now)))
        .order_by_asc(Column::ExpiresAt)
        .limit(u64::from(limit))
        .lock_with_behavior(
            sea_orm::sea_query::LockType::Update,
            sea_orm::sea_query::LockBehavior::SkipLocked,
        )
        .all(&*tx.0)
        .await?;
    for row in &expired {
        let dialogue = SessionKey { bot: BotId::new(row.bot_id), chat: ChatId::new(row.chat_id) };
        references::release_all(tx, &dialogue.holder()).await?;
        Entity::delete_by_id(dialogue.key()).exec(&*tx.0).await?;
    }
    Ok(expired.len() as u64)
}

impl SessionKey {
    /// The holder of this dialogue's blobs.
    pub fn holder(self) -> BlobHolder {
        BlobHolder::Session(self.bot, self.chat)
    }

    fn key(self) -> (i64, i64) {
        (self.bot.get(), self.chat.get())
    }

    fn lock(self) -> String {
        format!("session {} {}", self.bot, self.chat)
    }

    fn id(self, created_at: Timestamp) -> String {
        let Self { bot, chat } = self;
        format!("session-{bot}-{chat}-{}", created_at.timestamp_millis())
    }
}

async fn write(
    tx: &Tx,
    dialogue: SessionKey,
    record: String,
    (created_at, updated_at, expires_at): (Timestamp, Timestamp, Timestamp),
    version: i64,
) -> Result<(), StorageError> {
    let row = ActiveModel {
        bot_id: Set(dialogue.bot.get()),
        chat_id: Set(dialogue.chat.get()),
        record: Set(record),
        version: Set(version),
        created_at: Set(created_at),
        updated_at: Set(updated_at),
        expires_at: Set(truncate_to_micros(expires_at)),
    };
    let replace = OnConflict::columns([Column::BotId, Column::ChatId])
        .update_columns([
            Column::Record,
            Column::Version,
            Column::CreatedAt,
            Column::UpdatedAt,
            Column::ExpiresAt,
        ])
        .to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(&*tx.0).await?;
    Ok(())
}

fn read<R: DeserializeOwned>(row: &Model) -> Result<StoredSession<R>, StorageError> {
    let dialogue = SessionKey { bot: BotId::new(row.bot_id), chat: ChatId::new(row.chat_id) };
    Ok(StoredSession {
        id: dialogue.id(row.created_at),
        record: serde_json::from_str(&row.record).map_err(|error| StorageError::Corrupt {
            table: "sessions",
            key: format!("{} {}", row.bot_id, row.chat_id),
            why: error.to_string(),
        })?,
        version: SessionVersion(row.version),
        expires_at: row.expires_at,
    })
}
