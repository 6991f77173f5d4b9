//! Answers inline queries, `@bot topic` in any chat, with a link that makes the topic. Nothing starts
//! before a person opens the link. An app asks again after each letter, so an answer that gets lost
//! is not repeated, and a query is not stored.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize as _;
use serde_json::Value;
use telegram::{
    InlineAnswer, InlineArticle, Phrase, bot_api_limits::START_PARAMETER_BYTES, types::InlineQuery,
};
use tokio::sync::Semaphore;
use url::Url;

use super::Ingress;
use crate::bot::{parse, route::TOPIC_LINK};

/// The answers under way at a time; more queries stay without one.
const ANSWERS: usize = 16;

/// Where a person comes from who opens the chat from an inline query.
const SOURCE_TAG: &str = "inline";

/// The answers that may be under way.
pub(super) fn slots() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(ANSWERS))
}

impl Ingress {
    /// Answers the update in a task of its own, if it is an inline query.
    pub(super) fn answer_inline(&self, update: &Value) {
        let query = update.get("inline_query").map(InlineQuery::deserialize);
        let Some(Ok(query)) = query else {
            return;
        };
        let Ok(slot) = Arc::clone(&self.inner.inline_slots).try_acquire_owned() else {
            tracing::debug!("an inline query stays without an answer: too many at once");
            return;
        };
        let (bot, name) = (self.inner.deps.bot.clone(), self.inner.deps.name.clone());
        tokio::spawn(async move {
            if let Err(fault) = bot.answer_inline(&query.id.0, answer(&query, &name)).await {
                tracing::debug!("an inline query stays without an answer: {fault}");
            }
            drop(slot);
        });
    }
}

/// A message with a link for a topic that fits into one; for others, a button that opens the chat.
fn answer(query: &InlineQuery, bot: &str) -> InlineAnswer {
    let language = parse::language(&query.from);
    let topic = query.query.trim();
    let parameter = format!("{TOPIC_LINK}{}", URL_SAFE_NO_PAD.encode(topic));
    let link = Url::parse(&format!("https://t.me/{bot}?start={parameter}"));
    match link {
        Ok(link) if !topic.is_empty() && parameter.len() <= START_PARAMETER_BYTES => {
            InlineAnswer::Article(InlineArticle {
                title: Phrase::InlineTitle { topic }.plain(language),
                description: Phrase::InlineDescription.plain(language),
                text: Phrase::InlineText { topic }.html(language),
                button: (Phrase::InlineButton.plain(language), link),
            })
        }
        _ => InlineAnswer::OpenChat {
            label: Phrase::InlineOpen.plain(language),
            parameter: SOURCE_TAG.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answered(text: &str) -> InlineAnswer {
        let query = json!({
            "id": "1", "query": text, "offset": "",
            "from": { "id": 5, "is_bot": false, "first_name": "", "language_code": "en" },
        });
        answer(&serde_json::from_value(query).unwrap(), "vibecoder_bot")
    }

    #[test]
    fn topic_that_fits_becomes_a_link() {
        let InlineAnswer::Article(article) = answered(" Why tests ") else { panic!() };
        assert_eq!(article.button.1.as_str(), "https://t.me/vibecoder_bot?start=t_V2h5IHRlc3Rz");
        assert_eq!(article.title, "Carousel: Why tests");
        assert!(matches!(answered(&"x".repeat(46)), InlineAnswer::Article(_)));
    }

    #[test]
    fn long_or_missing_topic_opens_the_chat() {
        for text in ["", "  ", &"x".repeat(47), &"ж".repeat(24)] {
            assert!(matches!(answered(text), InlineAnswer::OpenChat { .. }), "{text}");
        }
    }
}
