//! A slide as plain lines that a person can edit and send back: [`to_lines`] writes them, [`from_lines`]
//! parses them. Parsing unchanged lines gives an equal slide.
//!
//! The first line is the heading. The rest depends on the kind: running text; one item per line; a
//! source, an author or the topic above a title after `—`; a call to action or a remark after `→`; the
//! halves of a comparison as `label: text`; rows of two things as `aspect | first | second`; code as
//! it is. A single line replaces only the heading.

use crate::{
    Marker, Slide, SlideError, SlideKind, TextError,
    record::{SideRecord, SlideRecord, VersusRowRecord},
};

/// Between the cells of a row.
const CELL: &str = " | ";
const SOURCE: char = '—';
const CALL: char = '→';

pub fn to_lines(slide: &Slide) -> String {
    let record = SlideRecord::from(slide);
    let mut lines: Vec<String> = Vec::new();
    let after = |sign: char, words: &str| format!("{sign} {words}");
    match slide.kind() {
        SlideKind::Title | SlideKind::Principle | SlideKind::Concept | SlideKind::Statistic => {
            lines.extend([record.title, record.body]);
        }
        SlideKind::Quote => lines.push(record.body),
        SlideKind::Practice | SlideKind::List => {
            lines.push(record.title);
            lines.extend(record.items);
        }
        SlideKind::Comparison => {
            lines.push(record.title);
            let halves = [record.before, record.after].into_iter().flatten();
            lines.extend(halves.map(|side| format!("{}: {}", side.label, side.text)));
        }
        SlideKind::Versus => {
            lines.push(record.title);
            let names = [record.before, record.after].into_iter().flatten();
            let names: Vec<String> = names.map(|side| side.label).collect();
            lines.push(format!("| {}", names.join(CELL)));
            let row = |row: VersusRowRecord| [row.aspect, row.first, row.second].join(CELL);
            lines.extend(record.rows.into_iter().map(row));
        }
        SlideKind::Code => {
            lines.extend([record.title, record.code]);
            lines.push(some(CALL, &record.body));
        }
        SlideKind::Summary => {
            lines.push(record.title);
            lines.extend(record.items);
            lines.push(some(CALL, &record.body));
        }
    }
    if !record.attribution.is_empty() {
        lines.push(after(SOURCE, &record.attribution));
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

fn some(sign: char, words: &str) -> String {
    if words.is_empty() { String::new() } else { format!("{sign} {words}") }
}

/// The slide with the new text. Kind, emoji and note stay; a set alternative text is removed.
///
/// # Errors
/// [`SlideError`] if the text does not fit the slide's kind: a text is missing or too long.
pub fn from_lines(slide: &Slide, words: &str) -> Result<Slide, SlideError> {
    let mut record = SlideRecord::from(slide);
    record.alt = String::new();
    let words = words.trim();
    let single = !words.contains('\n');
    match slide.kind() {
        SlideKind::Quote => {
            let (mut rest, source) = split_last(words.lines().map(str::trim).collect(), SOURCE);
            rest.retain(|line| !line.is_empty());
            record.body = rest.join(" ");
            if let Some(source) = source {
                record.attribution = source;
            }
        }
        _ if single => words.clone_into(&mut record.title),
        kind => under_heading(&mut record, kind, words),
    }
    Slide::try_from(&record)
}

/// A slide from a person's lines: a heading and, below it, a text of one line or a list.
///
/// # Errors
/// [`SlideError`] if there is no text below the heading, or too much of it.
pub fn new_slide(words: &str) -> Result<Slide, SlideError> {
    let words = words.trim();
    let lines = words.lines().filter(|line| !line.trim().is_empty()).count();
    let (kind, marker) = if lines > 2 {
        (SlideKind::List, Marker::Dotted.name())
    } else {
        (SlideKind::Principle, "")
    };
    let mut record = SlideRecord {
        kind: kind.name().to_owned(),
        marker: marker.to_owned(),
        ..SlideRecord::default()
    };
    under_heading(&mut record, kind, words);
    if kind == SlideKind::Principle && record.body.is_empty() {
        return Err(SlideError::Text { place: "body", error: TextError::Empty });
    }
    Slide::try_from(&record)
}

fn under_heading(record: &mut SlideRecord, kind: SlideKind, words: &str) {
    let (heading, rest) = words.split_once('\n').unwrap_or((words, ""));
    heading.trim().clone_into(&mut record.title);
    let rest: Vec<&str> = rest.lines().collect();
    let trimmed = || {
        let lines = rest.iter().map(|line| line.trim());
        lines.filter(|line| !line.is_empty()).collect::<Vec<_>>()
    };
    match kind {
        SlideKind::Principle | SlideKind::Concept | SlideKind::Quote => {
            record.body = trimmed().join(" ");
        }
        SlideKind::Title | SlideKind::Statistic => {
            let (rest, source) = split_last(trimmed(), SOURCE);
            record.body = rest.join(" ");
            record.attribution = source.unwrap_or_default();
        }
        SlideKind::Practice | SlideKind::List => {
            record.items = trimmed().into_iter().map(item).collect();
        }
        SlideKind::Summary => {
            let (rest, call) = split_last(trimmed(), CALL);
            record.items = rest.into_iter().map(item).collect();
            record.body = call.unwrap_or_default();
        }
        SlideKind::Comparison => {
            let mut halves = trimmed().into_iter();
            record.before = halves.next().map(|line| side(line, record.before.as_ref()));
            // All remaining lines belong to the second half.
            let second = halves.collect::<Vec<_>>().join(" ");
            record.after = Some(side(&second, record.after.as_ref()));
        }
        SlideKind::Versus => rows(record, &trimmed()),
        SlideKind::Code => {
            let (rest, remark) = split_last(rest, CALL);
            record.code = rest.join("\n");
            record.body = remark.unwrap_or_default();
        }
    }
}

/// Splits off the last line if it begins with `sign`, and returns it without the sign.
fn split_last(mut lines: Vec<&str>, sign: char) -> (Vec<&str>, Option<String>) {
    let last = lines.last().and_then(|line| line.trim().strip_prefix(sign));
    let said = last.map(|words| words.trim().to_owned());
    if said.is_some() {
        lines.pop();
    }
    (lines, said)
}

/// The line without a leading bullet or number.
fn item(line: &str) -> String {
    let bare = line.trim_start_matches(['•', '-', '*', '✓', '–']);
    if bare.len() < line.len() && bare.starts_with(char::is_whitespace) {
        return bare.trim().to_owned();
    }
    let after_digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = after_digits.len() < line.len();
    let bare = after_digits.strip_prefix(['.', ')']);
    match bare {
        Some(bare) if numbered && bare.starts_with(char::is_whitespace) => bare.trim().to_owned(),
        _ => line.to_owned(),
    }
}

/// The names of two things, if a line begins with `|`, and the rows.
fn rows(record: &mut SlideRecord, lines: &[&str]) {
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    record.rows.clear();
    for line in lines {
        let mut cells = cells(line).into_iter();
        let [aspect, first, second] = [(); 3].map(|()| cells.next().unwrap_or_default());
        if aspect.is_empty() {
            let side = |label| Some(SideRecord { label, text: String::new() });
            (record.before, record.after) = (side(first), side(second));
        } else {
            record.rows.push(VersusRowRecord { aspect, first, second });
        }
    }
}

/// One half of a comparison; a line without a label keeps the label of `before`.
fn side(line: &str, before: Option<&SideRecord>) -> SideRecord {
    let (label, text) = match line.split_once(": ") {
        Some((label, text)) => (label.to_owned(), text.trim()),
        None => (before.map(|side| side.label.clone()).unwrap_or_default(), line),
    };
    SideRecord { label, text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slide(record: &SlideRecord) -> Slide {
        Slide::try_from(record).unwrap()
    }

    fn of_kind(kind: SlideKind) -> SlideRecord {
        SlideRecord {
            kind: kind.name().to_owned(),
            title: "Heading".to_owned(),
            emoji: "🚀".to_owned(),
            note: "names".to_owned(),
            ..SlideRecord::default()
        }
    }

    fn examples() -> Vec<SlideRecord> {
        use SlideKind as K;
        let mut all = Vec::new();
        for kind in [K::Title, K::Principle, K::Concept] {
            all.push(SlideRecord { body: "What follows from it".to_owned(), ..of_kind(kind) });
        }
        all[0].attribution = "The topic".to_owned();
        for kind in [K::Practice, K::List] {
            all.push(SlideRecord {
                items: vec!["one".to_owned(), "two".to_owned()],
                marker: if kind == K::List { "numbered" } else { "" }.to_owned(),
                ..of_kind(kind)
            });
        }
        all.push(SlideRecord {
            title: String::new(),
            body: "Words".to_owned(),
            attribution: "Somebody".to_owned(),
            ..of_kind(K::Quote)
        });
        all.push(SlideRecord {
            body: "of us".to_owned(),
            attribution: "a count".to_owned(),
            ..of_kind(K::Statistic)
        });
        let side =
            |label: &str, text: &str| SideRecord { label: label.to_owned(), text: text.to_owned() };
        all.push(SlideRecord {
            before: Some(side("Before", "slow")),
            after: Some(side("After", "quick")),
            ..of_kind(K::Comparison)
        });
        all.push(SlideRecord {
            before: Some(side("Tea", "Price: low")),
            after: Some(side("Coffee", "Price: high")),
            polarity: "neutral".to_owned(),
            rows: vec![VersusRowRecord {
                aspect: "Price".to_owned(),
                first: "low".to_owned(),
                second: "high".to_owned(),
            }],
            ..of_kind(K::Comparison)
        });
        all.push(SlideRecord {
            code: "fn a() {\n    b();\n}".to_owned(),
            code_language: "rust".to_owned(),
            body: "Look at b".to_owned(),
            ..of_kind(K::Code)
        });
        all.push(SlideRecord {
            items: vec!["one".to_owned()],
            body: "Try it".to_owned(),
            ..of_kind(K::Summary)
        });
        all
    }

    #[test]
    fn unchanged_lines_change_nothing() {
        for record in examples() {
            let slide = slide(&record);
            assert_eq!(from_lines(&slide, &to_lines(&slide)).as_ref(), Ok(&slide));
        }
    }

    #[test]
    fn single_line_replaces_heading_or_quote() {
        for record in examples() {
            let slide = slide(&record);
            let changed = SlideRecord::from(&from_lines(&slide, " Другое ").unwrap());
            let expected = match slide.kind() {
                SlideKind::Quote => SlideRecord { body: "Другое".to_owned(), ..record },
                _ => SlideRecord { title: "Другое".to_owned(), ..record },
            };
            assert_eq!(changed, expected);
        }
    }

    #[test]
    fn bullets_and_numbers_of_items_are_removed() {
        let list = &examples()[4];
        let changed = from_lines(&slide(list), "New\n- one\n2) two\n• 3 things\n4ever").unwrap();
        let items = SlideRecord::from(&changed).items;
        assert_eq!(items, ["one", "two", "3 things", "4ever"]);
    }

    #[test]
    fn empty_or_too_long_words_are_rejected() {
        let slide = slide(&examples()[1]);
        let error = from_lines(&slide, &format!("Title\n{}", "x ".repeat(2000))).unwrap_err();
        assert!(error.to_string().contains("characters"), "{error}");
        assert!(from_lines(&slide, "  ").is_err());
    }

    #[test]
    fn new_slide_is_a_text_or_a_list() {
        let text = new_slide("Heading\n\nWhat follows from it").unwrap();
        assert_eq!(to_lines(&text), "Heading\nWhat follows from it");
        assert_eq!(text.kind(), SlideKind::Principle);
        let list = new_slide(" Heading\n- one\n2. two ").unwrap();
        assert_eq!(to_lines(&list), "Heading\none\ntwo");
        assert_eq!(list.kind(), SlideKind::List);
        for incomplete in ["", "Heading", "\n"] {
            assert!(new_slide(incomplete).is_err(), "{incomplete:?}");
        }
    }
}
