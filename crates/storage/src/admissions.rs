//! Admissions: work that asks models is authorised before it begins and settled when it is over, as a
//! card payment is.
//!
//! Whoever may have how much is the caller's to say. Here the day's sums, the open reservations and the
//! new one are one transaction under the user's lock, so that requests that come at once do not all see
//! the same money. Days are UTC, as those of the quota and of [`crate::usage`] are.

use domain::UserId;
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Alias, Expr, ExprTrait as _, OnConflict},
};

use crate::{
    Contended, Error, Reads, Tx,
    entity::admission::{ActiveModel, Column, Entity, Model},
    privacy, quota,
    tx::{kept, storable},
    usage,
};

/// Millionths of a US dollar.
pub type Micros = u64;

/// What kind of work is admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A carousel: the daily quota counts it by its own row.
    Carousel,
    /// Anything else that asks a model: an edit, a question, a tip.
    Request,
}

/// Work that wants to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Names the work, and must not depend on the run: `<workflow id>/<key>`.
    pub id: String,
    /// The workflow that does it: once that is over, so is the reservation.
    pub workflow: String,
    /// Who asks.
    pub user: UserId,
    /// What it is.
    pub kind: Kind,
    /// When.
    pub at: Timestamp,
    /// How many [`Kind::Request`]s this user may have a day; no limit where none is given.
    pub most: Option<u32>,
    /// What it may cost; no limit where none is given.
    pub price: Option<Price>,
}

/// A budget, and what the work is expected to take of it at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// What this user may spend a day.
    pub budget: Micros,
    /// What all calls of the work cost together.
    pub work: Micros,
    /// What the dearest of them costs.
    pub call: Micros,
}

/// An admission as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// The work's name.
    pub id: String,
    /// The workflow that does it.
    pub workflow: String,
    /// Who asked.
    pub user: String,
}

/// Why work may not begin.
#[derive(Debug, thiserror::Error)]
pub enum AdmitError {
    /// The day's budget is spent, or promised to work that is under way.
    #[error("today's budget for models is used up, there is a new one from {resets_at}")]
    OverBudget {
        /// When the next day begins.
        resets_at: Timestamp,
    },
    /// The user has had today's requests.
    #[error(
        "all {limit} changes and questions of the day are used, there are new ones from {resets_at}"
    )]
    TooMany {
        /// How many there are in a day.
        limit: u32,
        /// When the next day begins.
        resets_at: Timestamp,
    },
    /// Anything else.
    #[error(transparent)]
    Storage(#[from] Error),
}

impl Contended for AdmitError {
    fn is_contended(&self) -> bool {
        match self {
            Self::OverBudget { .. } | Self::TooMany { .. } => false,
            Self::Storage(error) => error.is_contended(),
        }
    }
}

/// Admits work, and gives what its calls may cost, where that is limited. Work that was admitted before
/// and is not settled is admitted as it was.
///
/// With `available` = budget − spent today − what is reserved, work is admitted while `available` is
/// above nothing. It reserves what it is expected to cost, and may spend that, or where less is left
/// `available` and one call more: all of a user's work together stays within the budget and one call.
///
/// # Errors
/// [`AdmitError`]; nothing was written.
pub async fn admit(tx: &Tx, new: &Request) -> Result<Option<Micros>, AdmitError> {
    // Before looking for the row: while waiting here, the same request may have been served.
    quota::lock(tx, &new.user).await?;
    let known = find(tx, &new.id).await?;
    if let Some(known) = known.filter(|row| row.settled_at.is_none()) {
        return Ok(known.allowance.map(micros));
    }
    let at = kept(new.at);
    let resets_at = quota::resets_at(at);
    if let Some(limit) = new.most
        && new.kind == Kind::Request
        && requests(tx, &new.user, at).await? >= u64::from(limit)
    {
        return Err(AdmitError::TooMany { limit, resets_at });
    }
    let (mut reserved, mut allowance) = (0, None);
    if let Some(price) = new.price {
        let taken = taken(tx, &new.user, at).await?;
        let available = price.budget.saturating_sub(taken);
        if available == 0 {
            return Err(AdmitError::OverBudget { resets_at });
        }
        reserved = price.work;
        allowance = Some(Ord::min(price.work, available.saturating_add(price.call)));
    }
    let row = ActiveModel {
        id: Set(storable(&new.id)),
        user_id: Set(new.user.as_str().to_owned()),
        workflow: Set(storable(&new.workflow)),
        kind: Set(new.kind.name().to_owned()),
        day: Set(at.date_naive()),
        reserved: Set(stored(reserved)),
        allowance: Set(allowance.map(stored)),
        reserved_at: Set(at),
        settled_at: Set(None),
    };
    // Work that was settled and is done once more (a workflow that was reset) is admitted anew.
    let again = OnConflict::column(Column::Id)
        .update_columns([
            Column::Day,
            Column::Reserved,
            Column::Allowance,
            Column::ReservedAt,
            Column::SettledAt,
        ])
        .to_owned();
    Entity::insert(row)
        .on_conflict(again)
        .exec_without_returning(&*tx.0)
        .await
        .map_err(Error::from)?;
    Ok(allowance)
}

/// What a user has spent today and has reserved.
async fn taken(on: &impl Reads, user: &UserId, at: Timestamp) -> Result<Micros, Error> {
    let spent = usage::of_day(on, user, at.date_naive()).await?.cost_micros;
    // Those of yesterday too, while they are open: what they still spend is today's.
    let sum: Option<Option<i64>> = Entity::find()
        .select_only()
        .column_as(Column::Reserved.sum().cast_as(Alias::new("bigint")), "sum")
        .filter(Column::UserId.eq(user.as_str()))
        .filter(Column::SettledAt.is_null())
        .into_tuple()
        .one(on.connection())
        .await?;
    Ok(spent.saturating_add(micros(sum.flatten().unwrap_or_default())))
}

