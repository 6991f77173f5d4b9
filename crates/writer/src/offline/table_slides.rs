//! Slides of a table: what its numbers show, its first and last row side by side, a ranking; of words, two
//! things row by row, or a list.

use document::{DataTable, TableFinding};
use domain::{Language, Polarity, SlideError, limits};

use super::{
    fixed_texts::FixedTexts,
    insert_slides::{extras, list},
    slide_selection::CandidateSlide,
    table_wording::WordedFinding,
};
use crate::text_limits;

/// Longest value of a statistic, in characters: it is drawn large.
pub(super) const VALUE_CHARS: usize = 12;

/// Most findings of one table on slides of their own.
const FINDINGS_MAX: usize = 4;

/// Findings first, with the rows after the first one; a table of words as a comparison under `title` and
/// under a general one. `source` is where the numbers come from.
pub(super) fn slides(
    title: &str,
    table: &DataTable,
    language: Language,
    source: &str,
) -> Result<Vec<CandidateSlide>, SlideError> {
    let voice = FixedTexts::of(language);
    let findings = table.findings();
    if findings.is_empty() || table.rows.len() < 3 {
        return [title, voice.digest_sides].map(|title| whole(title, table)).into_iter().collect();
    }
    let mut slides = Vec::new();
    for finding in different(&findings) {
        let worded = WordedFinding::of(finding, language);
        if worded.value.chars().count() <= VALUE_CHARS {
            let (value, label) = (&worded.value, &worded.label);
            slides.push(CandidateSlide::statistic(extras("📊"), value, label, source)?);
        }
    }
    slides.truncate(FINDINGS_MAX);
    let mut rows = Vec::new();
    rows.extend(ends(voice.digest_ends, table)?);
    rows.extend(ranking(table, voice)?);
    rows.push(rows_slide(voice.digest_table, table)?);
    let after_first = slides.len().min(1);
    slides.splice(after_first..after_first, rows);
    Ok(slides)
}

/// One finding of each kind before the second one of any kind.
fn different(findings: &[TableFinding]) -> Vec<&TableFinding> {
    let mut seen: Vec<(std::mem::Discriminant<TableFinding>, usize)> = Vec::new();
    let mut turns: Vec<(usize, &TableFinding)> = Vec::new();
    for finding in findings {
        let kind = std::mem::discriminant(finding);
        let turn = seen.iter().filter(|(known, _)| *known == kind).count();
        seen.push((kind, turn));
        turns.push((turn, finding));
    }
    turns.sort_by_key(|(turn, _)| *turn);
    turns.into_iter().map(|(_, finding)| finding).collect()
}

/// Two things row by row if the table compares two and is short; else a comparison if it has two
/// rows or two columns of short values, else a list of its rows.
fn whole(title: &str, table: &DataTable) -> Result<CandidateSlide, SlideError> {
    if let Some((names, rows)) = versus(table) {
        let names = [names[0].as_str(), names[1].as_str()];
        return CandidateSlide::versus(extras("⚖️"), title, names, &rows);
    }
    match sides(table) {
        Some([before, after]) => {
            let sides = [&before, &after].map(|(label, text)| (label.as_str(), text.as_str()));
            CandidateSlide::comparison(extras("⚖️"), title, sides, Polarity::Neutral)
        }
        None => rows_slide(title, table),
    }
}

/// The first and the last row side by side, if the rows are in the order of time; two columns, if the second
/// one follows the first.
fn ends(title: &str, table: &DataTable) -> Result<Option<CandidateSlide>, SlideError> {
    let shifted = |finding: &TableFinding| matches!(finding, TableFinding::Shift { .. });
    let two = match table.findings().first().is_some_and(shifted) {
        true if table.header.len() == 3 => by_columns(table),
        true => None,
        false => first_and_last(table),
    };
    let slide = two.map(|(names, rows)| {
        let names = [names[0].as_str(), names[1].as_str()];
        CandidateSlide::versus(extras("↔️"), title, names, &rows)
    });
    slide.transpose()
}

fn first_and_last(table: &DataTable) -> Option<TwoThings> {
    let rows = table.data_rows();
    let (first, last) = (rows.first()?, rows.last()?);
    let row = |column: usize| {
        let cell = |row: &[String]| table.with_unit(column, &row[column]);
        [document::capitalised(table.name(column)), cell(first), cell(last)]
    };
    let compared = (1..table.header.len()).map(row).collect();
    let names = [first[0].clone(), last[0].clone()];
    fitting(names, compared).filter(|_| table.is_in_time())
}

/// The rows by their number, the largest first, of a table that has one column of numbers and is in no
/// order of time.
fn ranking(table: &DataTable, voice: &FixedTexts) -> Result<Option<CandidateSlide>, SlideError> {
    if table.is_in_time() || table.header.len() != 2 {
        return Ok(None);
    }
    let Some(rows) = table.ranked(1) else { return Ok(None) };
    let item = |row: &[String]| format!("{}: {}", row[0], table.with_unit(1, &row[1]));
    let items: Vec<String> = rows.into_iter().take(limits::ITEMS_MAX).map(item).collect();
    let title = voice.digest_ranking.replace("{column}", &document::capitalised(table.name(1)));
    CandidateSlide::listed("list", extras("🏆"), &title, &items, "numbered").map(Some)
}

