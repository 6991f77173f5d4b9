//! Receiving: every update of a batch has a row before any of them is decided, so that an offset
//! which follows from the rows never passes one that nobody has looked at.

use domain::{BotId, ChatId, UpdateId};
use events::Timestamp;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

use super::Arrival;
use crate::{
    Error, Tx,
    entity::update::{ActiveModel, Column, Entity},
    tx::{kept, storable},
};

/// What receiving a batch did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// How many updates were new.
    pub fresh: u64,
    /// Updates that were received before and never decided, and that Telegram no longer has: they
    /// are dead now, or they would hold up the offset for ever.
    pub gone: Vec<UpdateId>,
}

/// Writes down that these updates exist. `batch` is what Telegram gave when it was asked from the
/// [offset](super::offset) on, all of it.
///
/// # Errors
/// [`Error::Database`].
pub async fn receive(
    tx: &Tx,
    bot: BotId,
    batch: &[Arrival],
    at: Timestamp,
) -> Result<Received, Error> {
    let Some(highest) = batch.iter().map(|arrival| arrival.update).max() else {
        return Ok(Received {
            fresh: 0,
            gone: Vec::new(),
        });
    };
    let fresh = add(tx, bot, batch, at).await?;
    let undecided: Vec<i64> = Entity::find()
        .select_only()
        .column(Column::UpdateId)
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::FinishedAt.is_null())
        .filter(Column::State.eq("received"))
        .filter(Column::UpdateId.lt(highest.get()))
        .into_tuple()
        .all(&*tx.0)
        .await?;
    let in_batch = |update: &UpdateId| batch.iter().any(|arrival| arrival.update == *update);
    let gone: Vec<UpdateId> = undecided
        .into_iter()
        .map(UpdateId::new)
        .filter(|update| !in_batch(update))
        .collect();
    bury_all(tx, bot, &gone, "Telegram no longer has it", at).await?;
    Ok(Received { fresh, gone })
}

/// Adds the rows that are missing. Gives how many they were.
pub(super) async fn add(
    tx: &Tx,
    bot: BotId,
    arrivals: &[Arrival],
    at: Timestamp,
) -> Result<u64, Error> {
    let rows = arrivals.iter().map(|arrival| ActiveModel {
        bot_id: Set(bot.get()),
        update_id: Set(arrival.update.get()),
        chat_id: Set(arrival.chat.map(ChatId::get)),
        state: Set("received".to_owned()),
        command: NotSet,
        reason: NotSet,
        received_at: Set(kept(at)),
        decided_at: NotSet,
        finished_at: NotSet,
    });
    let known = OnConflict::columns([Column::BotId, Column::UpdateId])
        .do_nothing()
        .to_owned();
    Ok(Entity::insert_many(rows)
        .on_conflict(known)
        .exec_without_returning(&*tx.0)
        .await?)
}

/// Gives up those of these updates that are not finished. Says whether there were any.
pub(super) async fn bury_all(
    tx: &Tx,
    bot: BotId,
    updates: &[UpdateId],
    reason: &str,
    at: Timestamp,
) -> Result<bool, Error> {
    if updates.is_empty() {
        return Ok(false);
    }
    let buried = Entity::update_many()
        .col_expr(Column::State, Expr::value("dead"))
        .col_expr(Column::Reason, Expr::value(storable(reason)))
        .col_expr(Column::FinishedAt, Expr::value(kept(at)))
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::UpdateId.is_in(updates.iter().map(|update| update.get())))
        .filter(Column::FinishedAt.is_null())
        .exec(&*tx.0)
        .await?;
    Ok(buried.rows_affected > 0)
}
