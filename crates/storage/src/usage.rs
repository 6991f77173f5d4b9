//! Usage: tokens and cost of model calls, by user and day.
//!
//! One entry per call, with the call's id, so that a repeated step counts once. Sums are computed
//! on demand. Days are UTC, like the quota's.

use chrono::NaiveDate;
use domain::UserId;
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Alias, ExprTrait as _, OnConflict},
};

use crate::{
    ReadAccess, Result, Tx,
    entity::usage_entry::{ActiveModel, Column, Entity, Model},
    privacy, prune,
    tx::{strip_nul, truncate_to_micros},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelCallUsage {
    /// Names the call: `<workflow id>/<step>/<number>`. Must not depend on the run.
    pub id: String,
    pub user: UserId,
    pub provider: String,
    pub model: String,
    pub tokens_in: u64,
    pub tokens_out: u64,
    /// In millionths of a US dollar.
    pub cost_micros: u64,
    pub at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UsageTotals {
    pub calls: u64,
    pub tokens_in: u64,
    pub tokens_out: u64,
    /// In millionths of a US dollar.
    pub cost_micros: u64,
}

/// Stores entries; one with a stored id is skipped. Returns how many were new.
pub async fn record(tx: &Tx, entries: &[ModelCallUsage]) -> Result<u64> {
    if entries.is_empty() {
        return Ok(0);
    }
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let rows = entries.iter().map(|entry| ActiveModel {
        id: Set(strip_nul(&entry.id)),
        user_id: Set(entry.user.as_str().to_owned()),
        day: Set(entry.at.date_naive()),
        provider: Set(strip_nul(&entry.provider)),
        model: Set(strip_nul(&entry.model)),
        tokens_in: Set(count(entry.tokens_in)),
        tokens_out: Set(count(entry.tokens_out)),
        cost_micros: Set(count(entry.cost_micros)),
        at: Set(truncate_to_micros(entry.at)),
    });
    Ok(Entity::insert_many(rows)
        .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
        .exec_without_returning(&*tx.0)
        .await?)
}

/// A user's usage on one UTC day, including the cost from before the user's data was deleted.
pub async fn of_day(on: &impl ReadAccess, user: &UserId, day: NaiveDate) -> Result<UsageTotals> {
    let days = by_day(on, Some(user), day, day).await?;
    let mut usage = days.first().map(|(_, usage)| *usage).unwrap_or_default();
    usage.cost_micros += privacy::carried_usage(on, user, day).await?.cost_micros;
    Ok(usage)
}

/// The usage that a user's workflow has recorded.
pub async fn of_workflow(
    on: &impl ReadAccess,
    user: &UserId,
    workflow: &str,
) -> Result<UsageTotals> {
    let entries = Entity::find()
        .filter(Column::UserId.eq(user.as_str()))
        .filter(Column::Id.starts_with(format!("{workflow}/")))
        .all(on.connection())
        .await?;
    let count = |count: i64| u64::try_from(count).unwrap_or_default();
    let sum = |of: fn(&Model) -> i64| entries.iter().map(|entry| count(of(entry))).sum();
    Ok(UsageTotals {
        calls: entries.len() as u64,
        tokens_in: sum(|entry| entry.tokens_in),
        tokens_out: sum(|entry| entry.tokens_out),
        cost_micros: sum(|entry| entry.cost_micros),
    })
}

/// The usage on each UTC day from `first` to `last`, of one user or of all; days without calls are
/// omitted.
pub async fn by_day(
    on: &impl ReadAccess,
    user: Option<&UserId>,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<(NaiveDate, UsageTotals)>> {
    // On PostgreSQL the sum of 64-bit integers is a `numeric`.
    let sum = |column: Column| column.sum().cast_as(Alias::new("bigint"));
    let mut query = Entity::find()
        .select_only()
        .column(Column::Day)
        .column_as(Column::Id.count(), "calls")
        .column_as(sum(Column::TokensIn), "tokens_in")
        .column_as(sum(Column::TokensOut), "tokens_out")
        .column_as(sum(Column::CostMicros), "cost_micros")
        .filter(Column::Day.between(first, last))
        .group_by(Column::Day)
        .order_by_asc(Column::Day);
    if let Some(user) = user {
        query = query.filter(Column::UserId.eq(user.as_str()));
    }
    let rows = query.into_model::<DaySums>().all(on.connection()).await?;
    Ok(rows.into_iter().map(DaySums::read).collect())
}

/// The usage of all users on the UTC days from `first` to `last`, by model, the most expensive first.
pub async fn by_model(
    on: &impl ReadAccess,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<(String, UsageTotals)>> {
    let sum = |column: Column| column.sum().cast_as(Alias::new("bigint"));
    let rows: Vec<(String, i64, i64, i64, i64)> = Entity::find()
        .select_only()
        .column(Column::Model)
        .column_as(Column::Id.count(), "calls")
        .column_as(sum(Column::TokensIn), "tokens_in")
        .column_as(sum(Column::TokensOut), "tokens_out")
        .column_as(sum(Column::CostMicros), "cost_micros")
        .filter(Column::Day.between(first, last))
        .group_by(Column::Model)
        .into_tuple()
        .all(on.connection())
        .await?;
    let count = |count: i64| u64::try_from(count).unwrap_or_default();
    let read = |(model, calls, tokens_in, tokens_out, cost_micros)| {
        let usage = UsageTotals {
            calls: count(calls),
            tokens_in: count(tokens_in),
            tokens_out: count(tokens_out),
            cost_micros: count(cost_micros),
        };
        (model, usage)
    };
    let mut all: Vec<_> = rows.into_iter().map(read).collect();
    all.sort_by_key(|(_, usage)| std::cmp::Reverse(usage.cost_micros));
    Ok(all)
}

/// Deletes at most `limit` entries of days before `before`. Returns how many.
pub async fn prune(tx: &Tx, before: NaiveDate, limit: u32) -> Result<u64> {
    prune::older::<Entity>(tx, Column::Id, Column::Day.lt(before), limit).await
}

/// One day's sums, as the database returns them.
#[derive(FromQueryResult)]
struct DaySums {
    day: NaiveDate,
    calls: i64,
    tokens_in: i64,
    tokens_out: i64,
    cost_micros: i64,
}

impl DaySums {
    fn read(self) -> (NaiveDate, UsageTotals) {
        let count = |count: i64| u64::try_from(count).unwrap_or_default();
        let usage = UsageTotals {
            calls: count(self.calls),
            tokens_in: count(self.tokens_in),
            tokens_out: count(self.tokens_out),
            cost_micros: count(self.cost_micros),
        };
        (self.day, usage)
    }
}
