//! Finds emoji that must use the emoji font although a text font has their first character: ❤️ is ❤
//! and a variation selector that requests colour, and shaping prefers the text font.

use std::ops::Range;

const COLOR_MARK: char = '\u{fe0f}';
const JOINER: char = '\u{200d}';
const KEYCAP: char = '\u{20e3}';

/// Byte ranges of whole emoji sequences with the colour selector. A sequence that is split between
/// two fonts would be drawn as its pieces.
pub(super) fn marked(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((start, first)) = chars.next() {
        let (mut end, mut marked, mut keycap) = (start + first.len_utf8(), false, false);
        let mut joined = false;
        while let Some((at, c)) = chars.next_if(|(_, c)| joined || extends(*c)) {
            end = at + c.len_utf8();
            marked |= c == COLOR_MARK;
            keycap |= c == KEYCAP;
            joined = c == JOINER;
        }
        // A digit with a colour selector stays a digit, except in a keycap sequence.
        if marked && (keycap || !first.is_ascii()) {
            found.push(start..end);
        }
    }
    found
}

/// Whether a character continues the emoji before it.
fn extends(c: char) -> bool {
    matches!(c, COLOR_MARK | JOINER | KEYCAP | '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_finds_whole_emoji_sequences() {
        let found = |text: &'static str| -> Vec<&str> {
            marked(text).into_iter().map(|range| &text[range]).collect()
        };
        assert_eq!(found("я ❤\u{fe0f} Rust"), ["❤\u{fe0f}"]);
        assert_eq!(found("❤\u{fe0f}\u{200d}🔥!"), ["❤\u{fe0f}\u{200d}🔥"]);
        assert_eq!(found("1\u{fe0f}\u{20e3} 2\u{fe0f}"), ["1\u{fe0f}\u{20e3}"]);
        assert!(found("❤ 🚀 👩🏽\u{200d}💻").is_empty());
    }
}
