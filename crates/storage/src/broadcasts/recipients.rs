//! Who gets a broadcast, and whether it arrived.

use domain::{
    Attempt, BroadcastId, ChatId, MessageId, UserId,
    delivery::{Delivery, Input, Refusal, Repeats, Size, StateName, Verdict},
};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Expr, LockBehavior, LockType, OnConflict, Query},
};

use super::{NewBroadcast, State as Progress, audience};
use crate::{
    Contended, Error, Reads, Tx,
    entity::{
        broadcast,
        recipient::{Column, Entity, Model},
    },
    ledger::{Columns, Report, state},
    tx::kept,
};

/// Somebody who gets a broadcast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Who.
    pub user: UserId,
    /// Where.
    pub chat: ChatId,
    /// Whether it arrived.
    pub delivery: Delivery,
    /// The message that it became.
    pub message: Option<MessageId>,
}

/// How many recipients stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Not written to yet.
    pub pending: u64,
    /// Being written to.
    pub sending: u64,
    /// It arrived.
    pub sent: u64,
    /// Nobody can say.
    pub unknown: u64,
    /// It did not arrive: they have stopped the bot, for instance.
    pub failed: u64,
}

/// Writes down the recipients of a new broadcast, in one statement: there may be many.
pub(super) async fn address<M>(tx: &Tx, new: &NewBroadcast<M>, at: Timestamp) -> Result<(), Error> {
    let mut whom = audience::select(&new.audience, &new.access, at);
    whom.expr(Expr::value(new.id.as_str()))
        .expr(Expr::value("pending"))
        .expr(Expr::value(kept(at)));
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
        .select_from(whom)
        .expect("as many columns as values")
        .on_conflict(
            OnConflict::columns([Column::BroadcastId, Column::UserId])
                .do_nothing()
                .to_owned(),
        );
    tx.0.execute(&insert).await?;
    Ok(())
}

/// Claims at most `limit` recipients for `attempt`, none of whom anybody else is claiming. Empty when
/// nobody is left, or the broadcast rests or is over.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn claim(
    tx: &Tx,
    id: &BroadcastId,
    attempt: &Attempt,
    limit: u32,
    at: Timestamp,
) -> Result<Vec<Recipient>, Error> {
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
        if let Ok(Verdict::Moves(claim)) = recipient.delivery.on(&Input::Claim { attempt }) {
            recipient.delivery = claim.to().clone();
            claimed.push(recipient);
        }
    }
    let Some(first) = claimed.first() else {
        return Ok(claimed);
    };
    let columns = Columns::of(first.delivery.state());
    Entity::update_many()
        .col_expr(Column::State, Expr::value(columns.name))
        .col_expr(Column::Attempt, Expr::value(columns.attempt))
        .col_expr(Column::UpdatedAt, Expr::value(kept(at)))
        .filter(Column::BroadcastId.eq(id.as_str()))
        .filter(Column::UserId.is_in(claimed.iter().map(|one| one.user.as_str())))
        .exec(&*tx.0)
        .await?;
    Ok(claimed)
}

/// Claims one recipient for `attempt`, and gives them as they stand then: write to them if they
/// [belong](Delivery::belongs_to) to it. A claim that finds another attempt writing takes it for dead.
/// `None` when the broadcast rests or is over, or has no such recipient.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn claim_one(
    tx: &Tx,
    id: &BroadcastId,
    user: &UserId,
    attempt: &Attempt,
    at: Timestamp,
) -> Result<Option<Recipient>, Error> {
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
    // What can't be claimed stands as it is.
    let Ok(Verdict::Moves(moved)) = recipient.delivery.on(&Input::Claim { attempt }) else {
        return Ok(Some(recipient));
    };
    recipient.delivery = moved.to().clone();
    let columns = Columns::of(recipient.delivery.state());
    Entity::update_many()
        .col_expr(Column::State, Expr::value(columns.name))
        .col_expr(Column::Attempt, Expr::value(columns.attempt))
        .col_expr(Column::UpdatedAt, Expr::value(kept(at)))
        .filter(Column::BroadcastId.eq(id.as_str()))
        .filter(Column::UserId.eq(user.as_str()))
        .exec(&*tx.0)
        .await?;
    Ok(Some(recipient))
}

