//! Hyphenation: words in the script of the slide's language by its patterns, other Cyrillic words by
//! Russian and other Latin words by English ones, because texts mix both.

use domain::{ContentLanguage, Script};
use hypher::Lang;

use super::markup::{EmphasisKind, EmphasisSpan, RichText};

/// The mark for a possible division: a soft hyphen.
const SOFT_HYPHEN: char = '\u{ad}';

/// Minimum length of a word to divide, in letters.
const MIN_WORD_LETTERS: usize = 7;

/// Minimum letters before and after a division.
const MIN_PART_LETTERS: (usize, usize) = (3, 3);

/// The text with a mark at each possible division; `None` if there is none.
pub(super) fn mark_divisions(rich: &RichText, language: ContentLanguage) -> Option<RichText> {
    let mut marks = Vec::new();
    let mut start = None;
    for (at, c) in rich.text.char_indices().chain([(rich.text.len(), ' ')]) {
        match (start, c.is_alphabetic()) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                start = None;
                if is_prose(rich, from, at) {
                    add_divisions(&rich.text[from..at], from, language, &mut marks);
                }
            }
            (None, false) | (Some(_), true) => {}
        }
    }
    (!marks.is_empty()).then(|| insert(rich, &marks, &SOFT_HYPHEN.to_string()))
}

/// Whether a word may be divided: not code, not part of an address, not an abbreviation.
fn is_prose(rich: &RichText, from: usize, until: usize) -> bool {
    let code = |span: &EmphasisSpan| match span.tone {
        EmphasisKind::Code | EmphasisKind::Token(_) => {
            span.range.start < until && from < span.range.end
        }
        EmphasisKind::Bold | EmphasisKind::Accent => false,
    };
    let glued = |c: Option<char>| {
        c.is_some_and(|c| c.is_ascii_digit() || matches!(c, '/' | '@' | '_' | '#' | '.' | '&'))
    };
    let before = rich.text[..from].chars().next_back();
    let mut after = rich.text[until..].chars();
    // A full stop ends a sentence, unless a word follows it directly.
    let next =
        after.next().filter(|c| *c != '.' || after.next().is_some_and(char::is_alphanumeric));
    let word = &rich.text[from..until];
    let shouts = word.chars().skip(1).any(char::is_uppercase);
    !rich.spans.iter().any(code) && !glued(before) && !glued(next) && !shouts
}

/// Adds the possible divisions of a word that begins at `from`, as byte offsets in the text.
fn add_divisions(word: &str, from: usize, language: ContentLanguage, marks: &mut Vec<usize>) {
    let letters = word.chars().count();
    let Some(language) = patterns(word, language) else { return };
    if letters < MIN_WORD_LETTERS {
        return;
    }
    let (mut at, mut before) = (0, 0);
    for syllable in hypher::hyphenate(word, language) {
        at += syllable.len();
        before += syllable.chars().count();
        if before >= MIN_PART_LETTERS.0 && letters - before >= MIN_PART_LETTERS.1 {
            marks.push(from + at);
        }
    }
}

/// The patterns for a word on a slide in this language.
fn patterns(word: &str, language: ContentLanguage) -> Option<Lang> {
    if word.chars().all(|c| language.script().has(c)) {
        return Lang::from_iso(language.name().as_bytes().try_into().ok()?);
    }
    if word.chars().all(|c| Script::Cyrillic.has(c)) {
        Some(Lang::Russian)
    } else {
        word.is_ascii().then_some(Lang::English)
    }
}

