//! Receiving updates: every update of a batch is stored, with all that is needed to process it,
//! before Telegram gets the acknowledgement.

use domain::{BotId, ChatId, UpdateId};
use events::Timestamp;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

use super::{LOST_BODY, UpdateKey, UpdateRowState};
use crate::{
    Result, Tx,
    entity::update::{ActiveModel, Column, Entity},
    tx::{strip_nul, truncate_to_micros},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingUpdate {
    pub arrival: UpdateKey,
    pub content: IncomingContent,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncomingContent {
    /// JSON to process. Deleted when the update is finished.
    Body(String),
    /// Nothing to do; the update is finished. Holds the command that says so, as JSON.
    Ignored(String),
    /// A dead letter, and the reason.
    DeadLetter(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiveReport {
    pub fresh: u64,
    /// Updates of an older gateway that were never decided and that Telegram no longer has. They
    /// are dead letters now; otherwise they would block the offset.
    pub lost: Vec<UpdateId>,
}

/// Stores updates. A stored update does not change, unless it is an older gateway's and has no body
/// yet. Returns how many were new.
pub async fn store(tx: &Tx, bot: BotId, batch: &[IncomingUpdate], at: Timestamp) -> Result<u64> {
    if batch.is_empty() {
        return Ok(0);
    }
    let ids = batch.iter().map(|incoming| incoming.arrival.update.get());
    let bodiless: Vec<i64> = Entity::find()
        .select_only()
        .column(Column::UpdateId)
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::UpdateId.is_in(ids))
        .filter(Column::FinishedAt.is_null())
        .filter(Column::Body.is_null())
        .into_tuple()
        .all(&*tx.0)
        .await?;
    let fresh = insert(tx, batch.iter().map(|incoming| row(bot, incoming, at))).await?;
    let known = |incoming: &&IncomingUpdate| bodiless.contains(&incoming.arrival.update.get());
    for IncomingUpdate { arrival, content } in batch.iter().filter(known) {
        match content {
            IncomingContent::Body(body) => set_body(tx, bot, arrival.update, body).await?,
            IncomingContent::Ignored(_) => {
                let why = "it is not for this bot";
                mark_dead_letters(tx, bot, &[arrival.update], why, at).await?;
            }
            IncomingContent::DeadLetter(why) => {
                mark_dead_letters(tx, bot, &[arrival.update], why, at).await?;
            }
        }
    }
    Ok(fresh)
}

/// Stores a batch that Telegram returned for the offset.
pub async fn receive(
    tx: &Tx,
    bot: BotId,
    batch: &[IncomingUpdate],
    at: Timestamp,
) -> Result<ReceiveReport> {
    let fresh = store(tx, bot, batch, at).await?;
    let Some(highest) = batch.iter().map(|incoming| incoming.arrival.update).max() else {
        return Ok(ReceiveReport { fresh, lost: Vec::new() });
    };
    // Telegram no longer has these: it was asked for them and returned later ones.
    let left: Vec<(i64, String)> = Entity::find()
        .select_only()
        .columns([Column::UpdateId, Column::State])
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::FinishedAt.is_null())
        .filter(Column::Body.is_null())
        .filter(Column::UpdateId.lt(highest.get()))
        .into_tuple()
        .all(&*tx.0)
        .await?;
    let received = |state: &str| state.parse() == Ok(UpdateRowState::Received);
    let (undecided, decided): (Vec<_>, Vec<_>) =
        left.into_iter().partition(|(_, state)| received(state));
    let ids = |rows: Vec<(i64, String)>| rows.into_iter().map(|(id, _)| UpdateId::new(id));
    for update in ids(decided) {
        set_body(tx, bot, update, LOST_BODY).await?;
    }
    let gone: Vec<UpdateId> = ids(undecided).collect();
    mark_dead_letters(tx, bot, &gone, "Telegram no longer has it", at).await?;
    Ok(ReceiveReport { fresh, lost: gone })
}

/// Inserts the row of one update if it is missing.
pub(super) async fn add(tx: &Tx, bot: BotId, arrival: UpdateKey, at: Timestamp) -> Result<()> {
    let row = ActiveModel {
        body: NotSet,
        ..row(bot, &IncomingUpdate { arrival, content: IncomingContent::Body(String::new()) }, at)
    };
    insert(tx, [row]).await.map(drop)
}

async fn insert(tx: &Tx, rows: impl IntoIterator<Item = ActiveModel>) -> Result<u64> {
    let known = OnConflict::columns([Column::BotId, Column::UpdateId]).do_nothing().to_owned();
    Ok(Entity::insert_many(rows).on_conflict(known).exec_without_returning(&*tx.0).await?)
}

fn row(bot: BotId, incoming: &IncomingUpdate, at: Timestamp) -> ActiveModel {
    let IncomingUpdate { arrival, content } = incoming;
    let (state, command, reason, body) = match content {
        IncomingContent::Body(body) => {
            (UpdateRowState::Received, None, None, Some(strip_nul(body)))
        }
        IncomingContent::Ignored(command) => {
            (UpdateRowState::Done, Some(command.clone()), None, None)
        }
        IncomingContent::DeadLetter(why) => {
            (UpdateRowState::Dead, None, Some(strip_nul(why)), None)
        }
    };
    let finished = body.is_none().then(|| truncate_to_micros(at));
    ActiveModel {
        bot_id: Set(bot.get()),
        update_id: Set(arrival.update.get()),
        chat_id: Set(arrival.chat.map(ChatId::get)),
        state: Set(state.name().to_owned()),
        command: Set(command),
        reason: Set(reason),
        body: Set(body),
        owner: Set(None),
        received_at: Set(truncate_to_micros(at)),
        decided_at: Set(None),
        finished_at: Set(finished),
    }
}

async fn set_body(tx: &Tx, bot: BotId, update: UpdateId, body: &str) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Body, Expr::value(strip_nul(body)))
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::UpdateId.eq(update.get()))
        .filter(Column::FinishedAt.is_null())
        .exec(&*tx.0)
        .await?;
    Ok(())
}

/// Makes the unfinished ones of these updates dead letters. Returns whether there were any.
pub(super) async fn mark_dead_letters(
    tx: &Tx,
    bot: BotId,
    updates: &[UpdateId],
    reason: &str,
    at: Timestamp,
) -> Result<bool> {
    if updates.is_empty() {
        return Ok(false);
    }
    let buried = Entity::update_many()
        .col_expr(Column::State, Expr::value(UpdateRowState::Dead.name()))
        .col_expr(Column::Reason, Expr::value(strip_nul(reason)))
        .col_expr(Column::Body, Expr::value(None::<String>))
        .col_expr(Column::FinishedAt, Expr::value(truncate_to_micros(at)))
        .filter(Column::BotId.eq(bot.get()))
        .filter(Column::UpdateId.is_in(updates.iter().map(|update| update.get())))
        .filter(Column::FinishedAt.is_null())
        .exec(&*tx.0)
        .await?;
    Ok(buried.rows_affected > 0)
}
