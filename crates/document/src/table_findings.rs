//! What the numbers of a table show: growth, a difference of two columns, a share, a ratio, a
//! maximum, a total. Each number is in the table or computed from it as its variant says.

use crate::{
    DataTable,
    table::{Quantity, name_and_unit, quantity},
};

/// A finding. Texts are the table's own: labels of rows, names of columns, cells with their units.
#[derive(Debug, Clone, PartialEq)]
pub enum TableFinding {
    /// `last / first` of a column whose rows are in the order of time.
    Change {
        column: String,
        first: TablePoint,
        last: TablePoint,
        ratio: f64,
    },
    /// `second / first` of two columns, in one row.
    Shift {
        row: String,
        first: TablePoint,
        second: TablePoint,
        ratio: f64,
    },
    /// The largest cell's part of the column's sum.
    Share {
        column: String,
        largest: TablePoint,
        sum: String,
        share: f64,
    },
    /// `high / low`, the largest and the smallest cell of a column.
    Ratio {
        column: String,
        high: TablePoint,
        low: TablePoint,
        ratio: f64,
    },
    Highest {
        column: String,
        at: TablePoint,
    },
    /// The sum of a column; `span` is its first and last row in the order of time.
    Total {
        column: String,
        sum: String,
        span: Option<[String; 2]>,
    },
}

/// A cell with its unit, and the label of its row or the name of its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePoint {
    pub label: String,
    pub cell: String,
}

/// Least part of a sum, and least difference, that is worth a mention.
const LEAST_SHARE: f64 = 0.25;
const LEAST_RATIO: f64 = 1.3;
const LEAST_CHANGE: f64 = 0.03;

/// Labels of rows that sum up the others.
const SUMS: &str = "total sum итого всего сумма";

/// Words in the name of a column whose sum says nothing.
const NOT_ADDITIVE: &str = "price rate avg average mean median rating score age temp year rank speed latency share \
    percent nps conversion ratio цена средн медиан рейтинг балл оценк возраст темп год место скорост задержк доля \
    процент конверс";

/// Names of columns whose cells may be bare numbers: “Week” with 1, 2, 3.
pub(crate) const NUMBERED_TIMES: &str =
    "month week day quarter sprint месяц неделя день квартал спринт";

/// Names of columns and of rows that stand in the order of time.
const TIMES: &str =
    "month week day date year quarter sprint месяц неделя день дата год квартал спринт";
const TIME_LABELS: &str = "jan feb mar apr may jun jul aug sep oct nov dec mon tue wed thu fri sat sun янв фев мар апр \
    май мая июн июл авг сен окт ноя дек пн вт ср чт пт сб вс q1 q2 q3 q4 week неделя day день";

/// Pairs of columns of which the second follows the first.
const PAIRS: [(&str, &str); 8] = [
    ("before", "after"),
    ("old", "new"),
    ("was", "now"),
    ("then", "now"),
    ("было", "стало"),
    ("до", "после"),
    ("раньше", "теперь"),
    ("раньше", "сейчас"),
];

/// A column of numbers.
struct Column<'a> {
    at: usize,
    name: &'a str,
    unit: &'a str,
    cells: Vec<Quantity<'a>>,
}

impl DataTable {
    /// What its numbers show, the most interesting first; at most one finding of each kind per
    /// column. Empty without a column of numbers or with fewer than two rows.
    pub fn findings(&self) -> Vec<TableFinding> {
        let rows = self.data_rows();
        let columns: Vec<Column<'_>> =
            (1..self.header.len()).filter_map(|at| self.column(at, &rows)).collect();
        if rows.len() < 2 {
            return Vec::new();
        }
        let mut found = shifts(&columns, &rows);
        let in_time = self.is_in_time();
        if in_time && rows.len() > 2 {
            found.extend(sorted(columns.iter().filter_map(|column| change(column, &rows))));
        }
        if rows.len() > 2 {
            for column in &columns {
                let compared = if in_time { None } else { comparison(column, &rows) };
                found.extend(compared.or_else(|| highest(column, &rows, in_time)));
            }
            found.extend(columns.iter().filter_map(|column| total(column, &rows, in_time)));
        }
        found
    }

