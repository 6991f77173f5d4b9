//! Handles `/stats`, for administrators.

use chrono::{NaiveTime, TimeDelta, Utc};
use storage::{stats, usage};
use telegram::{Html, Phrase};

use super::{CommandHandler, HandlerError};

impl CommandHandler<'_> {
    /// Days are UTC, as for quotas.
    pub(super) async fn stats(&self) -> Result<(), HandlerError> {
        let reader = self.deps.db.read();
        let now = Utc::now();
        let today = now.date_naive().and_time(NaiveTime::MIN).and_utc();
        let week = now - TimeDelta::days(7);
        let made = stats::carousel_stats(&reader, today).await?;
        let day = now.date_naive();
        let days = usage::by_day(&reader, None, day, day).await?;
        let micros = days.first().map_or(0, |(_, usage)| usage.cost_micros);
        let unsaid = || "—".to_owned();
        let rate = (made.success_percent()).map_or_else(unsaid, |percent| format!("{percent} %"));
        let median = (made.median_ms).map_or_else(unsaid, |ms| {
            let tenths = ms.div_ceil(100);
            format!("{}.{} s", tenths / 10, tenths % 10)
        });
        let cost = dollars(micros);
        let first = day - TimeDelta::days(29);
        let month = usage::by_day(&reader, None, first, day).await?;
        let month = dollars(month.iter().map(|(_, usage)| usage.cost_micros).sum());
        let text = Phrase::Stats {
            users: stats::count_users(&reader).await?,
            today: stats::count_active_chats(&reader, today).await?,
            week: stats::count_active_chats(&reader, week).await?,
            carousels: made.total(),
            delivered: made.delivered,
            failed: made.failed,
            cancelled: made.cancelled,
            unknown: made.unknown,
            open: made.open,
            rate: &rate,
            median: &median,
            cost: &cost,
            month: &month,
        };
        let mut text = text.html(self.language);
        for (kind, count) in stats::failures_by_kind(&reader, today).await? {
            let line = Phrase::ErrorsCount { kind: kind.name(), count }.html(self.language);
            text = text.append(&Html::text("\n")).append(&line);
        }
        self.send(text.into()).await
    }
}

/// An amount in US dollars, rounded up to cents.
pub(super) fn dollars(micros: u64) -> String {
    let cents = micros.div_ceil(10_000);
    format!("${}.{:02}", cents / 100, cents % 100)
}
