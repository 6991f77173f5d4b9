//! The operator's commands about carousels that failed: list them, show one whole, try them again.

use std::{fmt::Write as _, time::Duration};

use anyhow::Context as _;
use chrono::Utc;
use clap::Args;
use domain::{CarouselId, Outcome, RequestSource, UserId, failure::FailureKind};
use events::Timestamp;
use futures::TryStreamExt as _;
use runtime::{codec::Codec, settings::Settings, temporal::TemporalTarget};
use storage::{
    Database, DatabaseOptions, DatabaseRole,
    carousels::{self, Carousel, CarouselFilter, CarouselState},
    ledger::{self, LedgerEntry},
    outbox::{self, StoredEvent},
    stats,
};
use temporalio_client::Client;
use temporalio_protos::temporal::api::{
    common::v1::Payload,
    history::v1::{HistoryEvent, history_event::Attributes},
};
use workflows::{
    CarouselWorkflow,
    activity::Activity as _,
    carousel::{AbandonCarousel, CarouselInput, DiscardDraft},
};

use crate::carousel_client::CarouselClient;

/// The newest carousels of a user among which a later request for the same is looked for.
const LATER_REQUESTS: u32 = 50;

/// `gateway failures`.
#[derive(Debug, Args)]
pub struct FailuresArgs {
    /// Only carousels that were requested within this time, such as 90m, 24h or 7d.
    #[arg(long, default_value = "24h", value_parser = humantime::parse_duration)]
    since: Duration,
    /// How many, the newest first.
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

/// `gateway retry`.
#[derive(Debug, Args)]
pub struct RetryArgs {
    /// The ids that `failures` printed.
    #[arg(
        value_parser = CarouselId::parse,
        required_unless_present = "all_failed",
        conflicts_with = "all_failed"
    )]
    ids: Vec<CarouselId>,
    /// Every failed carousel of the time --since, if trying again can help.
    #[arg(long)]
    all_failed: bool,
    /// With --all-failed: only carousels that were requested within this time.
    #[arg(long, default_value = "24h", value_parser = humantime::parse_duration)]
    since: Duration,
}

/// Whether another attempt at the same request can succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RetryAdvice {
    /// What failed was outside the request.
    Helps,
    /// After the user's limit has been renewed or raised.
    AfterLimit,
    /// The same request fails again.
    SameResult,
}

impl RetryAdvice {
    const fn of(kind: FailureKind) -> Self {
        match kind {
            FailureKind::ProviderFailed
            | FailureKind::Missing
            | FailureKind::Unavailable
            | FailureKind::Timeout
            | FailureKind::DeadlineExceeded
            | FailureKind::Undecodable
            | FailureKind::Application
            | FailureKind::Other
            | FailureKind::Lost
            | FailureKind::Unrecognized => Self::Helps,
            FailureKind::QuotaExceeded
            | FailureKind::TooManyOpen
            | FailureKind::BudgetExceeded
            | FailureKind::AccessRefused => Self::AfterLimit,
            FailureKind::InvalidInput
            | FailureKind::SourceRefused
            | FailureKind::SourceScan
            | FailureKind::SourceEncrypted
            | FailureKind::SourceDamaged
            | FailureKind::SourceNoDocument
            | FailureKind::SourceOldFormat
            | FailureKind::SlideRefused
            | FailureKind::Over
            | FailureKind::DestinationRefused
            | FailureKind::ChatClosed
            | FailureKind::NothingNew
            | FailureKind::TooLate
            | FailureKind::DraftClosed => Self::SameResult,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Helps => "retry helps",
            Self::AfterLimit => "retry helps once the user's limit allows it",
            Self::SameResult => "retry gives the same result",
        }
    }
}

/// What the history of a carousel's workflow shows.
#[derive(Debug, Default)]
struct CarouselHistory {
    /// `None` if the history is gone, or if no key decrypts it.
    input: Option<CarouselInput>,
    failed_step: Option<FailedStep>,
}

#[derive(Debug)]
struct FailedStep {
    /// The type of the activity.
    activity: String,
    /// From 1.
    attempt: i32,
}

enum RetryResult {
    Started(CarouselId),
    /// The same command ran before.
    StartedBefore(CarouselId),
    Refused(String),
}

