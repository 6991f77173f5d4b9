//! Tables: of Markdown, and texts whose values are separated by commas, semicolons or tabs.

use crate::{
    sentence::{capitalised, uncapitalised},
    table_findings::{NUMBERED_TIMES, listed},
};

/// A table with a header. Every row has as many cells as the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataTable {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// Longest cell of a table in a text, in characters: prose with many commas has longer parts.
const CELL_CHARS: usize = 80;

impl DataTable {
    /// Reads a text that is a table as a whole: at least two rows below the header, each with the
    /// same number of short cells.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [b'\t', b';', b',', b'|'].into_iter().find_map(|delimiter| Self::separated(text, delimiter))
    }

    fn separated(text: &str, delimiter: u8) -> Option<Self> {
        let mut reader = csv::ReaderBuilder::new();
        reader.delimiter(delimiter).has_headers(false).flexible(false).trim(csv::Trim::All);
        let mut rows: Vec<Vec<String>> = Vec::new();
        for record in reader.from_reader(text.trim().as_bytes()).records() {
            let cells: Vec<String> = record.ok()?.iter().map(one_line).collect();
            let short = |cell: &String| cell.chars().count() <= CELL_CHARS;
            if cells.len() < 2 || !cells.iter().all(short) {
                return None;
            }
            rows.push(cells);
        }
        let table = Self::new(rows)?;
        (table.rows.len() >= 2 && table.is_data()).then_some(table)
    }

    /// The first row is the header. `None` without rows below it.
    pub(crate) fn new(mut rows: Vec<Vec<String>>) -> Option<Self> {
        if rows.len() < 2 {
            return None;
        }
        let header = rows.remove(0);
        let width = header.len();
        let numbered = listed(NUMBERED_TIMES, &header[0].to_lowercase());
        for row in &mut rows {
            row.resize(width, String::new());
            if numbered && row[0].bytes().all(|c| c.is_ascii_digit()) {
                row[0] = format!("{}\u{a0}{}", header[0], row[0]);
            }
        }
        Some(Self { header, rows })
    }

    /// Prose with commas in each line is no table: a table has words in its header and, in some
    /// column, numbers only, or no cell that ends like a sentence.
    fn is_data(&self) -> bool {
        let named = self.header.iter().all(|cell| cell.contains(char::is_alphabetic));
        let numbers = (0..self.header.len()).any(|at| self.is_numeric(at));
        let sentence = |cell: &String| cell.ends_with(['.', '!', '?', ':']);
        let prose = self.rows.iter().flatten().chain(&self.header).any(sentence);
        named && !prose && (numbers || self.rows.len() >= 3)
    }

    /// Whether all cells of a column are numbers.
    pub fn is_numeric(&self, column: usize) -> bool {
        !self.rows.is_empty()
            && self
                .rows
                .iter()
                .all(|row| row.get(column).is_some_and(|cell| quantity(cell).is_some()))
    }

    /// The names of its columns as a title, without units: `City: price`, `Rust / Go`. Of rows in the
    /// order of time, their first and last label: `Visitors: Jan – Apr`.
    pub fn title(&self) -> String {
        let names: Vec<&str> = self.header.iter().map(|name| name_and_unit(name).0).collect();
        let Some((first, rest)) = names.split_first().filter(|(_, rest)| !rest.is_empty()) else {
            return names.join(", ");
        };
        if first.is_empty() {
            // The columns are compared with each other.
            return rest.join(" / ");
        }
        let numbers = (1..names.len()).all(|at| self.is_numeric(at));
        let rows = self.data_rows();
        match (rows.first(), rows.last()) {
            (Some(begin), Some(end)) if numbers && self.is_in_time() && rows.len() > 1 => {
                let others: Vec<String> =
                    rest[1..].iter().map(|name| uncapitalised(name)).collect();
                let names = [vec![capitalised(rest[0])], others].concat().join(", ");
                format!("{names}: {} – {}", begin[0], end[0])
            }
            _ => format!("{first}: {}", rest.join(", ")),
        }
    }

    /// A row as one line: `January — visitors 1,200, signups 90`. A table of two columns needs no
    /// names of columns: `January: 1,200`.
    pub fn row_text(&self, row: &[String]) -> String {
        let Some((first, rest)) = row.split_first() else {
            return String::new();
        };
        let named =
            rest.iter().zip(self.header.iter().skip(1)).filter(|(cell, _)| !cell.is_empty());
        let cells: Vec<String> = named
            .map(|(cell, name)| {
                let (name, unit) = name_and_unit(name);
                let name = if rest.len() == 1 { String::new() } else { uncapitalised(name) };
                [name.as_str(), cell, unit]
                    .into_iter()
                    .filter(|word| !word.is_empty())
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect();
        let sign = if rest.len() == 1 { ":" } else { " —" };
        format!("{first}{sign} {}", cells.join(", "))
    }

    /// One line per row, with bars between the cells.
    pub(crate) fn to_text(&self) -> String {
        let rows = [&self.header].into_iter().chain(&self.rows);
        rows.map(|row| format!("| {} |", row.join(" | "))).collect::<Vec<_>>().join("\n")
    }
}

/// `Time, min` and `Time (min)` are the name “Time” with the unit “min”.
pub(crate) fn name_and_unit(name: &str) -> (&str, &str) {
    const UNIT_CHARS: usize = 8;
    let parts = name.split_once(", ").or_else(|| name.strip_suffix(')')?.split_once(" ("));
    match parts {
        Some((name, unit)) if unit.chars().count() <= UNIT_CHARS => (name, unit),
        Some(_) | None => (name, ""),
    }
}

fn one_line(cell: &str) -> String {
    cell.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A number in a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quantity<'a> {
    pub(crate) value: f64,
    /// What stands around the number: `%`, `$`, `min`; empty if nothing.
    pub(crate) unit: &'a str,
    pub(crate) decimals: usize,
    cell: &'a str,
}

/// Longest word after a number that is its unit, in characters.
const UNIT_CHARS: usize = 8;

/// The number in a cell such as `1,200`, `40%`, `$29.90`, `−5 °C`, `22 min`; `None` if the cell is
/// something else.
pub(crate) fn quantity(cell: &str) -> Option<Quantity<'_>> {
    let cell = cell.trim();
    let is_part = |c: char| c.is_ascii_digit() || ".,' \u{a0}\u{202f}".contains(c);
    let start = cell.find(|c: char| c.is_ascii_digit())?;
    let end = cell[start..].find(|c| !is_part(c)).map_or(cell.len(), |end| start + end);
    let digits = cell[start..end].trim_end_matches(|c: char| !c.is_ascii_digit());
    let (before, after) = (cell[..start].trim(), cell[start + digits.len()..].trim());
    let is_sign = |c: char| "-−–".contains(c);
    let signs = |c: char| "$€₽£+~≈".contains(c) || is_sign(c);
    let is_unit = after.chars().count() <= UNIT_CHARS
        && after.split_whitespace().count() <= 1
        && after.chars().all(|c| c.is_alphabetic() || "%$€₽£°+×./".contains(c));
    if !before.chars().all(signs) || !is_unit {
        return None;
    }
    let plain: String =
        digits.chars().filter(|c| c.is_ascii_digit() || ".,".contains(*c)).collect();
    // The last separator is decimal unless three digits follow it.
    let decimal = plain.rfind(['.', ',']).filter(|at| plain.len() - at - 1 != 3);
    let (whole, fraction) = match decimal {
        Some(at) => (&plain[..at], &plain[at + 1..]),
        None => (plain.as_str(), ""),
    };
    // A date has other groups of digits.
    let is_number = digits.split(|c: char| !c.is_ascii_digit()).enumerate().all(|(at, group)| {
        let is_fraction = decimal.is_some() && fraction == group;
        at == 0 || group.len() == 3 || is_fraction
    });
    if !is_number {
        return None;
    }
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    let value: f64 = format!("{whole}.{fraction}0").parse().ok()?;
    let value = if before.contains(is_sign) { -value } else { value };
    let unit = if after.is_empty() { before.trim_matches(is_sign) } else { after };
    Some(Quantity { value, unit, decimals: fraction.len(), cell })
}

