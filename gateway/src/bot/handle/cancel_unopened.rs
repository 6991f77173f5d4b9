//! Cancels a carousel that has no row yet: the button was pressed before its workflow stored one.

use domain::CarouselId;
use storage::carousels;
use telegram::Phrase;

use super::{CommandHandler, HandlerError, temporal};
use crate::carousel_client::{CancelResult, CarouselError};

impl CommandHandler<'_> {
    /// Without a row, the workflow's memo says who requested the carousel.
    pub(super) async fn cancel_unopened(&self, id: &CarouselId) -> Result<(), HandlerError> {
        let opened = carousels::find(&self.deps.db.read(), id).await?;
        let theirs = opened.is_none() && {
            let whose = self.deps.carousels.requester(id).await;
            whose.map_err(temporal)?.as_ref() == Some(&self.user)
        };
        if !theirs {
            return self.reply(Phrase::NothingToCancel).await;
        }
        let cancelled = self.deps.carousels.cancel(id, "asked in the chat").await;
        let said = match cancelled {
            Ok(CancelResult::Done | CancelResult::Requested) => Phrase::CancelRequested,
            Ok(CancelResult::TooLate) => Phrase::CancelLate,
            Ok(CancelResult::AlreadyEnded(_)) | Err(CarouselError::NotFound(_)) => {
                Phrase::NothingToCancel
            }
            Err(error) => return Err(temporal(error)),
        };
        self.reply(said).await
    }
}
