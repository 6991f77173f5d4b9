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
use telegram::{
    Html, Keyboard, Phrase,
    action::Action,
    messages::{button, copy_button, row},
};

use super::{CommandHandler, HandlerError, temporal};
use crate::{
    bot::reply::{self, ReplyMessage},
    carousel_client::ProviderChoice,
};

impl CommandHandler<'_> {
    pub(super) async fn history(&self, page: u32) -> Result<(), HandlerError> {
        let reader = self.deps.db.read();
        let zone = &self.zone().await?;
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
                let said = reply::history(self.language, zone, number, &found.rows, more);
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
            return self.refuse_foreign().await;
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
        self.link_to_carousel(&carousel.id).await?;
        self.deps.carousels.resend(resend).await.map_err(temporal)?;
        if fresh {
            self.reply(Phrase::SendingAgain).await
        } else {
            // The second of two taps.
            Ok(())
        }
    }

    /// Starts another carousel from the same brief with a change, once per button.
    pub(super) async fn make_another(
        &self,
        id: &CarouselId,
        writers: ProviderChoice,
        change: impl FnOnce(&mut Brief),
    ) -> Result<(), HandlerError> {
        let Some(carousel) = self.own(id).await? else {
            return self.refuse_foreign().await;
        };
        let id = self.again_id();
        let Ok(mut brief) = Brief::try_from(&carousel.brief) else {
            return self.reply(Phrase::StaleButton).await;
        };
        change(&mut brief);
        let terms = self.terms(writers).await?;
        self.start(id, &brief, terms).await
    }

    pub(super) async fn caption(&self, id: &CarouselId) -> Result<(), HandlerError> {
        let Some(carousel) = self.own(id).await? else {
            return self.refuse_foreign().await;
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
        let id = || carousel.id.clone();
        let (change, alternative) =
            (Action::AskCaption { carousel: id() }, Action::AltTexts { carousel: id() });
        let hashtags = draft.hashtags().to_string();
        let keyboard = Keyboard::rows([
            row([
                copy_button(Phrase::ButtonCopyCaption, self.language, &draft.post_text()),
                copy_button(Phrase::ButtonCopyHashtags, self.language, &hashtags),
            ]),
            row([
                button(Phrase::ButtonChangeCaption, self.language, &change),
                button(Phrase::ButtonAltTexts, self.language, &alternative),
            ]),
        ]);
        self.send(ReplyMessage { text, keyboard }).await
    }
}
