//! Ingress: the decision about each update, so that a redelivered update is not decided again.
//!
//! An update is *received* (stored whole, and only then acknowledged), *decided* (its command is
//! stored, in the transaction that changes the session), and *done* (what the command asks for was
//! started) or *dead* (a dead letter: it can't be parsed, or was refused permanently). Then its
//! body is deleted. The updates of one chat are decided in order; one gateway at a time works on
//! each. The polling offset follows from the rows: every stored update is acknowledged.
//!
//! The gateway defines commands; here a command is a JSON record.

mod lane;
mod offset;
mod receive;

use domain::{BotId, ChatId, UpdateId};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::Expr,
};
use serde::{Serialize, de::DeserializeOwned};

pub use lane::{Body, Head, Lane, head, lanes, take_over};
pub use offset::offset;
pub use receive::{Content, Incoming, Received, receive, store};

use crate::{
    Contended, Error, Page, Reads, Stored, Tx,
    database::hold,
    entity::update::{Column, Entity, Model},
    tx::{json, kept, storable},
};

/// The body of an update that Telegram no longer has and of which only the decision is known.
const LOST: &str = "null";

/// The ids of an update that this crate reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Arrival {
    pub update: UpdateId,
    /// The chat that it came from. Updates without a chat have no order.
    pub chat: Option<ChatId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<C> {
    pub update: UpdateId,
    pub chat: Option<ChatId>,
    pub standing: Standing<C>,
    pub received_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing<C> {
    /// Stored, with no decision.
    Received,
    /// The command is stored and may not have been started yet.
    Decided(C),
    /// The command was started.
    Done(C),
    /// It was given up.
    Dead {
        /// For people.
        reason: String,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// An earlier update of the same chat is not finished.
    #[error("update {before} of the same chat comes first")]
    OutOfTurn { before: UpdateId },
    /// Another gateway works on it.
    #[error("another gateway works on it")]
    Taken,
    #[error(transparent)]
    Storage(#[from] Error),
}

impl Contended for DecideError {
    fn is_contended(&self) -> bool {
        match self {
            Self::OutOfTurn { .. } | Self::Taken => false,
            Self::Storage(error) => error.is_contended(),
        }
    }
}

/// Stores the command of an update, or returns the earlier decision: continue with that one. Change
/// the session in the same transaction, and only if the decision is fresh. `by` is the lease of the
/// gateway that works on the update from now on.
///
/// # Errors
/// [`DecideError::OutOfTurn`] while an earlier update of the chat is not finished;
/// [`DecideError::Taken`] while another gateway works on it; [`Error::Corrupt`] if the earlier
/// decision can't be read: [`bury`] the update.
pub async fn decide<C: Serialize + DeserializeOwned + Clone>(
    tx: &Tx,
    bot: BotId,
    arrival: Arrival,
    command: &C,
    by: &str,
    at: Timestamp,
) -> Result<Stored<Decision<C>>, DecideError> {
    take_turn(tx, bot, arrival).await?;
    receive::add(tx, bot, arrival, at).await?;
    let Some(row) = lock(tx, bot, arrival.update).await? else {
        return Err(vanished(bot, arrival.update).into());
    };
    if row.state == "decided" {
        // Before the row is decoded: its owner may be of a version that this one can't read.
        lane::own(tx, &row, by, at).await?;
    }
    let stored = read::<C>(&row)?;
    match stored.standing {
        Standing::Received => {}
        Standing::Decided(_) | Standing::Done(_) | Standing::Dead { .. } => {
            return Ok(Stored::earlier(stored));
        }
    }
    if let Some(before) = unfinished_before(tx, bot, arrival).await? {
        return Err(DecideError::OutOfTurn { before });
    }
    Entity::update_many()
        .col_expr(Column::State, Expr::value("decided"))
        .col_expr(Column::Command, Expr::value(json(command)))
        .col_expr(Column::Owner, Expr::value(by))
        .col_expr(Column::DecidedAt, Expr::value(kept(at)))
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::UpdateId.eq(arrival.update.get()))
        .exec(&*tx.0)
        .await
        .map_err(Error::from)?;
    Ok(Stored::fresh(Decision {
        standing: Standing::Decided(command.clone()),
        ..stored
    }))
}

/// Records that the command was started. Returns whether this call did so; an update that is not
/// decided, or is finished, does not change.
///
/// # Errors
/// [`Error::Database`].
pub async fn finish(tx: &Tx, bot: BotId, update: UpdateId, at: Timestamp) -> Result<bool, Error> {
    let finished = Entity::update_many()
        .col_expr(Column::State, Expr::value("done"))
        .col_expr(Column::Body, Expr::value(None::<String>))
        .col_expr(Column::FinishedAt, Expr::value(kept(at)))
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::UpdateId.eq(update.get()))
        .filter(Column::State.eq("decided"))
        .exec(&*tx.0)
        .await?;
    Ok(finished.rows_affected > 0)
}

/// Makes an update a dead letter: it can't be parsed, or was refused permanently. The next updates
/// of its chat can proceed. Returns whether this call did so; a finished update does not change.
///
/// # Errors
/// [`Error::Database`].
pub async fn bury(
    tx: &Tx,
    bot: BotId,
    arrival: Arrival,
    reason: &str,
    at: Timestamp,
) -> Result<bool, Error> {
    receive::add(tx, bot, arrival, at).await?;
    receive::bury_all(tx, bot, &[arrival.update], reason, at).await
}

/// The decision about an update.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn find<C: DeserializeOwned>(
    on: &impl Reads,
    bot: BotId,
    update: UpdateId,
) -> Result<Option<Decision<C>>, Error> {
    let row = Entity::find_by_id((bot.get(), update.get()))
        .one(on.connection())
        .await?;
    row.as_ref().map(read).transpose()
}

