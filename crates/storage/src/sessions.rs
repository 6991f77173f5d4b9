//! Sessions: where the dialogue in a chat stands.
//!
//! What a dialogue remembers is the gateway's business: here it is a record, as JSON. It is forgotten
//! when it expires, and whoever changes it says which version they have seen, so that of two who
//! change it at the same time one is told.

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

/// Names a dialogue: a bot and a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dialogue {
    /// The bot.
    pub bot: BotId,
    /// The chat.
    pub chat: ChatId,
}

/// A dialogue as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session<R> {
    /// Names it among all there ever were: the `session` of events.
    pub id: String,
    /// What it remembers.
    pub record: R,
    /// To be shown when it is changed.
    pub version: Version,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

/// Which state of a session somebody has seen. Never the same twice for one chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version(i64);

/// What saving a session gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The session's id.
    pub id: String,
    /// To be shown at the next change.
    pub version: Version,
    /// Whether the dialogue began with it.
    pub fresh: bool,
}

/// Why a session could not be saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Somebody else changed it: read it again.
    #[error("the session of chat {} was changed by somebody else meanwhile", dialogue.chat)]
    Stale {
        /// Which one.
        dialogue: Dialogue,
    },
    /// Anything else.
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

/// The dialogue in a chat, unless there is none or it has expired.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a record that can't be read: [`end`] it.
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

/// Saves a dialogue. `seen` is the version that the change was made from; `None` where there was no
/// dialogue, or one that had expired: the blobs that one held are let go, so hold new ones afterwards.
///
/// # Errors
/// [`SaveError::Stale`] when it stands elsewhere by now, and nothing was written.
pub async fn save<R: Serialize>(
    tx: &Tx,
    dialogue: Dialogue,
    record: &R,
    seen: Option<Version>,
    expires_at: Timestamp,
    at: Timestamp,
) -> Result<Saved, SaveError> {
    // A row that is not there yet can't be locked.
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
    // Counted from a moment, so that a version of an earlier dialogue never fits a later one.
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

/// Ends the dialogue in a chat, whatever it remembers, and lets go of the blobs it held. Says
/// whether there was one.
///
/// # Errors
/// [`Error::Database`].
pub async fn end(tx: &Tx, dialogue: Dialogue) -> Result<bool, Error> {
    hold(&tx.0, &dialogue.lock()).await?;
    references::release_all(tx, &dialogue.holder()).await?;
    let ended = Entity::delete_by_id(dialogue.key()).exec(&*tx.0).await?;
    Ok(ended.rows_affected > 0)
}

/// Ends at most `limit` dialogues that have expired. Gives how many they were.
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
    /// Who holds the blobs of this dialogue.
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