/// Recipients who have not been written to, by their ids, at most `limit`, behind `after`; and those
/// whom somebody was writing to who has not been heard of.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn waiting(
    on: &impl Reads,
    id: &BroadcastId,
    after: Option<&UserId>,
    limit: u32,
) -> Result<Vec<(UserId, ChatId)>, Error> {
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

/// Why nothing could be recorded about a recipient.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It can't be said about this recipient.
    #[error("{user} in broadcast {broadcast}: {refusal}")]
    Refused {
        /// Which broadcast.
        broadcast: BroadcastId,
        /// Which recipient.
        user: UserId,
        /// Why not.
        refusal: Refusal,
    },
    /// Anything else.
    #[error(transparent)]
    Storage(#[from] Error),
}

impl Contended for RecordError {
    fn is_contended(&self) -> bool {
        match self {
            Self::Refused { .. } => false,
            Self::Storage(error) => error.is_contended(),
        }
    }
}

/// Records what became of the message to one recipient. The first report wins; says whether it was
/// this one.
///
/// # Errors
/// [`RecordError::Refused`] when the recipient is not this attempt's; [`Error::Corrupt`] when there
/// is no such recipient.
pub async fn record(
    tx: &Tx,
    id: &BroadcastId,
    user: &UserId,
    attempt: &Attempt,
    report: &Report,
    at: Timestamp,
) -> Result<bool, RecordError> {
    let row = Entity::find_by_id((id.as_str().to_owned(), user.as_str().to_owned()))
        .lock_exclusive()
        .one(&*tx.0)
        .await
        .map_err(Error::from)?;
    let row = row.ok_or_else(|| corrupt(id.as_str(), user.as_str(), "it is not there"))?;
    let verdict = read(&row)?.delivery.on(&report.input(attempt));
    let transition = match verdict {
        Ok(Verdict::Moves(transition)) => transition,
        Ok(Verdict::Stands) => return Ok(false),
        Err(refusal) => {
            let (broadcast, user) = (id.clone(), user.clone());
            return Err(RecordError::Refused {
                broadcast,
                user,
                refusal,
            });
        }
    };
    let columns = Columns::of(transition.to().state());
    let message = report.messages().first().map(|message| message.message);
    Entity::update_many()
        .col_expr(Column::State, Expr::value(columns.name))
        .col_expr(Column::Attempt, Expr::value(columns.attempt))
        .col_expr(Column::Reason, Expr::value(columns.reason))
        .col_expr(Column::MessageId, Expr::value(message))
        .col_expr(Column::UpdatedAt, Expr::value(kept(at)))
        .filter(Column::BroadcastId.eq(id.as_str()))
        .filter(Column::UserId.eq(user.as_str()))
        .filter(Column::State.eq(transition.from().state().name().name()))
        .exec(&*tx.0)
        .await
        .map_err(Error::from)?;
    Ok(true)
}

/// Takes those for dead who claimed recipients before `before` and have not been heard of since:
/// nobody can say whether it arrived there. Gives how many recipients they were.
///
/// # Errors
/// [`Error::Database`].
pub async fn declare_dead(
    tx: &Tx,
    id: &BroadcastId,
    before: Timestamp,
    at: Timestamp,
) -> Result<u64, Error> {
    // All rows make one and the same transition, so it is made in one statement.
    let left = Entity::update_many()
        .col_expr(Column::State, Expr::value(StateName::Unknown.name()))
        .col_expr(Column::UpdatedAt, Expr::value(kept(at)))
        .filter(Column::BroadcastId.eq(id.as_str()))
        .filter(Column::State.eq(StateName::Sending.name()))
        .filter(Column::UpdatedAt.lt(kept(before)))
        .exec(&*tx.0)
        .await?;
    Ok(left.rows_affected)
}

/// How many recipients stand where.
///
/// # Errors
/// [`Error::Database`].
pub async fn tally(on: &impl Reads, id: &BroadcastId) -> Result<Tally, Error> {
    let rows: Vec<(String, i64)> = Entity::find()
        .select_only()
        .column(Column::State)
        .column_as(Column::UserId.count(), "count")
        .filter(Column::BroadcastId.eq(id.as_str()))
        .group_by(Column::State)
        .into_tuple()
        .all(on.connection())
        .await?;
    let mut tally = Tally::default();
    for (name, count) in rows {
        let name: StateName = name
            .parse()
            .map_err(|error| corrupt(id.as_str(), "*", error))?;
        let place = match name {
            StateName::Pending => &mut tally.pending,
            StateName::Sending => &mut tally.sending,
            StateName::Sent => &mut tally.sent,
            StateName::Unknown => &mut tally.unknown,
            StateName::Failed => &mut tally.failed,
        };
        *place = u64::try_from(count).unwrap_or_default();
    }
    Ok(tally)
}

/// One recipient of a broadcast.
///
/// # Errors
/// [`Error::Database`], or [`Error::Corrupt`] for a row that can't be read.
pub async fn find_recipient(
    on: &impl Reads,
    id: &BroadcastId,
    user: &UserId,
) -> Result<Option<Recipient>, Error> {
    let row = Entity::find_by_id((id.as_str().to_owned(), user.as_str().to_owned()))
        .one(on.connection())
        .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &Model) -> Result<Recipient, Error> {
    let bad = |error: &dyn std::fmt::Display| corrupt(&row.broadcast_id, &row.user_id, error);
    let state = state(&row.state, row.attempt.as_deref(), row.reason.as_deref());
    let state = state.map_err(|why| bad(&why))?;
    let arrived = u8::from(state.name() == StateName::Sent);
    let delivery = Delivery::restore(Size::ONE, arrived, Repeats::Never, state);
    Ok(Recipient {
        user: UserId::parse(&row.user_id).map_err(|error| bad(&error))?,
        chat: ChatId::new(row.chat_id),
        delivery: delivery.map_err(|error| bad(&error))?,
        message: row.message_id.map(MessageId::new),
    })
}

fn corrupt(broadcast: &str, user: &str, why: impl std::fmt::Display) -> Error {
    Error::Corrupt {
        table: "recipients",
        key: format!("{broadcast} {user}"),
        why: why.to_string(),
    }
}
