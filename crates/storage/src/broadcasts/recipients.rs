//! The recipients of a broadcast, and whether the message arrived.

use domain::{
    AttemptId, BroadcastId, ChatId, MessageId, UserId,
    delivery::{
        Delivery, DeliveryInput, DeliveryStateName, PartSize, RepeatPolicy, TransitionRefusal,
        TransitionResult,
    },
};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Expr, LockBehavior, LockType, OnConflict, Query},
};

use super::{BroadcastState as Progress, NewBroadcast, audience};
use crate::{
    MaybeConflict, ReadAccess, StorageError, Tx,
    entity::{
        broadcast,
        recipient::{Column, Entity, Model},
    },
    ledger::{SendReport, StateColumns, decode_state},
    tx::truncate_to_micros,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BroadcastRecipient {
    pub user: UserId,
    pub chat: ChatId,
    pub delivery: Delivery,
    pub message: Option<MessageId>,
}

/// How many recipients are in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecipientCounts {
    pub pending: u64,
    pub sending: u64,
    pub sent: u64,
    /// It is not known whether the message arrived.
    pub unknown: u64,
    /// The message did not arrive, for instance because they have stopped the bot.
    pub failed: u64,
}

/// Stores the recipients of a new broadcast in one statement: there may be many.
pub(super) async fn insert_recipients<M>(
    tx: &Tx,
    new: &NewBroadcast<M>,
    at: Timestamp,
) -> Result<(), StorageError> {
    let mut recipients = audience::recipient_values(&new.audience, &new.access, at);
    recipients
        .expr(Expr::value(new.id.as_str()))
        .expr(Expr::value("pending"))
        .expr(Expr::value(truncate_to_micros(at)));
    let mut insert = Query::insert();
    insert
        .into_table(Entity)
        .columns([
            Column::UserId,
            Column::ChatId,
            Column::BroadcastId,
            Column::State,
            Column::UpdatedAt,
        ])
        .select_from(recipients)
        .expect("as many columns as values")
        .on_conflict(
            OnConflict::columns([Column::BroadcastId, Column::UserId]).do_nothing().to_owned(),
        );
    tx.0.execute(&insert).await?;
    Ok(())
}

/// Claims at most `limit` recipients for `attempt`, skipping those that another attempt is
/// claiming. Empty when no recipient is left, or the broadcast is paused or has ended.
///
/// # Errors
/// [`StorageError::Database`], or [`StorageError::Corrupt`] for a row that can't be read.
pub async fn claim(
    tx: &Tx,
    id: &BroadcastId,
    attempt: &AttemptId,
    limit: u32,
    at: Timestamp,
) -> Result<Vec<BroadcastRecipient>, StorageError> {
    let sending = broadcast::Entity::find_by_id(id.as_str())
        .filter(broadcast::Column::State.eq(Progress::Sending.name()))
        .one(&*tx.0)
        .await?;
    if sending.is_none() {
        return Ok(Vec::new());
    }
    let rows = Entity::find()
        .filter(Column::BroadcastId.eq(id.as_str()))
        .filter(Expr::cust("state = 'pending'"))
        .order_by_asc(Column::UserId)
        .limit(u64::from(limit))
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(&*tx.0)
        .await?;
    let mut claimed = Vec::with_capacity(rows.len());
    for row in rows {
        let mut recipient = read(&row)?;
        let attempt = attempt.clone();
        if let Ok(TransitionResult::Changed(claim)) =
            recipient.delivery.apply(&DeliveryInput::Claim { attempt })
        {
            recipient.delivery = claim.to().clone();
            claimed.push(recipient);
        }
    }
    let Some(first) = claimed.first() else {
        return Ok(claimed);
    };
    let columns = StateColumns::of(first.delivery.state());
    Entity::update_many()
        .col_expr(Column::State, Expr::value(columns.name))
        .col_expr(Column::Attempt, Expr::value(columns.attempt))
        .col_expr(Column::UpdatedAt, Expr::value(truncate_to_micros(at)))
        .filter(Column::BroadcastId.eq(id.as_str()))
        .filter(Column::UserId.is_in(claimed.iter().map(|one| one.user.as_str())))
        .exec(&*tx.0)
        .await?;
    Ok(claimed)
}

