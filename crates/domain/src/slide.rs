//! [`Slide`]: one picture's words, by the kind of thing it says.

use serde::{Deserialize, Serialize};

use crate::{
    Text, TextError,
    format::{UnknownName, named},
    limits::{ALT_CHARS, CODE_CHARS, CODE_LINES, ITEMS_MAX},
    text::fold,
};

/// One slide: what it says, an emoji that sets its tone, and words for those who can't see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slide {
    content: Content,
    emoji: Option<String>,
    alt: Option<String>,
    note: Option<String>,
}

/// What a slide says. Each kind has a composition of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The opening.
    Title {
        /// The hook.
        title: Text,
        /// What the reader will get.
        subtitle: Option<Text>,
    },
    /// A rule to hold on to.
    Principle {
        /// The rule.
        title: Text,
        /// Why it holds.
        body: Text,
    },
    /// A term and its meaning.
    Concept {
        /// The term.
        term: Text,
        /// What it means.
        meaning: Text,
    },
    /// Something to do today.
    Practice {
        /// What to do.
        title: Text,
        /// How, step by step.
        steps: Items,
    },
    /// Somebody's words.
    Quote {
        /// The words.
        text: Text,
        /// Whose they are.
        author: Option<Text>,
    },
    /// Things side by side.
    List {
        /// What they have in common.
        title: Text,
        /// The things.
        items: Items,
        /// What stands before each.
        marker: Marker,
    },
    /// A number that speaks.
    Statistic {
        /// The number with its unit.
        value: Text,
        /// What it counts.
        label: Text,
        /// Where it comes from.
        source: Option<Text>,
    },
    /// Before and after.
    Comparison {
        /// What changes.
        title: Text,
        /// How it was.
        before: Side,
        /// How it is now.
        after: Side,
    },
    /// A piece of code.
    Code {
        /// What it shows.
        title: Text,
        /// The code.
        code: CodeBlock,
        /// What to notice.
        remark: Option<Text>,
    },
    /// The ending.
    Summary {
        /// The last word.
        title: Text,
        /// What to take along.
        points: Option<Items>,
        /// What to do next.
        call_to_action: Option<Text>,
    },
}

/// The kind of a [`Content`], without its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SlideKind {
    /// [`Content::Title`].
    Title,
    /// [`Content::Principle`].
    Principle,
    /// [`Content::Concept`].
    Concept,
    /// [`Content::Practice`].
    Practice,
    /// [`Content::Quote`].
    Quote,
    /// [`Content::List`].
    List,
    /// [`Content::Statistic`].
    Statistic,
    /// [`Content::Comparison`].
    Comparison,
    /// [`Content::Code`].
    Code,
    /// [`Content::Summary`].
    Summary,
}

named!(SlideKind, "slide type", {
    Title => "title",
    Principle => "principle",
    Concept => "concept",
    Practice => "practice",
    Quote => "quote",
    List => "list",
    Statistic => "statistic",
    Comparison => "comparison",
    Code => "code",
    Summary => "summary",
});

/// What stands before each item of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Marker {
    /// 1, 2, 3.
    Numbered,
    /// A check mark.
    Checked,
    /// A dot.
    Dotted,
}

named!(Marker, "list marker", {
    Numbered => "numbered",
    Checked => "checked",
    Dotted => "dotted",
});

/// One half of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Its name: "Before", "Junior", "Monday".
    pub label: Text,
    /// What it looks like.
    pub text: Text,
}

/// 1 to [`ITEMS_MAX`] texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Items(Vec<Text>);

/// Source code for a slide: lines and indentation kept, tabs become four spaces, at most
/// [`CODE_LINES`] lines and [`CODE_CHARS`] characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeBlock {
    language: String,
    code: String,
}

