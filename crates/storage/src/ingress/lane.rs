//! Lanes: the updates of one chat, processed in order, by one gateway at a time.
//!
//! The head of a lane is its lowest unfinished update. The gateway that decides it owns it until it
//! is finished or the gateway's lease expires; then another gateway takes over.

use chrono::TimeDelta;
use domain::{BotId, ChatId, UpdateId};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select, sea_query::Expr,
};

use super::{DecideError, LOST_BODY, UpdateKey, UpdateRowState, lock, missing_row};
use crate::{
    ReadAccess, Result, StorageError, Tx,
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

/// An unfinished update of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneHead {
    pub arrival: UpdateKey,
    pub body: UpdateBody,
    pub received_at: Timestamp,
    /// Whether its command is stored already.
    pub is_decided: bool,
}

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
pub async fn head(on: &impl ReadAccess, bot: BotId, lane: UpdateLane) -> Result<Option<LaneHead>> {
    let rows = match lane {
        UpdateLane::Chat(chat) => unfinished(bot).filter(Column::ChatId.eq(chat.get())),
        UpdateLane::Single(update) => unfinished(bot).filter(Column::UpdateId.eq(update.get())),
    };
    let row: Option<LaneRow> = rows.into_tuple().one(on.connection()).await?;
    Ok(row.map(waiting_update))
}

/// The undecided updates of a chat after this one, at most `limit`, in order.
pub async fn undecided_after(
    on: &impl ReadAccess,
    bot: BotId,
    chat: ChatId,
    update: UpdateId,
    limit: u64,
) -> Result<Vec<LaneHead>> {
    let rows = unfinished(bot)
        .filter(Column::ChatId.eq(chat.get()))
        .filter(Column::UpdateId.gt(update.get()))
        .filter(Column::State.eq(UpdateRowState::Received.name()))
        .limit(limit);
    let rows: Vec<LaneRow> = rows.into_tuple().all(on.connection()).await?;
    Ok(rows.into_iter().map(waiting_update).collect())
}

type LaneRow = (i64, Option<i64>, Option<String>, Timestamp, String);

fn unfinished(bot: BotId) -> Select<Entity> {
    Entity::find()
        .select_only()
        .columns([
            Column::UpdateId,
            Column::ChatId,
            Column::Body,
            Column::ReceivedAt,
            Column::State,
        ])
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::FinishedAt.is_null())
        .order_by_asc(Column::UpdateId)
}

fn waiting_update((update, chat, body, received_at, state): LaneRow) -> LaneHead {
    LaneHead {
        arrival: UpdateKey { update: UpdateId::new(update), chat: chat.map(ChatId::new) },
        body: match body {
            None => UpdateBody::Missing,
            Some(lost) if lost == LOST_BODY => UpdateBody::Lost,
            Some(body) => UpdateBody::Stored(body),
        },
        received_at,
        is_decided: state != UpdateRowState::Received.name(),
    }
}

/// The lanes of a bot with unfinished updates, the oldest update first, at most `limit`.
pub async fn lanes(on: &impl ReadAccess, bot: BotId, limit: u64) -> Result<Vec<UpdateLane>> {
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
