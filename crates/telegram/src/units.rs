//! Lengths in the unit that Telegram counts: UTF-16 code units.

use std::borrow::Cow;

/// The length of a text without markup.
pub fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The text, cut to at most `most` units; then it ends in `…`.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if units(text) <= most {
        return Cow::Borrowed(text);
    }
    let room = most.saturating_sub(units("…"));
    let mut used = 0;
    let fits = |c: &char| {
        used += c.len_utf16();
        used <= room
    };
    let kept: String = text.chars().take_while(fits).collect();
    Cow::Owned(format!("{}…", kept.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_in_utf_16_units() {
        assert_eq!(cut("короче", 6), "короче");
        assert_eq!(cut("длиннее", 6), "длинн…");
        assert_eq!(cut("two words", 5), "two…");
        // An emoji has two units and is never cut in half.
        for (text, most, shown) in [
            ("👍👍👍", 6, "👍👍👍"),
            ("👍👍👍", 5, "👍👍…"),
            ("👍👍👍", 4, "👍…"),
            ("a👍", 2, "a…"),
        ] {
            assert_eq!(cut(text, most), shown);
            assert!(units(shown) <= most, "{shown}");
        }
    }
}
