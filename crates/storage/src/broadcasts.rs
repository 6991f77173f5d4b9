//! Broadcasts: one message to many, and a row for each recipient.
//!
//! A recipient's row follows the same rules as a part of a carousel ([`domain::delivery`]): it is
//! claimed, sent once, and the attempt that claimed it records the outcome. So when a worker dies,
//! the outcome of a few recipients is unknown, and no recipient gets the message twice.
//!
//! The caller defines the message; here it is a JSON record.

mod audience;
mod recipients;

use domain::{BotId, BroadcastId, BroadcastState, UserId, access::AccessList};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};
use serde::{Serialize, de::DeserializeOwned};

pub use audience::{BroadcastAudience, audience_languages, audience_size};
pub use recipients::{
    BroadcastRecipient, RecipientCounts, claim, count_recipients, find_recipient, record,
    unfinished_recipients,
};

use crate::{
    Cursor, FirstWrite, ReadAccess, RowPage, StorageError, Tx,
    entity::broadcast::{ActiveModel, Column, Entity, Model},
    error::OrCorrupt as _,
    tx::{to_json, truncate_to_micros},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broadcast<M> {
    pub id: BroadcastId,
    pub author: UserId,
    pub bot: BotId,
    pub message: M,
    pub state: BroadcastState,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBroadcast<M> {
    pub id: BroadcastId,
    pub author: UserId,
    pub bot: BotId,
    pub message: M,
    pub audience: BroadcastAudience,
    pub access: AccessList,
}

/// Creates a broadcast to everybody who is in its audience now, or returns the stored one with that
/// id.
pub async fn create<M: Serialize + DeserializeOwned>(
    tx: &Tx,
    new: &NewBroadcast<M>,
    at: Timestamp,
) -> Result<FirstWrite<Broadcast<M>>, StorageError> {
    let row = ActiveModel {
        id: Set(new.id.as_str().to_owned()),
        author_id: Set(new.author.as_str().to_owned()),
        bot_id: Set(new.bot.get()),
        message: Set(to_json(&new.message)),
        state: Set(BroadcastState::Sending.name().to_owned()),
        created_at: Set(truncate_to_micros(at)),
        updated_at: Set(truncate_to_micros(at)),
        ended_at: Set(None),
    };
    let fresh = Entity::insert(row)
        .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
        .exec_without_returning(&*tx.0)
        .await?;
    if fresh > 0 {
        recipients::insert_recipients(tx, new, at).await?;
    }
    let value = find(tx, &new.id).await?;
    let value = value.or_corrupt("broadcasts", &new.id)?;
    Ok(if fresh > 0 { FirstWrite::fresh(value) } else { FirstWrite::earlier(value) })
}

/// Pauses, resumes or cancels a broadcast. Returns whether that changed anything: an ended
/// broadcast does not change.
pub async fn apply_action(
    tx: &Tx,
    id: &BroadcastId,
    to: BroadcastStateChange,
    at: Timestamp,
) -> Result<bool, StorageError> {
    let (from, state) = match to {
        BroadcastStateChange::Pause => (vec![BroadcastState::Sending], BroadcastState::Paused),
        BroadcastStateChange::Resume => (vec![BroadcastState::Paused], BroadcastState::Sending),
        BroadcastStateChange::Cancel => {
            (vec![BroadcastState::Sending, BroadcastState::Paused], BroadcastState::Cancelled)
        }
    };
    let ended = match to {
        BroadcastStateChange::Cancel => Some(truncate_to_micros(at)),
        BroadcastStateChange::Pause | BroadcastStateChange::Resume => None,
    };
    set(tx, id, &from, state, ended, at).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BroadcastStateChange {
    Pause,
    Resume,
    Cancel,
}

/// Ends a broadcast when no recipient is left, and returns its totals. `None` while recipients are
/// left.
pub async fn finish_if_complete(
    tx: &Tx,
    id: &BroadcastId,
    at: Timestamp,
) -> Result<Option<RecipientCounts>, StorageError> {
    let tally = count_recipients(tx, id).await?;
    if tally.pending > 0 || tally.sending > 0 {
        return Ok(None);
    }
    set(tx, id, &[BroadcastState::Sending], BroadcastState::Done, Some(truncate_to_micros(at)), at)
        .await?;
    Ok(Some(tally))
}

pub async fn find<M: DeserializeOwned>(
    on: &impl ReadAccess,
    id: &BroadcastId,
) -> Result<Option<Broadcast<M>>, StorageError> {
    let row = Entity::find_by_id(id.as_str()).one(on.connection()).await?;
    row.as_ref().map(read).transpose()
}

/// Broadcasts, newest first, at most `limit`, after the cursor `after`.
pub async fn list<M: DeserializeOwned>(
    on: &impl ReadAccess,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<RowPage<Broadcast<M>>, StorageError> {
    let mut query = Entity::find()
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(u64::from(limit));
    if let Some(after) = after {
        query = query.filter(after.newest_first(Column::CreatedAt, Column::Id));
    }
    let rows = query.all(on.connection()).await?;
    let place = |row: &Model| Cursor { at: row.created_at, id: row.id.clone() };
    Ok(RowPage::read(rows, limit, place, |row| read(&row)))
}

async fn set(
    tx: &Tx,
    id: &BroadcastId,
    from: &[BroadcastState],
    to: BroadcastState,
    ended_at: Option<Timestamp>,
    at: Timestamp,
) -> Result<bool, StorageError> {
    let changed = Entity::update_many()
        .col_expr(Column::State, Expr::value(to.name()))
        .col_expr(Column::EndedAt, Expr::value(ended_at))
        .col_expr(Column::UpdatedAt, Expr::value(truncate_to_micros(at)))
        .filter(Column::Id.eq(id.as_str()))
        .filter(Column::State.is_in(from.iter().map(|state| state.name())))
        .exec(&*tx.0)
        .await?;
    Ok(changed.rows_affected > 0)
}

fn read<M: DeserializeOwned>(row: &Model) -> Result<Broadcast<M>, StorageError> {
    Ok(Broadcast {
        id: BroadcastId::parse(&row.id).or_corrupt("broadcasts", &row.id)?,
        author: UserId::parse(&row.author_id).or_corrupt("broadcasts", &row.id)?,
        bot: BotId::new(row.bot_id),
        message: serde_json::from_str(&row.message).or_corrupt("broadcasts", &row.id)?,
        state: row.state.parse().or_corrupt("broadcasts", &row.id)?,
        created_at: row.created_at,
        ended_at: row.ended_at,
    })
}