/// Claims one recipient for `attempt` and returns its state: send only if it
/// [belongs](domain::delivery::Delivery::is_held_by) to this attempt. A claim that finds another attempt sending
/// treats that attempt as dead. `None` if the broadcast is paused or has ended, or has no such
/// recipient.
///
/// # Errors
/// [`StorageError::Database`], or [`StorageError::Corrupt`] for a row that can't be read.
pub async fn claim_one(
    tx: &Tx,
    id: &BroadcastId,
    user: &UserId,
    attempt: &AttemptId,
    at: Timestamp,
) -> Result<Option<BroadcastRecipient>, StorageError> {
    let sending = broadcast::Entity::find_by_id(id.as_str())
        .filter(broadcast::Column::State.eq(Progress::Sending.name()))
        .one(&*tx.0)
        .await?;
    if sending.is_none() {
        return Ok(None);
    }
    let row = Entity::find_by_id((id.as_str().to_owned(), user.as_str().to_owned()))
        .lock_exclusive()
        .one(&*tx.0)
        .await?;
    let Some(mut recipient) = row.as_ref().map(read).transpose()? else {
        return Ok(None);
    };
    let attempt = attempt.clone();
    // What can't be claimed is returned unchanged.
    let Ok(TransitionResult::Changed(moved)) =
        recipient.delivery.apply(&DeliveryInput::Claim { attempt })
    else {
        return Ok(Some(recipient));
    };
    recipient.delivery = moved.to().clone();
    let columns = StateColumns::of(recipient.delivery.state());
    Entity::update_many()
        .col_expr(Column::State, Expr::value(columns.name))
        .col_expr(Column::Attempt, Expr::value(columns.attempt))
        .col_expr(Column::UpdatedAt, Expr::value(truncate_to_micros(at)))
        .filter(Column::BroadcastId.eq(id.as_str()))
        .filter(Column::UserId.eq(user.as_str()))
        .exec(&*tx.0)
        .await?;
    Ok(Some(recipient))
}

/// Recipients that are not sent yet, by user id, at most `limit`, after `after`; includes those
/// that were claimed and have no outcome yet.
///
/// # Errors
/// [`StorageError::Database`], or [`StorageError::Corrupt`] for a row that can't be read.
pub async fn unfinished_recipients(
    on: &impl ReadAccess,
    id: &BroadcastId,
    after: Option<&UserId>,
    limit: u32,
) -> Result<Vec<(UserId, ChatId)>, StorageError> {
    let mut query = Entity::find()
        .filter(Column::BroadcastId.eq(id.as_str()))
        .filter(Expr::cust("state in ('pending', 'sending')"))
        .order_by_asc(Column::UserId)
        .limit(u64::from(limit));
    if let Some(after) = after {
        query = query.filter(Column::UserId.gt(after.as_str()));
    }
    let rows = query.all(on.connection()).await?;
    let place = |row: &Model| read(row).map(|one| (one.user, one.chat));
    rows.iter().map(place).collect()
}

