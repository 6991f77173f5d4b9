//! Statistics for operators: the number of users, and the outcomes of carousels.

use std::collections::BTreeMap;

use domain::{BotId, Outcome, failure::FailureKind, record::BriefRecord};
use events::Timestamp;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Expr, Func},
};

use crate::{
    ReadAccess, Result,
    entity::{carousel, update, user},
    ingress,
    tx::truncate_to_micros,
};

/// At most so many carousels count for the median: the newest.
const MEDIAN_SAMPLE: u64 = 10_000;

/// The newest carousels that count for [`usual_time_ms`].
const RECENT: u64 = 20;

/// Fewer recent carousels say nothing about the next one.
const RECENT_MIN: usize = 5;

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

/// The number of people. Groups and channels have rows too, if a hidden author wrote as one: their
/// accounts are negative.
pub async fn count_users(on: &impl ReadAccess) -> Result<u64> {
    let people = user::Entity::find().filter(user::Column::Id.not_like("tg--%"));
    Ok(people.count(on.connection()).await?)
}

/// The number of chats with an update since `since`. Updates are kept for a week.
pub async fn count_active_chats(on: &impl ReadAccess, since: Timestamp) -> Result<u64> {
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
pub async fn carousel_stats(on: &impl ReadAccess, since: Timestamp) -> Result<CarouselStats> {
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
    found.median_ms = middle(delivery_times(on, since, MEDIAN_SAMPLE).await?);
    Ok(found)
}

/// The median time until delivery of the newest carousels since `since`, in milliseconds; `None` if
/// they are too few.
pub async fn usual_time_ms(on: &impl ReadAccess, since: Timestamp) -> Result<Option<u64>> {
    let times = delivery_times(on, since, RECENT).await?;
    Ok(if times.len() < RECENT_MIN { None } else { middle(times) })
}

fn middle(mut times: Vec<u64>) -> Option<u64> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

/// How long the newest delivered carousels took, in milliseconds; at most `limit` of them.
async fn delivery_times(on: &impl ReadAccess, since: Timestamp, limit: u64) -> Result<Vec<u64>> {
    use carousel::Column;
    let times: Vec<(Timestamp, Option<Timestamp>)> = carousel::Entity::find()
        .select_only()
        .columns([Column::CreatedAt, Column::ClosedAt])
        .filter(Column::CreatedAt.gte(truncate_to_micros(since)))
        .filter(Column::Outcome.eq(Outcome::Delivered.name()))
        .order_by_desc(Column::CreatedAt)
        .limit(limit)
        .into_tuple()
        .all(on.connection())
        .await?;
    let took = |(from, to): (Timestamp, Option<Timestamp>)| {
        u64::try_from((to? - from).num_milliseconds()).ok()
    };
    Ok(times.into_iter().filter_map(took).collect())
}

/// A carousel that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedCarousel {
    pub id: String,
    pub user: String,
    pub topic: String,
    /// Unrecognized in rows of older versions.
    pub kind: FailureKind,
    /// For operators.
    pub reason: String,
    pub at: Timestamp,
}

/// How many carousels that were opened since `since` failed, by kind, the most frequent first.
pub async fn failures_by_kind(
    on: &impl ReadAccess,
    since: Timestamp,
) -> Result<Vec<(FailureKind, u64)>> {
    use carousel::Column;
    let rows: Vec<(Option<String>, i64)> = carousel::Entity::find()
        .select_only()
        .column(Column::FailureKind)
        .column_as(Column::Id.count(), "count")
        .filter(Column::CreatedAt.gte(truncate_to_micros(since)))
        .filter(Column::Outcome.eq(Outcome::Failed.name()))
        .group_by(Column::FailureKind)
        .into_tuple()
        .all(on.connection())
        .await?;
    let mut counts: BTreeMap<&'static str, (FailureKind, u64)> = BTreeMap::new();
    for (kind, count) in rows {
        let kind = kind.as_deref().map_or_else(FailureKind::default, FailureKind::parse);
        let known = counts.entry(kind.name()).or_insert((kind, 0));
        known.1 += u64::try_from(count).unwrap_or_default();
    }
    let mut counts: Vec<_> = counts.into_values().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Ok(counts)
}

/// The failed carousels that were opened since `since`, at most `limit`, the newest first.
pub async fn failures(
    on: &impl ReadAccess,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<FailedCarousel>> {
    use carousel::Column;
    let rows = carousel::Entity::find()
        .filter(Column::Outcome.eq(Outcome::Failed.name()))
        .filter(Column::CreatedAt.gte(truncate_to_micros(since)))
        .order_by_desc(Column::CreatedAt)
        .limit(u64::from(limit))
        .all(on.connection())
        .await?;
    let read = |row: carousel::Model| FailedCarousel {
        id: row.id,
        user: row.user_id,
        topic: topic_of(&row.brief),
        kind: row.failure_kind.as_deref().map_or_else(FailureKind::default, FailureKind::parse),
        reason: row.reason.unwrap_or_default(),
        at: row.closed_at.unwrap_or(row.updated_at),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The topic in a stored brief; empty if it can't be read.
fn topic_of(brief: &str) -> String {
    let brief: Option<BriefRecord> = serde_json::from_str(brief).ok();
    brief.map(|brief| brief.topic).unwrap_or_default()
}

/// How many updates of a bot could not be processed since `since`.
pub async fn count_dead_letters(on: &impl ReadAccess, bot: BotId, since: Timestamp) -> Result<u64> {
    Ok(update::Entity::find()
        .filter(update::Column::BotId.eq(bot.get()))
        .filter(update::Column::State.eq(ingress::UpdateRowState::Dead.name()))
        .filter(update::Column::ReceivedAt.gte(truncate_to_micros(since)))
        .count(on.connection())
        .await?)
}
