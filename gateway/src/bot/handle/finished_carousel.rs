//! Handles actions on a finished carousel: show it, send its files and its caption, send it again,
//! make another.

use chrono::Utc;
use domain::{
    Brief, CarouselId,
    delivery::{DeliveryPart, Generation, LedgerKey},
};
use storage::{
    carousels::{self, CarouselFilter},
    ledger::{self, LedgerError},
};
use telegram::{Html, Phrase};

use super::{CommandHandler, HandlerError, temporal};
use crate::{bot::reply, carousel_client::ProviderChoice};

impl CommandHandler<'_> {
    pub(super) async fn history(&self, page: u32) -> Result<(), HandlerError> {
        let reader = self.deps.db.read();
        let mut after = None;
        for number in 1.. {
            let filter = CarouselFilter {
                user: Some(self.user.clone()),
                open_only: false,
                limit: reply::PAGE,
                after: after.take(),
            };
            let found = carousels::list(&reader, &filter).await?;
            if number == page || found.next.is_none() {
                let more = found.next.is_some();
                let said = reply::history(self.language, number, &found.rows, more);
                return self.show(said).await;
            }
            after = found.next;
        }
        Ok(())
    }

    /// Sends again a delivery with an unknown outcome. Two taps make one generation and one
    /// workflow.
    pub(super) async fn send_again(
        &self,
        id: &CarouselId,
        revision: u32,
        generation: u32,
    ) -> Result<(), HandlerError> {
        let Some(carousel) = self.own(id).await? else {
            return self.reply(Phrase::ForeignButton).await;
        };
        let Some(generation) = Generation::new(generation) else {
            return self.reply(Phrase::StaleButton).await;
        };
        let slot = &LedgerKey {
            carousel: carousel.id.clone(),
            revision,
            part: DeliveryPart::Album,
            generation,
        };
        let at = Utc::now();
        let again = |tx| async move { ledger::add_generation(&tx, slot, at).await };
        let fresh = match self.deps.db.write(again).await {
            Ok(stored) => stored.fresh,
            Err(LedgerError::Refused { .. }) => {
                return self.reply(Phrase::SentAgainAlready).await;
            }
            Err(LedgerError::Missing(_)) => return self.reply(Phrase::StaleButton).await,
            Err(error) => return Err(error.into()),
        };
        let reader = self.deps.db.read();
        let pictures = carousels::pictures(&reader, &carousel.id, revision).await?;
        let resend = workflows::carousel::ResendInput {
            user: self.user.as_str().to_owned(),
            carousel: carousel.id.as_str().to_owned(),
            revision,
            generation: generation.get(),
            destination: self.destination(),
            pictures,
        };
        self.deps.carousels.resend(resend).await.map_err(temporal)?;
        if fresh {
            self.reply(Phrase::SendingAgain).await
        } else {
            // The second of two taps.
            Ok(())
        }
    }

    /// Starts another carousel from the same brief, under an id that is derived from the update.
    pub(super) async fn make_another(
        &self,
        id: &CarouselId,
        offline: bool,
    ) -> Result<(), HandlerError> {
        let Some(carousel) = self.own(id).await? else {
            return self.reply(Phrase::ForeignButton).await;
        };
        let key = format!("{}-{}", self.deps.id, self.update.update);
        let id = CarouselId::new(domain::RequestSource::Again, &key);
        let Ok(brief) = Brief::try_from(&carousel.brief) else {
            return self.reply(Phrase::StaleButton).await;
        };
        let writers = if offline { ProviderChoice::Offline } else { ProviderChoice::Configured };
        let terms = self.terms(writers).await?;
        self.start(id, &brief, terms).await
    }

    pub(super) async fn caption(&self, id: &CarouselId) -> Result<(), HandlerError> {
        let Some(carousel) = self.own(id).await? else {
            return self.reply(Phrase::ForeignButton).await;
        };
        let reader = self.deps.db.read();
        let revision = carousel.revision.unwrap_or(1);
        let saved = carousels::find_draft(&reader, &carousel.id, revision).await?;
        let draft = saved.and_then(|saved| domain::Draft::try_from(&saved.draft).ok());
        let Some(draft) = draft else {
            return self.reply(Phrase::StaleButton).await;
        };
        let text = Phrase::CaptionCopy
            .html(self.language)
            .append(&Html::text("\n\n"))
            .append(&Html::text(&draft.post_text()).copyable());
        self.send(text.into()).await
    }
}
