//! Statistics for operators: the number of users, and the outcomes of carousels.

use domain::Outcome;
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Expr, Func},
};

use crate::{
    ReadAccess, StorageError,
    entity::{carousel, update, user},
    tx::truncate_to_micros,
};

/// At most so many carousels count for the median: the newest.
const MEDIAN_SAMPLE: u64 = 10_000;

/// Outcomes of the carousels that were opened since a given time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CarouselStats {
    pub open: u64,
    pub delivered: u64,
    pub failed: u64,
    pub cancelled: u64,
    pub unknown: u64,
    /// The median time until delivery in milliseconds; `None` without a delivered carousel.
    pub median_ms: Option<u64>,
}

impl CarouselStats {
    pub const fn total(&self) -> u64 {
        self.open + self.delivered + self.failed + self.cancelled + self.unknown
    }

    /// The percentage of delivered carousels among those that ended and were not cancelled; `None`
    /// if there are none.
    pub fn success_percent(&self) -> Option<u64> {
        let over = self.delivered + self.failed + self.unknown;
        (self.delivered * 100).checked_div(over)
    }
}

/// The number of users.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn count_users(on: &impl ReadAccess) -> Result<u64, StorageError> {
    Ok(user::Entity::find().count(on.connection()).await?)
}

/// The number of chats with an update since `since`. Updates are kept for a week.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn count_active_chats(
    on: &impl ReadAccess,
    since: Timestamp,
) -> Result<u64, StorageError> {
    let distinct = Func::count_distinct(Expr::col(update::Column::ChatId));
    let count: Option<i64> = update::Entity::find()
        .select_only()
        .expr_as(distinct, "count")
        .filter(update::Column::ReceivedAt.gte(truncate_to_micros(since)))
        .into_tuple()
        .one(on.connection())
        .await?;
    Ok(u64::try_from(count.unwrap_or(0)).unwrap_or(0))
}

/// Outcomes of the carousels that were opened since `since`.
///
/// # Errors
/// [`StorageError::Database`].
pub async fn carousel_stats(
    on: &impl ReadAccess,
    since: Timestamp,
) -> Result<CarouselStats, StorageError> {
    use carousel::Column;
    let rows: Vec<(Option<String>, i64)> = carousel::Entity::find()
        .select_only()
        .column(Column::Outcome)
        .column_as(Column::Id.count(), "count")
        .filter(Column::CreatedAt.gte(truncate_to_micros(since)))
        .group_by(Column::Outcome)
        .into_tuple()
        .all(on.connection())
        .await?;
    let mut found = CarouselStats::default();
    for (outcome, count) in rows {
        let outcome = outcome.and_then(|name| name.parse().ok());
        let place = match outcome {
            None => &mut found.open,
            Some(Outcome::Delivered) => &mut found.delivered,
            Some(Outcome::Failed) => &mut found.failed,
            Some(Outcome::Cancelled) => &mut found.cancelled,
            Some(Outcome::Unknown) => &mut found.unknown,
        };
        *place += u64::try_from(count).unwrap_or_default();
    }
    found.median_ms = median(on, since).await?;
    Ok(found)
}

async fn median(on: &impl ReadAccess, since: Timestamp) -> Result<Option<u64>, StorageError> {
    use carousel::Column;
    let times: Vec<(Timestamp, Option<Timestamp>)> = carousel::Entity::find()
        .select_only()
        .columns([Column::CreatedAt, Column::ClosedAt])
        .filter(Column::CreatedAt.gte(truncate_to_micros(since)))
        .filter(Column::Outcome.eq(Outcome::Delivered.name()))
        .order_by_desc(Column::CreatedAt)
        .limit(MEDIAN_SAMPLE)
        .into_tuple()
        .all(on.connection())
        .await?;
    let took = |(from, to): (Timestamp, Option<Timestamp>)| {
        u64::try_from((to? - from).num_milliseconds()).ok()
    };
    let mut took: Vec<u64> = times.into_iter().filter_map(took).collect();
    took.sort_unstable();
    Ok(took.get(took.len() / 2).copied())
}
