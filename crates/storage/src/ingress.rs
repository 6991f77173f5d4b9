//! Ingress: the decision about each update, so that a redelivered update is not decided again.
//!
//! An update is *received* (stored whole, and only then acknowledged), *decided* (its command is
//! stored, in the transaction that changes the session), and *done* (what the command asks for was
//! started) or *dead* (a dead letter: it can't be parsed, or was refused permanently). Then its
//! body is deleted. The updates of one chat are decided in order; one gateway at a time works on
//! each. Updates that are parts of one request, such as an album, are decided together. The polling
//! offset follows from the rows: every stored update is acknowledged.
//!
//! The gateway defines commands; here a command is a JSON record.

mod lane;
mod offset;
mod receive;

use domain::{BotId, ChatId, UnknownName, UpdateId, named};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::Expr,
};
use serde::{Serialize, de::DeserializeOwned};

pub use lane::{LaneHead, UpdateBody, UpdateLane, head, lanes, take_over, undecided_after};
pub use offset::polling_offset;
pub use receive::{IncomingContent, IncomingUpdate, ReceiveReport, receive, store};

use crate::{
    FirstWrite, MaybeConflict, ReadAccess, Result, StorageError, Tx,
    entity::update::{Column, Entity, Model},
    error::OrCorrupt as _,
    tx::lock_by_name,
    tx::{strip_nul, to_json, truncate_to_micros},
};

/// The body of an update that Telegram no longer has and of which only the decision is known.
const LOST_BODY: &str = "null";

/// The ids of an update that this crate reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UpdateKey {
    pub update: UpdateId,
    /// The chat that it came from. Updates without a chat have no order.
    pub chat: Option<ChatId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredUpdate<C> {
    pub update: UpdateId,
    pub chat: Option<ChatId>,
    pub state: UpdateState<C>,
    pub received_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdateState<C> {
    /// Stored, with no decision.
    Received,
    /// The command is stored and may not have been started yet.
    Decided(C),
    /// The command was started.
    Done(C),
    /// It was given up.
    DeadLetter {
        /// For people.
        reason: String,
    },
}

/// An [`UpdateState`] without its data, as the row has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UpdateRowState {
    Received,
    Decided,
    Done,
    Dead,
}

named!(UpdateRowState, "state of an update", {
    Received => "received",
    Decided => "decided",
    Done => "done",
    Dead => "dead",
});

#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    #[error("update {before} of the same chat comes first")]
    EarlierUnfinished { before: UpdateId },
    #[error("another gateway works on it")]
    OwnedByOther,
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl MaybeConflict for DecideError {
    fn is_conflict(&self) -> bool {
        match self {
            Self::EarlierUnfinished { .. } | Self::OwnedByOther => false,
            Self::Storage(error) => error.is_conflict(),
        }
    }
}

/// Stores the command of an update, or returns the earlier decision: continue with that one. Change
/// the session in the same transaction, and only if the decision is fresh. `by` is the lease of the
/// gateway that works on the update from now on.
///
/// # Errors
/// [`DecideError::EarlierUnfinished`] while an earlier update of the chat is not finished;
/// [`DecideError::OwnedByOther`] while another gateway works on it; [`StorageError::Corrupt`] if the earlier
/// decision can't be read: [`mark_dead_letter`] the update.
pub async fn decide<C: Serialize + DeserializeOwned + Clone>(
    tx: &Tx,
    bot: BotId,
    arrival: UpdateKey,
    command: &C,
    by: &str,
    at: Timestamp,
) -> Result<FirstWrite<StoredUpdate<C>>, DecideError> {
    lock_chat(tx, bot, arrival).await?;
    receive::add(tx, bot, arrival, at).await?;
    let Some(row) = lock(tx, bot, arrival.update).await? else {
        return Err(missing_row(bot, arrival.update).into());
    };
    if row.state.parse() == Ok(UpdateRowState::Decided) {
        // Before the row is decoded: its owner may be of a version that this one can't read.
        lane::take_ownership(tx, &row, by, at).await?;
    }
    let stored = read::<C>(&row)?;
    match stored.state {
        UpdateState::Received => {}
        UpdateState::Decided(_) | UpdateState::Done(_) | UpdateState::DeadLetter { .. } => {
            return Ok(FirstWrite::earlier(stored));
        }
    }
    if let Some(before) = unfinished_before(tx, bot, arrival).await? {
        return Err(DecideError::EarlierUnfinished { before });
    }
    Entity::update_many()
        .col_expr(Column::State, Expr::value(UpdateRowState::Decided.name()))
        .col_expr(Column::Command, Expr::value(to_json(command)))
        .col_expr(Column::Owner, Expr::value(by))
        .col_expr(Column::DecidedAt, Expr::value(truncate_to_micros(at)))
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::UpdateId.eq(arrival.update.get()))
        .exec(&*tx.0)
        .await
        .map_err(StorageError::from)?;
    Ok(FirstWrite::fresh(StoredUpdate { state: UpdateState::Decided(command.clone()), ..stored }))
}

/// Records that the command was started. Returns whether this call did so; an update that is not
/// decided, or is finished, does not change.
pub async fn finish(tx: &Tx, bot: BotId, update: UpdateId, at: Timestamp) -> Result<bool> {
    let finished = Entity::update_many()
        .col_expr(Column::State, Expr::value(UpdateRowState::Done.name()))
        .col_expr(Column::Body, Expr::value(None::<String>))
        .col_expr(Column::FinishedAt, Expr::value(truncate_to_micros(at)))
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::UpdateId.eq(update.get()))
        .filter(Column::State.eq(UpdateRowState::Decided.name()))
        .exec(&*tx.0)
        .await?;
    Ok(finished.rows_affected > 0)
}

