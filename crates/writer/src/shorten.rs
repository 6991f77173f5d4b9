//! Shortens texts at sentence, clause or word boundaries.

use unicode_segmentation::UnicodeSegmentation;

/// At most `max` characters of `text`. A longer text ends at the last sentence or clause end in the
/// second half of `max`, otherwise at the last word end; a word is split only if it is longer than
/// `max`. An ellipsis marks the cut, except after a whole sentence.
pub fn shorten(text: &str, max: usize) -> String {
    let text = text.trim();
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let room = fitting(text, max.saturating_sub(1));
    let half = fitting(text, max / 2).len();
    if let Some(end) = sentence_end(room).filter(|end| *end >= half) {
        return room[..end].to_owned();
    }
    let kept = clause_end(room)
        .filter(|end| *end >= half)
        .or_else(|| word_end(room, text))
        .map_or(room, |end| &room[..end]);
    format!("{}…", bare(kept))
}

/// The longest prefix of whole grapheme clusters that fits `max` characters.
fn fitting(text: &str, max: usize) -> &str {
    let mut chars = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        chars += cluster.chars().count();
        if chars > max {
            return &text[..at];
        }
    }
    text
}

fn sentence_end(text: &str) -> Option<usize> {
    let ends = text.char_indices().filter(|(_, c)| matches!(c, '.' | '!' | '?'));
    let mut ends = ends.map(|(at, c)| at + c.len_utf8());
    // A capital letter must follow: «т. е.» ends no sentence.
    ends.rfind(|end| {
        let next = text[*end..].strip_prefix(' ').and_then(|rest| rest.chars().next());
        next.is_some_and(char::is_uppercase)
    })
}

fn clause_end(text: &str) -> Option<usize> {
    let ends = text.char_indices();
    let ends = ends.filter(|(_, c)| matches!(c, ',' | ';' | ':' | '—' | '–'));
    ends.filter(|(at, c)| text[at + c.len_utf8()..].starts_with(' ')).map(|(at, _)| at).next_back()
}

/// The end of the last whole word in `room`, a prefix of `text`.
fn word_end(room: &str, text: &str) -> Option<usize> {
    if text[room.len()..].starts_with(char::is_whitespace) {
        return Some(room.len());
    }
    room.rfind(char::is_whitespace).filter(|end| *end > 0)
}

/// Removes punctuation that should not precede an ellipsis.
fn bare(text: &str) -> &str {
    let kept = text.trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, ',' | ';' | ':' | '—' | '–' | '-' | '.' | '…' | '(')
    });
    if kept.is_empty() { text } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_cut_at_the_best_boundary() {
        assert_eq!(shorten("короткое", 20), "короткое");
        assert_eq!(shorten("Первое дело сделано. Второе ещё нет.", 30), "Первое дело сделано.");
        assert_eq!(shorten("сначала подумай, потом делай дело", 25), "сначала подумай…");
        assert_eq!(shorten("one two three four five", 12), "one two…");
        assert_eq!(shorten("нескончаемоеслово", 8), "нескон…".replace("нескон", "несконч"));
    }

    proptest! {
        #[test]
        fn result_fits_and_breaks_no_word(
            words in proptest::collection::vec("[a-zа-я]{1,9}", 1..30),
            max in 12usize..80,
        ) {
            let short = shorten(&words.join(" "), max);
            prop_assert!(short.chars().count() <= max);
            for word in short.trim_end_matches('…').split(' ') {
                prop_assert!(words.iter().any(|w| w == word), "{word}");
            }
        }

        #[test]
        fn shortening_any_text_does_not_panic(text in "\\PC{0,60}", max in 2usize..30) {
            prop_assert!(shorten(&text, max).chars().count() <= max);
        }
    }
}
