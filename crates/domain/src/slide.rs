//! [`Slide`]: the content of one picture.

use serde::{Deserialize, Serialize};

use crate::{
    SlideText, TextError, UnknownName,
    limits::{ALT_CHARS, CODE_CHARS, CODE_LINES, ITEMS_MAX, VERSUS_ROWS_MAX},
    named,
    text::fold,
};

/// One slide: its content, an optional emoji, alternative text and corpus note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slide {
    content: SlideContent,
    emoji: Option<String>,
    alt: Option<String>,
    note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlideContent {
    Title {
        /// The line that makes people stop.
        title: SlideText,
        /// What the reader will get.
        subtitle: Option<SlideText>,
        /// The topic, if the title is not the topic itself.
        kicker: Option<SlideText>,
        cover: CoverKind,
    },
    /// A rule with its reason.
    Principle {
        title: SlideText,
        /// The reason for the rule; without one, the title is a whole statement.
        body: Option<SlideText>,
    },
    /// A term and its meaning.
    Concept {
        term: SlideText,
        meaning: SlideText,
    },
    Practice {
        title: SlideText,
        /// How to do it, one step per item.
        steps: Items,
    },
    Quote {
        text: SlideText,
        author: Option<SlideText>,
    },
    List {
        title: SlideText,
        items: Items,
        /// The mark before each item.
        marker: Marker,
    },
    /// A number with its meaning.
    Statistic {
        value: SlideText,
        label: SlideText,
        /// Where the number comes from.
        source: Option<SlideText>,
    },
    /// Two sides: before and after, myth and fact, one thing and another.
    Comparison {
        title: SlideText,
        /// The first side.
        before: Side,
        /// The second side.
        after: Side,
        polarity: Polarity,
    },
    /// Two things, compared row by row; neither is marked as better.
    Versus {
        title: SlideText,
        /// The two things.
        names: [SlideText; 2],
        rows: VersusRows,
    },
    Code {
        title: SlideText,
        code: CodeBlock,
        /// What to notice in the code.
        remark: Option<SlideText>,
    },
    Summary {
        title: SlideText,
        points: Option<Items>,
        call_to_action: Option<SlideText>,
    },
}

/// The kind of a [`SlideContent`], without its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SlideKind {
    Title,
    Principle,
    Concept,
    Practice,
    Quote,
    List,
    Statistic,
    Comparison,
    Versus,
    Code,
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
    Versus => "versus",
    Code => "code",
    Summary => "summary",
});

impl SlideKind {
    /// Whether a model must not change its text.
    pub const fn is_verbatim(self) -> bool {
        match self {
            Self::Quote | Self::Statistic | Self::Code => true,
            Self::Title
            | Self::Principle
            | Self::Concept
            | Self::Practice
            | Self::List
            | Self::Comparison
            | Self::Versus
            | Self::Summary => false,
        }
    }
}

/// How the title slide makes people stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CoverKind {
    #[default]
    Statement,
    Question,
    /// The title begins with a number, which is drawn large.
    Number,
    /// The subtitle says what the reader will get.
    Promise,
    /// The author's picture and name, if there is a picture.
    Face,
}

named!(CoverKind, "kind of cover", {
    Statement => "statement",
    Question => "question",
    Number => "number",
    Promise => "promise",
    Face => "face",
});

/// The mark before each item of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Marker {
    Numbered,
    Checked,
    Dotted,
}

named!(Marker, "list marker", {
    Numbered => "numbered",
    Checked => "checked",
    Dotted => "dotted",
});

/// Which side of a comparison is the better one: it gets a check mark, the other one a cross.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Polarity {
    /// The second one: "before and after", "myth and fact".
    #[default]
    SecondBetter,
    FirstBetter,
    /// Neither: no marks.
    Neutral,
}

named!(Polarity, "polarity of a comparison", {
    SecondBetter => "second-better",
    FirstBetter => "first-better",
    Neutral => "neutral",
});

/// One half of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Its label: "Before", "Junior", "Monday".
    pub label: SlideText,
    pub text: SlideText,
}

/// One row of a [`SlideContent::Versus`]: what is compared, and what each thing says to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersusRow {
    pub aspect: SlideText,
    pub sides: [SlideText; 2],
}

/// 1 to [`VERSUS_ROWS_MAX`] rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersusRows(Vec<VersusRow>);