/// What the commands need.
pub(crate) struct Operator<'a> {
    db: Database,
    client: Client,
    carousels: CarouselClient,
    codec: &'a Codec,
    target: &'a TemporalTarget,
}

impl<'a> Operator<'a> {
    pub(crate) async fn connect(
        settings: &'a Settings,
        target: &'a TemporalTarget,
    ) -> anyhow::Result<Self> {
        let url = settings.data.database_url.expose();
        let db = Database::open(url, &DatabaseOptions::of(DatabaseRole::Tool)).await?;
        let client = target.connect("gateway").await?;
        let carousels = CarouselClient::new(client.clone());
        Ok(Self { db, client, carousels, codec: &settings.temporal.codec, target })
    }

    /// Lists failed carousels: when, which, for whom, why, at which step, and whether trying again
    /// helps.
    pub(crate) async fn failures(&self, asked: &FailuresArgs) -> anyhow::Result<String> {
        let failed = stats::failures(&self.db.read(), since(asked.since)?, asked.limit).await?;
        if failed.is_empty() {
            let time = humantime::format_duration(asked.since);
            return Ok(format!("no carousel failed within {time}\n"));
        }
        let mut out = String::new();
        for one in &failed {
            let step = match CarouselId::parse(&one.id) {
                Ok(id) => self.history(&id).await?.failed_step,
                Err(_) => None,
            };
            let step = step.map_or_else(String::new, |step| format!(" in {}", step.text()));
            let advice = RetryAdvice::of(one.kind).text();
            writeln!(out, "{}  {}", minute(one.at), one.id)?;
            writeln!(out, "  {} for {}", one.topic, one.user)?;
            writeln!(out, "  {}{step}: {}", one.kind.name(), one.reason)?;
            writeln!(out, "  {advice}")?;
        }
        Ok(out)
    }

    /// The whole life of a carousel.
    pub(crate) async fn show(&self, id: &CarouselId) -> anyhow::Result<String> {
        let reader = self.db.read();
        let row = carousels::find(&reader, id).await?;
        let deliveries = ledger::of_carousel(&reader, id).await?.rows;
        let events = outbox::of_carousel(&reader, id).await?;
        let status = self.carousels.status(id).await;
        if row.is_none() && status.is_err() {
            anyhow::bail!("there is no carousel {id}: see `gateway list` and `gateway failures`");
        }
        let history = self.history(id).await?;
        let mut out = format!("{id}\n");
        match &row {
            Some(row) => show_row(&mut out, row)?,
            None => writeln!(out, "row        none yet")?,
        }
        match &status {
            Ok(status) => {
                let link = self.target.ui_link(id.as_str(), Some(&status.run_id));
                writeln!(out, "workflow   {}  {link}", status.status.to_lowercase())?;
                for trouble in &status.retrying {
                    let (step, attempt) = (&trouble.activity, trouble.attempt);
                    writeln!(out, "retrying   {step}, attempt {attempt}: {}", trouble.reason)?;
                }
            }
            Err(_) => writeln!(out, "workflow   gone: Temporal's retention has passed")?,
        }
        if let Some(step) = &history.failed_step {
            writeln!(out, "failed in  {}", step.text())?;
        }
        if let Some(trace) = events.iter().find_map(trace_id) {
            writeln!(out, "trace      {trace}")?;
        }
        show_deliveries(&mut out, &deliveries)?;
        show_events(&mut out, &events)?;
        Ok(out)
    }

    /// Starts each failed carousel again, as a new one with an id that is derived from the
    /// failed one.
    pub(crate) async fn retry(&self, asked: RetryArgs) -> anyhow::Result<String> {
        let ids = if asked.all_failed { self.all_failed(asked.since).await? } else { asked.ids };
        let mut out = String::new();
        for id in &ids {
            match self.retry_one(id).await? {
                RetryResult::Started(new) => writeln!(out, "{id}\n  started again as {new}")?,
                RetryResult::StartedBefore(new) => {
                    writeln!(out, "{id}\n  was started again before, as {new}")?;
                }
                RetryResult::Refused(why) => writeln!(out, "{id}\n  not started: {why}")?,
            }
        }
        if ids.is_empty() {
            out.push_str("nothing to retry: see `gateway failures`\n");
        }
        Ok(out)
    }

