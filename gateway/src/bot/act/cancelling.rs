//! Stopping a carousel that is not written down yet: its button was faster than its workflow.

use domain::{CarouselId, Source, UpdateId};
use storage::{
    carousels,
    ingress::{self, Standing as S},
};
use telegram::Phrase;

use super::{Task, Trouble, temporal};
use crate::{
    bot::stored::Stored,
    carousels::{Cancelled, Error},
};

impl Task<'_> {
    /// Nobody's row says whose it is, so its id has to: Temporal is asked for what is surely theirs.
    pub(super) async fn cancel_unopened(&self, id: &str) -> Result<(), Trouble> {
        let Ok(id) = CarouselId::parse(id) else {
            return self.reply(Phrase::NothingToCancel).await;
        };
        let opened = carousels::find(&self.desk.db.read(), &id).await?;
        if opened.is_some() || !self.asked_for(&id).await? {
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

    /// Whether it was surely this person who asked for it: in their private chat, where nobody else
    /// is, or by an update of theirs.
    async fn asked_for(&self, id: &CarouselId) -> Result<bool, Trouble> {
        match id.source() {
            Source::Telegram => {
                let (bot, chat) = (self.desk.id, self.heard.chat.id);
                let mine = format!("carousel-tg-{bot}-{chat}-");
                Ok(self.heard.private && id.as_str().starts_with(&mine))
            }
            Source::Again => {
                let mine = format!("carousel-again-{}-", self.desk.id);
                let update = id.as_str().strip_prefix(&mine);
                let Some(update) = update.and_then(|update| update.parse().ok()) else {
                    return Ok(false);
                };
                let update = UpdateId::new(update);
                let reader = self.desk.db.read();
                let asked = ingress::find::<Stored>(&reader, self.desk.id, update).await?;
                let around = match asked.map(|asked| asked.standing) {
                    Some(S::Decided(stored) | S::Done(stored)) => stored.around,
                    Some(S::Received | S::Dead { .. }) | None => None,
                };
                Ok(around.is_some_and(|around| around.from == self.heard.from.get()))
            }
            Source::Api | Source::Event | Source::Schedule | Source::Cli => Ok(false),
        }
    }
}
