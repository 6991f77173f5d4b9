//! Lines to Markdown: headings by size and weight, paragraphs by spacing, lists by their bullets,
//! tables by their cells, code by its font.

use std::fmt::Write as _;

use super::{
    lines::{Cell, Line},
    paragraphs::{JoinedLines, PageLayout, starts_item},
};
use crate::escaped_markdown::escaped;

/// How much larger than the body a heading is.
const HEADING_SIZE: f64 = 1.12;
/// Longest heading, and longest heading that is only bold, in characters.
const HEADING_CHARS: usize = 160;
const BOLD_HEADING_CHARS: usize = 90;
/// Fewest rows of a table, with its header, and its longest cell in characters.
const TABLE_ROWS: usize = 3;
const CELL_CHARS: usize = 60;

/// The font size of most characters.
pub(super) fn body_size(pages: &[Vec<Line>]) -> f64 {
    PageLayout::of(pages).body
}

/// The title, and the text as Markdown.
pub(super) fn markdown(pages: &[Vec<Line>]) -> (Option<String>, String) {
    let layout = PageLayout::of(pages);
    let mut blocks: Vec<TextBlock> = Vec::new();
    for lines in pages {
        let mut before: Option<&Line> = None;
        let mut rest = lines.as_slice();
        while let Some(line) = rest.first() {
            let taken = take_block(&mut blocks, &layout, before, rest);
            before = rest.get(taken - 1).or(Some(line));
            rest = &rest[taken..];
        }
        blocks.iter_mut().for_each(TextBlock::end_page);
    }
    let title = take_title(&mut blocks);
    let mut text = String::new();
    for block in &blocks {
        let _ = write!(text, "{}\n\n", block.markdown(&layout));
    }
    (title, text.trim_end().to_owned())
}

enum TextBlock {
    Heading { text: String, size: f64, y: f64 },
    Paragraph(JoinedLines),
    Item(JoinedLines),
    Table(Vec<Vec<String>>),
    Code(Vec<(f64, String)>),
}

impl TextBlock {
    fn end_page(&mut self) {
        match self {
            Self::Paragraph(open) | Self::Item(open) => open.end_page(),
            Self::Heading { y, .. } => *y = f64::INFINITY,
            Self::Table(_) | Self::Code(_) => {}
        }
    }

    fn markdown(&self, layout: &PageLayout) -> String {
        match self {
            Self::Heading { text, .. } => format!("## {}", escaped(text)),
            Self::Paragraph(paragraph) => escaped(&paragraph.text(layout)),
            Self::Item(item) => format!("- {}", escaped(&item.text(layout))),
            Self::Table(rows) => {
                let line = |row: &Vec<String>| {
                    let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
                    format!("| {} |", cells.join(" | "))
                };
                let mut lines: Vec<String> = rows.iter().map(line).collect();
                let width = rows.first().map_or(0, Vec::len);
                lines.insert(1, format!("|{}", "---|".repeat(width)));
                lines.join("\n")
            }
            Self::Code(lines) => {
                let left = lines.iter().map(|(x, _)| *x).fold(f64::INFINITY, f64::min);
                let indented = lines.iter().map(|(x, text)| {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "a few characters; saturates"
                    )]
                    let spaces = ((x - left) / (layout.body * 0.6)).round() as usize;
                    format!("{}{text}", " ".repeat(spaces.min(40)))
                });
                let code: Vec<String> = indented.collect();
                format!("```\n{}\n```", code.join("\n").replace("```", "'''"))
            }
        }
    }
}

