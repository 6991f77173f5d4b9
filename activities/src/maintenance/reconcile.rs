//! Reconciles one lost carousel in one transaction.

use domain::{
    CarouselId, ChatId, Language, Outcome, RequestSource,
    delivery::{DeliveryPart, DeliveryState},
    failure::FailureKind,
};
use events::{
    EventContext, EventJournal, EventSource, Timestamp, carousel::CarouselCompleted,
    orchestrator::WorkflowCompleted, persistence::CarouselSaved,
};
use storage::{
    Database, Tx,
    carousels::{self, Carousel, CarouselCompletion, SentOutcome, UndoOutcome},
    ledger::{self, LedgerError},
    outbox, users,
};

use workflows::destination::DestinationRecord;

use super::lost_outcome::{LostOutcome, lost_outcome};
use crate::activity_failure::Result;

/// A lost carousel.
pub(super) struct Reconciliation<'a> {
    pub(super) id: &'a CarouselId,
    /// How its workflow ended.
    pub(super) ended_because: &'a str,
    pub(super) environment: &'a str,
    /// A claim made after this time may still be reported.
    pub(super) claims_alive_since: Timestamp,
    pub(super) now: Timestamp,
}

impl Reconciliation<'_> {
    /// Returns how it ended, now or earlier; `None` if it is too early to decide.
    pub(super) async fn run(&self, db: &Database) -> Result<Option<Outcome>> {
        Ok(db.write(|tx| async move { self.within(&tx).await }).await?)
    }

    /// Where to notify the requester: the chat of its deliveries, the chat in its id, or the user's
    /// private chat. `None` if it was not requested in a chat.
    pub(super) async fn destination(&self, db: &Database) -> Result<Option<DestinationRecord>> {
        let reader = db.read();
        let Some(carousel) = carousels::find(&reader, self.id).await? else {
            return Ok(None);
        };
        let Some(user) = users::find(&reader, &carousel.user).await? else {
            return Ok(None);
        };
        let entries = ledger::of_carousel(&reader, self.id).await?.rows;
        let said_in = entries.iter().find_map(|entry| entry.chat);
        let chat = said_in
            .or_else(|| chat_in(self.id))
            .or_else(|| user.account.map(domain::AccountId::chat));
        let language = user.profile.language.unwrap_or(Language::En);
        Ok(chat.map(|chat| DestinationRecord::telegram(chat, None, language)))
    }

    async fn within(&self, tx: &Tx) -> Result<Option<Outcome>, LedgerError> {
        let deliveries = ledger::of_carousel(tx, self.id).await?.rows;
        let fate = lost_outcome(&deliveries, self.claims_alive_since);
        for dead in deliveries.iter().filter(|entry| {
            matches!(entry.delivery.state(), DeliveryState::Sending { .. })
                && entry.updated_at < self.claims_alive_since
                && matches!(entry.slot.part, DeliveryPart::Album | DeliveryPart::Folder)
        }) {
            // The delivery is not in doubt, so this changes nothing else.
            let _ = ledger::mark_sender_dead(tx, &dead.slot, self.now).await?;
        }
        match fate {
            LostOutcome::TooEarly => Ok(None),
            LostOutcome::Delivered => {
                self.complete(tx, SentOutcome::Delivered, String::new()).await
            }
            LostOutcome::Unknown(doubt) => {
                let reason = format!("{}; {doubt}", self.ended_because);
                self.complete(tx, SentOutcome::Unknown, reason).await
            }
            LostOutcome::NotSent => self.compensate(tx).await,
        }
    }

    /// The record of its pictures was stored before they were sent.
    async fn complete(
        &self,
        tx: &Tx,
        outcome: SentOutcome,
        reason: String,
    ) -> Result<Option<Outcome>, LedgerError> {
        let carousel = carousels::find(tx, self.id).await?;
        let Some(carousel) = carousel.filter(|carousel| carousel.state.is_open()) else {
            return Ok(carousels::find(tx, self.id)
                .await?
                .and_then(|carousel| carousel.state.outcome()));
        };
        let revision = carousel.revision.unwrap_or(1);
        let completion = CarouselCompletion {
            outcome,
            reason,
            revision,
            pictures: carousels::pictures(tx, self.id, revision).await?,
        };
        let stored = carousels::complete(tx, self.id, &completion, self.now).await?;
        if stored.fresh {
            let mut journal = self.journal(tx, "complete").await?;
            let carousel = self.id.as_str().to_owned();
            journal.record(self.now, CarouselSaved { carousel, revision });
            self.end(&mut journal, &stored.value);
            outbox::append(tx, journal.events()).await?;
        }
        Ok(stored.value.state.outcome())
    }

    async fn compensate(&self, tx: &Tx) -> Result<Option<Outcome>, LedgerError> {
        carousels::discard_draft(tx, self.id, self.now).await?;
        let outcome = UndoOutcome::Failed(FailureKind::Lost);
        let undone = carousels::abandon(tx, self.id, outcome, self.ended_because, self.now).await?;
        let Some(closed) = undone else {
            return Ok(None);
        };
        if closed.fresh {
            let mut journal = self.journal(tx, "abandon").await?;
            self.end(&mut journal, &closed.value);
            outbox::append(tx, journal.events()).await?;
        }
        Ok(closed.value.state.outcome())
    }

    /// The journal of the step that the workflow never ran, under that step's name: if the step
    /// runs after all, it writes the same event ids.
    async fn journal(&self, tx: &Tx, step: &str) -> Result<EventJournal, LedgerError> {
        let id = self.id.as_str();
        let cause = outbox::last_event_id(tx, id).await?;
        let context = EventContext {
            correlation: id.to_owned(),
            environment: self.environment.to_owned(),
            subject: Some(id.to_owned()),
            ..EventContext::default()
        };
        let origin = EventSource::PERSISTENCE;
        Ok(EventJournal::for_step(id, step, origin, context, cause))
    }

    fn end(&self, journal: &mut EventJournal, carousel: &Carousel) {
        let carousels::CarouselState::Closed { outcome, reason, .. } = &carousel.state else {
            return;
        };
        let took = (self.now - carousel.created_at).num_milliseconds();
        journal.record(
            self.now,
            CarouselCompleted {
                outcome: *outcome,
                reason: reason.clone(),
                duration_ms: u64::try_from(took).unwrap_or(0),
                // The calls that a lost workflow has not recorded are not in the rows either.
                tokens: Some(0),
                cost_micros: Some(0),
            },
        );
        journal.record(
            self.now,
            WorkflowCompleted {
                workflow_id: self.id.as_str().to_owned(),
                run_id: carousel.run_id.clone(),
                outcome: outcome.name().to_owned(),
            },
        );
    }
}

/// The chat id in `carousel-tg-<bot>-<chat>-<message>`; ids of groups are negative.
fn chat_in(id: &CarouselId) -> Option<ChatId> {
    if id.source() != RequestSource::Telegram {
        return None;
    }
    let key = id.as_str().strip_prefix("carousel-tg-")?;
    let (_, rest) = key.split_once('-')?;
    let (chat, _) = rest.rsplit_once('-')?;
    chat.parse().ok().map(ChatId::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chat_is_parsed_from_carousel_id() {
        let chat = |id: &str| chat_in(&CarouselId::parse(id).unwrap());
        assert_eq!(chat("carousel-tg-81-77-5"), Some(ChatId::new(77)));
        assert_eq!(chat("carousel-tg-81--100123-5"), Some(ChatId::new(-100_123)));
        assert_eq!(chat("carousel-cli-81-77-5"), None);
        assert_eq!(chat("carousel-tg-x"), None);
    }
}
