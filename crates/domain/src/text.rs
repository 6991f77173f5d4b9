//! [`SlideText`]: a line of text on a slide, and the cleaning that all input passes.

use crate::limits::SLIDE_TEXT_CHARS;

/// Text for one place on a slide: not empty, no control characters, white space folded, at most
/// [`SLIDE_TEXT_CHARS`] characters. Only the renderer can decide whether it fits the place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SlideText(String);

/// Why a string is not a valid [`SlideText`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing is left after cleaning.
    #[error("the text is empty")]
    Empty,
    #[error("the text has {chars} characters, at most {max} are allowed")]
    TooLong {
        /// The number of characters after cleaning.
        chars: usize,
        max: usize,
    },
}

/// Gives a type that wraps a text `as_str` and `Display`.
macro_rules! wraps_text {
    ($type:ident) => {
        impl $type {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(crate) use wraps_text;

impl SlideText {
    /// Cleans and checks `raw`.
    ///
    /// # Errors
    /// [`TextError`] if the result is empty or too long.
    pub fn parse(raw: &str) -> Result<Self, TextError> {
        bounded(fold(raw), SLIDE_TEXT_CHARS).map(Self)
    }
}

wraps_text!(SlideText);

impl AsRef<str> for SlideText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Returns `text` unless it is empty or longer than `max` characters.
pub(crate) fn bounded(text: String, max: usize) -> Result<String, TextError> {
    let chars = text.chars().count();
    match chars {
        0 => Err(TextError::Empty),
        _ if chars > max => Err(TextError::TooLong { chars, max }),
        _ => Ok(text),
    }
}

/// Makes one line: white space of every kind becomes single spaces, characters that are not allowed
/// are removed.
pub(crate) fn fold(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for word in raw.split(|c: char| c.is_whitespace() && !is_no_break(c)) {
        let clean = word.chars().filter(|c| is_allowed(*c));
        let before = out.len();
        if before > 0 {
            out.push(' ');
        }
        let start = out.len();
        out.extend(clean);
        if out.len() == start {
            out.truncate(before);
        }
    }
    out
}

/// Makes several lines: each folded, trailing space removed, at most one empty line in a row.
pub(crate) fn fold_lines(raw: &str) -> String {
    lines(raw, fold)
}

/// Keeps lines with their indentation and tabs: characters that are not allowed and trailing space
/// are removed, at most one empty line in a row.
pub(crate) fn clean_lines(raw: &str) -> String {
    lines(raw, |line| {
        let line: String = line.chars().filter(|c| *c == '\t' || is_allowed(*c)).collect();
        line.trim_end().to_owned()
    })
}

/// Cleans each line; of several empty lines one is left, and none at the ends.
fn lines(raw: &str, clean: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut blank = false;
    for line in raw.lines().map(clean) {
        if line.is_empty() {
            blank = true;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if blank { "\n\n" } else { "\n" });
        }
        blank = false;
        out.push_str(&line);
    }
    out
}

/// A no-break space is kept: Russian typography has one after a preposition.
fn is_no_break(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{202f}')
}

/// Rejects control characters and the Unicode marks that reorder a line ("Trojan Source",
/// CVE-2021-42574). Joiners are kept because emoji sequences need them.
fn is_allowed(c: char) -> bool {
    let reorders = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let invisible = matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    !(c.is_control() || reorders || invisible)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fold_joins_white_space_and_drops_controls() {
        assert_eq!(fold(" a\t\u{0}b \u{1b}[0m\n\u{202e}c "), "a b [0m c");
        assert_eq!(fold("\u{0} \u{7}"), "");
        assert_eq!(fold("и\u{a0}так"), "и\u{a0}так");
    }

    #[test]
    fn fold_keeps_emoji_sequences() {
        let family = "👨\u{200d}👩\u{200d}👧 ❤\u{fe0f}";
        assert_eq!(fold(family), family);
    }

    #[test]
    fn fold_lines_keeps_paragraphs() {
        assert_eq!(fold_lines("a \r\n b\n\n\n\n c "), "a\nb\n\nc");
    }

    #[test]
    fn clean_lines_keeps_indentation_and_tabs() {
        assert_eq!(clean_lines("\n\na\tb \r\n  c\u{0}\n\n\n\u{202e}d"), "a\tb\n  c\n\nd");
    }

    proptest! {
        #[test]
        fn cleaning_is_idempotent(raw in "\\PC{0,80}|[\\s\\x00-\\x1f a-z]{0,80}") {
            let once = fold(&raw);
            prop_assert_eq!(&fold(&once), &once);
        }
    }
}
