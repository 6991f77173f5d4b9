//! Usage: the tokens and the money that model calls took, by user and day.
//!
//! One entry per call, named after it, and sums are made when they are asked for: a step that runs
//! again counts once. Days are UTC, as the quota's are.

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
    Error, Reads, Tx,
    entity::usage_entry::{ActiveModel, Column, Entity},
    privacy,
    tx::{kept, storable},
};

/// What one model call took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Names the call, and must not depend on the run: `<workflow id>/<step>/<number>`.
    pub id: String,
    /// Who it was for.
    pub user: UserId,
    /// Who was asked.
    pub provider: String,
    /// Which of its models.
    pub model: String,
    /// Tokens that were read.
    pub tokens_in: u64,
    /// Tokens that were written.
    pub tokens_out: u64,
    /// What it cost, in millionths of a US dollar.
    pub cost_micros: u64,
    /// When.
    pub at: Timestamp,
}

/// What many calls took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// How many they were.
    pub calls: u64,
    /// Tokens that were read.
    pub tokens_in: u64,
    /// Tokens that were written.
    pub tokens_out: u64,
    /// What they cost, in millionths of a US dollar.
    pub cost_micros: u64,
}

/// Writes entries down; one whose id is stored already is left as it is. Gives how many were new.
///
/// # Errors
/// [`Error::Database`].
pub async fn note(tx: &Tx, entries: &[Entry]) -> Result<u64, Error> {
    if entries.is_empty() {
        return Ok(0);
    }
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let rows = entries.iter().map(|entry| ActiveModel {
        id: Set(storable(&entry.id)),
        user_id: Set(entry.user.as_str().to_owned()),
        day: Set(entry.at.date_naive()),
        provider: Set(storable(&entry.provider)),
        model: Set(storable(&entry.model)),
        tokens_in: Set(count(entry.tokens_in)),
        tokens_out: Set(count(entry.tokens_out)),
        cost_micros: Set(count(entry.cost_micros)),
        at: Set(kept(entry.at)),
    });
    Ok(Entity::insert_many(rows)
        .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
        .exec_without_returning(&*tx.0)
        .await?)
}

/// What a user's calls took on one day, UTC; money that was spent before the user's data was deleted
/// included.
///
/// # Errors
/// [`Error::Database`].
pub async fn of_day(on: &impl Reads, user: &UserId, day: NaiveDate) -> Result<Usage, Error> {
    let days = by_day(on, Some(user), day, day).await?;
    let mut usage = days.first().map(|(_, usage)| *usage).unwrap_or_default();
    usage.cost_micros += privacy::carried(on, user, day).await?.cost_micros;
    Ok(usage)
}

/// What calls took on each day from `first` to `last`, UTC, of one user or of all; days without
/// calls are left out.
///
/// # Errors
/// [`Error::Database`].
pub async fn by_day(
    on: &impl Reads,
    user: Option<&UserId>,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<(NaiveDate, Usage)>, Error> {
    // PostgreSQL sums 64-bit numbers up to one of arbitrary length.
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
    let rows = query.into_model::<Sums>().all(on.connection()).await?;
    Ok(rows.into_iter().map(Sums::read).collect())
}

/// Deletes at most `limit` entries of days before `before`. Gives how many they were.
///
/// # Errors
/// [`Error::Database`].
pub async fn prune(tx: &Tx, before: NaiveDate, limit: u32) -> Result<u64, Error> {
    let old: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Day.lt(before))
        .order_by_asc(Column::Day)
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

/// One day, as the database sums it up.
#[derive(FromQueryResult)]
struct Sums {
    day: NaiveDate,
    calls: i64,
    tokens_in: i64,
    tokens_out: i64,
    cost_micros: i64,
}

impl Sums {
    fn read(self) -> (NaiveDate, Usage) {
        let count = |count: i64| u64::try_from(count).unwrap_or_default();
        let usage = Usage {
            calls: count(self.calls),
            tokens_in: count(self.tokens_in),
            tokens_out: count(self.tokens_out),
            cost_micros: count(self.cost_micros),
        };
        (self.day, usage)
    }
}
