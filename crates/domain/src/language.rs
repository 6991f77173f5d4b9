//! The languages we write in, and how a topic's language is told.

use serde::{Deserialize, Serialize};

use crate::format::{UnknownName, named};

/// A language that carousels are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Russian.
    Ru,
    /// English.
    En,
}

named!(Language, "language", {
    Ru => "ru",
    En => "en",
});

impl Language {
    /// Tells the language of a topic by its script: one Cyrillic word makes it Russian. People who
    /// write Russian mix in Latin terms («принципы VIBECODING»); people who write English do not
    /// mix in Cyrillic ones, and a topic is too short for statistics.
    pub fn detect(text: &str) -> Self {
        let cyrillic = |c: char| matches!(c, '\u{400}'..='\u{52f}');
        if text.chars().any(cyrillic) {
            Self::Ru
        } else {
            Self::En
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixed_topics_are_russian_and_the_rest_english() {
        assert_eq!(Language::detect("принципы VIBECODING"), Language::Ru);
        assert_eq!(Language::detect("How to name things"), Language::En);
        assert_eq!(Language::detect("42"), Language::En);
    }
}
