//! Claims on the delivery ledger: claim before sending, report the outcome afterwards.

use std::time::Duration;

use domain::{
    Attempt as Try, ChatId,
    delivery::{Size, Slot},
};
use events::{Context, Journal, Origin, Timestamp};
use storage::{
    Database,
    ledger::{self, Claimed, Entry, LedgerError, Report},
    outbox,
};
use uuid::Uuid;

use crate::{attempt::Attempt, error::Error};

/// How long recording an outcome is retried while the database is down. Without the record the
/// delivery would stay unknown. Temporal can't retry it, because its next attempt would be another
/// sender. Shorter than the timeout of `Step::Deliver`.
const RECORD_PATIENCE: Duration = Duration::from_secs(60);

/// Pause between two retries.
const RECORD_PAUSE: Duration = Duration::from_millis(500);

#[derive(Clone)]
pub(super) struct Ledger {
    db: Database,
    environment: String,
}

/// Result of claiming.
pub(super) enum Claim {
    /// Send the remaining messages, once, and report the outcome.
    Ours(Box<Held>),
    /// Send nothing: the delivery ended like this.
    Over(Entry),
}

/// A claimed delivery before its outcome is reported.
pub(super) struct Held {
    ledger: Ledger,
    attempt: Attempt,
    by: Try,
    /// The row at the time of the claim.
    pub(super) entry: Entry,
}

impl Ledger {
    pub(super) fn new(db: Database, environment: String) -> Self {
        Self { db, environment }
    }

    /// Claims `slot` for this attempt. An earlier attempt that never reported counts as dead.
    pub(super) async fn claim(
        &self,
        attempt: &Attempt,
        slot: &Slot,
        size: Size,
        chat: Option<ChatId>,
    ) -> Result<Claim, Error> {
        // Random, so that even a second run of the same attempt does not match an existing claim.
        let by =
            &Try::parse(&Uuid::now_v7().to_string()).map_err(|e| Error::Input(e.to_string()))?;
        let at = Timestamp::from(attempt.now());
        let claim = |tx| async move { ledger::claim(&tx, slot, size, chat, by, at).await };
        Ok(match self.db.write(claim).await? {
            Claimed::Send(entry) => Claim::Ours(Box::new(Held {
                ledger: self.clone(),
                attempt: attempt.clone(),
                by: by.clone(),
                entry,
            })),
            Claimed::Over(entry) => Claim::Over(entry),
        })
    }
}

/// Retries recording while the database is down, for at most [`RECORD_PATIENCE`].
pub(super) async fn patiently<T, F>(mut record: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let deadline = tokio::time::Instant::now() + RECORD_PATIENCE;
    loop {
        let error = match record().await {
            Ok(recorded) => return Ok(recorded),
            Err(error) => error,
        };
        let passes = matches!(error, Error::Unavailable { .. });
        if !passes || tokio::time::Instant::now() >= deadline {
            return Err(error);
        }
        tracing::warn!("could not record the delivery's outcome, retrying: {error}");
        tokio::time::sleep(RECORD_PAUSE).await;
    }
}

impl Held {
    /// Records the outcome and returns the updated row.
    pub(super) async fn record(&self, report: &Report) -> Result<Entry, Error> {
        patiently(|| async move { Ok(self.record_once(report).await?) }).await
    }

    async fn record_once(&self, report: &Report) -> Result<Entry, LedgerError> {
        let (slot, by) = (&self.entry.slot, &self.by);
        let at = Timestamp::from(self.attempt.now());
        let recorded = self
            .ledger
            .db
            .write(|tx| async move {
                let recorded = ledger::record(&tx, slot, by, report, at).await?;
                if let Some(resolved) = &recorded.resolved {
                    let cause = outbox::last_of(&tx, slot.carousel.as_str()).await?;
                    let mut journal = self.journal(cause);
                    journal.record(at, resolved.clone());
                    outbox::append(&tx, journal.events()).await?;
                }
                Ok::<_, LedgerError>(recorded)
            })
            .await?;
        Ok(recorded.entry)
    }

    fn journal(&self, cause: Option<events::EventId>) -> Journal {
        let Slot {
            carousel,
            revision,
            part,
            generation,
        } = &self.entry.slot;
        let context = Context {
            correlation: carousel.as_str().to_owned(),
            environment: self.ledger.environment.clone(),
            subject: Some(carousel.as_str().to_owned()),
            ..Context::default()
        };
        let step = format!("deliver-{part}-{revision}-{generation}");
        Journal::of_step(carousel.as_str(), &step, Origin::DELIVERY, context, cause)
    }
}
