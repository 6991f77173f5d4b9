//! Handles `/start`: a sample, and topics to begin with one tap.

use domain::{CarouselId, RequestSource};
use storage::{
    carousels::{self, CarouselFilter},
    users,
};
use telegram::{
    Phrase,
    action::{RequestedSource, StarterTopic},
};

use super::{CommandHandler, HandlerError};
use crate::bot::{parse::ParsedContent, reply};

pub(crate) const fn starter_phrase(topic: StarterTopic) -> Phrase<'static> {
    match topic {
        StarterTopic::Names => Phrase::StarterNames,
        StarterTopic::Tests => Phrase::StarterTests,
        StarterTopic::Focus => Phrase::StarterFocus,
    }
}

impl CommandHandler<'_> {
    pub(super) async fn greet(&self) -> Result<(), HandlerError> {
        let asks = self.update.private && self.may_be_asked_about_news().await?;
        let said = reply::greeting(self.language, self.listens(), asks);
        match self.sample_sheet().filter(|_| self.update.private) {
            Some(sheet) => self.send_sheet(sheet, said, true).await,
            None => self.send(said).await,
        }
    }

    /// Only a person who has seen what the bot does, and has not said yes before.
    async fn may_be_asked_about_news(&self) -> Result<bool, HandlerError> {
        let reader = self.deps.db.read();
        let user = users::find(&reader, &self.user).await?;
        if user.is_none_or(|user| user.profile.wants_news) {
            return Ok(false);
        }
        let filter = CarouselFilter {
            user: Some(self.user.clone()),
            open_only: false,
            limit: 1,
            after: None,
        };
        Ok(!carousels::list(&reader, &filter).await?.rows.is_empty())
    }

    /// Makes a carousel about a suggested topic; each topic once per greeting.
    pub(super) async fn make_starter(&self, topic: StarterTopic) -> Result<(), HandlerError> {
        let text = starter_phrase(topic).plain(self.language);
        let source = RequestedSource::Words { text };
        let (bot, chat, message) = (self.deps.id, self.update.chat.id, self.update.message);
        let key = match &self.update.content {
            ParsedContent::Press { .. } => format!("{bot}-{chat}-{message}-{topic}"),
            _ => format!("{bot}-{chat}-{message}"),
        };
        self.make(CarouselId::new(RequestSource::Telegram, &key), &source, None).await
    }
}