/// The text broken at `ends` (byte offsets): marks at a line's end become hyphens, the others are
/// removed. `None` if no line ends with a mark, two consecutive lines do, or the last but one does.
pub(super) fn apply_divisions(soft: &RichText, ends: &[usize]) -> Option<RichText> {
    let divided = |end: &usize| soft.text[..*end].ends_with(SOFT_HYPHEN);
    let count = ends.iter().filter(|end| divided(end)).count();
    let in_a_row = ends.windows(2).any(|pair| pair.iter().all(divided));
    // The last line must not begin with the rest of a word, because it may have nothing else.
    let before_last = ends.len().checked_sub(2).is_some_and(|at| divided(&ends[at]));
    if count == 0 || in_a_row || before_last {
        return None;
    }
    let mut hard = RichText::default();
    let mut places = Vec::with_capacity(soft.text.len() + 1);
    for (at, c) in soft.text.char_indices() {
        // The new offset of each byte of the marked text, for its spans.
        places.resize(at + 1, hard.text.len());
        let after = at + c.len_utf8();
        let ends_line = after < soft.text.len() && ends.contains(&after);
        match c {
            SOFT_HYPHEN if ends_line => hard.text.push_str("-\n"),
            SOFT_HYPHEN => {}
            ' ' if ends_line => hard.text.push('\n'),
            c => hard.text.push(c),
        }
    }
    places.resize(soft.text.len() + 1, hard.text.len());
    hard.spans = soft
        .spans
        .iter()
        .map(|span| EmphasisSpan {
            range: places[span.range.start]..places[span.range.end],
            tone: span.tone,
        })
        .collect();
    Some(hard)
}

/// The text with `what` inserted at ascending byte offsets.
fn insert(rich: &RichText, places: &[usize], what: &str) -> RichText {
    let mut text = String::with_capacity(rich.text.len() + places.len() * what.len());
    let mut from = 0;
    for place in places {
        text.push_str(&rich.text[from..*place]);
        text.push_str(what);
        from = *place;
    }
    text.push_str(&rich.text[from..]);
    let moved = |at: usize| at + what.len() * places.partition_point(|place| *place < at);
    let spans = rich
        .spans
        .iter()
        .map(|span| EmphasisSpan {
            range: moved(span.range.start)..moved(span.range.end),
            tone: span.tone,
        })
        .collect();
    RichText { text, spans }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn softened(text: &str) -> String {
        softened_in(text, "en")
    }

    fn softened_in(text: &str, language: &str) -> String {
        let rich = RichText::parse(text);
        mark_divisions(&rich, language.parse().unwrap())
            .unwrap_or(rich)
            .text
            .replace(SOFT_HYPHEN, "-")
    }

    #[test]
    fn words_are_hyphenated_by_their_script() {
        assert_eq!(softened("непротиворечивость"), "непро-ти-во-ре-чи-вость");
        assert_eq!(softened("extraordinary, да"), "extra-or-di-nary, да");
        assert_eq!(softened("короткие words"), "корот-кие words");
    }

    #[test]
    fn words_of_the_slides_language_follow_its_patterns() {
        for (word, language, divided) in [
            ("responsabilidade", "pt", "res-pon-sa-bi-li-dade"),
            ("Verantwortungsbereich", "de", "Ver-ant-wor-tungs-be-reich"),
            ("відповідальність", "uk", "від-по-від-аль-ність"),
            // Words in another script keep theirs.
            ("extraordinary", "uk", "extra-or-di-nary"),
            // No patterns for the language.
            ("zodpovednosť", "vi", "zodpovednosť"),
        ] {
            assert_eq!(softened_in(word, language), divided, "{language}");
        }
    }

    #[test]
    fn code_addresses_and_abbreviations_are_not_hyphenated() {
        for whole in [
            "`deserialize_everything`",
            "example.documentation/internationalization",
            "ПРОИЗВОДСТВО",
            "JavaScript",
            "@internationalization",
        ] {
            assert!(!softened(whole).contains('-'), "{whole}");
        }
    }

    #[test]
    fn only_marks_at_line_ends_become_hyphens() {
        let soft = mark_divisions(
            &RichText::parse("про **непротиворечивость** схем"),
            ContentLanguage::RU,
        )
        .unwrap();
        let end = soft.text.find("ре").unwrap();
        let ends = [end, soft.text.len() - 8, soft.text.len()];
        let hard = apply_divisions(&soft, &ends).unwrap();
        assert_eq!(apply_divisions(&soft, &[end, soft.text.len()]), None);
        assert_eq!(hard.text, "про непротиво-\nречивость\nсхем");
        assert_eq!(&hard.text[hard.spans[0].range.clone()], "непротиво-\nречивость");
        assert_eq!(apply_divisions(&soft, &[soft.text.len()]), None);
    }
}