    async fn all_failed(&self, time: Duration) -> anyhow::Result<Vec<CarouselId>> {
        let failed = stats::failures(&self.db.read(), since(time)?, u32::MAX).await?;
        let helps = failed.iter().filter(|one| RetryAdvice::of(one.kind) == RetryAdvice::Helps);
        Ok(helps.map(|one| CarouselId::parse(&one.id)).collect::<Result<_, _>>()?)
    }

    async fn retry_one(&self, id: &CarouselId) -> anyhow::Result<RetryResult> {
        let refused = |why: &str| Ok(RetryResult::Refused(why.to_owned()));
        let Some(row) = carousels::find(&self.db.read(), id).await? else {
            return refused("there is no carousel with this id");
        };
        match row.state.outcome() {
            None => return refused("it is still in progress"),
            Some(Outcome::Delivered) => return refused("it was delivered"),
            Some(Outcome::Cancelled) => return refused("its user cancelled it"),
            Some(Outcome::Unknown) => {
                return refused("it may have arrived; its user has a button to send it again");
            }
            Some(Outcome::Failed) => {}
        }
        let new = retry_id(id)?;
        if carousels::find(&self.db.read(), &new).await?.is_some() {
            return Ok(RetryResult::StartedBefore(new));
        }
        if let Some(later) = self.later_request(&row).await? {
            return refused(&format!("its user has asked for the same again: {}", later.id));
        }
        let Some(input) = self.history(id).await?.input else {
            return refused("its history is gone, and with it where it was to go");
        };
        let user = UserId::parse(&input.user)?;
        let started = self.carousels.start_input(&new, &user, input).await?;
        let result = if started.fresh { RetryResult::Started } else { RetryResult::StartedBefore };
        Ok(result(new))
    }

    /// A later carousel of the user from the same request, unless it failed too.
    async fn later_request(&self, failed: &Carousel) -> anyhow::Result<Option<Carousel>> {
        let filter = CarouselFilter {
            user: Some(failed.user.clone()),
            open_only: false,
            limit: LATER_REQUESTS,
            after: None,
        };
        let newest = carousels::list(&self.db.read(), &filter).await?.rows;
        Ok(newest.into_iter().find(|one| {
            let failed_too = one.state.outcome() == Some(Outcome::Failed);
            one.created_at > failed.created_at && one.brief == failed.brief && !failed_too
        }))
    }

    async fn history(&self, id: &CarouselId) -> anyhow::Result<CarouselHistory> {
        let handle = self.client.get_workflow_handle::<CarouselWorkflow>(id.as_str());
        let events: Result<Vec<HistoryEvent>, _> =
            handle.fetch_history(Default::default()).try_collect().await;
        // A workflow that Temporal does not have any more.
        let Ok(events) = events else {
            return Ok(CarouselHistory::default());
        };
        Ok(CarouselHistory { input: self.input(&events), failed_step: failed_step(&events) })
    }

    fn input(&self, events: &[HistoryEvent]) -> Option<CarouselInput> {
        let Some(Attributes::WorkflowExecutionStartedEventAttributes(started)) =
            events.first().and_then(|event| event.attributes.as_ref())
        else {
            return None;
        };
        let payload: &Payload = started.input.as_ref()?.payloads.first()?;
        let plain = self.codec.decrypt(payload.clone()).ok()?;
        serde_json::from_slice(&plain.data).ok()
    }
}

impl FailedStep {
    fn text(&self) -> String {
        format!("{}, attempt {}", self.activity, self.attempt)
    }
}

/// The activity that failed last, without those that undo.
fn failed_step(events: &[HistoryEvent]) -> Option<FailedStep> {
    let attributes = |id: i64| {
        let event = events.iter().find(|event| event.event_id == id)?;
        event.attributes.as_ref()
    };
    let steps = events.iter().rev().filter_map(|event| {
        let (scheduled, started) = match event.attributes.as_ref()? {
            Attributes::ActivityTaskFailedEventAttributes(failed) => {
                (failed.scheduled_event_id, failed.started_event_id)
            }
            Attributes::ActivityTaskTimedOutEventAttributes(timed_out) => {
                (timed_out.scheduled_event_id, timed_out.started_event_id)
            }
            _ => return None,
        };
        let Attributes::ActivityTaskScheduledEventAttributes(scheduled) = attributes(scheduled)?
        else {
            return None;
        };
        let attempt = match attributes(started) {
            Some(Attributes::ActivityTaskStartedEventAttributes(started)) => started.attempt,
            _ => 1,
        };
        let activity = scheduled.activity_type.clone().unwrap_or_default().name;
        Some(FailedStep { activity, attempt })
    });
    let undoes =
        |step: &FailedStep| [AbandonCarousel::NAME, DiscardDraft::NAME].contains(&&*step.activity);
    steps.into_iter().find(|step| !undoes(step))
}

