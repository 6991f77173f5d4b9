//! Search attributes: the filters of the workflow list.

use temporalio_common::search_attributes::SearchAttributeKey;

use crate::web_ui_texts::truncated;

pub const USER: SearchAttributeKey<String> = SearchAttributeKey::keyword("CarouselUser");
pub const THEME: SearchAttributeKey<String> = SearchAttributeKey::keyword("CarouselTheme");
pub const LANGUAGE: SearchAttributeKey<String> = SearchAttributeKey::keyword("CarouselLanguage");
/// The beginning of the topic. Temporal stores attributes unencrypted, so a carousel with encrypted
/// payloads has none.
pub const TOPIC: SearchAttributeKey<String> = SearchAttributeKey::keyword("CarouselTopic");
/// `running`, then the outcome.
pub const OUTCOME: SearchAttributeKey<String> = SearchAttributeKey::keyword("CarouselOutcome");

/// All of them, keywords. The first worker that starts registers them.
pub const ALL: [&str; 5] =
    ["CarouselUser", "CarouselTheme", "CarouselLanguage", "CarouselTopic", "CarouselOutcome"];

/// The longest value of [`TOPIC`], in bytes.
const TOPIC_BYTES: usize = 200;

/// The value of [`TOPIC`] for a topic.
pub(crate) fn listed_topic(topic: &str) -> String {
    truncated(topic, TOPIC_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lists_every_search_attribute() {
        let keys = [&USER, &THEME, &LANGUAGE, &TOPIC, &OUTCOME];
        assert_eq!(ALL, keys.map(|key| key.name()));
    }
}
