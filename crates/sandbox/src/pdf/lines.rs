//! Characters to lines: those on one baseline, with spaces where there is a gap, and cells where
//! there is a wide one.

use super::glyphs::{FontTraits, PlacedChar};

/// Gap between words, and between the cells of a table, in font sizes.
const WORD_GAP: f64 = 0.15;
const CELL_GAP: f64 = 1.0;
/// How far the baselines of one line may differ, in font sizes: indices are raised.
const BASELINE: f64 = 0.45;
/// How far a character may begin before the end of the one before it, in font sizes.
const OVERLAP: f64 = 0.6;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) cells: Vec<Cell>,
    /// The baseline, in points from the top of the page.
    pub(super) y: f64,
    /// Where it ends.
    pub(super) end: f64,
    /// The font size of most characters.
    pub(super) size: f64,
    pub(super) font: FontTraits,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    pub(super) x: f64,
    pub(super) text: String,
}

impl Line {
    /// Where it begins.
    pub(super) fn x(&self) -> f64 {
        self.cells.first().map_or(0.0, |cell| cell.x)
    }

    pub(super) fn text(&self) -> String {
        let cells: Vec<&str> = self.cells.iter().map(|cell| cell.text.trim()).collect();
        cells.join(" ")
    }
}

/// The lines of a page, in the order in which the file draws them.
pub(super) fn of(chars: &[PlacedChar]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut open: Option<LineBuilder> = None;
    for char in chars {
        match &mut open {
            Some(line) if line.continues_with(char) => line.push(char),
            _ => {
                lines.extend(open.take().and_then(LineBuilder::finish));
                open = Some(LineBuilder::starting_with(char));
            }
        }
    }
    lines.extend(open.and_then(LineBuilder::finish));
    lines
}

struct LineBuilder {
    cells: Vec<Cell>,
    y: f64,
    end: f64,
    /// Characters of each size and font.
    sizes: Vec<(f64, FontTraits, usize)>,
    size: f64,
}

impl LineBuilder {
    fn starting_with(char: &PlacedChar) -> Self {
        let cell = Cell { x: char.x, text: String::new() };
        let mut line =
            Self { cells: vec![cell], y: char.y, end: char.x, sizes: Vec::new(), size: char.size };
        line.push(char);
        line
    }

    fn continues_with(&self, char: &PlacedChar) -> bool {
        let size = self.size.max(char.size);
        (char.y - self.y).abs() < size * BASELINE && char.x > self.end - size * OVERLAP
    }

    fn push(&mut self, char: &PlacedChar) {
        let gap = char.x - self.end;
        let is_space = char.text.trim().is_empty();
        if gap > char.size * CELL_GAP && !is_space && self.has_text() {
            self.cells.push(Cell { x: char.x, text: String::new() });
        }
        if let Some(cell) = self.cells.last_mut() {
            if cell.text.is_empty() {
                cell.x = char.x;
            } else if gap > char.size * WORD_GAP && !cell.text.ends_with(' ') && !is_space {
                cell.text.push(' ');
            }
            if !(is_space && cell.text.ends_with(' ')) {
                cell.text.push_str(&char.text);
            }
        }
        // Spaces may be as wide as the gap to the next cell of a table.
        if !is_space {
            self.end = char.x + char.width;
            self.count(char);
        }
    }

    fn has_text(&self) -> bool {
        self.cells.last().is_some_and(|cell| !cell.text.trim().is_empty())
    }

    fn count(&mut self, char: &PlacedChar) {
        let same = |entry: &&mut (f64, FontTraits, usize)| {
            (entry.0 - char.size).abs() < 0.25 && entry.1 == char.font
        };
        match self.sizes.iter_mut().find(same) {
            Some((_, _, count)) => *count += 1,
            None => self.sizes.push((char.size, char.font, 1)),
        }
        // The baseline is that of the large characters: an index may come first.
        if char.size > self.size + 0.25 {
            self.size = char.size;
            self.y = char.y;
        }
    }

    /// `None` for a line of spaces.
    fn finish(mut self) -> Option<Line> {
        for cell in &mut self.cells {
            let words: Vec<&str> = cell.text.split_whitespace().collect();
            // The indentation of code is made of spaces or of a place.
            cell.text = words.join(" ");
        }
        self.cells.retain(|cell| !cell.text.is_empty());
        let (size, font, _) = *self.sizes.iter().max_by_key(|(_, _, count)| *count)?;
        (!self.cells.is_empty()).then_some(Line {
            cells: self.cells,
            y: self.y,
            end: self.end,
            size,
            font,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Characters of half their size's width, in one font.
    pub(in crate::pdf) fn typed(text: &str, x: f64, y: f64, size: f64) -> Vec<PlacedChar> {
        let placed = |(at, c): (usize, char)| PlacedChar {
            text: c.to_string(),
            x: x + at as f64 * size / 2.0,
            y,
            width: size / 2.0,
            size,
            font: FontTraits::default(),
        };
        text.chars().enumerate().map(placed).collect()
    }

    fn texts(chars: &[PlacedChar]) -> Vec<String> {
        of(chars).iter().map(Line::text).collect()
    }

    #[test]
    fn gaps_become_spaces_and_baselines_lines() {
        let chars = [
            typed("One", 10.0, 20.0, 10.0),
            typed("two", 28.0, 20.0, 10.0),
            typed("three", 10.0, 34.0, 10.0),
        ]
        .concat();
        assert_eq!(texts(&chars), ["One two", "three"]);
    }

    #[test]
    fn wide_gaps_separate_cells() {
        let chars = [typed("Jan", 10.0, 20.0, 10.0), typed("90", 80.0, 20.0, 10.0)].concat();
        let cells: Vec<String> = of(&chars)[0].cells.iter().map(|cell| cell.text.clone()).collect();
        assert_eq!(cells, ["Jan", "90"]);
    }

    #[test]
    fn an_index_stays_on_its_line() {
        let chars = [
            typed("CO", 10.0, 20.0, 10.0),
            typed("2", 20.0, 22.0, 6.0),
            typed(" is", 23.0, 20.0, 10.0),
        ]
        .concat();
        assert_eq!(texts(&chars), ["CO2 is"]);
    }
}