/// Finishes undecided updates that are parts of another update's request; `command` says so. Call
/// it in the transaction that decides that update.
pub async fn finish_parts<C: Serialize>(
    tx: &Tx,
    bot: BotId,
    parts: &[UpdateId],
    command: &C,
    at: Timestamp,
) -> Result<()> {
    if parts.is_empty() {
        return Ok(());
    }
    Entity::update_many()
        .col_expr(Column::State, Expr::value(UpdateRowState::Done.name()))
        .col_expr(Column::Command, Expr::value(to_json(command)))
        .col_expr(Column::Body, Expr::value(None::<String>))
        .col_expr(Column::DecidedAt, Expr::value(truncate_to_micros(at)))
        .col_expr(Column::FinishedAt, Expr::value(truncate_to_micros(at)))
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::UpdateId.is_in(parts.iter().map(|update| update.get())))
        .filter(Column::State.eq(UpdateRowState::Received.name()))
        .exec(&*tx.0)
        .await?;
    Ok(())
}

/// Makes an update a dead letter: it can't be parsed, or was refused permanently. The next updates
/// of its chat can proceed. Returns whether this call did so; a finished update does not change.
pub async fn mark_dead_letter(
    tx: &Tx,
    bot: BotId,
    arrival: UpdateKey,
    reason: &str,
    at: Timestamp,
) -> Result<bool> {
    receive::add(tx, bot, arrival, at).await?;
    receive::mark_dead_letters(tx, bot, &[arrival.update], reason, at).await
}

/// The decision about an update.
pub async fn find<C: DeserializeOwned>(
    on: &impl ReadAccess,
    bot: BotId,
    update: UpdateId,
) -> Result<Option<StoredUpdate<C>>> {
    let row = Entity::find_by_id((bot.get(), update.get())).one(on.connection()).await?;
    row.as_ref().map(read).transpose()
}

/// Deletes at most `limit` updates that were finished before `before`, which must be longer ago
/// than Telegram redelivers (24 hours). Returns how many.
pub async fn prune(tx: &Tx, before: Timestamp, limit: u32) -> Result<u64> {
    let old: Vec<(i64, i64)> = Entity::find()
        .select_only()
        .columns([Column::BotId, Column::UpdateId])
        .filter(Column::FinishedAt.is_not_null())
        .filter(Column::FinishedAt.lt(truncate_to_micros(before)))
        .order_by_asc(Column::FinishedAt)
        .limit(u64::from(limit))
        .into_tuple()
        .all(&*tx.0)
        .await?;
    let mut pruned = 0;
    for key in old {
        let deleted = Entity::delete_by_id(key).exec(&*tx.0).await?;
        pruned += deleted.rows_affected;
    }
    Ok(pruned)
}

/// Holds the chat's lock until the transaction ends, so that no other update of the chat is
/// decided.
async fn lock_chat(tx: &Tx, bot: BotId, arrival: UpdateKey) -> Result<()> {
    match arrival.chat {
        Some(chat) => lock_by_name(&tx.0, &format!("updates {bot} {chat}")).await,
        None => Ok(()),
    }
}

async fn lock(tx: &Tx, bot: BotId, update: UpdateId) -> Result<Option<Model>> {
    Ok(Entity::find_by_id((bot.get(), update.get())).lock_exclusive().one(&*tx.0).await?)
}

/// The lowest unfinished update of the same chat before this one.
async fn unfinished_before(tx: &Tx, bot: BotId, arrival: UpdateKey) -> Result<Option<UpdateId>> {
    let Some(chat) = arrival.chat else {
        return Ok(None);
    };
    let row = Entity::find()
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::ChatId.eq(chat.get()))
        .filter(Column::UpdateId.lt(arrival.update.get()))
        .filter(Column::FinishedAt.is_null())
        .order_by_asc(Column::UpdateId)
        .one(&*tx.0)
        .await?;
    Ok(row.map(|row| UpdateId::new(row.update_id)))
}

fn read<C: DeserializeOwned>(row: &Model) -> Result<StoredUpdate<C>> {
    let key = format_args!("{} {}", row.bot_id, row.update_id);
    let command = || {
        let json = row.command.as_deref().unwrap_or_default();
        serde_json::from_str(json).or_corrupt("updates", key)
    };
    let state: Result<UpdateRowState, UnknownName> = row.state.parse();
    let standing = match state.or_corrupt("updates", key)? {
        UpdateRowState::Received => UpdateState::Received,
        UpdateRowState::Decided => UpdateState::Decided(command()?),
        UpdateRowState::Done => UpdateState::Done(command()?),
        UpdateRowState::Dead => {
            UpdateState::DeadLetter { reason: strip_nul(row.reason.as_deref().unwrap_or_default()) }
        }
    };
    Ok(StoredUpdate {
        update: UpdateId::new(row.update_id),
        chat: row.chat_id.map(ChatId::new),
        state: standing,
        received_at: row.received_at,
    })
}

fn missing_row(bot: BotId, update: UpdateId) -> StorageError {
    let key = format_args!("{bot} {update}");
    StorageError::corrupt("updates", key, "it vanished while it was decided")
}
