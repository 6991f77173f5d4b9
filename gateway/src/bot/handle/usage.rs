//! Handles `/usage`: what a user has used today, what is left, and when it renews. Owners also see
//! the costs of all users.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use domain::limits;
use storage::{admissions, carousels, uploads, usage};
use telegram::{Html, Phrase, messages::weekday_time};

use super::{CommandHandler, HandlerError, stats::dollars};
use crate::bot::time_zones;

/// The periods of the totals, in days up to today.
const PERIODS: [u32; 3] = [1, 7, 30];

/// Models in the totals, the most expensive ones.
const LISTED_MODELS: usize = 5;

impl CommandHandler<'_> {
    /// Days are UTC, as for quotas.
    pub(super) async fn usage(&self) -> Result<(), HandlerError> {
        let now = Utc::now();
        let mut text = self.own_usage(now).await?;
        if self.deps.access.is_owner(self.update.account) {
            text = text.append(&Html::text("\n\n")).append(&self.total_usage(now).await?);
        }
        self.send(text.into()).await
    }

    async fn own_usage(&self, now: DateTime<Utc>) -> Result<Html, HandlerError> {
        let (reader, user, limits) = (self.deps.db.read(), &self.user, self.deps.upload_limits);
        let quota = carousels::daily_quota(&reader, user, limits.carousels_per_day).await?;
        let made = carousels::count_of_day(&reader, user, now).await?;
        let requests = admissions::requests_of_day(&reader, user, now).await?;
        let spent = dollars(admissions::spent_and_reserved(&reader, user, now).await?);
        let budget = limits.budget.map(dollars);
        let sent = uploads::sent_today(&reader, user, now).await?;
        let open = self.open().await?.len() as u64;
        let renews = midnight_after(now);
        let zone = self.zone().await?;
        let when = weekday_time(self.language, time_zones::local(renews, &zone));
        let number = |limit: Option<u32>| u64::from(limit.unwrap_or_default());
        let lines = [
            Some(Phrase::Usage),
            Some(Phrase::UsageCarousels {
                used: made,
                limit: number(quota),
                unlimited: quota.is_none().into(),
            }),
            quota.filter(|_| limits.uses_models).map(|quota| Phrase::UsageRequests {
                used: requests,
                limit: limits::requests_per_day(quota).into(),
            }),
            match &budget {
                Some(budget) => Some(Phrase::UsageBudget { spent: &spent, budget }),
                None if limits.uses_models => Some(Phrase::UsageCost { spent: &spent }),
                None => None,
            },
            limits.bytes_per_day.map(|limit| Phrase::UsageUploads {
                used: sent.div_ceil(1 << 20),
                limit: limit >> 20,
            }),
            Some(Phrase::UsageRenews { when: &when }),
            Some(Phrase::UsageOpen {
                used: open,
                limit: number(self.deps.open_carousels),
                unlimited: self.deps.open_carousels.is_none().into(),
            }),
        ];
        Ok(self.joined(lines.into_iter().flatten()))
    }

    async fn total_usage(&self, now: DateTime<Utc>) -> Result<Html, HandlerError> {
        let reader = self.deps.db.read();
        let today = now.date_naive();
        let mut text = Phrase::UsageTotals.html(self.language);
        let mut add = |phrase: Phrase<'_>| {
            text = std::mem::take(&mut text)
                .append(&Html::text("\n"))
                .append(&phrase.html(self.language));
        };
        for days in PERIODS {
            let first = today - TimeDelta::days(i64::from(days) - 1);
            let by_day = usage::by_day(&reader, None, first, today).await?;
            let cost = dollars(by_day.iter().map(|(_, day)| day.cost_micros).sum());
            let calls = by_day.iter().map(|(_, day)| day.calls).sum();
            add(Phrase::UsageTotal { days: days.into(), cost: &cost, calls });
        }
        let longest = PERIODS.into_iter().max().unwrap_or(1);
        let first = today - TimeDelta::days(i64::from(longest) - 1);
        for (model, total) in
            usage::by_model(&reader, first, today).await?.into_iter().take(LISTED_MODELS)
        {
            let (cost, calls) = (dollars(total.cost_micros), total.calls);
            add(Phrase::UsageModel { model: &model, cost: &cost, calls });
        }
        Ok(text)
    }

    /// The phrases, one a line.
    fn joined<'p>(&self, lines: impl Iterator<Item = Phrase<'p>>) -> Html {
        let lines = lines.map(|line| line.html(self.language));
        let joined = lines.reduce(|text, line| text.append(&Html::text("\n")).append(&line));
        joined.unwrap_or_default()
    }
}

/// When the day's limits start again.
fn midnight_after(now: DateTime<Utc>) -> DateTime<Utc> {
    let tomorrow = now.date_naive().checked_add_days(Days::new(1));
    tomorrow.map_or(now, |day| day.and_time(NaiveTime::MIN).and_utc())
}
