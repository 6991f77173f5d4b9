//! Plain text as Markdown: signs that would be read as markup are escaped.

/// Signs that mean something within a line.
const INLINE: &str = "\\`*_[]<>#|$~&";

/// `text` on one line, escaped.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for word in text.split_whitespace() {
        let begins = out.is_empty();
        if !begins {
            out.push(' ');
        }
        // At the beginning of a line these make a list; `1.` and `1)` make one too.
        let digits = word.trim_end_matches(['.', ')']);
        let numbered = digits.len() < word.len() && digits.bytes().all(|b| b.is_ascii_digit());
        if begins && numbered && !digits.is_empty() {
            out.push_str(digits);
            out.push('\\');
            out.push_str(&word[digits.len()..]);
            continue;
        }
        if begins && (word.starts_with(['-', '+', '='])) {
            out.push('\\');
        }
        for c in word.chars() {
            if INLINE.contains(c) {
                out.push('\\');
            }
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use document::{Block, Document};
    use proptest::prelude::*;

    #[test]
    fn signs_stay_signs() {
        for text in [
            "2 * 3 * 4 < 5 & x_1",
            "# 5 of them",
            "- 40 % of time",
            "1. is a number",
            "C# costs $5 | ~10 ~~ [a](b) `c`",
            "<b>",
        ] {
            // A line without a full stop would be a heading.
            let text = format!("{text}.");
            let document = Document::parse(&format!("Lead.\n\n{}", escaped(&text)));
            assert_eq!(document.blocks[1], Block::Paragraph(text));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_it_is(words in "[a-z#*_<>`$|~&\\[\\]()+=!. \\\\-]{1,60}[.]") {
            let text = words.split_whitespace().collect::<Vec<_>>().join(" ");
            let document = Document::parse(&format!("Lead.\n\n{}", escaped(&text)));
            let read: String = document.to_text().chars().filter(|c| c.is_alphanumeric()).collect();
            let wanted: String = format!("Lead{text}").chars().filter(|c| c.is_alphanumeric()).collect();
            prop_assert_eq!(read, wanted);
        }
    }
}
