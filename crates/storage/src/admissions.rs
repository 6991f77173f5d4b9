//! Admissions: work that calls models reserves a budget before it begins and settles when it ends,
//! like a card payment.
//!
//! The caller decides the limits. Here the day's sums, the open reservations and the new one are
//! one transaction under the user's lock, so that concurrent requests can't spend the same budget
//! twice. Days are UTC, as in the quota and in [`crate::usage`].

use domain::{UserId, named};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Alias, Expr, ExprTrait as _, OnConflict},
};

use crate::{
    MaybeConflict, ReadAccess, Result, StorageError, Tx,
    entity::admission::{ActiveModel, Column, Entity, Model},
    privacy, prune, quota,
    tx::{strip_nul, truncate_to_micros},
    usage,
};

/// Millionths of a US dollar.
pub type Micros = u64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdmissionKind {
    /// The daily quota counts it by its own row.
    Carousel,
    /// Anything else that calls a model: an edit, a question, a tip.
    Request,
}

named!(AdmissionKind, "kind of admission", {
    Carousel => "carousel",
    Request => "request",
});

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmissionRequest {
    /// Names the work: `<workflow id>/<key>`. Must not depend on the run.
    pub id: String,
    /// The workflow that does the work. When it ends, the reservation ends.
    pub workflow_id: String,
    pub user: UserId,
    pub kind: AdmissionKind,
    pub at: Timestamp,
    /// How many [`AdmissionKind::Request`]s this user may have per day; `None` is no limit.
    pub max_per_day: Option<u32>,
    /// What it may cost; `None` is no limit.
    pub cost: Option<CostBudget>,
}

/// A daily budget, and the most that the work is expected to cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostBudget {
    /// What this user may spend per day.
    pub daily_budget: Micros,
    /// The cost of all calls of the work together.
    pub expected: Micros,
    /// The cost of its most expensive call.
    pub largest_call: Micros,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    pub id: String,
    pub workflow: String,
    pub user: String,
}

#[derive(Debug, thiserror::Error)]
pub enum AdmitError {
    /// The day's budget is spent or reserved.
    #[error("today's budget for models is used up; the next one starts at {resets_at}")]
    OverBudget { resets_at: Timestamp },
    #[error(
        "all {limit} changes and questions of the day are used; the next ones start at {resets_at}"
    )]
    TooManyRequests { limit: u32, resets_at: Timestamp },
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl MaybeConflict for AdmitError {
    fn is_conflict(&self) -> bool {
        match self {
            Self::OverBudget { .. } | Self::TooManyRequests { .. } => false,
            Self::Storage(error) => error.is_conflict(),
        }
    }
}

/// Admits work, and returns what its calls may cost if that is limited. Work that was admitted
/// before and is not settled keeps its first admission.
///
/// With `available` = budget − spent today − reserved, work is admitted if `available` is above
/// zero. It reserves its expected cost and may spend that, or `available` plus one call if that is
/// less. So all of a user's work together stays within the budget plus one call.
///
/// # Errors
/// [`AdmitError`]; nothing was written.
pub async fn admit(tx: &Tx, new: &AdmissionRequest) -> Result<Option<Micros>, AdmitError> {
    // The lock comes before the lookup: the same request may be served while this one waits.
    quota::lock(tx, &new.user).await?;
    let known = find(tx, &new.id).await?;
    if let Some(known) = known.filter(|row| row.settled_at.is_none()) {
        return Ok(known.allowance.map(micros));
    }
    let at = truncate_to_micros(new.at);
    let resets_at = quota::resets_at(at);
    if let Some(limit) = new.max_per_day
        && new.kind == AdmissionKind::Request
        && requests_of_day(tx, &new.user, at).await? >= u64::from(limit)
    {
        return Err(AdmitError::TooManyRequests { limit, resets_at });
    }
    let (mut reserved, mut allowance) = (0, None);
    if let Some(price) = new.cost {
        let taken = spent_and_reserved(tx, &new.user, at).await?;
        let available = price.daily_budget.saturating_sub(taken);
        if available == 0 {
            return Err(AdmitError::OverBudget { resets_at });
        }
        reserved = price.expected;
        allowance = Some(Ord::min(price.expected, available.saturating_add(price.largest_call)));
    }
    let row = ActiveModel {
        id: Set(strip_nul(&new.id)),
        user_id: Set(new.user.as_str().to_owned()),
        workflow: Set(strip_nul(&new.workflow_id)),
        kind: Set(new.kind.name().to_owned()),
        day: Set(at.date_naive()),
        reserved: Set(to_i64(reserved)),
        allowance: Set(allowance.map(to_i64)),
        reserved_at: Set(at),
        settled_at: Set(None),
    };
    // Settled work that runs again (a workflow reset) is admitted again.
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
        .map_err(StorageError::from)?;
    Ok(allowance)
}

