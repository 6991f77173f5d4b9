//! The supported languages, and the detection of a topic's language.

use serde::{Deserialize, Serialize};

use crate::named;

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

/// Words that no name of a thing consists of, and most English phrases contain.
const ENGLISH_WORDS: &str = "a an the of to in on for with from by is are was do does not no and or \
    how why what when who which your you we our my it its that this as at be can";

/// Letters of a text that is long enough for a majority of scripts.
const LONG_TEXT_LETTERS: usize = 200;

/// Whether a character is Cyrillic: the blocks of Russian and its neighbours.
pub fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{52f}')
}

impl Language {
    /// [`Language::shown_by`], or English.
    pub fn detect(text: &str) -> Self {
        Self::shown_by(text).unwrap_or(Self::En)
    }

    /// The language that a text is written in, by its script. In a topic, one Cyrillic letter makes
    /// it Russian: Russian topics mix in Latin terms («принципы VIBECODING»), English ones mix in no
    /// Cyrillic. A long text is Russian if a fifth of its letters are Cyrillic. `None` for a few
    /// Latin words that could be a name in any language: “Docker”, “Rust vs Go”.
    pub fn shown_by(text: &str) -> Option<Self> {
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        let cyrillic = text.chars().filter(|c| is_cyrillic(*c)).count();
        let is_long = letters > LONG_TEXT_LETTERS;
        let least = if is_long { letters / 5 } else { 1 };
        if cyrillic >= least {
            return Some(Self::Ru);
        }
        let words = text.split(|c: char| !c.is_alphanumeric());
        let english = |word: &str| ENGLISH_WORDS.split(' ').any(|listed| listed == word);
        let is_english = words.map(str::to_lowercase).any(|word| english(&word));
        (is_long || is_english).then_some(Self::En)
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

    #[test]
    fn names_and_terms_show_no_language() {
        for topic in ["Docker", "Rust vs Go", "REST API", "42", ""] {
            assert_eq!(Language::shown_by(topic), None, "{topic}");
        }
        assert_eq!(Language::shown_by("Why tests matter"), Some(Language::En));
        assert_eq!(Language::shown_by("Docker для новичков"), Some(Language::Ru));
    }

    #[test]
    fn a_foreign_word_does_not_change_the_language_of_a_long_text() {
        let english = "The word мир means both world and peace in Russian. ".repeat(20);
        assert_eq!(Language::shown_by(&english), Some(Language::En));
        let russian = "Мы выбрали Kubernetes и Docker Compose для сервиса. ".repeat(20);
        assert_eq!(Language::shown_by(&russian), Some(Language::Ru));
    }
}
