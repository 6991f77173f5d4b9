//! [`Topic`], [`Question`] and [`LongText`]: a user's input, cleaned and limited.

use crate::{
    limits::{QUESTION_CHARS, TEXT_CHARS, TOPIC_CHARS},
    text::{clean_lines, fold},
};

/// The subject of a carousel: one line of at most [`TOPIC_CHARS`] characters with at least one
/// letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Topic(String);

/// A question: one line of at most [`QUESTION_CHARS`] characters with at least one letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question(String);

/// A source text of at most [`TEXT_CHARS`] characters. Lines, indentation and tabs are kept, because
/// the format of the text is recognized by them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongText(String);

/// Why an input is not a valid topic or text. Each message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// Nothing is left after cleaning.
    #[error("the topic is empty: say in a few words what the carousel is about")]
    Empty,
    /// Only emoji, punctuation or symbols.
    #[error("the topic has no words: add at least one, emoji and signs alone say too little")]
    NoWords,
    /// Longer than [`TOPIC_CHARS`].
    #[error(
        "the topic has {chars} characters, at most {TOPIC_CHARS} are allowed: shorten it, or pass \
         a longer text as a file (--text FILE)"
    )]
    TopicTooLong {
        /// The number of characters after cleaning.
        chars: usize,
    },
    /// Longer than [`TEXT_CHARS`].
    #[error("the text has {chars} characters, at most {TEXT_CHARS} are allowed: send a part of it")]
    TextTooLong {
        /// The number of characters after cleaning.
        chars: usize,
    },
}

impl Topic {
    /// Cleans and checks `raw`.
    ///
    /// # Errors
    /// [`TopicError`], with a message for the sender.
    pub fn parse(raw: &str) -> Result<Self, TopicError> {
        let topic = with_words(fold(raw))?;
        let chars = topic.chars().count();
        if chars > TOPIC_CHARS {
            return Err(TopicError::TopicTooLong { chars });
        }
        Ok(Self(topic))
    }

    /// The topic for a page if its address has no words.
    pub(crate) fn untitled_page() -> Self {
        Self("link".to_owned())
    }

    /// A name for folders and files: letters and digits of any script, lower case, joined by `-`,
    /// at most 60 characters.
    pub fn slug(&self) -> String {
        let lower = self.0.to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
        let mut slug = String::new();
        for word in words {
            let longer = slug.chars().count() + word.chars().count() + 1;
            if !slug.is_empty() && longer > 60 {
                break;
            }
            if !slug.is_empty() {
                slug.push('-');
            }
            slug.extend(word.chars().take(60));
        }
        slug
    }
}

/// Why an input is not a valid question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuestionError {
    /// Nothing is left after cleaning, or no letter or digit.
    #[error("the question is empty: ask it in words")]
    Empty,
    /// Longer than [`QUESTION_CHARS`].
    #[error(
        "the question has {chars} characters, at most {QUESTION_CHARS} are allowed: ask it shorter"
    )]
    TooLong {
        /// The number of characters after cleaning.
        chars: usize,
    },
}