/// What a user has spent today plus what is reserved.
pub async fn spent_and_reserved(
    on: &impl ReadAccess,
    user: &UserId,
    at: Timestamp,
) -> Result<Micros> {
    let spent = usage::of_day(on, user, at.date_naive()).await?.cost_micros;
    // Includes yesterday's open reservations: what they still spend counts for today.
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

/// Whether anything is left of a user's budget. Only a hint: [`admit`] decides.
pub async fn has_budget_left(
    on: &impl ReadAccess,
    user: &UserId,
    budget: Micros,
    at: Timestamp,
) -> Result<bool> {
    Ok(spent_and_reserved(on, user, at).await? < budget)
}

/// How many [`AdmissionKind::Request`]s a user has had on the UTC day of `at`.
pub async fn requests_of_day(on: &impl ReadAccess, user: &UserId, at: Timestamp) -> Result<u64> {
    let carried = privacy::carried_usage(on, user, at.date_naive()).await?;
    let requests = Entity::find()
        .filter(Column::UserId.eq(user.as_str()))
        .filter(Column::Day.eq(at.date_naive()))
        .filter(Column::Kind.eq(AdmissionKind::Request.name()))
        .count(on.connection())
        .await?;
    Ok(requests + carried.requests)
}

/// What work in progress may still spend. `None` if that is not limited or the work was never
/// admitted.
pub async fn allowance(on: &impl ReadAccess, id: &str) -> Result<Option<Micros>> {
    let row = find(on, id).await?;
    let open = row.filter(|row| row.settled_at.is_none());
    Ok(open.and_then(|row| row.allowance).map(micros))
}

/// Records that a part of the work is done and its cost is in the usage table: at most `still`
/// stays reserved. Returns what may still be spent. Call it once, in the same transaction as the
/// usage entries.
pub async fn capture(tx: &Tx, id: &str, cost: Micros, still: Micros) -> Result<Option<Micros>> {
    let Some(row) = find(tx, id).await?.filter(|row| row.settled_at.is_none()) else {
        return Ok(None);
    };
    let left = |had: i64| Ord::min(micros(had).saturating_sub(cost), still);
    let allowance = row.allowance.map(left);
    Entity::update_many()
        .col_expr(Column::Reserved, Expr::value(to_i64(left(row.reserved))))
        .col_expr(Column::Allowance, Expr::value(allowance.map(to_i64)))
        .filter(Column::Id.eq(row.id))
        .exec(&*tx.0)
        .await?;
    Ok(allowance)
}

/// Ends the reservation of this work; its cost is in the usage table. A second call changes
/// nothing.
pub async fn settle(tx: &Tx, id: &str, at: Timestamp) -> Result<()> {
    settle_where(tx, Column::Id.eq(strip_nul(id)), at).await?;
    Ok(())
}

/// Settles all work of a workflow except `id`. Returns whether there was any.
pub async fn settle_others(tx: &Tx, workflow: &str, id: &str, at: Timestamp) -> Result<bool> {
    let others = Column::Workflow.eq(strip_nul(workflow));
    let others = others.and(Column::Id.ne(strip_nul(id)));
    Ok(settle_where(tx, others, at).await? > 0)
}

pub async fn settle_all(tx: &Tx, workflow: &str, at: Timestamp) -> Result<()> {
    settle_where(tx, Column::Workflow.eq(strip_nul(workflow)), at).await?;
    Ok(())
}

async fn settle_where(
    tx: &Tx,
    which: sea_orm::sea_query::SimpleExpr,
    at: Timestamp,
) -> Result<u64> {
    let settled = Entity::update_many()
        .col_expr(Column::SettledAt, Expr::value(truncate_to_micros(at)))
        .filter(which)
        .filter(Column::SettledAt.is_null())
        .exec(&*tx.0)
        .await?;
    Ok(settled.rows_affected)
}

/// The oldest open admissions from before `before`, at most `limit`: their workflows may have ended
/// without settling.
pub async fn open_before(
    on: &impl ReadAccess,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<Admission>> {
    let rows = Entity::find()
        .filter(Column::SettledAt.is_null())
        .filter(Column::ReservedAt.lt(truncate_to_micros(before)))
        .order_by_asc(Column::ReservedAt)
        .limit(u64::from(limit))
        .all(on.connection())
        .await?;
    let admission =
        |row: Model| Admission { id: row.id, workflow: row.workflow, user: row.user_id };
    Ok(rows.into_iter().map(admission).collect())
}

/// Deletes at most `limit` admissions that were settled before `before`. Returns how many.
pub async fn prune(tx: &Tx, before: Timestamp, limit: u32) -> Result<u64> {
    prune::older::<Entity>(tx, Column::Id, Column::SettledAt.lt(truncate_to_micros(before)), limit)
        .await
}

async fn find(on: &impl ReadAccess, id: &str) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(strip_nul(id)).one(on.connection()).await?)
}

fn micros(stored: i64) -> Micros {
    u64::try_from(stored).unwrap_or_default()
}

fn to_i64(micros: Micros) -> i64 {
    i64::try_from(micros).unwrap_or(i64::MAX)
}