impl Quantity<'_> {
    /// Another number in the form of this cell: its separators and unit.
    pub(crate) fn like(&self, value: f64, decimals: usize) -> String {
        let digits = format!("{:.decimals$}", value.abs());
        let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
        let separators =
            || self.cell.char_indices().filter(|(_, c)| ".,\u{a0}\u{202f}' ".contains(*c));
        let groups = |at: usize| {
            let next: Vec<char> = self.cell[at..].chars().skip(1).take(4).collect();
            next.len() >= 3
                && next[..3].iter().all(char::is_ascii_digit)
                && next.get(3).is_none_or(|c| !c.is_ascii_digit())
        };
        let group = separators().find(|(at, _)| groups(*at)).map(|(_, c)| c);
        let point = separators()
            .filter(|(at, c)| ".,".contains(*c) && !groups(*at))
            .map(|(_, c)| c)
            .next_back();
        let point = point.unwrap_or(if group == Some(',') { '.' } else { ',' });
        let mut out = String::new();
        for (at, digit) in whole.chars().enumerate() {
            let left = whole.len() - at;
            out.extend(group.filter(|_| at > 0 && left % 3 == 0));
            out.push(digit);
        }
        if !fraction.is_empty() {
            out.push(point);
            out.push_str(fraction);
        }
        let sign = if value < 0.0 { "−" } else { "" };
        match self.unit {
            unit if unit.starts_with(['$', '€', '£', '₽']) && self.cell.starts_with(unit) => {
                format!("{sign}{unit}{out}")
            }
            "" => format!("{sign}{out}"),
            "%" => format!("{sign}{out}%"),
            unit => format!("{sign}{out}\u{a0}{unit}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separated_values_are_a_table() {
        let table =
            DataTable::parse("Month,visitors,signups\nJan,\"1,200\",90\nFeb,1500,120").unwrap();
        assert_eq!(table.header, ["Month", "visitors", "signups"]);
        assert_eq!(table.title(), "Visitors, signups: Jan – Feb");
        assert_eq!(table.row_text(&table.rows[0]), "Jan — visitors 1,200, signups 90");
        let units = DataTable::parse("Этап;Было, мин;Стало (мин)\nКод;8;6\nТесты;3;2").unwrap();
        assert_eq!(units.title(), "Этап: Было, Стало");
        assert_eq!(units.row_text(&units.rows[0]), "Код — было 8 мин, стало 6 мин");
        let weeks = DataTable::parse("Неделя;Км\n1;8\n2;13,5\n3;15").unwrap();
        assert_eq!(weeks.title(), "Км: Неделя\u{a0}1 – Неделя\u{a0}3");
        assert!(DataTable::parse("Город;Цена\nМосква;100\nКазань;80").is_some());
        assert!(DataTable::parse("Name\tRole\nAnn\tcook\nBob\twaiter\nEve\tguest").is_some());
    }

    #[test]
    fn prose_with_commas_is_no_table() {
        assert_eq!(DataTable::parse("First, we went home.\nThen, we slept.\nLater, we ate."), None);
        assert_eq!(DataTable::parse("Да, конечно\nНет, спасибо"), None);
        assert_eq!(DataTable::parse("One line, with a comma"), None);
    }

    #[test]
    fn numbers_keep_sign_unit_and_separators() {
        let read = |cell| quantity(cell).map(|quantity| (quantity.value, quantity.unit));
        assert_eq!(read("1,200"), Some((1_200.0, "")));
        assert_eq!(read("1 234,5"), Some((1_234.5, "")));
        assert_eq!(read("−5 °C"), Some((-5.0, "°C")));
        assert_eq!(read("$29.90"), Some((29.9, "$")));
        assert_eq!(read("40%"), Some((40.0, "%")));
        assert_eq!(read("22 min"), Some((22.0, "min")));
        for words in ["Jan", "", "2024-01-05", "12.03.2026", "about 5", "5 to 6"] {
            assert_eq!(read(words), None, "{words}");
        }
    }
}
