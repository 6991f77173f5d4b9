//! The findings of a table as text: the number, what it is and how it is computed, a line for a list,
//! and a title. Labels and cells stay as the table has them.

use document::{Block, Document, TableFinding, TablePoint, capitalised, uncapitalised};
use domain::Language;

/// A finding as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WordedFinding {
    /// `+117%`, `×3.2`, `2,600`.
    pub(crate) value: String,
    /// What the value is, with the cells that it is computed from.
    pub(crate) label: String,
    /// The whole finding on one line.
    pub(crate) line: String,
    /// A title without the value, for a cover that shows the value first.
    pub(crate) title: String,
}

/// A ratio above this one is shown as a factor, others in percent.
const FACTOR: f64 = 3.0;

impl WordedFinding {
    pub(super) fn of(finding: &TableFinding, language: Language) -> Self {
        let said = |ru: String, en: String| match language {
            Language::Ru => ru,
            Language::En => en,
        };
        match finding {
            TableFinding::Change { column, first, last, ratio } => {
                let value = change(*ratio, language);
                let (from, to) = (&first.label, &last.label);
                let name = uncapitalised(column);
                Self {
                    label: format!("{}: {} → {}", capitalised(column), both(first), both(last)),
                    line: format!(
                        "{}: {value}, {from} → {to} ({} → {})",
                        capitalised(column),
                        first.cell,
                        last.cell
                    ),
                    title: said(
                        format!("{name}, {from} → {to}"),
                        format!("{name} from {from} to {to}"),
                    ),
                    value,
                }
            }
            TableFinding::Shift { row, first, second, ratio } => {
                let value = change(*ratio, language);
                let (one, two) = (&first.cell, &second.cell);
                Self {
                    label: format!("{}: {} → {}", capitalised(row), both(first), both(second)),
                    line: format!("{}: {one} → {two} ({value})", capitalised(row)),
                    title: format!("{}, {one} → {two}", uncapitalised(row)),
                    value,
                }
            }
            TableFinding::Share { column, largest, sum, share } => {
                let value = format!("{}%", decimal(share * 100.0, language));
                let (row, cell) = (&largest.label, &largest.cell);
                Self {
                    label: said(
                        format!("{row}: {cell} из {sum} ({})", uncapitalised(column)),
                        format!("{row}: {cell} of {sum} ({})", uncapitalised(column)),
                    ),
                    line: said(
                        format!("{row} — {value} от суммы: {cell} из {sum}"),
                        format!("{row} has {value} of the sum: {cell} of {sum}"),
                    ),
                    title: said(
                        format!("{row} — самая большая доля"),
                        format!("{row} has the largest share"),
                    ),
                    value,
                }
            }
            TableFinding::Ratio { column, high, low, ratio } => {
                let value = format!("×{}", decimal(*ratio, language));
                let name = capitalised(column);
                Self {
                    label: format!("{name}: {} / {}", both(high), both(low)),
                    line: format!("{name}: {}, {}", both(high), both(low)),
                    title: said(
                        format!("так отличаются {} и {}", high.label, low.label),
                        format!("between {} and {}", high.label, low.label),
                    ),
                    value,
                }
            }
            TableFinding::Highest { column, at } => {
                let (row, name) = (&at.label, uncapitalised(column));
                Self {
                    value: at.cell.clone(),
                    label: said(
                        format!("{row} — максимум: {name}"),
                        format!("{row} is first by {name}"),
                    ),
                    line: said(
                        format!("Максимум ({name}) — {row}: {}", at.cell),
                        format!("First by {name}: {row}, {}", at.cell),
                    ),
                    title: said(
                        format!("{name}, максимум — {row}"),
                        format!("{row} is first by {name}"),
                    ),
                }
            }
            TableFinding::Total { column, sum, span } => {
                let name = capitalised(column);
                let span = span.as_ref().map(|[first, last]| format!(", {first} – {last}"));
                let span = span.unwrap_or_default();
                Self {
                    value: sum.clone(),
                    label: said(format!("{name}: всего{span}"), format!("{name} in total{span}")),
                    line: said(format!("{name} — всего {sum}"), format!("{name}: {sum} in total")),
                    title: said(
                        format!("{}, всего", uncapitalised(column)),
                        format!("{} in total", uncapitalised(column)),
                    ),
                }
            }
        }
    }

    /// The findings of all tables of a document, the most interesting one of each first.
    pub(crate) fn all(document: &Document, language: Language) -> Vec<Self> {
        let findings = document.blocks.iter().flat_map(|block| match block {
            Block::Table(table) => table.findings(),
            Block::Heading(_)
            | Block::Paragraph(_)
            | Block::List(_)
            | Block::Quote(_)
            | Block::Speech { .. }
            | Block::Code { .. } => Vec::new(),
        });
        findings.map(|finding| Self::of(&finding, language)).collect()
    }
}

/// `+117%`, `−64%`, `×3.4`.
fn change(ratio: f64, language: Language) -> String {
    if ratio >= FACTOR {
        return format!("×{}", decimal(ratio, language));
    }
    let percent = (ratio - 1.0) * 100.0;
    let sign = if percent < 0.0 { '−' } else { '+' };
    format!("{sign}{}%", decimal(percent.abs(), language))
}

/// One decimal below ten, none above.
fn decimal(value: f64, language: Language) -> String {
    let text = if value < 9.95 { format!("{value:.1}") } else { format!("{value:.0}") };
    let text = text.strip_suffix(".0").map_or(text.clone(), str::to_owned);
    match language {
        Language::Ru => text.replace('.', ","),
        Language::En => text,
    }
}

/// `Jan 1200`; `8 (Week 1)`, because two numbers next to each other look like one.
fn both(TablePoint { label, cell }: &TablePoint) -> String {
    match label.ends_with(|c: char| c.is_ascii_digit()) {
        true => format!("{cell} ({label})"),
        false => format!("{label} {cell}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str, language: Language) -> WordedFinding {
        WordedFinding::all(&Document::parse(text), language).remove(0)
    }

    #[test]
    fn growth_names_its_cells() {
        let rows = "Month,visitors\nJan,1200\nFeb,2100\nApr,2600";
        let found = first(rows, Language::En);
        assert_eq!(found.value, "+117%");
        assert_eq!(found.label, "Visitors: Jan 1200 → Apr 2600");
        assert_eq!(found.title, "visitors from Jan to Apr");
        let rows = "Месяц;Заказы\nЯнварь;34\nФевраль;61\nАпрель;108";
        let found = first(rows, Language::Ru);
        assert_eq!(found.value, "×3,2");
        assert_eq!(found.line, "Заказы: ×3,2, Январь → Апрель (34 → 108)");
    }

    #[test]
    fn fall_has_a_sign_and_a_share_its_sum() {
        let rows = "Этап;Было, мин;Стало, мин\nКод;8;6\nТесты;30;9\nСборка;12;7";
        let found = first(rows, Language::Ru);
        assert_eq!(found.value, "−70%");
        assert_eq!(found.line, "Тесты: 30\u{a0}мин → 9\u{a0}мин (−70%)");
        let found = first("City,Orders\nOslo,54\nBergen,26\nTromso,20", Language::En);
        assert_eq!(
            (found.value.as_str(), found.label.as_str()),
            ("54%", "Oslo: 54 of 100 (orders)")
        );
    }
}
