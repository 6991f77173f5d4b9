//! Checks of a draft that need no reader: each finds one kind of fault that a person would not post.

use std::collections::HashSet;

use domain::{
    CoverKind, Draft, Language, Slide, SlideContent, record::SlideRecord, without_emphasis,
};

use super::inputs::{HarnessInput, InputFormat};

/// Longest first line of a caption, in characters: Instagram shows about this much.
const HOOK_CHARS: usize = 150;

/// A draft must contain at least this share of the input's words, or of the draft's words the
/// input must contain this share.
const COVERED_SHARE: f32 = 0.6;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DraftFault {
    WrongLanguage,
    /// The draft is not about its input.
    OffTopic,
    /// The same text is there twice.
    Repeated(String),
    /// A text ends in the middle.
    Cut(String),
    /// Markup that is shown as it is.
    Markup(String),
    /// A number that the input does not contain.
    Invented(String),
    /// The cover or the caption has no first line that people read.
    NoHook,
    NoCallToAction,
}

impl std::fmt::Display for DraftFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::WrongLanguage => f.write_str("wrong language"),
            Self::OffTopic => f.write_str("not about its input"),
            Self::Repeated(text) => write!(f, "twice: “{text}”"),
            Self::Cut(text) => write!(f, "cut: “{text}”"),
            Self::Markup(mark) => write!(f, "markup: “{mark}”"),
            Self::Invented(number) => write!(f, "not in the text: {number}"),
            Self::NoHook => f.write_str("no hook"),
            Self::NoCallToAction => f.write_str("no call to action"),
        }
    }
}

/// All faults of a draft.
pub(super) fn faults(input: &HarnessInput, draft: &Draft) -> Vec<DraftFault> {
    let mut faults = Vec::new();
    let texts = texts(draft);
    let all = texts.join("\n");
    faults.extend((Language::detect(&all) != input.language).then_some(DraftFault::WrongLanguage));
    faults.extend((!is_covered(input, &all)).then_some(DraftFault::OffTopic));
    faults.extend(repeated(draft).map(DraftFault::Repeated));
    let titles = draft.slides().iter().map(|slide| SlideRecord::from(slide).title);
    faults.extend(titles.filter(|title| writer::is_cut(title)).map(DraftFault::Cut));
    let prose = draft.slides().iter().filter(|slide| !is_code(slide));
    let prose: Vec<&str> = prose.flat_map(|slide| slide.content().words()).collect();
    let shown = prose.iter().copied().chain([draft.caption().as_str()]);
    faults.extend(shown.filter_map(markup).map(DraftFault::Markup));
    if !input.format.is_topic() {
        let mut known = numbers(input.text);
        // A comma may also separate two cells.
        known.extend(numbers(&input.text.replace([',', ';'], " ")));
        known.extend(computed_numbers(&input.text.replace([',', ';', '|'], " ")));
        let invented = numbers(&prose.join("\n")).into_iter().filter(|n| !known.contains(n));
        faults.extend(invented.map(DraftFault::Invented));
    }
    faults.extend((!has_hook(input, draft)).then_some(DraftFault::NoHook));
    faults.extend((!has_call(draft)).then_some(DraftFault::NoCallToAction));
    faults
}

/// The texts of all slides without code, and the caption.
fn texts(draft: &Draft) -> Vec<&str> {
    let slides = draft.slides().iter().filter(|slide| !is_code(slide));
    slides.flat_map(|slide| slide.content().words()).chain([draft.caption().as_str()]).collect()
}

fn is_code(slide: &Slide) -> bool {
    matches!(slide.content(), SlideContent::Code { .. })
}

/// What a table's numbers give: sums and shares of columns, changes and ratios of two numbers in a column.
fn computed_numbers(text: &str) -> Vec<String> {
    let rows = text.lines().map(|line| {
        let cells = line.split_whitespace().map(|cell| cell.parse::<f64>().ok());
        cells.collect::<Vec<Option<f64>>>()
    });
    let rows: Vec<Vec<Option<f64>>> = rows.collect();
    let width = rows.iter().map(Vec::len).max().unwrap_or_default();
    let mut found = Vec::new();
    for at in 0..width {
        let column: Vec<f64> =
            rows.iter().filter_map(|row| row.get(at).copied().flatten()).collect();
        if column.len() < 2 {
            continue;
        }
        let sum: f64 = column.iter().sum();
        found.push(sum);
        for a in &column {
            found.push(100.0 * a / sum);
            found.extend(column.iter().flat_map(|b| [b / a, 100.0 * (b / a - 1.0).abs()]));
        }
    }
    let shown = |number: f64| {
        let decimal = format!("{number:.1}");
        [format!("{number:.0}"), decimal.replace('.', ","), decimal]
    };
    found.into_iter().flat_map(shown).collect()
}

