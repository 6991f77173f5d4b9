//! The protocol of every send: claim the delivery, send once, record the outcome.

use std::time::Duration;

use domain::{
    AttemptId, BroadcastId, ChatId, UserId,
    delivery::{Delivery, LedgerKey, PartSize, SendReport},
};
use events::{EventContext, EventId, EventJournal, EventSource, Timestamp};
use uuid::Uuid;

use super::{LedgerError, claim, record};
use crate::{Database, StorageError, Tx, broadcasts, outbox};

/// How long recording an outcome is retried while the database is down. Without the record the
/// delivery would stay unknown. The caller can't retry it: its next attempt is another sender.
/// Shorter than the timeout of the activities that send.
const RECORD_TIMEOUT: Duration = Duration::from_secs(60);

/// Pause between two retries.
const RECORD_PAUSE: Duration = Duration::from_millis(500);

/// Sends through the ledger.
#[derive(Debug, Clone)]
pub struct DeliveryLedger {
    db: Database,
    environment: String,
}

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub enum DeliveryTarget<'a> {
    /// A part of a carousel, or a notice.
    Part { key: &'a LedgerKey, size: PartSize, chat: Option<ChatId> },
    /// A broadcast's message to one recipient.
    Recipient { broadcast: &'a BroadcastId, user: &'a UserId },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendResult<T> {
    /// The delivery afterwards.
    pub delivery: Delivery,
    /// What the sender returned; `None` if this attempt sent nothing, because an earlier one did or
    /// because the broadcast is paused or has ended.
    pub sent: Option<T>,
}

impl DeliveryLedger {
    /// `environment` is part of the events that a resolved delivery emits.
    pub const fn new(db: Database, environment: String) -> Self {
        Self { db, environment }
    }

    /// Claims `target`, runs `send` if the claim succeeds, and records its report. `send` gets the
    /// number of messages that have arrived, and sends the others. If it fails, or is dropped, no
    /// outcome is recorded, and the delivery counts as sent by a dead attempt.
    ///
    /// # Errors
    /// The error of `send`; [`LedgerError`] if the delivery can't be claimed or recorded.
    pub async fn send_once<T, E, F>(
        &self,
        target: DeliveryTarget<'_>,
        now: impl Fn() -> Timestamp,
        send: impl FnOnce(u8) -> F,
    ) -> Result<SendResult<T>, E>
    where
        F: Future<Output = Result<(SendReport, T), E>>,
        E: From<LedgerError>,
    {
        // Random, so that even a second run of the same attempt does not match an existing claim.
        let by = AttemptId::parse(&Uuid::now_v7().to_string());
        let by = &by.map_err(|error| LedgerError::from(StorageError::from(error)))?;
        let at = now();
        let claim = |tx| async move { target.claim(&tx, by, at).await };
        let delivery = self.db.write(claim).await?;
        if !delivery.is_held_by(by) {
            return Ok(SendResult { delivery, sent: None });
        }
        let (report, sent) = send(delivery.arrived()).await?;
        self.db.metrics().deliveries.inc([report.name()]);
        let delivery = self.record(target, by, &report, now).await?;
        Ok(SendResult { delivery, sent: Some(sent) })
    }

    async fn record(
        &self,
        target: DeliveryTarget<'_>,
        by: &AttemptId,
        report: &SendReport,
        now: impl Fn() -> Timestamp,
    ) -> Result<Delivery, LedgerError> {
        let deadline = tokio::time::Instant::now() + RECORD_TIMEOUT;
        loop {
            let at = now();
            let record = |tx| async move { self.record_once(&tx, target, by, report, at).await };
            match self.db.write(record).await {
                Err(error @ (LedgerError::Storage(_) | LedgerError::Conflict(_)))
                    if tokio::time::Instant::now() < deadline =>
                {
                    tracing::warn!("could not record the delivery's outcome, retrying: {error}");
                    tokio::time::sleep(RECORD_PAUSE).await;
                }
                recorded => return recorded,
            }
        }
    }

    async fn record_once(
        &self,
        tx: &Tx,
        target: DeliveryTarget<'_>,
        by: &AttemptId,
        report: &SendReport,
        at: Timestamp,
    ) -> Result<Delivery, LedgerError> {
        let key = match target {
            DeliveryTarget::Part { key, .. } => key,
            DeliveryTarget::Recipient { broadcast, user } => {
                return broadcasts::record(tx, broadcast, user, by, report, at).await;
            }
        };
        let recorded = record(tx, key, by, report, at).await?;
        if let Some(resolved) = recorded.resolved {
            let cause = outbox::last_event_id(tx, key.carousel.as_str()).await?;
            let mut journal = self.journal(key, cause);
            journal.record(at, resolved);
            outbox::append(tx, journal.events()).await?;
        }
        Ok(recorded.entry.delivery)
    }

    fn journal(&self, key: &LedgerKey, cause: Option<EventId>) -> EventJournal {
        let LedgerKey { carousel, revision, part, generation } = key;
        let context = EventContext {
            correlation: carousel.as_str().to_owned(),
            environment: self.environment.clone(),
            subject: Some(carousel.as_str().to_owned()),
            ..EventContext::default()
        };
        let step = format!("deliver-{part}-{revision}-{generation}");
        EventJournal::for_step(carousel.as_str(), &step, EventSource::DELIVERY, context, cause)
    }
}

impl DeliveryTarget<'_> {
    async fn claim(self, tx: &Tx, by: &AttemptId, at: Timestamp) -> Result<Delivery, LedgerError> {
        match self {
            Self::Part { key, size, chat } => {
                Ok(claim(tx, key, size, chat, by, at).await?.delivery)
            }
            Self::Recipient { broadcast, user } => {
                broadcasts::claim(tx, broadcast, user, by, at).await
            }
        }
    }
}
