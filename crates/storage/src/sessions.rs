//! Sessions: the state of a dialogue with one person.
//!
//! The gateway defines the state; here it is a JSON record. It is deleted when it expires. A change
//! names the version that it read, so of two concurrent changes one fails.
//!
//! A private chat has one dialogue, in the table `sessions`. A group has one per person and topic,
//! in the table `group_sessions`.

mod rows;

use std::fmt::Write as _;

use domain::{AccountId, BotId, ChatId};
use events::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    MaybeConflict, ReadAccess, Result, StorageError, Tx,
    error::OrCorrupt as _,
    references::{self, BlobHolder},
    tx::lock_by_name,
    tx::{to_json, truncate_to_micros},
};
use rows::SessionRow;
pub use rows::{question_account, set_question};

/// The dialogue of one person in one chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionKey {
    pub bot: BotId,
    pub chat: ChatId,
    /// The topic of a forum.
    pub thread: Option<i32>,
    /// Telegram's account number of the person. A private chat has the same number.
    pub account: AccountId,
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

/// The version of a session that a caller has read. Never reused for one key.
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
    #[error("the session in chat {} was changed by another request", dialogue.chat)]
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

/// Loads an open dialogue.
///
/// # Errors
/// [`StorageError::Database`], or [`StorageError::Corrupt`] for an unreadable record: [`end`] the session.
pub async fn load<R: DeserializeOwned>(
    on: &impl ReadAccess,
    dialogue: SessionKey,
    now: Timestamp,
) -> Result<Option<StoredSession<R>>> {
    let row = rows::find(on.connection(), dialogue, truncate_to_micros(now)).await?;
    row.map(|row| read(dialogue, &row)).transpose()
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
    let stored = rows::find(&*tx.0, dialogue, at).await?;
    if stored.as_ref().map(|row| SessionVersion(row.version)) != seen {
        return Err(SaveSessionError::Stale { dialogue });
    }
    let fresh = stored.is_none();
    if fresh {
        references::release_all(tx, &dialogue.holder()).await?;
    }
    // Starts at the current time, so that a version of an earlier dialogue never matches a later
    // one.
    let started =
        stored.map_or((at, at.timestamp_micros()), |row| (row.created_at, row.version + 1));
    let (created_at, version) = started;
    let expires_at = truncate_to_micros(expires_at);
    let row = SessionRow { record: to_json(record), version, created_at, expires_at };
    rows::put(tx, dialogue, row, at).await?;
    Ok(SavedSession { id: dialogue.id(created_at), version: SessionVersion(version), fresh })
}

/// Ends a dialogue and releases its blobs. Returns whether there was one.
pub async fn end(tx: &Tx, dialogue: SessionKey) -> Result<bool> {
    lock_by_name(&tx.0, &dialogue.lock()).await?;
    references::release_all(tx, &dialogue.holder()).await?;
    rows::delete(tx, dialogue).await
}

/// Ends at most `limit` expired dialogues. Returns how many.
pub async fn end_expired(tx: &Tx, now: Timestamp, limit: u32) -> Result<u64> {
    let expired = rows::expired(tx, truncate_to_micros(now), limit.into()).await?;
    for dialogue in &expired {
        references::release_all(tx, &dialogue.holder()).await?;
        rows::delete(tx, *dialogue).await?;
    }
    Ok(expired.len() as u64)
}

impl SessionKey {
    /// The dialogue of a private chat.
    pub const fn private(bot: BotId, account: AccountId) -> Self {
        Self { bot, chat: account.chat(), thread: None, account }
    }

    pub fn holder(self) -> BlobHolder {
        BlobHolder::Session(self)
    }

    /// Whether it is a private chat with the bot.
    fn is_private(self) -> bool {
        self.chat.get() == self.account.get()
    }

    /// `<bot>/<chat>` of a private chat, `<bot>/<chat>/<topic>/<account>` of a group.
    pub(crate) fn path(self, separator: char) -> String {
        let mut path = format!("{}{separator}{}", self.bot, self.chat);
        if !self.is_private() {
            let thread = self.thread.unwrap_or(0);
            // Writing to a string can't fail.
            let _ = write!(path, "{separator}{thread}{separator}{}", self.account);
        }
        path
    }

    fn lock(self) -> String {
        format!("session {}", self.path(' '))
    }

    fn id(self, created_at: Timestamp) -> String {
        format!("session-{}-{}", self.path('-'), created_at.timestamp_millis())
    }
}

fn read<R: DeserializeOwned>(dialogue: SessionKey, row: &SessionRow) -> Result<StoredSession<R>> {
    Ok(StoredSession {
        id: dialogue.id(row.created_at),
        record: serde_json::from_str(&row.record).or_corrupt("sessions", dialogue.path(' '))?,
        version: SessionVersion(row.version),
        expires_at: row.expires_at,
    })
}
