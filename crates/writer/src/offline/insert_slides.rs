//! Slides of what is no prose in a user's text: lists, quotes with their authors, code, tables.

use document::{AttributedQuote, Block};
use domain::{Language, SlideError, limits};

use super::{
    fixed_texts::FixedTexts,
    sentence_forms::TITLE_CHARS,
    sentences::TextInsert,
    slide_selection::{CandidateSlide, SlideExtras},
    table_slides,
};
use crate::{is_cut, shorten::shorten, text_limits};

const ITEM_CHARS: usize = 90;
/// Longest line of code that a slide shows at a readable size, in characters.
const CODE_COLUMNS: usize = 56;
/// Most lines of code, in addition to a headline.
const CODE_LINES: usize = 12;

/// The slides that an insert yields, the best first; the second one says the same under a general
/// heading, because the first one's may be the carousel's title. None if nothing of it fits a
/// slide. `source` is where numbers come from.
pub(super) fn slides(
    insert: &TextInsert,
    language: Language,
    source: &str,
) -> Result<Vec<CandidateSlide>, SlideError> {
    let voice = FixedTexts::of(language);
    let title = |fallback: &str| {
        let lead = insert.lead.as_deref().unwrap_or(fallback);
        let title = shorten(lead.trim_end_matches(':'), TITLE_CHARS);
        // A general heading says more than half a sentence.
        if is_cut(&title) { shorten(fallback, TITLE_CHARS) } else { title }
    };
    Ok(match &insert.block {
        Block::List(items) => {
            vec![list(&title(voice.digest_list), items)?, list(voice.digest_list, items)?]
        }
        Block::Quote(quote) => vec![attributed(quote)?],
        Block::Code { language, code } => {
            let titles = [&title(voice.digest_code), voice.digest_code];
            let slides = titles.map(|title| code_slide(title, language, code));
            slides.into_iter().filter_map(Result::transpose).collect::<Result<_, _>>()?
        }
        Block::Table(table) => {
            table_slides::slides(&title(&table.title()), table, language, source)?
        }
        Block::Heading(_) | Block::Paragraph(_) | Block::Speech { .. } => Vec::new(),
    })
}

pub(super) fn extras(emoji: &str) -> SlideExtras<'_> {
    SlideExtras { emoji, note: "" }
}

/// The first items, each with a dot.
pub(super) fn list(title: &str, items: &[String]) -> Result<CandidateSlide, SlideError> {
    let items = items.iter().take(limits::ITEMS_MAX);
    let items: Vec<String> = items.map(|item| shorten(item, ITEM_CHARS)).collect();
    CandidateSlide::listed("list", extras("📋"), title, &items, "dotted")
}

fn attributed(quote: &AttributedQuote) -> Result<CandidateSlide, SlideError> {
    let text = shorten(&quote.text, text_limits::QUOTE);
    CandidateSlide::quote(extras("💬"), &text, &quote.author)
}

fn code_slide(
    title: &str,
    language: &str,
    code: &str,
) -> Result<Option<CandidateSlide>, SlideError> {
    let code = fitting_code(code);
    code.map(|code| CandidateSlide::code(extras("💻"), title, (language, &code), "")).transpose()
}

/// The first lines of the code, up to an empty one if there are too many; `None` if a line is too
/// wide.
pub(crate) fn fitting_code(code: &str) -> Option<String> {
    let lines: Vec<&str> = code.lines().collect();
    let shown = if lines.len() > CODE_LINES {
        let end = lines[..CODE_LINES].iter().rposition(|line| line.trim().is_empty());
        &lines[..end.filter(|end| *end > 0).unwrap_or(CODE_LINES)]
    } else {
        &lines
    };
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let common = shown.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let shown: Vec<&str> =
        shown.iter().map(|line| line.get(common..).unwrap_or_default()).collect();
    if shown.iter().any(|line| line.chars().count() > CODE_COLUMNS) {
        return None;
    }
    Some(shown.join("\n")).filter(|code| !code.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use document::Document;
    use domain::SlideKind;

    use crate::offline::sentences::TextParts;

    fn kinds(text: &str) -> Vec<SlideKind> {
        let parts = TextParts::of(&Document::parse(text));
        let all = parts
            .inserts
            .iter()
            .flat_map(|insert| slides(insert, Language::En, "").unwrap().into_iter());
        all.map(|slide| slide.kind()).collect()
    }

    #[test]
    fn each_insert_has_its_kind_of_slide() {
        assert_eq!(kinds("Take:\n\n- water\n- a map"), [SlideKind::List; 2]);
        assert_eq!(kinds("> Less is more in design.\n> — Mies van der Rohe"), [SlideKind::Quote]);
        assert_eq!(kinds("```rust\nfn main() {}\n```"), [SlideKind::Code; 2]);
    }

    #[test]
    fn wide_code_is_left_out_and_long_code_is_cut() {
        assert_eq!(kinds(&format!("```\n{}\n```", "x".repeat(80))), []);
        assert_eq!(kinds(&format!("```\n{}```", "    call();\n".repeat(40))), [SlideKind::Code; 2]);
    }
}
