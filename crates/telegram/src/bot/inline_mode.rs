//! Inline mode: the answer to `@bot topic` in any chat.

use teloxide_core::{
    payloads::AnswerInlineQuerySetters as _,
    requests::Requester as _,
    types::{
        InlineKeyboardButton, InlineKeyboardMarkup, InlineQueryId, InlineQueryResult,
        InlineQueryResultArticle, InlineQueryResultsButton, InlineQueryResultsButtonKind,
        InputMessageContent, InputMessageContentText, ParseMode,
    },
};
use url::Url;

use super::{Bot, no_preview};
use crate::{Html, SendError};

/// How long Telegram may give the same answer to the same query, in seconds.
const CACHE_SECONDS: u32 = 300;

/// The answer to an inline query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InlineAnswer {
    /// A message with a link, which the person may send.
    Article(InlineArticle),
    /// No message, but a button that opens the private chat with `/start <parameter>`.
    OpenChat { label: String, parameter: String },
}

/// A message that a person may send into any chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineArticle {
    pub title: String,
    pub description: String,
    pub text: Html,
    /// The label of the button under the message, and the address that it opens.
    pub button: (String, Url),
}

impl Bot {
    /// Answers an inline query.
    pub async fn answer_inline(&self, query: &str, answer: InlineAnswer) -> Result<(), SendError> {
        let (results, button) = match answer {
            InlineAnswer::Article(article) => (vec![article.result()], None),
            InlineAnswer::OpenChat { label, parameter } => {
                let kind = InlineQueryResultsButtonKind::StartParameter(parameter);
                (Vec::new(), Some(InlineQueryResultsButton { text: label, kind }))
            }
        };
        let query = InlineQueryId(query.to_owned());
        let mut request = self.api.answer_inline_query(query, results).cache_time(CACHE_SECONDS);
        // The language of the answer is the person's.
        request = request.is_personal(true);
        if let Some(button) = button {
            request = request.button(button);
        }
        self.call(request).await?;
        Ok(())
    }
}

impl InlineArticle {
    fn result(self) -> InlineQueryResult {
        let (label, link) = self.button;
        let text = InputMessageContentText::new(self.text.markup())
            .parse_mode(ParseMode::Html)
            .link_preview_options(no_preview());
        let button = InlineKeyboardButton::url(label, link);
        InlineQueryResultArticle::new("topic", self.title, InputMessageContent::Text(text))
            .description(self.description)
            .reply_markup(InlineKeyboardMarkup::new([[button]]))
            .into()
    }
}
