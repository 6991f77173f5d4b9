//! Cancels a carousel that has no row yet: the button was pressed before its workflow stored one.

use domain::CarouselId;
use storage::carousels;
use telegram::Phrase;

use super::{Task, Trouble, temporal};
use crate::carousels::{Cancelled, Error};

impl Task<'_> {
    /// Without a row, the workflow's memo says who requested the carousel.
    pub(super) async fn cancel_unopened(&self, id: &str) -> Result<(), Trouble> {
        let Ok(id) = CarouselId::parse(id) else {
            return self.reply(Phrase::NothingToCancel).await;
        };
        let opened = carousels::find(&self.desk.db.read(), &id).await?;
        let theirs = opened.is_none() && {
            let whose = self.desk.carousels.whose(&id).await;
            whose.map_err(temporal)?.as_ref() == Some(&self.user)
        };
        if !theirs {
            return self.reply(Phrase::NothingToCancel).await;
        }
        let cancelled = self.desk.carousels.cancel(&id, "asked in the chat").await;
        let said = match cancelled {
            Ok(Cancelled::Done | Cancelled::Requested) => Phrase::CancelRequested,
            Ok(Cancelled::TooLate) => Phrase::CancelLate,
            Ok(Cancelled::Over(_)) | Err(Error::NotFound(_)) => Phrase::NothingToCancel,
            Err(error) => return Err(temporal(error)),
        };
        self.reply(said).await
    }
}
