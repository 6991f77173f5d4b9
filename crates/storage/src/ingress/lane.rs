//! Lanes: the updates of one chat, worked on one after the other, by one gateway at a time.
//!
//! The update whose turn it is in a lane is the lowest that is not finished. Whoever decides it owns it
//! until it is finished, or until their lease runs out: then another gateway goes on with it.

use chrono::TimeDelta;
use domain::{BotId, ChatId, UpdateId};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::Expr,
};

use super::{Arrival, DecideError, LOST, lock, vanished};
use crate::{
    Error, Reads, Tx,
    entity::update::{Column, Entity, Model},
    leases,
};

/// How old a decision without an owner is, which is an older gateway's, when that gateway counts as
/// dead. Longer than a question waits for its answer.
const ORPHANED: TimeDelta = TimeDelta::seconds(130);

/// Updates that have an order among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// Those of a chat.
    Chat(ChatId),
    /// One that comes from no chat.
    Alone(UpdateId),
}

impl Lane {
    /// The lane of an update.
    pub fn of(arrival: Arrival) -> Self {
        arrival.chat.map_or(Self::Alone(arrival.update), Self::Chat)
    }
}

/// The update whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Which one.
    pub arrival: Arrival,
    /// What is known of it.
    pub body: Body,
    /// When it came in.
    pub received_at: Timestamp,
}

/// What is known of an update besides its decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Its JSON.
    Stored(String),
    /// Nothing: an older gateway took it in. Telegram may send it again.
    Awaited,
    /// Nothing: Telegram no longer has it.
    Lost,
}

/// The update whose turn it is in a lane.
///
/// # Errors
/// [`Error::Database`].
pub async fn head(on: &impl Reads, bot: BotId, lane: Lane) -> Result<Option<Head>, Error> {
    let mut rows = Entity::find()
        .select_only()
        .columns([
            Column::UpdateId,
            Column::ChatId,
            Column::Body,
            Column::ReceivedAt,
        ])
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::FinishedAt.is_null());
    rows = match lane {
        Lane::Chat(chat) => rows.filter(Column::ChatId.eq(chat.get())),
        Lane::Alone(update) => rows.filter(Column::UpdateId.eq(update.get())),
    };
    let row: Option<(i64, Option<i64>, Option<String>, Timestamp)> = rows
        .order_by_asc(Column::UpdateId)
        .into_tuple()
        .one(on.connection())
        .await?;
    Ok(row.map(|(update, chat, body, received_at)| Head {
        arrival: Arrival {
            update: UpdateId::new(update),
            chat: chat.map(ChatId::new),
        },
        body: match body {
            None => Body::Awaited,
            Some(lost) if lost == LOST => Body::Lost,
            Some(body) => Body::Stored(body),
        },
        received_at,
    }))
}

/// The lanes of a bot in which something waits, those that have waited longest first, at most `limit`.
///
/// # Errors
/// [`Error::Database`].
pub async fn lanes(on: &impl Reads, bot: BotId, limit: u64) -> Result<Vec<Lane>, Error> {
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
    let chats = chats.into_iter().map(|chat| Lane::Chat(ChatId::new(chat)));
    let alone = alone.into_iter().map(|id| Lane::Alone(UpdateId::new(id)));
    Ok(chats.chain(alone).collect())
}

/// Makes `by`, the lease of a gateway, the owner of a decision that is not carried out yet.
///
/// # Errors
/// [`DecideError::Taken`] while another gateway works on it.
pub async fn take_over(
    tx: &Tx,
    bot: BotId,
    update: UpdateId,
    by: &str,
    at: Timestamp,
) -> Result<(), DecideError> {
    let row = lock(tx, bot, update).await?;
    let row = row.ok_or_else(|| vanished(bot, update))?;
    own(tx, &row, by, at).await
}

pub(super) async fn own(tx: &Tx, row: &Model, by: &str, at: Timestamp) -> Result<(), DecideError> {
    let alive = match row.owner.as_deref() {
        Some(owner) if owner == by => return Ok(()),
        Some(owner) => {
            let lease = leases::find(tx, owner).await?;
            lease.is_some_and(|lease| lease.expires_at > at)
        }
        None => at - row.decided_at.unwrap_or(row.received_at) < ORPHANED,
    };
    if alive {
        return Err(DecideError::Taken);
    }
    Entity::update_many()
        .col_expr(Column::Owner, Expr::value(by))
        .filter(Column::BotId.eq(row.bot_id))
        .filter(Column::UpdateId.eq(row.update_id))
        .exec(&*tx.0)
        .await
        .map_err(Error::from)?;
    Ok(())
}