/// 1 to [`ITEMS_MAX`] texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Items(Vec<SlideText>);

/// A code block: lines and indentation kept, tabs become four spaces, at most [`CODE_LINES`] lines
/// and [`CODE_CHARS`] characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeBlock {
    language: String,
    code: String,
}

/// Why a text is not a valid slide.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlideError {
    /// A text is missing, empty or too long.
    #[error("{place}: {error}")]
    Text {
        /// The field's name.
        place: &'static str,
        error: TextError,
    },
    /// Too few or too many items.
    #[error("{place}: {count} items, 1 to {ITEMS_MAX} are allowed")]
    Items {
        /// The field's name.
        place: &'static str,
        count: usize,
    },
    /// Too few or too many rows.
    #[error("{0} rows, 1 to {VERSUS_ROWS_MAX} are allowed")]
    Rows(usize),
    /// More than [`CODE_LINES`] lines or [`CODE_CHARS`] characters.
    #[error(
        "the code has {lines} lines and {chars} characters, at most {CODE_LINES} and {CODE_CHARS} are allowed"
    )]
    Code { lines: usize, chars: usize },
    #[error("“{0}” is not one emoji")]
    Emoji(String),
    /// An unknown kind or marker.
    #[error(transparent)]
    Name(#[from] UnknownName),
}

impl Slide {
    /// A slide without emoji, alternative text or note.
    pub fn new(content: SlideContent) -> Self {
        Self { content, emoji: None, alt: None, note: None }
    }

    /// Adds the emoji.
    ///
    /// # Errors
    /// [`SlideError::Emoji`] if it has letters or spaces, or is longer than any emoji.
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

    /// Sets the alternative text, cut to Instagram's limit.
    #[must_use]
    pub fn with_alt(mut self, alt: &str) -> Self {
        let alt = cut(&fold(alt), ALT_CHARS);
        self.alt = (!alt.is_empty()).then_some(alt);
        self
    }

    /// Sets the id of the corpus note that the slide is based on.
    #[must_use]
    pub fn with_note(mut self, note: &str) -> Self {
        let note = fold(note);
        self.note = (!note.is_empty()).then_some(note);
        self
    }

    pub fn content(&self) -> &SlideContent {
        &self.content
    }

    pub fn kind(&self) -> SlideKind {
        self.content.kind()
    }

    pub fn emoji(&self) -> Option<&str> {
        self.emoji.as_deref()
    }

    /// The id of the corpus note that the slide is based on.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The alternative text that was set; [`crate::alt_text`] makes one if there is none.
    pub fn alt(&self) -> Option<&str> {
        self.alt.as_deref()
    }
}

impl SlideContent {
    /// A title slide that states its title.
    pub fn title(title: SlideText, subtitle: Option<SlideText>) -> Self {
        Self::Title { title, subtitle, kicker: None, cover: CoverKind::Statement }
    }

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
            Self::Versus { .. } => SlideKind::Versus,
            Self::Code { .. } => SlideKind::Code,
            Self::Summary { .. } => SlideKind::Summary,
        }
    }

    /// All texts, the heading first: for alternative text, search and checks.
    pub fn words(&self) -> Vec<&str> {
        fn some(text: Option<&SlideText>) -> impl Iterator<Item = &str> {
            text.into_iter().map(SlideText::as_str)
        }
        let mut words = Vec::new();
        match self {
            Self::Title { title, subtitle, kicker, cover: _ } => {
                words.push(title.as_str());
                words.extend(some(subtitle.as_ref()));
                words.extend(some(kicker.as_ref()));
            }
            Self::Principle { title, body } => {
                words.push(title.as_str());
                words.extend(some(body.as_ref()));
            }
            Self::Concept { term, meaning } => words.extend([term.as_str(), meaning.as_str()]),
            Self::Practice { title, steps: items } | Self::List { title, items, .. } => {
                words.push(title.as_str());
                words.extend(items.iter());
            }
            Self::Quote { text, author } => {
                words.push(text.as_str());
                words.extend(some(author.as_ref()));
            }
            Self::Statistic { value, label, source } => {
                words.extend([value.as_str(), label.as_str()]);
                words.extend(some(source.as_ref()));
            }
            Self::Comparison { title, before, after, polarity: _ } => {
                words.push(title.as_str());
                for side in [before, after] {
                    words.extend([side.label.as_str(), side.text.as_str()]);
                }
            }
            Self::Versus { title, names, rows } => {
                words.push(title.as_str());
                words.extend(names.iter().map(SlideText::as_str));
                for row in rows.iter() {
                    words.push(row.aspect.as_str());
                    words.extend(row.sides.iter().map(SlideText::as_str));
                }
            }
            Self::Code { title, code, remark } => {
                words.extend([title.as_str(), code.code()]);
                words.extend(some(remark.as_ref()));
            }
            Self::Summary { title, points, call_to_action } => {
                words.push(title.as_str());
                words.extend(points.iter().flat_map(Items::iter));
                words.extend(some(call_to_action.as_ref()));
            }
        }
        words
    }
}

