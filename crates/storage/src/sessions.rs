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
    Contended, Error, Reads, Tx,
    database::hold,
    entity::session::{ActiveModel, Column, Entity, Model},
    references::{self, Holder},
    tx::{json, kept},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dialogue {
    pub bot: BotId,
    pub chat: ChatId,
}

/// The state of a dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session<R> {
    /// Unique among all sessions, including deleted ones: the `session` of events.
    pub id: String,
    pub record: R,
    /// To be passed with a change.
    pub version: Version,
    pub expires_at: Timestamp,
}

/// The version of a session that a caller has read. Never reused in one chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version(i64);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    pub id: String,
    /// To be passed with the next change.
    pub version: Version,
    /// Whether this call started the dialogue.
    pub fresh: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Another change came first: read it again.
    #[error("the session of chat {} was changed by another request", dialogue.chat)]
    Stale { dialogue: Dialogue },
    #[error(transparent)]
    Storage(#[from] Error),
}

impl Contended for SaveError {
    fn is_contended(&self) -> bool {
        match self {
            Self::Stale { .. } => false,
            Self::Storage(error) => error.is_contended(),
        }
    }
}

/// The dialogue in a chat; `None` if there is none or it has expired.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for an unreadable record: [`end`] the session.
pub async fn load<R: DeserializeOwned>(
    on: &impl Reads,
    dialogue: Dialogue,
    now: Timestamp,
) -> Result<Option<Session<R>>, Error> {
    let row = Entity::find_by_id(dialogue.key())
        .filter(Column::ExpiresAt.gt(kept(now)))
        .one(on.connection())
        .await?;
    row.as_ref().map(read).transpose()
}

/// Saves a dialogue. `seen` is the version that the caller read; `None` if there was no dialogue,
/// or an expired one. The blobs of an expired one are released, so refer to new ones afterwards.
///
/// # Errors
/// [`SaveError::Stale`] if the version has changed; nothing was written.
pub async fn save<R: Serialize>(
    tx: &Tx,
    dialogue: Dialogue,
    record: &R,
    seen: Option<Version>,
    expires_at: Timestamp,
    at: Timestamp,
) -> Result<Saved, SaveError> {
    // A missing row can't be locked.
    hold(&tx.0, &dialogue.lock()).await?;
    let at = kept(at);
    let stored = Entity::find_by_id(dialogue.key())
        .filter(Column::ExpiresAt.gt(at))
        .one(&*tx.0)
        .await
        .map_err(Error::from)?;
    if stored.as_ref().map(|row| Version(row.version)) != seen {
        return Err(SaveError::Stale { dialogue });
    }
    let fresh = stored.is_none();
    if fresh {
        references::release_all(tx, &dialogue.holder()).await?;
    }
    // Starts at the current time, so that a version of an earlier dialogue never matches a later
    // one.
    let row = stored.map_or((at, at.timestamp_micros()), |row| {
        (row.created_at, row.version + 1)
    });
    let (created_at, version) = row;
    write(
        tx,
        dialogue,
        json(record),
        (created_at, at, expires_at),
        version,
    )
    .await?;
    Ok(Saved {
        id: dialogue.id(created_at),
        version: Version(version),
        fresh,
    })
}

/// Ends the dialogue in a chat and releases its blobs. Returns whether there was one.
///
/// # Errors
/// [`Error::Database`].
pub async fn end(tx: &Tx, dialogue: Dialogue) -> Result<bool, Error> {
    hold(&tx.0, &dialogue.lock()).await?;
    references::release_all(tx, &dialogue.holder()).await?;
    let ended = Entity::delete_by_id(dialogue.key()).exec(&*tx.0).await?;
    Ok(ended.rows_affected > 0)
}

/// Ends at most `limit` expired dialogues. Returns how many.
///
/// # Errors
/// [`Error::Database`].
pub async fn sweep(tx: &Tx, now: Timestamp, limit: u32) -> Result<u64, Error> {
    let expired = Entity::find()
        .filter(Column::ExpiresAt.lte(kept(now)))
        .order_by_asc(Column::ExpiresAt)
        .limit(u64::from(limit))
        .lock_with_behavior(
            sea_orm::sea_query::LockType::Update,
            sea_orm::sea_query::LockBehavior::SkipLocked,
        )
        .all(&*tx.0)
        .await?;
    for row in &expired {
        let dialogue = Dialogue {
            bot: BotId::new(row.bot_id),
            chat: ChatId::new(row.chat_id),
        };
        references::release_all(tx, &dialogue.holder()).await?;
        Entity::delete_by_id(dialogue.key()).exec(&*tx.0).await?;
    }
    Ok(expired.len() as u64)
}

impl Dialogue {
    /// The holder of this dialogue's blobs.
    pub fn holder(self) -> Holder {
        Holder::Session(self.bot, self.chat)
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
    dialogue: Dialogue,
    record: String,
    (created_at, updated_at, expires_at): (Timestamp, Timestamp, Timestamp),
    version: i64,
) -> Result<(), Error> {
    let row = ActiveModel {
        bot_id: Set(dialogue.bot.get()),
        chat_id: Set(dialogue.chat.get()),
        record: Set(record),
        version: Set(version),
        created_at: Set(created_at),
        updated_at: Set(updated_at),
        expires_at: Set(kept(expires_at)),
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
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(&*tx.0)
        .await?;
    Ok(())
}

fn read<R: DeserializeOwned>(row: &Model) -> Result<Session<R>, Error> {
    let dialogue = Dialogue {
        bot: BotId::new(row.bot_id),
        chat: ChatId::new(row.chat_id),
    };
    Ok(Session {
        id: dialogue.id(row.created_at),
        record: serde_json::from_str(&row.record).map_err(|error| Error::Corrupt {
            table: "sessions",
            key: format!("{} {}", row.bot_id, row.chat_id),
            why: error.to_string(),
        })?,
        version: Version(row.version),
        expires_at: row.expires_at,
    })
}
