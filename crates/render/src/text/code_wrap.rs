//! Wraps lines of code that are too long for a slide; colours and indentation are kept.

use super::markup::{EmphasisSpan, RichText};

/// Extra indentation of continuation lines, in columns.
const CONTINUATION_INDENT: usize = 2;

/// The longest line, in columns.
pub(crate) fn columns(code: &str) -> usize {
    code.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

/// The code in lines of at most `width` columns.
pub(crate) fn wrap_code(code: &RichText, width: usize) -> RichText {
    let mut folded = RichText::default();
    let mut start = 0;
    for line in code.text.split('\n') {
        if start > 0 {
            folded.text.push('\n');
        }
        wrap_line(code, start, line, width.max(8), &mut folded);
        start += line.len() + 1;
    }
    folded
}

/// Adds one line, which begins at byte `start` of `code`.
fn wrap_line(code: &RichText, start: usize, line: &str, width: usize, to: &mut RichText) {
    let indent = line.chars().take_while(|c| *c == ' ').count();
    let hang = (indent + CONTINUATION_INDENT).min(width / 2);
    let (mut from, mut room) = (0, width);
    loop {
        let rest = &line[from..];
        let Some((cut, _)) = rest.char_indices().nth(room) else {
            copy(code, start + from..start + line.len(), to);
            return;
        };
        // At the last space of the second half, or else inside a word.
        let space = rest[..cut].rfind(' ').filter(|at| rest[..*at].chars().count() > room / 2);
        let end = space.map_or(cut, |at| at + 1);
        copy(code, start + from..start + from + end, to);
        to.text.push('\n');
        to.text.extend(std::iter::repeat_n(' ', hang));
        from += end;
        room = width - hang;
    }
}

/// Adds a byte range of `code` with its spans.
fn copy(code: &RichText, bytes: std::ops::Range<usize>, to: &mut RichText) {
    let at = to.text.len();
    to.text.push_str(&code.text[bytes.clone()]);
    for EmphasisSpan { range, tone } in &code.spans {
        let (from, until) = (range.start.max(bytes.start), range.end.min(bytes.end));
        if from < until {
            let range = at + from - bytes.start..at + until - bytes.start;
            to.spans.push(EmphasisSpan { range, tone: *tone });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::highlight;

    #[test]
    fn long_lines_fold_at_spaces_with_indentation() {
        let code = "if a {\n    call(one, two, three, four)\n}";
        let folded = wrap_code(&highlight(code, "rust"), 20);
        assert_eq!(folded.text, "if a {\n    call(one, two, \n      three, four)\n}");
        assert!(columns(&folded.text) <= 20);
    }

    #[test]
    fn folding_keeps_spans_on_their_text() {
        let rich = highlight("    let value = \"a very long string indeed\";", "rust");
        let folded = wrap_code(&rich, 16);
        let words = |rich: &RichText| -> String {
            rich.spans.iter().map(|span| &rich.text[span.range.clone()]).collect()
        };
        assert_eq!(words(&folded), words(&rich));
        assert!(columns(&folded.text) <= 16);
    }
}