    /// Whether the rows stand in the order of time.
    pub fn is_in_time(&self) -> bool {
        let first = |text: &str| {
            let lower = text.to_lowercase();
            lower.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
        };
        let named = self.header.first().is_some_and(|name| listed(TIMES, &first(name)));
        let is_time = |label: &str| {
            let word = first(label);
            let year =
                word.len() == 4 && word.parse().is_ok_and(|year| (1900..2100).contains(&year));
            let start: String = word.chars().take(3).collect();
            year || listed(TIME_LABELS, &word)
                || word.chars().count() <= 9 && listed(TIME_LABELS, &start)
        };
        named || !self.rows.is_empty() && self.rows.iter().all(|row| is_time(&row[0]))
    }

    /// The rows that sum up no others.
    pub fn data_rows(&self) -> Vec<&[String]> {
        let sums_up = |row: &&[String]| listed(SUMS, &row[0].to_lowercase());
        self.rows.iter().map(Vec::as_slice).filter(|row| !sums_up(row)).collect()
    }

    /// The rows by a column's numbers, the largest first. `None` if the column has other cells.
    pub fn ranked(&self, column: usize) -> Option<Vec<&[String]>> {
        let mut rows = self.data_rows();
        let column = self.column(column, &rows)?;
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let value = |at: &usize| column.cells[*at].value;
        order.sort_by(|a, b| value(b).total_cmp(&value(a)));
        rows = order.into_iter().map(|at| rows[at]).collect();
        Some(rows)
    }

    /// The name of a column, without its unit.
    pub fn name(&self, column: usize) -> &str {
        name_and_unit(&self.header[column]).0
    }

    /// A cell with its unit: the cell's own, else the one in the column's name.
    pub fn with_unit(&self, column: usize, cell: &str) -> String {
        point("", cell, name_and_unit(&self.header[column]).1).cell
    }

    fn column<'a>(&'a self, at: usize, rows: &[&'a [String]]) -> Option<Column<'a>> {
        let (name, unit) = name_and_unit(&self.header[at]);
        let cells: Option<Vec<Quantity<'a>>> = rows.iter().map(|row| quantity(&row[at])).collect();
        let cells = cells.filter(|cells| !cells.is_empty() && !name.is_empty())?;
        let year = |value: f64| value.fract() == 0.0 && (1900.0..2100.0).contains(&value);
        let is_years = cells.iter().all(|cell| year(cell.value)) && !is_additive(name, "");
        (!is_years).then_some(Column { at, name, unit, cells })
    }
}

impl Column<'_> {
    /// Whether all cells have the same unit, so that they can be compared.
    fn is_uniform(&self) -> bool {
        self.cells.iter().all(|cell| cell.unit == self.cells[0].unit)
    }

    fn point(&self, row: usize, rows: &[&[String]]) -> TablePoint {
        point(&rows[row][0], &rows[row][self.at], self.unit)
    }

    /// The rows of the smallest and of the largest cell.
    fn extremes(&self) -> (usize, usize) {
        let value = |at: &usize| self.cells[*at].value;
        let all = || 0..self.cells.len();
        let low = all().min_by(|a, b| value(a).total_cmp(&value(b))).unwrap_or_default();
        // The first one of equals.
        let high = all().rev().max_by(|a, b| value(a).total_cmp(&value(b))).unwrap_or_default();
        (low, high)
    }

    /// The sum of the cells as text, if a sum means something.
    fn sum(&self) -> Option<(f64, String)> {
        let unit = if self.unit.is_empty() { self.cells[0].unit } else { self.unit };
        if !is_additive(self.name, unit) || !self.is_uniform() {
            return None;
        }
        let sum: f64 = self.cells.iter().map(|cell| cell.value).sum();
        let decimals = self.cells.iter().map(|cell| cell.decimals).max().unwrap_or_default();
        Some((sum, self.cells[0].like(sum, decimals)))
    }
}

