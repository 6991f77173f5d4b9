//! The recipients of a broadcast, and whether the message arrived.

use domain::{
    AttemptId, BroadcastId, BroadcastState, ChatId, MessageId, UnknownName, UserId,
    delivery::{
        Delivery, DeliveryInput, DeliveryStateName, PartSize, RepeatPolicy, SendReport,
        TransitionResult,
    },
};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Expr, OnConflict, Query},
};

use super::{NewBroadcast, audience};
use crate::{
    ReadAccess, StorageError, Tx,
    entity::{
        broadcast,
        recipient::{Column, Entity, Model},
    },
    error::OrCorrupt as _,
    ledger::{LedgerError, StateColumns, decode_state},
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

/// Claims a recipient for `attempt` and returns the delivery: send only if it
/// [belongs](Delivery::is_held_by) to this attempt. A claim that finds another attempt sending
/// treats that attempt as dead. Nothing changes if the broadcast is paused or has ended.
///
/// # Errors
/// [`LedgerError::Missing`] if there is no such recipient.
pub async fn claim(
    tx: &Tx,
    id: &BroadcastId,
    user: &UserId,
    attempt: &AttemptId,
    at: Timestamp,
) -> Result<Delivery, LedgerError> {
    let sending = broadcast::Entity::find_by_id(id.as_str())
        .filter(broadcast::Column::State.eq(BroadcastState::Sending.name()))
        .one(&*tx.0)
        .await
        .map_err(StorageError::from)?;
    if sending.is_none() {
        return Ok(lock(tx, id, user).await?.delivery);
    }
    apply_input(tx, id, user, &DeliveryInput::Claim { attempt: attempt.clone() }, at).await
}

/// Recipients that are not sent yet, by user id, at most `limit`, after `after`; includes those
/// that were claimed and have no outcome yet.
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

/// Records the outcome of one recipient and returns the delivery. The first report wins.
///
/// # Errors
/// [`LedgerError::Refused`] if the recipient does not belong to this attempt;
/// [`LedgerError::Missing`] if there is no such recipient.
pub async fn record(
    tx: &Tx,
    id: &BroadcastId,
    user: &UserId,
    attempt: &AttemptId,
    report: &SendReport,
    at: Timestamp,
) -> Result<Delivery, LedgerError> {
    let input = DeliveryInput::Reported { attempt: attempt.clone(), report: report.clone() };
    apply_input(tx, id, user, &input, at).await
}

/// Applies an input to a recipient's delivery and stores the result.
async fn apply_input(
    tx: &Tx,
    id: &BroadcastId,
    user: &UserId,
    input: &DeliveryInput,
    at: Timestamp,
) -> Result<Delivery, LedgerError> {
    let delivery = lock(tx, id, user).await?.delivery;
    let transition = match delivery.apply(input) {
        Ok(TransitionResult::Changed(transition)) => transition,
        Ok(TransitionResult::Unchanged) => return Ok(delivery),
        Err(refusal) => {
            return Err(LedgerError::Refused { delivery: name(id, user), refusal });
        }
    };
    let message = match input {
        DeliveryInput::Reported { report, .. } => report.messages().first(),
        DeliveryInput::Claim { .. } | DeliveryInput::AttemptDied => None,
    };
    let columns = StateColumns::of(transition.to().state());
    Entity::update_many()
        .col_expr(Column::State, Expr::value(columns.name))
        .col_expr(Column::Attempt, Expr::value(columns.attempt))
        .col_expr(Column::Reason, Expr::value(columns.reason))
        .col_expr(Column::ReasonKind, Expr::value(columns.reason_kind))
        .col_expr(Column::MessageId, Expr::value(message.map(|sent| sent.message)))
        .col_expr(Column::UpdatedAt, Expr::value(truncate_to_micros(at)))
        .filter(Column::BroadcastId.eq(id.as_str()))
        .filter(Column::UserId.eq(user.as_str()))
        .exec(&*tx.0)
        .await
        .map_err(StorageError::from)?;
    Ok(transition.to().clone())
}

/// The recipient, whose row is locked until the transaction ends.
async fn lock(tx: &Tx, id: &BroadcastId, user: &UserId) -> Result<BroadcastRecipient, LedgerError> {
    let row = Entity::find_by_id((id.as_str().to_owned(), user.as_str().to_owned()))
        .lock_exclusive()
        .one(&*tx.0)
        .await
        .map_err(StorageError::from)?;
    Ok(read(&row.ok_or_else(|| LedgerError::Missing(name(id, user)))?)?)
}

/// The delivery's name in an error.
fn name(id: &BroadcastId, user: &UserId) -> String {
    format!("of {id} to {user}")
}

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
        let name: Result<DeliveryStateName, UnknownName> = name.parse();
        let name = name.or_corrupt("recipients", format_args!("{id} *"))?;
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
    let key = format_args!("{} {}", row.broadcast_id, row.user_id);
    let state = decode_state(
        &row.state,
        row.attempt.as_deref(),
        row.reason.as_deref(),
        row.reason_kind.as_deref(),
    );
    let state = state.or_corrupt("recipients", key)?;
    let arrived = u8::from(state.name() == DeliveryStateName::Sent);
    let delivery = Delivery::restore(PartSize::ONE, arrived, RepeatPolicy::Never, state);
    Ok(BroadcastRecipient {
        user: UserId::parse(&row.user_id).or_corrupt("recipients", key)?,
        chat: ChatId::new(row.chat_id),
        delivery: delivery.or_corrupt("recipients", key)?,
        message: row.message_id.map(MessageId::new),
    })
}