impl VersusRows {
    /// # Errors
    /// [`SlideError::Rows`] for none or too many.
    pub fn new(rows: Vec<VersusRow>) -> Result<Self, SlideError> {
        if (1..=VERSUS_ROWS_MAX).contains(&rows.len()) {
            Ok(Self(rows))
        } else {
            Err(SlideError::Rows(rows.len()))
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &VersusRow> {
        self.0.iter()
    }
}

impl Items {
    /// Reads 1 to [`ITEMS_MAX`] texts; errors name `place`.
    ///
    /// # Errors
    /// [`SlideError`] for too few or too many items, or an invalid [`SlideText`].
    pub fn parse<S: AsRef<str>>(place: &'static str, raw: &[S]) -> Result<Self, SlideError> {
        if !(1..=ITEMS_MAX).contains(&raw.len()) {
            return Err(SlideError::Items { place, count: raw.len() });
        }
        let text = |raw: &S| {
            SlideText::parse(raw.as_ref()).map_err(|error| SlideError::Text { place, error })
        };
        raw.iter().map(text).collect::<Result<_, _>>().map(Self)
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(SlideText::as_str)
    }

    /// At least 1.
    #[expect(clippy::len_without_is_empty, reason = "there is always at least one item")]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl CodeBlock {
    /// Reads a block of code in `language` (may be empty).
    ///
    /// # Errors
    /// [`SlideError`] if it is empty or too large.
    pub fn parse(language: &str, raw: &str) -> Result<Self, SlideError> {
        let lines: Vec<String> = raw
            .trim_matches('\n')
            .lines()
            .map(|line| {
                let line = line.replace('\t', "    ");
                line.trim_end().chars().filter(|c| !c.is_control()).collect()
            })
            .collect();
        let code = lines.join("\n");
        let chars = code.chars().count();
        if code.trim().is_empty() {
            return Err(SlideError::Text { place: "code", error: TextError::Empty });
        }
        if lines.len() > CODE_LINES || chars > CODE_CHARS {
            return Err(SlideError::Code { lines: lines.len(), chars });
        }
        Ok(Self { language: fold(language), code })
    }

    /// The programming language's name; empty if unknown.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// Lines are separated by `\n`.
    pub fn code(&self) -> &str {
        &self.code
    }
}

/// The first `max` characters, with an ellipsis if something was cut.
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

    fn text(words: &str) -> SlideText {
        SlideText::parse(words).unwrap()
    }

    #[test]
    fn emoji_is_accepted_and_text_is_rejected() {
        let slide = || Slide::new(SlideContent::title(text("a"), None));
        for good in ["🚀", "❤️", "1️⃣", "🇷🇺", "👩🏽\u{200d}💻"] {
            assert_eq!(slide().with_emoji(good).unwrap().emoji(), Some(good));
        }
        for bad in ["", "ok", "1", "🚀 🚀", "🚀a"] {
            assert!(slide().with_emoji(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn code_keeps_lines_and_indentation() {
        let code = CodeBlock::parse("rust", "\nfn a() {\n\tb();  \n}\n").unwrap();
        assert_eq!(code.code(), "fn a() {\n    b();\n}");
        assert!(CodeBlock::parse("", &"x\n".repeat(40)).is_err());
    }

    #[test]
    fn items_reject_empty_and_too_long_lists() {
        assert!(Items::parse("steps", &Vec::<String>::new()).is_err());
        assert!(Items::parse("steps", &["x"; ITEMS_MAX + 1]).is_err());
        assert!(Items::parse("steps", &["x", " "]).is_err());
    }
}