/// Why something is no slide.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlideError {
    /// A text is missing, empty or too long.
    #[error("{place}: {error}")]
    Text {
        /// Which text.
        place: &'static str,
        /// What is wrong with it.
        error: TextError,
    },
    /// Too few or too many items.
    #[error("{place}: {count} items, 1 to {ITEMS_MAX} are allowed")]
    Items {
        /// Which list.
        place: &'static str,
        /// How many there are.
        count: usize,
    },
    /// More code than a slide holds.
    #[error(
        "the code has {lines} lines and {chars} characters, at most {CODE_LINES} and {CODE_CHARS} are allowed"
    )]
    Code {
        /// Lines given.
        lines: usize,
        /// Characters given.
        chars: usize,
    },
    /// An emoji that is none.
    #[error("“{0}” is not one emoji")]
    Emoji(String),
    /// A kind or marker we do not know.
    #[error(transparent)]
    Name(#[from] UnknownName),
}

impl Slide {
    /// A slide without emoji, alternative text or note.
    pub fn new(content: Content) -> Self {
        Self {
            content,
            emoji: None,
            alt: None,
            note: None,
        }
    }

    /// Adds the emoji.
    ///
    /// # Errors
    /// [`SlideError::Emoji`] when it holds letters or spaces, or is longer than any emoji is.
    pub fn with_emoji(mut self, emoji: &str) -> Result<Self, SlideError> {
        let emoji = emoji.trim();
        let odd = |c: char| c.is_alphabetic() || c.is_whitespace() || c.is_control();
        let length = emoji.chars().count();
        let signs_only = !emoji.chars().any(odd) && !emoji.is_ascii();
        if !(1..=12).contains(&length) || !signs_only {
            return Err(SlideError::Emoji(emoji.chars().take(20).collect()));
        }
        self.emoji = Some(emoji.to_owned());
        Ok(self)
    }

    /// Sets the alternative text; cut to what Instagram takes.
    #[must_use]
    pub fn with_alt(mut self, alt: &str) -> Self {
        let alt = cut(&fold(alt), ALT_CHARS);
        self.alt = (!alt.is_empty()).then_some(alt);
        self
    }

    /// Names the note of our corpus that the slide is grounded in.
    #[must_use]
    pub fn with_note(mut self, note: &str) -> Self {
        let note = fold(note);
        self.note = (!note.is_empty()).then_some(note);
        self
    }

    /// What it says.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// The kind of what it says.
    pub fn kind(&self) -> SlideKind {
        self.content.kind()
    }

    /// Its emoji.
    pub fn emoji(&self) -> Option<&str> {
        self.emoji.as_deref()
    }

    /// The id of the note it is grounded in.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The alternative text that was set; see [`crate::alt_text`] for what is shown without one.
    pub fn alt(&self) -> Option<&str> {
        self.alt.as_deref()
    }
}

impl Content {
    /// Its kind.
    pub fn kind(&self) -> SlideKind {
        match self {
            Self::Title { .. } => SlideKind::Title,
            Self::Principle { .. } => SlideKind::Principle,
            Self::Concept { .. } => SlideKind::Concept,
            Self::Practice { .. } => SlideKind::Practice,
            Self::Quote { .. } => SlideKind::Quote,
            Self::List { .. } => SlideKind::List,
            Self::Statistic { .. } => SlideKind::Statistic,
            Self::Comparison { .. } => SlideKind::Comparison,
            Self::Code { .. } => SlideKind::Code,
            Self::Summary { .. } => SlideKind::Summary,
        }
    }

    /// All its words, in reading order: for alternative text, search and checks.
    pub fn words(&self) -> Vec<&str> {
        fn some(text: Option<&Text>) -> impl Iterator<Item = &str> {
            text.into_iter().map(Text::as_str)
        }
        let mut words = Vec::new();
        match self {
            Self::Title { title, subtitle } => {
                words.push(title.as_str());
                words.extend(some(subtitle.as_ref()));
            }
            Self::Principle { title, body } => words.extend([title.as_str(), body.as_str()]),
            Self::Concept { term, meaning } => words.extend([term.as_str(), meaning.as_str()]),
            Self::Practice {
                title,
                steps: items,
            }
            | Self::List { title, items, .. } => {
                words.push(title.as_str());
                words.extend(items.iter());
            }
            Self::Quote { text, author } => {
                words.push(text.as_str());
                words.extend(some(author.as_ref()));
            }
            Self::Statistic {
                value,
                label,
                source,
            } => {
                words.extend([value.as_str(), label.as_str()]);
                words.extend(some(source.as_ref()));
            }
            Self::Comparison {
                title,
                before,
                after,
            } => {
                words.push(title.as_str());
                for side in [before, after] {
                    words.extend([side.label.as_str(), side.text.as_str()]);
                }
            }
            Self::Code {
                title,
                code,
                remark,
            } => {
                words.extend([title.as_str(), code.code()]);
                words.extend(some(remark.as_ref()));
            }
            Self::Summary {
                title,
                points,
                call_to_action,
            } => {
                words.push(title.as_str());
                words.extend(points.iter().flat_map(Items::iter));
                words.extend(some(call_to_action.as_ref()));
            }
        }
        words
    }
}

