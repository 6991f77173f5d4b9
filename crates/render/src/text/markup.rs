//! [`RichText`]: a text with emphasis. `**bold**`, `*accent*`, `` `code` ``; an unpaired mark, or one
//! inside a word, is an ordinary character.

use std::ops::Range;

use domain::ContentLanguage;

/// The kind of a token. Everything else is plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Keyword,
    String,
    Number,
    Comment,
    /// The name in a call.
    Call,
}

/// How a span is emphasised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EmphasisKind {
    Bold,
    /// In the accent colour.
    Accent,
    Code,
    /// As a token of a code block.
    Token(Token),
}

/// An emphasised part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EmphasisSpan {
    /// Its bytes in [`RichText::text`].
    pub(crate) range: Range<usize>,
    pub(crate) tone: EmphasisKind,
}

/// A text without its marks, and their spans.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RichText {
    pub(crate) text: String,
    /// The emphasised parts; they do not overlap.
    pub(crate) spans: Vec<EmphasisSpan>,
}

const MARKS: [(&str, EmphasisKind); 3] =
    [("**", EmphasisKind::Bold), ("*", EmphasisKind::Accent), ("`", EmphasisKind::Code)];

impl RichText {
    pub(crate) fn parse(source: &str) -> Self {
        let mut rich = Self::default();
        let mut rest = source;
        while let Some(next) = rest.chars().next() {
            if let Some((inside, tone, after)) = leading_pair(&rich.text, rest) {
                let start = rich.text.len();
                rich.text.push_str(inside);
                rich.spans.push(EmphasisSpan { range: start..rich.text.len(), tone });
                rest = after;
            } else {
                rich.text.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
        rich
    }

    /// The text in capitals, except code.
    pub(crate) fn upper(&self, language: ContentLanguage) -> Self {
        let capitals = |text: &str| capitals(text, language);
        let mut upper = Self::default();
        let mut at = 0;
        for EmphasisSpan { range, tone } in &self.spans {
            upper.text += &capitals(&self.text[at..range.start]);
            let start = upper.text.len();
            let inside = &self.text[range.clone()];
            match tone {
                EmphasisKind::Bold | EmphasisKind::Accent => upper.text += &capitals(inside),
                EmphasisKind::Code | EmphasisKind::Token(_) => upper.text += inside,
            }
            let range = start..upper.text.len();
            upper.spans.push(EmphasisSpan { range, tone: *tone });
            at = self.spans[upper.spans.len() - 1].range.end;
        }
        upper.text += &capitals(&self.text[at..]);
        upper
    }

    /// The text with something in the accent colour before and after it.
    pub(crate) fn between(mut self, before: &str, after: &str) -> Self {
        let accent = |range| EmphasisSpan { range, tone: EmphasisKind::Accent };
        if !before.is_empty() {
            self.text.insert_str(0, before);
            for span in &mut self.spans {
                span.range = span.range.start + before.len()..span.range.end + before.len();
            }
            self.spans.insert(0, accent(0..before.len()));
        }
        if !after.is_empty() {
            let start = self.text.len();
            self.text += after;
            self.spans.push(accent(start..self.text.len()));
        }
        self
    }

    /// A text without marks.
    pub(crate) fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), spans: Vec::new() }
    }
}

/// For a mark at the beginning of `rest`: the enclosed text, its tone, and the text after it.
fn leading_pair<'a>(before: &str, rest: &'a str) -> Option<(&'a str, EmphasisKind, &'a str)> {
    let inside_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    if inside_word(before.chars().next_back()) {
        return None;
    }
    let (mark, tone) = MARKS.into_iter().find(|(mark, _)| rest.starts_with(mark))?;
    let body = &rest[mark.len()..];
    let end = body.match_indices(mark).map(|(at, _)| at).find(|at| {
        let (inside, after) = (&body[..*at], &body[at + mark.len()..]);
        let hugs =
            !inside.starts_with(char::is_whitespace) && !inside.ends_with(char::is_whitespace);
        !inside.is_empty() && hugs && !inside_word(after.chars().next()) && !after.starts_with('*')
    })?;
    let inside = &body[..end];
    let nested = tone != EmphasisKind::Code && inside.contains(['*', '`']);
    (!nested).then(|| (inside, tone, &body[end + mark.len()..]))
}

/// Capitals: Turkish has a letter “i” with a dot and one without.
fn capitals(text: &str, language: ContentLanguage) -> String {
    match language.name() {
        "tr" => text.replace('i', "İ").to_uppercase(),
        _ => text.to_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> (String, Vec<(String, EmphasisKind)>) {
        let rich = RichText::parse(source);
        let piece = |span: &EmphasisSpan| (rich.text[span.range.clone()].to_owned(), span.tone);
        let spans = rich.spans.iter().map(piece).collect();
        (rich.text, spans)
    }

    #[test]
    fn markup_pairs_become_spans() {
        let (text, spans) = read("Пишите **тесты** до *кода*: `cargo test`!");
        assert_eq!(text, "Пишите тесты до кода: cargo test!");
        let expected = [
            ("тесты", EmphasisKind::Bold),
            ("кода", EmphasisKind::Accent),
            ("cargo test", EmphasisKind::Code),
        ];
        assert_eq!(spans, expected.map(|(piece, tone)| (piece.to_owned(), tone)));
    }

    #[test]
    fn unpaired_marks_stay_text() {
        for text in ["2 * 3 * 4", "a*b*c", "5** звёзд", "***", "** **", "`", "*нет", "**"] {
            assert_eq!(read(text), (text.to_owned(), Vec::new()), "{text}");
        }
    }
}
