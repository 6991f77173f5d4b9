//! Escapes text for Temporal's Web UI, which renders summaries and details as Markdown, with HTML,
//! and links bare addresses. Text from users, models and pages must appear as plain characters.
//!
//! Significant characters are replaced by lookalikes, and addresses are broken by an invisible
//! joiner. Backslash escapes would not work: the command line and the lists of the Web UI show
//! them.

use std::fmt::{self, Display};

use crate::web_ui_texts::truncated;

/// Longest summary in bytes. Temporal's own limit is 400.
const SUMMARY_BYTES: usize = 390;

/// Longest value in details, in bytes. Temporal's own limit for all details is 20,000.
const VALUE_BYTES: usize = 1_500;

/// An invisible joiner that breaks addresses.
const JOINER: char = '\u{2060}';

/// Escaped text in one line: a summary or a memo.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EscapedText(String);

/// Our own Markdown around escaped text: details.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EscapedDetails(String);

impl EscapedText {
    /// Any text, escaped and cut to the length of a summary.
    pub fn plain(text: &str) -> Self {
        Self(truncated(&escape(text), SUMMARY_BYTES))
    }

    /// `«text» rest`, where the text is cut so that the rest fits.
    pub fn quoted(text: &str, rest: &str) -> Self {
        let rest = truncated(&escape(rest), SUMMARY_BYTES / 2);
        let room = SUMMARY_BYTES.saturating_sub(rest.len() + "«» ".len());
        let said = format!("«{}» {rest}", truncated(&escape(text), room));
        Self(said.trim_end().to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for EscapedText {
    fn from(text: String) -> Self {
        Self::plain(&text)
    }
}

impl From<&str> for EscapedText {
    fn from(text: &str) -> Self {
        Self::plain(text)
    }
}

impl From<EscapedText> for String {
    fn from(text: EscapedText) -> Self {
        text.0
    }
}

impl Display for EscapedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl EscapedDetails {
    #[must_use]
    pub fn line(self, text: &str) -> Self {
        let text = value(text);
        self.add(&format!("{text}\n"))
    }

    #[must_use]
    pub fn item(self, text: &str) -> Self {
        let text = value(text);
        self.add(&format!("- {text}\n"))
    }

    /// An item of a list with a bold name. (The Web UI renders tables without space between
    /// columns.)
    #[must_use]
    pub fn named(self, name: &str, text: &str) -> Self {
        let (name, text) = (value(name), value(text));
        self.add(&format!("- **{name}:** {text}\n"))
    }

    /// A paragraph that begins with a bold word.
    #[must_use]
    pub fn result(self, word: &str, rest: &str) -> Self {
        let word = match value(word) {
            word if word.is_empty() => "?".to_owned(),
            word => word,
        };
        let rest = value(rest);
        self.add(&format!("\n**{word}** {rest}"))
    }

    fn add(mut self, markdown: &str) -> Self {
        self.0.push_str(markdown);
        self
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<EscapedDetails> for String {
    fn from(details: EscapedDetails) -> Self {
        details.0
    }
}

fn value(text: &str) -> String {
    truncated(&escape(text.trim()), VALUE_BYTES)
}

/// `text` without characters that Markdown, HTML or automatic links interpret.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied().unwrap_or(' ');
        match c {
            '\u{2028}' | '\u{2029}' => out.push(' '),
            c if c.is_control() => out.push(' '),
            // Marks that change the text direction, and the byte order mark.
            '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => {}
            '@' => out.extend([JOINER, '@', JOINER]),
            // `https://`, `mailto:x`, but not `09:30` or `topic: x`.
            ':' if before.is_alphabetic() && !after.is_whitespace() => out.extend([':', JOINER]),
            '/' if before == ':' || before == '/' => out.extend([JOINER, '/']),
            // `evil.example`, `127.0.0.1`, but not the end of a sentence.
            '.' if before.is_alphanumeric() && after.is_alphanumeric() => out.extend([JOINER, '.']),
            // An underscore within a word is not Markdown.
            '_' if before.is_alphanumeric() && after.is_alphanumeric() => out.push('_'),
            c => out.push(look_alike(c)),
        }
        before = c;
    }
    let out = out.trim();
    if begins_a_block(out) { format!("{JOINER}{out}") } else { out.to_owned() }
}

/// A lookalike of `c` without a meaning in Markdown or HTML; `c` itself if it has none.
fn look_alike(c: char) -> char {
    match c {
        '<' => '‹',
        '>' => '›',
        '[' => '［',
        ']' => '］',
        '`' => '′',
        '*' => '∗',
        '_' => '＿',
        '~' => '∼',
        '\\' => '⧵',
        '|' => '¦',
        '#' => '＃',
        '&' => '＆',
        '$' => '＄',
        '^' => '⌃',
        c => c,
    }
}

/// Whether Markdown reads a line that begins with this as a list, a heading or a rule.
fn begins_a_block(text: &str) -> bool {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    text.starts_with(['-', '+', '=', ':'])
        || (digits.len() < text.len() && digits.starts_with(['.', ')']))
}