impl Question {
    /// Cleans and checks `raw`.
    ///
    /// # Errors
    /// [`QuestionError`], with a message for the sender.
    pub fn parse(raw: &str) -> Result<Self, QuestionError> {
        let words = with_words(fold(raw)).map_err(|_| QuestionError::Empty)?;
        let chars = words.chars().count();
        if chars > QUESTION_CHARS {
            return Err(QuestionError::TooLong { chars });
        }
        Ok(Self(words))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl LongText {
    /// Cleans and checks `raw`.
    ///
    /// # Errors
    /// [`TopicError`], with a message for the sender.
    pub fn parse(raw: &str) -> Result<Self, TopicError> {
        let text = with_words(clean_lines(raw))?;
        let chars = text.chars().count();
        if chars > TEXT_CHARS {
            return Err(TopicError::TextTooLong { chars });
        }
        Ok(Self(text))
    }

    /// Paragraphs are separated by an empty line.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first sentence or line as a topic, cut at a word boundary. The crate `document` knows
    /// titles.
    pub fn headline(&self) -> Topic {
        const HEADLINE_CHARS: usize = 90;
        let first_word = self.0.find(char::is_alphanumeric).unwrap_or(0);
        let start = self.0[..first_word].rfind('\n').map_or(0, |at| at + 1);
        let line = self.0[start..].lines().next().unwrap_or_default().trim_start();
        let sentence = sentence_end(line).map_or(line, |end| &line[..end]);
        let has_words = |s: &str| s.chars().any(char::is_alphanumeric);
        let shown = if has_words(sentence) { sentence } else { line };
        if shown.chars().count() <= HEADLINE_CHARS {
            return Topic(fold(shown.trim_end_matches('.')));
        }
        let cut: String = shown.chars().take(HEADLINE_CHARS).collect();
        let at_word = cut.rfind(' ').map_or(cut.as_str(), |at| &cut[..at]);
        let kept = if has_words(at_word) { at_word } else { cut.as_str() };
        Topic(format!("{}…", fold(kept)))
    }
}

/// The end of the first sentence in bytes: a final punctuation mark before white space.
fn sentence_end(line: &str) -> Option<usize> {
    let marks = line.char_indices().filter(|(_, c)| matches!(c, '.' | '!' | '?' | '…'));
    let mut ends = marks.map(|(at, c)| at + c.len_utf8());
    ends.find(|end| line[*end..].chars().next().is_none_or(char::is_whitespace))
}

/// Rejects a text that is empty or has neither letter nor digit.
fn with_words(text: String) -> Result<String, TopicError> {
    if text.is_empty() {
        Err(TopicError::Empty)
    } else if !text.chars().any(char::is_alphanumeric) {
        Err(TopicError::NoWords)
    } else {
        Ok(text)
    }
}

crate::text::wraps_text!(Topic);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn topic_without_words_is_rejected() {
        assert_eq!(Topic::parse(" \t\n"), Err(TopicError::Empty));
        assert_eq!(Topic::parse("\u{0}\u{1b}\u{202e}"), Err(TopicError::Empty));
        assert_eq!(Topic::parse("🚀 🔥!"), Err(TopicError::NoWords));
    }

    #[test]
    fn topic_length_error_suggests_text_option() {
        let error = Topic::parse(&"ж".repeat(5_000)).unwrap_err();
        let said = error.to_string();
        assert!(said.contains("5000") && said.contains("300") && said.contains("--text"), "{said}");
    }

    #[test]
    fn question_is_cleaned_and_limited_like_a_topic() {
        let asked = |raw: &str| Question::parse(raw).map(|question| question.0);
        let sly = "Why\u{202e} tests\u{0}?\r\n\u{2066}Now\u{2069}\u{200b}";
        let clean = asked(sly).unwrap();
        assert_eq!(clean, Topic::parse(sly).unwrap().0);
        assert!(!clean.chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)));
        for nothing in ["", " \t\n", "\u{202e}\u{0}", "?!"] {
            assert_eq!(asked(nothing), Err(QuestionError::Empty), "{nothing:?}");
        }
        assert!(asked(&"ж".repeat(300)).is_ok());
        let long = asked(&"ж".repeat(301));
        assert_eq!(long, Err(QuestionError::TooLong { chars: 301 }));
    }

    #[test]
    fn topic_drops_controls_and_keeps_right_to_left_text() {
        assert_eq!(Topic::parse("a\u{0}b\u{1b}c").unwrap().as_str(), "abc");
        assert_eq!(Topic::parse("שלום עולם").unwrap().as_str(), "שלום עולם");
    }

    #[test]
    fn slug_is_a_safe_folder_name() {
        let slug = |t: &str| Topic::parse(t).unwrap().slug();
        assert_eq!(slug("Почему тесты важны?"), "почему-тесты-важны");
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert!(slug(&"слово ".repeat(40)).chars().count() <= 60);
    }

    #[test]
    fn headline_is_the_first_sentence() {
        let head = |t: &str| LongText::parse(t).unwrap().headline().as_str().to_owned();
        assert_eq!(head("Тесты дают смелость. Дальше текст."), "Тесты дают смелость");
        assert_eq!(head("Version 2.0 is out. It is fast."), "Version 2.0 is out");
        assert_eq!(head("---\n\nHow to name things\nand more"), "How to name things");
        assert!(head(&"word ".repeat(100)).ends_with("word…"));
    }

    proptest! {
        #[test]
        fn headline_is_a_valid_topic(raw in "\\PC{1,400}") {
            if let Ok(text) = LongText::parse(&raw) {
                let head = text.headline();
                prop_assert!(Topic::parse(head.as_str()).is_ok(), "{:?}", head);
            }
        }

        #[test]
        fn slug_has_no_path_separators(raw in "\\PC{1,200}") {
            if let Ok(topic) = Topic::parse(&raw) {
                let slug = topic.slug();
                prop_assert!(!slug.is_empty());
                prop_assert!(slug.chars().all(|c| c.is_alphanumeric() || c == '-'));
            }
        }
    }
}