fn rows_slide(title: &str, table: &DataTable) -> Result<CandidateSlide, SlideError> {
    let rows: Vec<String> = table.rows.iter().map(|row| table.row_text(row)).collect();
    list(title, &rows)
}

/// Two things, and what each says to an aspect, which comes first.
type TwoThings = ([String; 2], Vec<[String; 3]>);

/// The names of two things and the rows that compare them: two rows of a table with each other, or,
/// of three columns, the last two. `None` if there are too many rows, or if a cell is empty or too
/// long.
pub(super) fn versus(table: &DataTable) -> Option<TwoThings> {
    match (table.rows.as_slice(), table.header.len()) {
        (_, 3) if compares_columns(table) => by_columns(table),
        ([first, second], 3..) => {
            let cells = table.header.iter().zip(first).zip(second).skip(1);
            let row =
                |((name, a), b): ((&String, &String), &String)| [name, a, b].map(String::clone);
            fitting([first[0].clone(), second[0].clone()], cells.map(row).collect())
        }
        _ => None,
    }
}

/// Whether the last two columns are things: the first one has no name, or they are no numbers of several
/// rows.
fn compares_columns(table: &DataTable) -> bool {
    let is_named = !table.header[0].is_empty();
    !is_named || !table.is_numeric(1) && table.rows.len() > 2
}

fn by_columns(table: &DataTable) -> Option<TwoThings> {
    let cell = |row: &[String], column| table.with_unit(column, &row[column]);
    let row = |row: &Vec<String>| [row[0].clone(), cell(row, 1), cell(row, 2)];
    let names = [1, 2].map(|column| document::capitalised(table.name(column)));
    fitting(names, table.rows.iter().map(row).collect())
}

fn fitting(names: [String; 2], rows: Vec<[String; 3]>) -> Option<TwoThings> {
    use text_limits::{VERSUS_ASPECT, VERSUS_CELL, VERSUS_NAME};
    let fits = |text: &String, max| (1..=max).contains(&text.chars().count());
    let fitting = |[aspect, a, b]: &[String; 3]| {
        fits(aspect, VERSUS_ASPECT) && fits(a, VERSUS_CELL) && fits(b, VERSUS_CELL)
    };
    let short = (2..=limits::VERSUS_ROWS_MAX).contains(&rows.len());
    let named = names.iter().all(|name| fits(name, VERSUS_NAME));
    (short && named && rows.iter().all(fitting)).then_some((names, rows))
}

/// Two rows are compared with each other; of three columns, the last two.
fn sides(table: &DataTable) -> Option<[(String, String); 2]> {
    let fits = |(label, text): &(String, String)| {
        let (label, text) = (label.chars().count(), text.chars().count());
        (1..=text_limits::LABEL).contains(&label) && (1..=text_limits::SIDE).contains(&text)
    };
    let sides = match (table.rows.as_slice(), table.header.len()) {
        (rows, 3) if compares_columns(table) => [1, 2].map(|column| {
            let cells = rows.iter().map(|row| format!("{}: {}", row[0], row[column]));
            (table.header[column].clone(), cells.collect::<Vec<_>>().join("; "))
        }),
        ([first, second], 2..) => [first, second].map(|row| {
            let cells = row.iter().zip(&table.header).skip(1);
            let cells = cells.map(|(cell, name)| format!("{name}: {cell}"));
            (row[0].clone(), cells.collect::<Vec<_>>().join("; "))
        }),
        _ => return None,
    };
    sides.iter().all(fits).then_some(sides)
}

#[cfg(test)]
mod tests {
    use super::*;
    use document::{Block, Document};
    use domain::SlideKind;

    fn kinds(text: &str, language: Language) -> Vec<SlideKind> {
        let document = Document::parse(text);
        let Some(Block::Table(table)) = document.blocks.first() else { panic!("{document:?}") };
        let slides = slides("Title", table, language, "").unwrap();
        slides.iter().map(CandidateSlide::kind).collect()
    }

    #[test]
    fn numbers_become_findings_and_comparisons() {
        use SlideKind::{List, Statistic, Versus};
        let rows = "Month,visitors,signups\nJan,1200,34\nFeb,2100,61\nMar,1900,58\nApr,2600,90";
        let found = kinds(rows, Language::En);
        assert_eq!(found[..3], [Statistic, Versus, List]);
        assert_eq!(found.iter().filter(|kind| **kind == Statistic).count(), FINDINGS_MAX);
        let ranked = kinds("Город;Заказы\nМосква;54\nКазань;26\nПермь;20", Language::Ru);
        assert_eq!(ranked[..2], [Statistic, List]);
    }

    #[test]
    fn words_become_a_comparison() {
        let versus =
            "| | Rust | Go |\n|---|---|---|\n| Speed | high | good |\n| Start | slow | fast |";
        assert_eq!(kinds(versus, Language::En), [SlideKind::Versus; 2]);
        let long = "a sentence that no cell of a slide with two columns has room for";
        let sides = versus.replace("high", long);
        assert_eq!(kinds(&sides, Language::En), [SlideKind::Comparison; 2]);
    }
}