/// The id of the next attempt: `carousel-tg-1-2-3` becomes `carousel-again-tg-1-2-3-retry1`, and
/// that `…-retry2`.
fn retry_id(id: &CarouselId) -> Result<CarouselId, domain::IdError> {
    let key = id.as_str().strip_prefix("carousel-").unwrap_or(id.as_str());
    let earlier = key.rsplit_once("-retry").and_then(|(key, count)| {
        let count: u32 = count.parse().ok()?;
        Some((key.strip_prefix("again-")?, count))
    });
    let (key, count) = earlier.unwrap_or((key, 0));
    CarouselId::new(RequestSource::Again, &format!("{key}-retry{}", count + 1))
}

fn since(time: Duration) -> anyhow::Result<Timestamp> {
    Utc::now().checked_sub_signed(chrono::TimeDelta::from_std(time)?).context("--since is too long")
}

fn minute(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn show_row(out: &mut String, row: &Carousel) -> std::fmt::Result {
    writeln!(out, "topic      {}", row.brief.topic)?;
    writeln!(out, "user       {}", row.user)?;
    writeln!(out, "requested  {}", minute(row.created_at))?;
    if let Some(provider) = &row.provider {
        writeln!(out, "written    by {provider}, revision {}", row.revision.unwrap_or_default())?;
    }
    match &row.state {
        CarouselState::Open => writeln!(out, "outcome    in progress"),
        CarouselState::Closed { outcome, reason, at } => {
            let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            writeln!(out, "outcome    {} at {}{reason}", outcome.name(), minute(*at))
        }
    }
}

fn show_deliveries(out: &mut String, deliveries: &[LedgerEntry]) -> std::fmt::Result {
    for LedgerEntry { slot, delivery, messages, .. } in deliveries {
        writeln!(
            out,
            "delivery   {} of revision {}, generation {}: {}, {} messages",
            slot.part,
            slot.revision,
            slot.generation,
            delivery.state().name().name(),
            messages.len(),
        )?;
    }
    Ok(())
}

fn show_events(out: &mut String, events: &[StoredEvent]) -> std::fmt::Result {
    for event in events {
        let waits = if event.published_at.is_some() { "" } else { "  (not published yet)" };
        let time = event.time.format("%Y-%m-%d %H:%M:%S%.3f");
        writeln!(out, "event      {time}  {}{waits}", event.kind)?;
    }
    Ok(())
}

/// The trace id in an event's `traceparent`.
fn trace_id(event: &StoredEvent) -> Option<String> {
    let envelope: serde_json::Value = serde_json::from_str(&event.envelope).ok()?;
    let trace = envelope["traceparent"].as_str()?.split('-').nth(1)?;
    Some(trace.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_retry_has_its_own_id() {
        let first = CarouselId::parse("carousel-tg-1-2-3").unwrap();
        let second = retry_id(&first).unwrap();
        assert_eq!(second.as_str(), "carousel-again-tg-1-2-3-retry1");
        assert_eq!(retry_id(&second).unwrap().as_str(), "carousel-again-tg-1-2-3-retry2");
        let again = CarouselId::parse("carousel-again-1-2-3-4").unwrap();
        assert_eq!(retry_id(&again).unwrap().as_str(), "carousel-again-again-1-2-3-4-retry1");
    }

    #[test]
    fn advice_depends_on_what_failed() {
        assert_eq!(RetryAdvice::of(FailureKind::ProviderFailed), RetryAdvice::Helps);
        assert_eq!(RetryAdvice::of(FailureKind::QuotaExceeded), RetryAdvice::AfterLimit);
        assert_eq!(RetryAdvice::of(FailureKind::SourceRefused), RetryAdvice::SameResult);
    }
}
