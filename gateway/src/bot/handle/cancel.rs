//! Cancels carousels, also one whose workflow has stored no row yet.

use domain::{CarouselId, NoticeKind, Outcome};
use storage::{carousels, ledger};
use telegram::{ChatRef, Phrase};

use super::{CommandHandler, HandlerError, notice, temporal};
use crate::carousel_client::{CancelResult, CarouselError};

impl CommandHandler<'_> {
    /// Cancels one carousel, or all that are in progress.
    pub(super) async fn cancel(&self, carousel: Option<&CarouselId>) -> Result<(), HandlerError> {
        let wanted: Vec<CarouselId> = match carousel {
            Some(id) => match self.own(id).await? {
                // A repeated request: the delivery pool has already reported the cancellation.
                Some(over) if over.state.outcome() == Some(Outcome::Cancelled) => return Ok(()),
                Some(carousel) if carousel.state.is_open() => vec![carousel.id],
                Some(_) => Vec::new(),
                None if self.has_requested(id).await? => vec![id.clone()],
                None => return self.refuse_unrequested(id).await,
            },
            None => self.in_progress().await?.into_iter().map(|carousel| carousel.id).collect(),
        };
        if wanted.is_empty() {
            return self.reply(Phrase::NothingToCancel).await;
        }
        self.announce_cancel().await?;
        let mut results = Vec::new();
        for id in &wanted {
            results.push(self.stop(id, "asked in the chat").await?);
        }
        let is_over = |result: &CancelResult| matches!(result, CancelResult::AlreadyEnded(_));
        if results.contains(&CancelResult::TooLate) {
            self.reply(Phrase::CancelLate).await
        } else if results.iter().all(is_over) {
            self.reply(Phrase::NothingToCancel).await
        } else {
            // The delivery pool reports the cancellation as its last step.
            Ok(())
        }
    }

    /// Cancels a carousel. Its progress message is deleted first: an update of it that is under way
    /// can't show progress after the cancel.
    pub(super) async fn stop(
        &self,
        id: &CarouselId,
        why: &str,
    ) -> Result<CancelResult, HandlerError> {
        self.delete_progress(id).await?;
        match self.deps.carousels.cancel(id, why).await {
            Ok(result) => Ok(result),
            Err(CarouselError::NotFound(_)) => Ok(CancelResult::AlreadyEnded(String::new())),
            Err(error @ CarouselError::Temporal(_)) => Err(temporal(error)),
        }
    }

    /// Deletes a carousel's progress message; ignores Telegram's errors.
    async fn delete_progress(&self, id: &CarouselId) -> Result<(), HandlerError> {
        let key = notice(id, NoticeKind::Progress.into());
        let Some(entry) = ledger::find(&self.deps.db.read(), &key).await? else {
            return Ok(());
        };
        let message = entry.messages.first().map(|sent| i32::try_from(sent.message));
        if let (Some(chat), Some(Ok(message))) = (entry.chat, message) {
            let chat = ChatRef { id: chat, thread: None };
            if let Err(fault) = self.deps.bot.delete(chat, message).await {
                tracing::debug!("could not delete the progress message: {fault}");
            }
        }
        Ok(())
    }

    /// Whether this user has requested a carousel, according to its workflow.
    pub(super) async fn has_requested(&self, id: &CarouselId) -> Result<bool, HandlerError> {
        let requested = self.deps.carousels.requested(id).await.map_err(temporal)?;
        Ok(requested.is_some_and(|requested| requested.user == self.user))
    }

    /// The carousel belongs to another user, or there is none.
    async fn refuse_unrequested(&self, id: &CarouselId) -> Result<(), HandlerError> {
        let is_stored = carousels::find(&self.deps.db.read(), id).await?.is_some();
        if is_stored || self.deps.carousels.requested(id).await.map_err(temporal)?.is_some() {
            return self.refuse_foreign().await;
        }
        self.reply(Phrase::NothingToCancel).await
    }
}
