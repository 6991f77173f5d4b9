//! The supported languages, and the detection of a topic's language.

use serde::{Deserialize, Serialize};

use crate::format::{UnknownName, named};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Ru,
    En,
}

named!(Language, "language", {
    Ru => "ru",
    En => "en",
});

impl Language {
    /// Detects the language of a topic by its script: one Cyrillic letter makes it Russian. Russian
    /// texts mix in Latin terms («принципы VIBECODING»), English texts do not mix in Cyrillic ones,
    /// and a topic is too short for statistics.
    pub fn detect(text: &str) -> Self {
        let cyrillic = |c: char| matches!(c, '\u{400}'..='\u{52f}');
        if text.chars().any(cyrillic) { Self::Ru } else { Self::En }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixed_topic_is_detected_as_russian() {
        assert_eq!(Language::detect("принципы VIBECODING"), Language::Ru);
        assert_eq!(Language::detect("How to name things"), Language::En);
        assert_eq!(Language::detect("42"), Language::En);
    }
}