/// The dead letters of a bot, newest first, at most `limit`.
///
/// # Errors
/// [`Error::Database`].
pub async fn dead<C: DeserializeOwned>(
    on: &impl Reads,
    bot: BotId,
    limit: u32,
) -> Result<Page<Decision<C>>, Error> {
    let rows = Entity::find()
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::State.eq("dead"))
        .order_by_desc(Column::ReceivedAt)
        .order_by_desc(Column::UpdateId)
        .limit(u64::from(limit))
        .all(on.connection())
        .await?;
    Ok(Page::whole(rows, |row| read(&row)))
}

/// Deletes at most `limit` updates that were finished before `before`, which must be longer ago
/// than Telegram redelivers (24 hours). Returns how many.
///
/// # Errors
/// [`Error::Database`].
pub async fn prune(tx: &Tx, before: Timestamp, limit: u32) -> Result<u64, Error> {
    let old: Vec<(i64, i64)> = Entity::find()
        .select_only()
        .columns([Column::BotId, Column::UpdateId])
        .filter(Column::FinishedAt.is_not_null())
        .filter(Column::FinishedAt.lt(kept(before)))
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
async fn take_turn(tx: &Tx, bot: BotId, arrival: Arrival) -> Result<(), Error> {
    match arrival.chat {
        Some(chat) => hold(&tx.0, &format!("updates {bot} {chat}")).await,
        None => Ok(()),
    }
}

async fn lock(tx: &Tx, bot: BotId, update: UpdateId) -> Result<Option<Model>, Error> {
    Ok(Entity::find_by_id((bot.get(), update.get()))
        .lock_exclusive()
        .one(&*tx.0)
        .await?)
}

/// The lowest unfinished update of the same chat before this one.
async fn unfinished_before(
    tx: &Tx,
    bot: BotId,
    arrival: Arrival,
) -> Result<Option<UpdateId>, Error> {
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

fn read<C: DeserializeOwned>(row: &Model) -> Result<Decision<C>, Error> {
    let corrupt = |why: String| Error::Corrupt {
        table: "updates",
        key: format!("{} {}", row.bot_id, row.update_id),
        why,
    };
    let command = || {
        let json = row.command.as_deref().unwrap_or_default();
        serde_json::from_str(json).map_err(|error| corrupt(error.to_string()))
    };
    let standing = match row.state.as_str() {
        "received" => Standing::Received,
        "decided" => Standing::Decided(command()?),
        "done" => Standing::Done(command()?),
        "dead" => Standing::Dead {
            reason: storable(row.reason.as_deref().unwrap_or_default()),
        },
        other => return Err(corrupt(format!("its state is “{other}”"))),
    };
    Ok(Decision {
        update: UpdateId::new(row.update_id),
        chat: row.chat_id.map(ChatId::new),
        standing,
        received_at: row.received_at,
    })
}

fn vanished(bot: BotId, update: UpdateId) -> Error {
    Error::Corrupt {
        table: "updates",
        key: format!("{bot} {update}"),
        why: "it vanished while it was decided".to_owned(),
    }
}
