//! Claims on the delivery ledger: claim before sending, report the outcome afterwards.

use std::time::Duration;

use domain::{
    AttemptId as Try, ChatId,
    delivery::{LedgerKey, PartSize},
};
use events::{EventContext, EventJournal, EventSource, Timestamp};
use storage::{
    Database,
    ledger::{self, ClaimResult, LedgerEntry, LedgerError, SendReport},
    outbox,
};
use uuid::Uuid;

use crate::{activity_failure::ActivityFailure, activity_run::CarouselActivityRun};

/// How long recording an outcome is retried while the database is down. Without the record the
/// delivery would stay unknown. Temporal can't retry it, because its next attempt would be another
/// sender. Shorter than the timeout of `Step::Deliver`.
const RECORD_TIMEOUT: Duration = Duration::from_secs(60);

/// Pause between two retries.
const RECORD_PAUSE: Duration = Duration::from_millis(500);

#[derive(Clone)]
pub(super) struct ClaimLedger {
    db: Database,
    environment: String,
}

/// Result of claiming.
pub(super) enum ClaimOutcome {
    /// Send the remaining messages, once, and report the outcome.
    Claimed(Box<ClaimGuard>),
    /// Send nothing: the delivery ended like this.
    Ended(LedgerEntry),
}

/// A claimed delivery before its outcome is reported.
pub(super) struct ClaimGuard {
    ledger: ClaimLedger,
    attempt: CarouselActivityRun,
    claimed_by: Try,
    /// The row at the time of the claim.
    pub(super) entry: LedgerEntry,
}

impl ClaimLedger {
    pub(super) fn new(db: Database, environment: String) -> Self {
        Self { db, environment }
    }

    /// Claims `slot` for this attempt. An earlier attempt that never reported counts as dead.
    pub(super) async fn claim(
        &self,
        attempt: &CarouselActivityRun,
        slot: &LedgerKey,
        size: PartSize,
        chat: Option<ChatId>,
    ) -> Result<ClaimOutcome, ActivityFailure> {
        // Random, so that even a second run of the same attempt does not match an existing claim.
        let by = &Try::parse(&Uuid::now_v7().to_string())
            .map_err(|e| ActivityFailure::Input(e.to_string()))?;
        let at = Timestamp::from(attempt.now());
        let claim = |tx| async move { ledger::claim(&tx, slot, size, chat, by, at).await };
        Ok(match self.db.write(claim).await? {
            ClaimResult::Send(entry) => ClaimOutcome::Claimed(Box::new(ClaimGuard {
                ledger: self.clone(),
                attempt: attempt.clone(),
                claimed_by: by.clone(),
                entry,
            })),
            ClaimResult::Finished(entry) => ClaimOutcome::Ended(entry),
        })
    }
}

/// Retries recording while the database is down, for at most [`RECORD_TIMEOUT`].
pub(super) async fn retry_recording<T, F>(
    mut record: impl FnMut() -> F,
) -> Result<T, ActivityFailure>
where
    F: Future<Output = Result<T, ActivityFailure>>,
{
    let deadline = tokio::time::Instant::now() + RECORD_TIMEOUT;
    loop {
        let error = match record().await {
            Ok(recorded) => return Ok(recorded),
            Err(error) => error,
        };
        let passes = matches!(error, ActivityFailure::Unavailable { .. });
        if !passes || tokio::time::Instant::now() >= deadline {
            return Err(error);
        }
        tracing::warn!("could not record the delivery's outcome, retrying: {error}");
        tokio::time::sleep(RECORD_PAUSE).await;
    }
}

impl ClaimGuard {
    /// Records the outcome and returns the updated row.
    pub(super) async fn record(&self, report: &SendReport) -> Result<LedgerEntry, ActivityFailure> {
        retry_recording(|| async move { Ok(self.record_once(report).await?) }).await
    }

    async fn record_once(&self, report: &SendReport) -> Result<LedgerEntry, LedgerError> {
        let (slot, by) = (&self.entry.slot, &self.claimed_by);
        let at = Timestamp::from(self.attempt.now());
        let recorded = self
            .ledger
            .db
            .write(|tx| async move {
                let recorded = ledger::record(&tx, slot, by, report, at).await?;
                if let Some(resolved) = &recorded.resolved {
                    let cause = outbox::last_event_id(&tx, slot.carousel.as_str()).await?;
                    let mut journal = self.journal(cause);
                    journal.record(at, resolved.clone());
                    outbox::append(&tx, journal.events()).await?;
                }
                Ok::<_, LedgerError>(recorded)
            })
            .await?;
        Ok(recorded.entry)
    }

    fn journal(&self, cause: Option<events::EventId>) -> EventJournal {
        let LedgerKey { carousel, revision, part, generation } = &self.entry.slot;
        let context = EventContext {
            correlation: carousel.as_str().to_owned(),
            environment: self.ledger.environment.clone(),
            subject: Some(carousel.as_str().to_owned()),
            ..EventContext::default()
        };
        let step = format!("deliver-{part}-{revision}-{generation}");
        EventJournal::for_step(carousel.as_str(), &step, EventSource::DELIVERY, context, cause)
    }
}