fn point(label: &str, cell: &str, unit: &str) -> TablePoint {
    let own = quantity(cell).is_none_or(|quantity| !quantity.unit.is_empty());
    let unit = if own { "" } else { unit };
    let space = if unit.is_empty() || unit == "%" { "" } else { "\u{a0}" };
    TablePoint { label: label.to_owned(), cell: format!("{cell}{space}{unit}") }
}

fn is_additive(name: &str, unit: &str) -> bool {
    let lower = name.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    let counts =
        words.all(|word| !NOT_ADDITIVE.split_whitespace().any(|start| word.starts_with(start)));
    counts && !unit.contains(['%', '°'])
}

pub(crate) fn listed(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|entry| entry == word)
}

/// How much the second number differs from the first; `None` if a ratio says nothing.
fn ratio(first: f64, second: f64) -> Option<f64> {
    let ratio = second / first;
    (first > 0.0 && second > 0.0 && (ratio - 1.0).abs() >= LEAST_CHANGE).then_some(ratio)
}

/// The largest difference first.
fn sorted(found: impl Iterator<Item = (f64, TableFinding)>) -> Vec<TableFinding> {
    let mut found: Vec<(f64, TableFinding)> = found.collect();
    found.sort_by(|a, b| b.0.ln().abs().total_cmp(&a.0.ln().abs()));
    found.into_iter().map(|(_, finding)| finding).collect()
}

/// Each row's difference between two columns of which the second follows the first.
fn shifts(columns: &[Column<'_>], rows: &[&[String]]) -> Vec<TableFinding> {
    let pair = columns.iter().zip(columns.iter().skip(1)).find(|(a, b)| {
        let (first, second) = (a.name.to_lowercase(), b.name.to_lowercase());
        let years = first.parse::<u16>().ok().zip(second.parse::<u16>().ok());
        PAIRS.iter().any(|(one, two)| first == *one && second == *two)
            || years.is_some_and(|(one, two)| one < two)
    });
    let Some((a, b)) = pair else { return Vec::new() };
    let named = |column: &Column<'_>, row: usize| {
        let cell = column.point(row, rows).cell;
        TablePoint { label: column.name.to_owned(), cell }
    };
    sorted((0..rows.len()).filter_map(|row| {
        let same_unit = a.cells[row].unit == b.cells[row].unit;
        let ratio = ratio(a.cells[row].value, b.cells[row].value).filter(|_| same_unit)?;
        let (first, second) = (named(a, row), named(b, row));
        Some((ratio, TableFinding::Shift { row: rows[row][0].clone(), first, second, ratio }))
    }))
}

fn change(column: &Column<'_>, rows: &[&[String]]) -> Option<(f64, TableFinding)> {
    let (first, last) = (column.cells.first()?, column.cells.last()?);
    // A change of percent in percent misleads.
    if !column.is_uniform() || [column.unit, first.unit].contains(&"%") {
        return None;
    }
    let ratio = ratio(first.value, last.value)?;
    let (first, last) = (column.point(0, rows), column.point(rows.len() - 1, rows));
    let finding = TableFinding::Change { column: column.name.to_owned(), first, last, ratio };
    Some((ratio, finding))
}

/// How the largest cell compares: its share, else its ratio to the smallest one.
fn comparison(column: &Column<'_>, rows: &[&[String]]) -> Option<TableFinding> {
    let (low, high) = column.extremes();
    let is_positive = column.cells.iter().all(|cell| cell.value >= 0.0);
    if !column.is_uniform() || !is_positive {
        return None;
    }
    let name = column.name.to_owned();
    let largest = column.point(high, rows);
    if let Some((sum, text)) = column.sum().filter(|(sum, _)| *sum > 0.0) {
        let share = column.cells[high].value / sum;
        if share >= LEAST_SHARE {
            let sum = point("", &text, column.unit).cell;
            return Some(TableFinding::Share { column: name, largest, sum, share });
        }
    }
    let ratio = ratio(column.cells[low].value, column.cells[high].value)?;
    let low = column.point(low, rows);
    (ratio >= LEAST_RATIO).then_some(TableFinding::Ratio {
        column: name,
        high: largest,
        low,
        ratio,
    })
}

