//! Handles `/stats`, for administrators.

use chrono::{NaiveTime, TimeDelta, Utc};
use storage::{stats, usage};
use telegram::Phrase;

use super::{Task, Trouble};

impl Task<'_> {
    /// Days are UTC, as for quotas.
    pub(super) async fn stats(&self) -> Result<(), Trouble> {
        let reader = self.desk.db.read();
        let now = Utc::now();
        let today = now.date_naive().and_time(NaiveTime::MIN).and_utc();
        let week = now - TimeDelta::days(7);
        let made = stats::carousels(&reader, today).await?;
        let day = now.date_naive();
        let days = usage::by_day(&reader, None, day, day).await?;
        let micros = days.first().map_or(0, |(_, usage)| usage.cost_micros);
        let unsaid = || "—".to_owned();
        let rate = (made.success_percent()).map_or_else(unsaid, |percent| format!("{percent} %"));
        let median = (made.median_ms).map_or_else(unsaid, |ms| {
            let tenths = ms.div_ceil(100);
            format!("{}.{} s", tenths / 10, tenths % 10)
        });
        let cents = micros.div_ceil(10_000);
        let cost = format!("${}.{:02}", cents / 100, cents % 100);
        self.reply(Phrase::Stats {
            users: stats::people(&reader).await?,
            today: stats::active(&reader, today).await?,
            week: stats::active(&reader, week).await?,
            carousels: made.all(),
            delivered: made.delivered,
            failed: made.failed,
            cancelled: made.cancelled,
            unknown: made.unknown,
            open: made.open,
            rate: &rate,
            median: &median,
            cost: &cost,
        })
        .await
    }
}