impl Items {
    /// Reads 1 to [`ITEMS_MAX`] texts; `place` names them in an error.
    ///
    /// # Errors
    /// [`SlideError`] when there are too few or too many, or one is no [`Text`].
    pub fn parse<S: AsRef<str>>(place: &'static str, raw: &[S]) -> Result<Self, SlideError> {
        if !(1..=ITEMS_MAX).contains(&raw.len()) {
            return Err(SlideError::Items {
                place,
                count: raw.len(),
            });
        }
        let text =
            |raw: &S| Text::parse(raw.as_ref()).map_err(|error| SlideError::Text { place, error });
        raw.iter().map(text).collect::<Result<_, _>>().map(Self)
    }

    /// The texts, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Text::as_str)
    }

    /// How many there are, at least one.
    #[expect(
        clippy::len_without_is_empty,
        reason = "there is always at least one item"
    )]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl CodeBlock {
    /// Reads a block of code in `language` (may be empty).
    ///
    /// # Errors
    /// [`SlideError`] when it is empty or larger than a slide holds.
    pub fn parse(language: &str, raw: &str) -> Result<Self, SlideError> {
        let lines: Vec<String> = raw
            .trim_matches('\n')
            .lines()
            .map(|line| {
                let line = line.replace('\t', "    ");
                line.trim_end()
                    .chars()
                    .filter(|c| !c.is_control())
                    .collect()
            })
            .collect();
        let code = lines.join("\n");
        let chars = code.chars().count();
        if code.trim().is_empty() {
            return Err(SlideError::Text {
                place: "code",
                error: TextError::Empty,
            });
        }
        if lines.len() > CODE_LINES || chars > CODE_CHARS {
            return Err(SlideError::Code {
                lines: lines.len(),
                chars,
            });
        }
        Ok(Self {
            language: fold(language),
            code,
        })
    }

    /// The programming language's name, empty when unknown.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// The code, lines separated by `\n`.
    pub fn code(&self) -> &str {
        &self.code
    }
}

/// The first `max` characters, with an ellipsis where something was cut.
pub(crate) fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(max - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(words: &str) -> Text {
        Text::parse(words).unwrap()
    }

    #[test]
    fn emoji_of_every_make_are_taken_and_words_are_not() {
        let slide = || {
            Slide::new(Content::Title {
                title: text("a"),
                subtitle: None,
            })
        };
        for good in ["🚀", "❤️", "1️⃣", "🇷🇺", "👩🏽\u{200d}💻"] {
            assert_eq!(slide().with_emoji(good).unwrap().emoji(), Some(good));
        }
        for bad in ["", "ok", "1", "🚀 🚀", "🚀a"] {
            assert!(slide().with_emoji(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn code_keeps_its_lines_and_indentation() {
        let code = CodeBlock::parse("rust", "\nfn a() {\n\tb();  \n}\n").unwrap();
        assert_eq!(code.code(), "fn a() {\n    b();\n}");
        assert!(CodeBlock::parse("", &"x\n".repeat(40)).is_err());
    }

    #[test]
    fn no_list_is_empty_or_endless() {
        assert!(Items::parse("steps", &Vec::<String>::new()).is_err());
        assert!(Items::parse("steps", &["x"; ITEMS_MAX + 1]).is_err());
        assert!(Items::parse("steps", &["x", " "]).is_err());
    }
}
