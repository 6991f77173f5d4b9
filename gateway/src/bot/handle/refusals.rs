//! Refuses: says why a request can't be carried out.

use domain::limits::{TEXT_CHARS, TOPIC_CHARS};
use telegram::{Phrase, action::RefusalReason};

use super::{CommandHandler, HandlerError, Spoken, downloads};
use crate::carousel_request::RequestRefusal;

impl CommandHandler<'_> {
    pub(super) async fn refuse(&self, why: RefusalReason) -> Result<(), HandlerError> {
        let link = &self.link();
        let phrase = match why {
            RefusalReason::NotAllowed => return self.refuse_stranger().await,
            RefusalReason::Locked => return self.reply_lock().await,
            RefusalReason::OnlyPrivate => Phrase::OnlyPrivate { link },
            RefusalReason::OnlyOwners => Phrase::OnlyOwners,
            RefusalReason::Anonymous => Phrase::AnonymousAuthor { link },
            RefusalReason::Channel => Phrase::ChannelPost { link },
            RefusalReason::ForeignQuestion => Phrase::ForeignQuestion,
            RefusalReason::NothingToRead => Phrase::NothingToRead { listens: self.listens() },
            RefusalReason::NoTopic => Phrase::TopicEmpty,
            RefusalReason::NoQuestion => Phrase::AskEmpty,
            RefusalReason::File => Phrase::FileRefused,
            RefusalReason::FileTooLarge => downloads::FILE_TOO_LARGE,
            RefusalReason::StaleButton => Phrase::StaleButton,
            RefusalReason::NothingToDrop => Phrase::NothingToDrop,
        };
        // In a group, a refused press concerns only the person who pressed.
        match self.update.content {
            Spoken::Press { .. } if !self.update.private => self.toast(phrase).await,
            _ => self.refuse_request(phrase).await,
        }
    }

    /// The address of the private chat with the bot.
    pub(super) fn link(&self) -> String {
        format!("https://t.me/{}", self.deps.name)
    }

    /// Says why a request is no brief. `topic` is named where the topic is not the reason.
    pub(super) async fn refused(
        &self,
        refusal: &RequestRefusal,
        topic: &str,
    ) -> Result<(), HandlerError> {
        use domain::TopicError as T;
        match refusal {
            RequestRefusal::Topic(T::Empty | T::NoWords) => {
                self.refuse_request(Phrase::TopicWithoutWords).await
            }
            RequestRefusal::Undrawable { character } => {
                let character = character.to_string();
                self.refuse_request(Phrase::Undrawable { character: &character }).await
            }
            RequestRefusal::Topic(T::TopicTooLong { chars }) => {
                let (chars, max) = (*chars as u64, TOPIC_CHARS as u64);
                self.refuse_request(Phrase::TopicTooLong { chars, max }).await
            }
            RequestRefusal::Topic(T::TextTooLong { chars }) => {
                let (chars, max) = (*chars as u64, TEXT_CHARS as u64);
                self.refuse_request(Phrase::TextTooLong { chars, max }).await
            }
            RequestRefusal::Link(_) => self.refuse_request(Phrase::LinkRefused).await,
            // Files of the command line never come from a chat; `make` retries while the store is
            // unavailable.
            RequestRefusal::File(_) | RequestRefusal::Storage(_) => {
                self.refuse_topic(topic, Phrase::Busy).await
            }
            RequestRefusal::Voice(_) => self.refuse_request(Phrase::VoiceRefused).await,
            RequestRefusal::UnknownTheme { theme, .. } => {
                let theme = theme.as_str();
                self.refuse_topic(topic, Phrase::ThemeGone { theme }).await
            }
        }
    }

    /// Says that a carousel belongs to another person.
    pub(super) async fn refuse_foreign(&self) -> Result<(), HandlerError> {
        match &self.update.content {
            Spoken::Press { .. } => self.toast(Phrase::ForeignButton).await,
            _ => self.refuse_request(Phrase::ForeignCarousel).await,
        }
    }
}