#[derive(Debug, thiserror::Error)]
pub enum RecordRecipientError {
    /// The report is not valid for this recipient's state.
    #[error("{user} in broadcast {broadcast}: {refusal}")]
    Refused { broadcast: BroadcastId, user: UserId, refusal: TransitionRefusal },
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl MaybeConflict for RecordRecipientError {
    fn is_conflict(&self) -> bool {
        match self {
            Self::Refused { .. } => false,
            Self::Storage(error) => error.is_conflict(),
        }
    }
}

/// Records the outcome of one recipient. The first report wins; returns whether it was this one.
///
/// # Errors
/// [`RecordRecipientError::Refused`] if the recipient does not belong to this attempt; [`StorageError::Corrupt`] if
/// there is no such recipient.
pub async fn record(
    tx: &Tx,
    id: &BroadcastId,
    user: &UserId,
    attempt: &AttemptId,
    report: &SendReport,
    at: Timestamp,
) -> Result<bool, RecordRecipientError> {
    let row = Entity::find_by_id((id.as_str().to_owned(), user.as_str().to_owned()))
        .lock_exclusive()
        .one(&*tx.0)
        .await
        .map_err(StorageError::from)?;
    let row = row.ok_or_else(|| corrupt(id.as_str(), user.as_str(), "it is not there"))?;
    let verdict = read(&row)?.delivery.apply(&report.input(attempt));
    let transition = match verdict {
        Ok(TransitionResult::Changed(transition)) => transition,
        Ok(TransitionResult::Unchanged) => return Ok(false),
        Err(refusal) => {
            let (broadcast, user) = (id.clone(), user.clone());
            return Err(RecordRecipientError::Refused { broadcast, user, refusal });
        }
    };
    let columns = StateColumns::of(transition.to().state());
    let message = report.messages().first().map(|message| message.message);
    Entity::update_many()
        .col_expr(Column::State, Expr::value(columns.name))
        .col_expr(Column::Attempt, Expr::value(columns.attempt))
        .col_expr(Column::Reason, Expr::value(columns.reason))
        .col_expr(Column::MessageId, Expr::value(message))
        .col_expr(Column::UpdatedAt, Expr::value(truncate_to_micros(at)))
        .filter(Column::BroadcastId.eq(id.as_str()))
        .filter(Column::UserId.eq(user.as_str()))
        .filter(Column::State.eq(transition.from().state().name().name()))
        .exec(&*tx.0)
        .await
        .map_err(StorageError::from)?;
    Ok(true)
}

/// Marks recipients as unknown that were claimed before `before` and have no outcome: their
/// attempts are dead, and the message may have arrived. Returns how many.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn mark_stale_unknown(
    tx: &Tx,
    id: &BroadcastId,
    before: Timestamp,
    at: Timestamp,
) -> Result<u64, StorageError> {
    // All rows make the same transition, so one statement is enough.
    let left = Entity::update_many()
        .col_expr(Column::State, Expr::value(DeliveryStateName::Unknown.name()))
        .col_expr(Column::UpdatedAt, Expr::value(truncate_to_micros(at)))
        .filter(Column::BroadcastId.eq(id.as_str()))
        .filter(Column::State.eq(DeliveryStateName::Sending.name()))
        .filter(Column::UpdatedAt.lt(truncate_to_micros(before)))
        .exec(&*tx.0)
        .await?;
    Ok(left.rows_affected)
}

/// # Errors
/// [`StorageError::Database`].
pub async fn count_recipients(
    on: &impl ReadAccess,
    id: &BroadcastId,
) -> Result<RecipientCounts, StorageError> {
    let rows: Vec<(String, i64)> = Entity::find()
        .select_only()
        .column(Column::State)
        .column_as(Column::UserId.count(), "count")
        .filter(Column::BroadcastId.eq(id.as_str()))
        .group_by(Column::State)
        .into_tuple()
        .all(on.connection())
        .await?;
    let mut tally = RecipientCounts::default();
    for (name, count) in rows {
        let name: DeliveryStateName =
            name.parse().map_err(|error| corrupt(id.as_str(), "*", error))?;
        let place = match name {
            DeliveryStateName::Pending => &mut tally.pending,
            DeliveryStateName::Sending => &mut tally.sending,
            DeliveryStateName::Sent => &mut tally.sent,
            DeliveryStateName::Unknown => &mut tally.unknown,
            DeliveryStateName::Failed => &mut tally.failed,
        };
        *place = u64::try_from(count).unwrap_or_default();
    }
    Ok(tally)
}

/// # Errors
/// [`StorageError::Database`], or [`StorageError::Corrupt`] for a row that can't be read.
pub async fn find_recipient(
    on: &impl ReadAccess,
    id: &BroadcastId,
    user: &UserId,
) -> Result<Option<BroadcastRecipient>, StorageError> {
    let row = Entity::find_by_id((id.as_str().to_owned(), user.as_str().to_owned()))
        .one(on.connection())
        .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &Model) -> Result<BroadcastRecipient, StorageError> {
    let bad = |error: &dyn std::fmt::Display| corrupt(&row.broadcast_id, &row.user_id, error);
    let state = decode_state(&row.state, row.attempt.as_deref(), row.reason.as_deref());
    let state = state.map_err(|why| bad(&why))?;
    let arrived = u8::from(state.name() == DeliveryStateName::Sent);
    let delivery = Delivery::restore(PartSize::ONE, arrived, RepeatPolicy::Never, state);
    Ok(BroadcastRecipient {
        user: UserId::parse(&row.user_id).map_err(|error| bad(&error))?,
        chat: ChatId::new(row.chat_id),
        delivery: delivery.map_err(|error| bad(&error))?,
        message: row.message_id.map(MessageId::new),
    })
}

fn corrupt(broadcast: &str, user: &str, why: impl std::fmt::Display) -> StorageError {
    StorageError::Corrupt {
        table: "recipients",
        key: format!("{broadcast} {user}"),
        why: why.to_string(),
    }
}
