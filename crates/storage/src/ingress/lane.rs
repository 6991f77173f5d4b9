//! Lanes: the updates of one chat, processed in order, by one gateway at a time.
//!
//! The head of a lane is its lowest unfinished update. The gateway that decides it owns it until it
//! is finished or the gateway's lease expires; then another gateway takes over.

use chrono::TimeDelta;
use domain::{BotId, ChatId, UpdateId};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::Expr,
};

use super::{DecideError, LOST_BODY, UpdateKey, lock, missing_row};
use crate::{
    ReadAccess, StorageError, Tx,
    entity::update::{Column, Entity, Model},
    leases,
};

/// The age after which a decision without an owner (of an older gateway) counts as abandoned.
/// Longer than a question to a model takes.
const OWNERLESS_TIMEOUT: TimeDelta = TimeDelta::seconds(130);

/// A sequence of updates that are processed in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UpdateLane {
    Chat(ChatId),
    /// An update without a chat.
    Single(UpdateId),
}

impl UpdateLane {
    pub fn of(arrival: UpdateKey) -> Self {
        arrival.chat.map_or(Self::Single(arrival.update), Self::Chat)
    }
}

/// The first unfinished update of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneHead {
    pub arrival: UpdateKey,
    pub body: UpdateBody,
    pub received_at: Timestamp,
}

/// The content of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdateBody {
    /// The update's JSON.
    Stored(String),
    /// Missing: an older gateway received it. Telegram may send it again.
    Missing,
    /// Missing: Telegram no longer has it.
    Lost,
}

/// The first unfinished update of a lane.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn head(
    on: &impl ReadAccess,
    bot: BotId,
    lane: UpdateLane,
) -> Result<Option<LaneHead>, StorageError> {
    let mut rows = Entity::find()
        .select_only()
        .columns([Column::UpdateId, Column::ChatId, Column::Body, Column::ReceivedAt])
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::FinishedAt.is_null());
    rows = match lane {
        UpdateLane::Chat(chat) => rows.filter(Column::ChatId.eq(chat.get())),
        UpdateLane::Single(update) => rows.filter(Column::UpdateId.eq(update.get())),
    };
    let row: Option<(i64, Option<i64>, Option<String>, Timestamp)> =
        rows.order_by_asc(Column::UpdateId).into_tuple().one(on.connection()).await?;
    Ok(row.map(|(update, chat, body, received_at)| LaneHead {
        arrival: UpdateKey { update: UpdateId::new(update), chat: chat.map(ChatId::new) },
        body: match body {
            None => UpdateBody::Missing,
            Some(lost) if lost == LOST_BODY => UpdateBody::Lost,
            Some(body) => UpdateBody::Stored(body),
        },
        received_at,
    }))
}

/// The lanes of a bot with unfinished updates, the oldest update first, at most `limit`.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn lanes(
    on: &impl ReadAccess,
    bot: BotId,
    limit: u64,
) -> Result<Vec<UpdateLane>, StorageError> {
    let unfinished = || {
        Entity::find()
            .select_only()
            .filter(Column::BotId.eq(bot.get()))
            .filter(Column::FinishedAt.is_null())
            .limit(limit)
    };
    let first = || Expr::col(Column::UpdateId).min();
    let chats: Vec<i64> = unfinished()
        .column(Column::ChatId)
        .filter(Column::ChatId.is_not_null())
        .group_by(Column::ChatId)
        .order_by_asc(first())
        .into_tuple()
        .all(on.connection())
        .await?;
    let alone: Vec<i64> = unfinished()
        .column(Column::UpdateId)
        .filter(Column::ChatId.is_null())
        .order_by_asc(Column::UpdateId)
        .into_tuple()
        .all(on.connection())
        .await?;
    let chats = chats.into_iter().map(|chat| UpdateLane::Chat(ChatId::new(chat)));
    let alone = alone.into_iter().map(|id| UpdateLane::Single(UpdateId::new(id)));
    Ok(chats.chain(alone).collect())
}

/// Makes `by`, the lease of a gateway, the owner of a decision that is not started yet.
///
/// # Errors
/// [`DecideError::OwnedByOther`] while another gateway works on it.
pub async fn take_over(
    tx: &Tx,
    bot: BotId,
    update: UpdateId,
    by: &str,
    at: Timestamp,
) -> Result<(), DecideError> {
    let row = lock(tx, bot, update).await?;
    let row = row.ok_or_else(|| missing_row(bot, update))?;
    take_ownership(tx, &row, by, at).await
}

pub(super) async fn take_ownership(
    tx: &Tx,
    row: &Model,
    by: &str,
    at: Timestamp,
) -> Result<(), DecideError> {
    let alive = match row.owner.as_deref() {
        Some(owner) if owner == by => return Ok(()),
        Some(owner) => {
            let lease = leases::find(tx, owner).await?;
            lease.is_some_and(|lease| lease.expires_at > at)
        }
        None => at - row.decided_at.unwrap_or(row.received_at) < OWNERLESS_TIMEOUT,
    };
    if alive {
        return Err(DecideError::OwnedByOther);
    }
    Entity::update_many()
        .col_expr(Column::Owner, Expr::value(by))
        .filter(Column::BotId.eq(row.bot_id))
        .filter(Column::UpdateId.eq(row.update_id))
        .exec(&*tx.0)
        .await
        .map_err(StorageError::from)?;
    Ok(())
}