/// Whether anything is left of a user's budget. A look, no promise: [`admit`] decides.
///
/// # Errors
/// [`Error::Database`].
pub async fn has_left(
    on: &impl Reads,
    user: &UserId,
    budget: Micros,
    at: Timestamp,
) -> Result<bool, Error> {
    Ok(taken(on, user, at).await? < budget)
}

async fn requests(tx: &Tx, user: &UserId, at: Timestamp) -> Result<u64, Error> {
    let carried = privacy::carried(tx, user, at.date_naive()).await?;
    let requests = Entity::find()
        .filter(Column::UserId.eq(user.as_str()))
        .filter(Column::Day.eq(at.date_naive()))
        .filter(Column::Kind.eq(Kind::Request.name()))
        .count(&*tx.0)
        .await?;
    Ok(requests + carried.requests)
}

/// What work that is under way may still spend; `None` where that is not limited, or nobody admitted it.
///
/// # Errors
/// [`Error::Database`].
pub async fn allowance(on: &impl Reads, id: &str) -> Result<Option<Micros>, Error> {
    let row = find(on, id).await?;
    let open = row.filter(|row| row.settled_at.is_none());
    Ok(open.and_then(|row| row.allowance).map(micros))
}

/// A part of the work is done and its cost is in the books: of what was reserved at most `still` stays.
/// Gives what may still be spent. To be called once, with the entries, in one transaction.
///
/// # Errors
/// [`Error::Database`].
pub async fn capture(
    tx: &Tx,
    id: &str,
    cost: Micros,
    still: Micros,
) -> Result<Option<Micros>, Error> {
    let Some(row) = find(tx, id).await?.filter(|row| row.settled_at.is_none()) else {
        return Ok(None);
    };
    let left = |had: i64| Ord::min(micros(had).saturating_sub(cost), still);
    let allowance = row.allowance.map(left);
    Entity::update_many()
        .col_expr(Column::Reserved, Expr::value(stored(left(row.reserved))))
        .col_expr(Column::Allowance, Expr::value(allowance.map(stored)))
        .filter(Column::Id.eq(row.id))
        .exec(&*tx.0)
        .await?;
    Ok(allowance)
}

/// This work is over: what it took is in the books, and nothing is reserved for it any more. Once.
///
/// # Errors
/// [`Error::Database`].
pub async fn settle(tx: &Tx, id: &str, at: Timestamp) -> Result<(), Error> {
    settle_where(tx, Column::Id.eq(storable(id)), at).await?;
    Ok(())
}

/// All work of a workflow is over but the one that is named `id`; says whether there was any.
///
/// # Errors
/// [`Error::Database`].
pub async fn settle_others(
    tx: &Tx,
    workflow: &str,
    id: &str,
    at: Timestamp,
) -> Result<bool, Error> {
    let others = Column::Workflow.eq(storable(workflow));
    let others = others.and(Column::Id.ne(storable(id)));
    Ok(settle_where(tx, others, at).await? > 0)
}

/// All work of a workflow is over.
///
/// # Errors
/// [`Error::Database`].
pub async fn settle_all(tx: &Tx, workflow: &str, at: Timestamp) -> Result<(), Error> {
    settle_where(tx, Column::Workflow.eq(storable(workflow)), at).await?;
    Ok(())
}

async fn settle_where(
    tx: &Tx,
    which: sea_orm::sea_query::SimpleExpr,
    at: Timestamp,
) -> Result<u64, Error> {
    let settled = Entity::update_many()
        .col_expr(Column::SettledAt, Expr::value(kept(at)))
        .filter(which)
        .filter(Column::SettledAt.is_null())
        .exec(&*tx.0)
        .await?;
    Ok(settled.rows_affected)
}

/// The longest open admissions, at most `limit`, from before `before`: their workflows may be over
/// without having said so.
///
/// # Errors
/// [`Error::Database`].
pub async fn left_open(
    on: &impl Reads,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<Admission>, Error> {
    let rows = Entity::find()
        .filter(Column::SettledAt.is_null())
        .filter(Column::ReservedAt.lt(kept(before)))
        .order_by_asc(Column::ReservedAt)
        .limit(u64::from(limit))
        .all(on.connection())
        .await?;
    let admission = |row: Model| Admission {
        id: row.id,
        workflow: row.workflow,
        user: row.user_id,
    };
    Ok(rows.into_iter().map(admission).collect())
}

/// Deletes at most `limit` admissions that were settled before `before`. Gives how many they were.
///
/// # Errors
/// [`Error::Database`].
pub async fn prune(tx: &Tx, before: Timestamp, limit: u32) -> Result<u64, Error> {
    let old: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::SettledAt.lt(kept(before)))
        .limit(u64::from(limit))
        .into_tuple()
        .all(&*tx.0)
        .await?;
    let deleted = Entity::delete_many()
        .filter(Column::Id.is_in(old))
        .exec(&*tx.0)
        .await?;
    Ok(deleted.rows_affected)
}

async fn find(on: &impl Reads, id: &str) -> Result<Option<Model>, Error> {
    Ok(Entity::find_by_id(storable(id))
        .one(on.connection())
        .await?)
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Carousel => "carousel",
            Self::Request => "request",
        }
    }
}

fn micros(stored: i64) -> Micros {
    u64::try_from(stored).unwrap_or_default()
}

fn stored(micros: Micros) -> i64 {
    i64::try_from(micros).unwrap_or(i64::MAX)
}
