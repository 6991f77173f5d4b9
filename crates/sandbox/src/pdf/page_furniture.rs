//! Drops what is on pages but belongs to no text: page numbers, running headers and footers.

use std::collections::HashMap;

use super::lines::Line;

/// Shares of a page's height in which headers and footers are.
const TOP: f64 = 0.12;
const BOTTOM: f64 = 0.88;
/// How far the lines of a header may differ in height from page to page, in points.
const SAME_HEIGHT: f64 = 3.0;

/// Size of small print, in sizes of the body.
const SMALL_PRINT: f64 = 0.9;

/// Words around a page number.
const NUMBER_WORDS: [&str; 8] = ["page", "of", "p", "стр", "страница", "из", "с", "лист"];

/// Removes the furniture of the pages, which have these heights. `body` is the usual font size: small
/// print at an edge is furniture even if it occurs once, as on the only page.
pub(super) fn remove(pages: &mut [Vec<Line>], heights: &[f64], body: f64) {
    let at_edge = |line: &Line, height: f64| line.y < height * TOP || line.y > height * BOTTOM;
    let mut counts: HashMap<(String, i64), usize> = HashMap::new();
    for (lines, height) in pages.iter().zip(heights) {
        let mut keys: Vec<(String, i64)> =
            lines.iter().filter(|line| at_edge(line, *height)).flat_map(keys).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            *counts.entry(key).or_default() += 1;
        }
    }
    // A header may be on every other page only.
    let least = (pages.len() / 3).max(2);
    for (lines, height) in pages.iter_mut().zip(heights) {
        let repeats = |line: &Line| {
            keys(line).iter().any(|key| counts.get(key).is_some_and(|count| *count >= least))
        };
        lines.retain(|line| {
            let is_small = line.size < body * SMALL_PRINT;
            let is_furniture = is_small || repeats(line) || is_page_number(&line.text());
            !(at_edge(line, *height) && is_furniture)
        });
    }
}

/// The text without its digits and its height, rounded to both sides.
fn keys(line: &Line) -> [(String, i64); 2] {
    let text = line.text();
    let plain: String = text.chars().filter(|c| !c.is_numeric() && !c.is_whitespace()).collect();
    #[expect(clippy::cast_possible_truncation, reason = "a place on a page; saturates")]
    let height = (line.y / SAME_HEIGHT).floor() as i64;
    [(plain.clone(), height), (plain, height + 1)]
}

/// `7`, `- 7 -`, `Page 7 of 12`, `стр. 7`.
fn is_page_number(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let (numbers, others): (Vec<&str>, Vec<&str>) =
        words.partition(|word| word.chars().all(char::is_numeric));
    let known = |word: &&str| NUMBER_WORDS.contains(&word.to_lowercase().as_str());
    (1..=2).contains(&numbers.len()) && others.iter().all(known)
}

#[cfg(test)]
mod tests {
    use super::{
        super::lines::{self, tests::typed},
        *,
    };

    fn page(header: &str, body: &str, footer: &str) -> Vec<Line> {
        lines::of(
            &[
                typed(header, 50.0, 30.0, 9.0),
                typed(body, 50.0, 200.0, 11.0),
                typed(footer, 50.0, 780.0, 9.0),
            ]
            .concat(),
        )
    }

    #[test]
    fn headers_and_page_numbers_are_dropped() {
        let mut pages = vec![
            page("Report 2026 | 1", "First page.", "1"),
            page("Report 2026 | 2", "Second page.", "Page 2 of 3"),
            page("Report 2026 | 3", "Third page.", "— 3 —"),
        ];
        remove(&mut pages, &[800.0; 3], 9.0);
        let left: Vec<String> = pages.concat().iter().map(Line::text).collect();
        assert_eq!(left, ["First page.", "Second page.", "Third page."]);
    }

    #[test]
    fn small_print_at_the_edge_of_an_only_page_is_dropped() {
        let mut pages = vec![page("Engineering notes", "The only page.", "Printed in May")];
        remove(&mut pages, &[800.0], 11.0);
        let left: Vec<String> = pages.concat().iter().map(Line::text).collect();
        assert_eq!(left, ["The only page."]);
    }

    #[test]
    fn a_first_line_that_occurs_once_stays() {
        let mut pages = vec![
            page("How we grew", "First page.", "Thank you."),
            page("What we learned", "2026", "стр. 2"),
        ];
        remove(&mut pages, &[800.0; 2], 9.0);
        let left: Vec<String> = pages.concat().iter().map(Line::text).collect();
        assert_eq!(left, ["How we grew", "First page.", "Thank you.", "What we learned", "2026"]);
    }
}