/// Reads the block that `lines` begin with. Returns how many lines it has.
fn take_block(
    blocks: &mut Vec<TextBlock>,
    layout: &PageLayout,
    before: Option<&Line>,
    lines: &[Line],
) -> usize {
    let Some(line) = lines.first() else {
        return 0;
    };
    if line.font.monospaced && !layout.monospaced {
        take_code(blocks, line);
        return 1;
    }
    let rows = table_rows(lines);
    if rows >= TABLE_ROWS {
        let cells = |line: &Line| line.cells.iter().map(|cell| cell.text.clone()).collect();
        blocks.push(TextBlock::Table(lines[..rows].iter().map(cells).collect()));
        return rows;
    }
    if is_heading(line, before, layout) {
        take_heading(blocks, line);
        return 1;
    }
    if let Some(item) = starts_item(line) {
        blocks.push(TextBlock::Item(JoinedLines::starting_with(line, item)));
        return 1;
    }
    match blocks.last_mut() {
        Some(TextBlock::Paragraph(open) | TextBlock::Item(open)) if open.accepts(line, layout) => {
            open.push(line);
        }
        _ => blocks.push(TextBlock::Paragraph(JoinedLines::starting_with(line, line.text()))),
    }
    1
}

fn take_code(blocks: &mut Vec<TextBlock>, line: &Line) {
    let code = (line.x(), line.text());
    match blocks.last_mut() {
        Some(TextBlock::Code(lines)) => lines.push(code),
        _ => blocks.push(TextBlock::Code(vec![code])),
    }
}

/// A heading of several lines has the same size in each.
fn take_heading(blocks: &mut Vec<TextBlock>, line: &Line) {
    if let Some(TextBlock::Heading { text, size, y }) = blocks.last_mut() {
        let gap = line.y - *y;
        if (*size - line.size).abs() < 0.3 && gap > 0.0 && gap < line.size * 1.7 {
            text.push(' ');
            text.push_str(&line.text());
            *y = line.y;
            return;
        }
    }
    blocks.push(TextBlock::Heading { text: line.text(), size: line.size, y: line.y });
}

fn is_heading(line: &Line, before: Option<&Line>, layout: &PageLayout) -> bool {
    let text = line.text();
    let chars = text.chars().count();
    if !text.contains(char::is_alphabetic) || chars > HEADING_CHARS {
        return false;
    }
    if line.size > layout.body * HEADING_SIZE {
        return true;
    }
    let open = text.ends_with(['.', ',', ';', ':', '!', '?']);
    let apart = before.is_none_or(|before| {
        let gap = line.y - before.y;
        before.font != line.font && (gap < 0.0 || gap > layout.spacing * 1.15)
    });
    let bold = line.font.bold && !layout.bold && line.size > layout.body * 0.95;
    bold && apart && !open && chars <= BOLD_HEADING_CHARS
}

/// How many lines, from the first, are rows of one table.
fn table_rows(lines: &[Line]) -> usize {
    let Some(first) = lines.first().filter(|line| line.cells.len() > 1) else {
        return 0;
    };
    let bullet = starts_item(first).is_some();
    let short = |cell: &Cell| cell.text.chars().count() <= CELL_CHARS;
    let is_row = |line: &&Line| {
        let same = line.cells.len() == first.cells.len();
        same && line.cells.iter().all(short) && (line.x() - first.x()).abs() < first.size * 2.0
    };
    if bullet { 0 } else { lines.iter().take_while(is_row).count() }
}

/// Removes the title: the heading of the largest size, if it is among the first blocks.
fn take_title(blocks: &mut Vec<TextBlock>) -> Option<String> {
    const FIRST: usize = 4;
    let size = |block: &TextBlock| match block {
        TextBlock::Heading { size, .. } => *size,
        _ => 0.0,
    };
    let largest = blocks.iter().map(size).fold(0.0, f64::max);
    let at = blocks.iter().take(FIRST).position(|block| size(block) >= largest - 0.1)?;
    // All headings of one size are sections, unless the first stands alone above another heading.
    let same = blocks.iter().filter(|block| size(block) >= largest - 0.1).count();
    if largest == 0.0 || (same > 1 && at > 0) || same > 2 {
        return None;
    }
    match blocks.remove(at) {
        TextBlock::Heading { text, .. } => Some(text),
        _ => None,
    }
}
