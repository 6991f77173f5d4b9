//! Handles edited requests: offers to start over, and makes a carousel of the new text.

use domain::{CarouselId, NoticeKind, RequestSource, UpdateId};
use storage::{
    carousels,
    ingress::{self, UpdateState},
};
use telegram::{Keyboard, Phrase, action::Action, messages::button};

use super::{CommandHandler, HandlerError};
use crate::{
    bot::{
        decision_record::{ConversationRecord, DecisionRecord},
        reply::ReplyMessage,
        request_text, source_text,
    },
    carousel_client::CancelResult,
};

/// Maximum length of a topic in the offer, in characters.
const TOPIC_CHARS: usize = 80;

impl CommandHandler<'_> {
    /// Offers to start over if a carousel was made of the message before it was edited. Edits of
    /// other messages ask for nothing.
    pub(super) async fn offer_start_over(&self, text: &str) -> Result<(), HandlerError> {
        let first = self.carousel_id()?;
        let topic = request_text::read(text).0;
        match carousels::find(&self.deps.db.read(), &first).await? {
            Some(carousel) if carousel.user != self.user => return Ok(()),
            // Telegram also reports an edit when only the preview of a link has changed.
            Some(carousel) if carousel.brief.topic == topic => return Ok(()),
            Some(_) => {}
            None => {
                if !self.has_requested(&first).await? {
                    return Ok(());
                }
            }
        }
        let mut short: String = topic.chars().take(TOPIC_CHARS).collect();
        if short.len() < topic.len() {
            short.push('…');
        }
        let press = Action::StartOver { update: self.update.update };
        let press = button(Phrase::ButtonStartOver, self.language, &press);
        self.send(ReplyMessage {
            text: Phrase::OfferStartOver { topic: &short }.html(self.language),
            keyboard: Keyboard::rows([press.into_iter().collect()]),
        })
        .await
    }

    /// The edit of a request that this update brought.
    pub(super) async fn edited_request(
        &self,
        edit: UpdateId,
    ) -> Result<Option<EditedRequest>, HandlerError> {
        let (reader, bot) = (self.deps.db.read(), self.deps.id);
        let stored = ingress::find::<DecisionRecord>(&reader, bot, edit).await?;
        let decision = match stored.map(|stored| stored.state) {
            Some(UpdateState::Decided(decision) | UpdateState::Done(decision)) => decision,
            Some(UpdateState::Received | UpdateState::DeadLetter { .. }) | None => return Ok(None),
        };
        Ok(match (decision.action, decision.around) {
            (Action::OfferStartOver { text }, Some(around)) => Some(EditedRequest { text, around }),
            _ => None,
        })
    }

    /// Stops the first carousel and makes one of the edited text, under an id that is derived from
    /// the edit: two presses make one carousel.
    pub(super) async fn start_over(&self, edit: UpdateId) -> Result<(), HandlerError> {
        let Some(EditedRequest { text, around }) = self.edited_request(edit).await? else {
            return self.toast(Phrase::StaleButton).await;
        };
        if around.from != self.update.account.get() || around.chat != self.update.chat.id {
            return self.refuse_foreign().await;
        }
        let key = format!("{}-{}-{}", self.deps.id, around.chat, around.message);
        let first = CarouselId::new(RequestSource::Telegram, &key);
        let first = first?;
        let id = CarouselId::new(RequestSource::Again, &format!("{}-{edit}", self.deps.id));
        let id = id?;
        self.replace(&first, &id, "started over").await?;
        let (source, title) = source_text::source(&text, None);
        self.make(Ok(id), &source, Some(&title)).await
    }

    /// Stops a carousel in progress, because the user wants another one instead. If it is being sent
    /// already, says once that both will come.
    pub(super) async fn replace(
        &self,
        first: &CarouselId,
        another: &CarouselId,
        why: &str,
    ) -> Result<(), HandlerError> {
        let is_in_progress = match self.own(first).await? {
            Some(carousel) => carousel.state.is_open(),
            None => self.has_requested(first).await?,
        };
        if is_in_progress && self.stop(first, why).await? == CancelResult::TooLate {
            let both = Phrase::BothCarousels.html(self.language);
            self.send_once(another, NoticeKind::Both.into(), both.into()).await?;
        }
        Ok(())
    }
}

/// A request whose author changed its text.
pub(super) struct EditedRequest {
    text: String,
    pub(super) around: ConversationRecord,
}