/// The largest cell, unless a growth to the last row says so already.
fn highest(column: &Column<'_>, rows: &[&[String]], in_time: bool) -> Option<TableFinding> {
    let (_, high) = column.extremes();
    let is_told = in_time && high + 1 == rows.len();
    let value = |at: usize| column.cells[at].value;
    let is_unique = (0..rows.len()).filter(|at| value(*at) == value(high)).count() == 1;
    (column.is_uniform() && is_unique && !is_told).then(|| TableFinding::Highest {
        column: column.name.to_owned(),
        at: column.point(high, rows),
    })
}

fn total(column: &Column<'_>, rows: &[&[String]], in_time: bool) -> Option<TableFinding> {
    let (_, sum) = column.sum()?;
    let span = [rows.first()?[0].clone(), rows.last()?[0].clone()];
    let span = Some(span).filter(|_| in_time);
    let sum = point("", &sum, column.unit).cell;
    Some(TableFinding::Total { column: column.name.to_owned(), sum, span })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<TableFinding> {
        DataTable::parse(text).unwrap().findings()
    }

    fn at(label: &str, cell: &str) -> TablePoint {
        TablePoint { label: label.to_owned(), cell: cell.to_owned() }
    }

    #[test]
    fn growth_is_from_the_first_to_the_last_row() {
        let found =
            findings("Month,visitors,signups\nJan,1200,34\nFeb,2100,61\nMar,1900,58\nApr,2600,90");
        let TableFinding::Change { column, first, last, ratio } = &found[0] else {
            panic!("{found:?}");
        };
        assert_eq!((column.as_str(), first, last), ("signups", &at("Jan", "34"), &at("Apr", "90")));
        assert!((ratio - 90.0 / 34.0).abs() < 1e-9);
        let sum = |wanted: &str| {
            found.iter().any(|one| matches!(one, TableFinding::Total { sum, .. } if sum == wanted))
        };
        assert!(sum("7800") && sum("243"), "{found:?}");
    }

    #[test]
    fn two_columns_in_time_are_compared_in_each_row() {
        let found = findings("Этап;Было, мин;Стало, мин\nКод;8;6\nТесты;30;9\nСборка;12;7");
        let TableFinding::Shift { row, first, second, .. } = &found[0] else { panic!("{found:?}") };
        assert_eq!(row, "Тесты");
        assert_eq!(first, &at("Было", "30\u{a0}мин"));
        assert_eq!(second, &at("Стало", "9\u{a0}мин"));
    }

    #[test]
    fn largest_row_has_a_share_or_a_ratio() {
        let found = findings("City,Orders\nTotal,100\nOslo,54\nBergen,26\nTromso,20");
        let expected = TableFinding::Share {
            column: "Orders".to_owned(),
            largest: at("Oslo", "54"),
            sum: "100".to_owned(),
            share: 0.54,
        };
        assert_eq!(found[0], expected, "a total is no row");
        let found = findings("Город;Цена\nМосква;300\nКазань;200\nПермь;100");
        assert!(
            matches!(&found[0], TableFinding::Ratio { ratio, .. } if *ratio == 3.0),
            "{found:?}"
        );
        let summed = |one: &TableFinding| matches!(one, TableFinding::Total { .. });
        assert!(!found.iter().any(summed), "prices have no sum");
    }

    #[test]
    fn sums_look_like_the_cells() {
        let sum = |text: &str| {
            findings(text).into_iter().find_map(|one| match one {
                TableFinding::Total { sum, .. } => Some(sum),
                _ => None,
            })
        };
        assert_eq!(
            sum("Day,cost\nMon,\"$1,200.50\"\nTue,$900\nWed,$20").as_deref(),
            Some("$2,120.50")
        );
        assert_eq!(sum("День;литры\nПн;1,5\nВт;2\nСр;0,75").as_deref(), Some("4,25"));
    }

    #[test]
    fn words_and_percent_give_no_growth() {
        assert_eq!(findings("Name\tRole\nAnn\tcook\nBob\twaiter\nEve\tguest"), []);
        let found = findings("Month,rate\nJan,2%\nFeb,3%\nMar,5%");
        assert!(!found.iter().any(|one| matches!(one, TableFinding::Change { .. })), "{found:?}");
    }
}