/// A topic's words must be in the draft, and the names of a table's columns; of another text, enough of
/// the draft must come from it.
fn is_covered(input: &HarnessInput, all: &str) -> bool {
    let stems = |text: &str| -> HashSet<String> {
        let words = knowledge::words(text).filter(|word| !knowledge::is_filler(word));
        words.map(|word| word.stem).collect()
    };
    let is_table = input.format == InputFormat::Table;
    let named = if is_table { input.text.lines().next().unwrap_or_default() } else { input.text };
    let (given, said) = (stems(named), stems(all));
    let common = given.intersection(&said).count() as f32;
    let whole =
        if is_table || input.format.is_topic() { given.len() } else { given.len().min(said.len()) };
    common >= whole as f32 * COVERED_SHARE
}

/// A text that is on two slides, or a sentence that is in the caption twice.
fn repeated(draft: &Draft) -> Option<String> {
    let mut seen = HashSet::new();
    let of_slides = draft.slides().iter().map(SlideRecord::from);
    let mut of_slides = of_slides.flat_map(|slide| [slide.title, slide.body]);
    let twice =
        of_slides.find(|text| text.chars().count() > 20 && !seen.insert(text.to_lowercase()));
    let mut seen = HashSet::new();
    let mut sentences = draft.caption().as_str().split(['.', '!', '?', '\n']).map(str::trim);
    twice.or_else(|| {
        sentences
            .find(|s| s.chars().count() > 20 && !seen.insert(s.to_lowercase()))
            .map(str::to_owned)
    })
}

/// Markup in a text, without the emphasis that slides draw.
fn markup(text: &str) -> Option<String> {
    const MARKS: [&str; 12] =
        ["](", "```", "<!", "</", "&mdash", "&nbsp", "&amp", "-->", "[00:", "##", "---", "\\frac"];
    let found = MARKS.iter().find(|mark| text.contains(**mark)).map(|mark| (*mark).to_owned());
    found.or_else(|| (text.matches("**").count() % 2 == 1).then(|| "**".to_owned()))
}

/// The numbers in a text: `1,200`, `29.90`, `12`.
fn numbers(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_ascii_digit() && !matches!(c, ',' | '.'));
    let numbers = parts.map(|part| part.trim_matches([',', '.']));
    numbers.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The cover is not the topic, which stands above the title. One word of the title
/// has the accent colour.
fn has_hook(input: &HarnessInput, draft: &Draft) -> bool {
    let cover = match draft.slides().first().map(Slide::content) {
        Some(SlideContent::Title { title, subtitle, kicker, cover }) => {
            let bare = without_emphasis(title.as_str()).to_lowercase();
            let is_topic = bare == input.text.to_lowercase();
            let hook = !is_topic && (kicker.is_some() || subtitle.is_some());
            let words = title.as_str().split_whitespace().count();
            let accent = title.as_str().contains('*') || *cover == CoverKind::Number;
            hook && (accent || words < 2)
        }
        _ => false,
    };
    let first = draft.caption().as_str().lines().next().unwrap_or_default();
    cover && (10..=HOOK_CHARS).contains(&first.chars().count())
}

fn has_call(draft: &Draft) -> bool {
    match draft.slides().last().map(Slide::content) {
        Some(SlideContent::Summary { call_to_action, .. }) => call_to_action.is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_found_and_emphasis_is_not() {
        assert_eq!(markup("a [link](x)").as_deref(), Some("]("));
        assert_eq!(markup("one **lonely").as_deref(), Some("**"));
        assert_eq!(markup("a **strong** word, -40%"), None);
    }

    #[test]
    fn numbers_of_a_table_are_computed_and_others_invented() {
        let known = computed_numbers("Jan 1200 34\nApr 2600 90");
        for number in ["3800", "124", "117", "2,2", "2.6", "165", "27"] {
            assert!(known.contains(&number.to_owned()), "{number}: {known:?}");
        }
        assert!(!known.contains(&"118".to_owned()));
    }

    #[test]
    fn numbers_keep_their_separators() {
        assert_eq!(numbers("1,200 of 3. It costs $29.90."), ["1,200", "3", "29.90"]);
    }
}
