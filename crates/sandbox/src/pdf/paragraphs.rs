//! Lines to paragraphs: where one ends, and how its lines are joined.

use std::collections::{HashMap, HashSet};

use super::lines::Line;

/// Characters that begin an item of a list.
const BULLETS: &str = "•◦▪‣●○■□–—·-*✓✔➢➤►";
/// Distance of two lines of one paragraph, in usual distances.
const PARAGRAPH_GAP: f64 = 1.3;

/// What is usual in this document.
pub(super) struct PageLayout {
    /// The font size of most characters.
    pub(super) body: f64,
    /// The distance of two lines.
    pub(super) spacing: f64,
    /// Whether most characters are bold, or of equal width.
    pub(super) bold: bool,
    pub(super) monospaced: bool,
    /// Where the longest lines end, by where lines begin, in tens of points.
    ends: HashMap<i64, f64>,
    /// Words with a hyphen that occur within a line.
    hyphenated: HashSet<String>,
}

impl PageLayout {
    pub(super) fn of(pages: &[Vec<Line>]) -> Self {
        let lines: Vec<&Line> = pages.iter().flatten().collect();
        let chars = |line: &Line| line.text().chars().count();
        let mut sizes: HashMap<i64, usize> = HashMap::new();
        let (mut all, mut bold, mut monospaced) = (0, 0, 0);
        let mut ends: HashMap<i64, f64> = HashMap::new();
        let mut hyphenated = HashSet::new();
        for line in &lines {
            let count = chars(line);
            *sizes.entry(tenth(line.size * 20.0)).or_default() += count;
            all += count;
            bold += if line.font.bold { count } else { 0 };
            monospaced += if line.font.monospaced { count } else { 0 };
            let end = ends.entry(tenth(line.x())).or_default();
            *end = end.max(line.end);
            let text = line.text();
            let words = text.split(' ').filter(|word| word.trim_end_matches('-').contains('-'));
            hyphenated.extend(words.map(bare));
        }
        let body = sizes.iter().max_by_key(|(size, count)| (**count, -**size));
        let body = body.map_or(10.0, |(size, _)| *size as f64 / 2.0);
        Self {
            body,
            spacing: usual_spacing(pages, body),
            bold: bold * 2 > all,
            monospaced: monospaced * 2 > all,
            ends,
            hyphenated,
        }
    }

    /// Where the lines of this line's column end.
    fn column_end(&self, line: &Line) -> f64 {
        let near = tenth(line.x());
        let ends = (near - 3..=near + 3).filter_map(|key| self.ends.get(&key));
        ends.copied().fold(line.end, f64::max)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a place on a page; saturates")]
fn tenth(value: f64) -> i64 {
    (value / 10.0).round() as i64
}

fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

/// The median distance of two body lines that follow each other.
fn usual_spacing(pages: &[Vec<Line>], body: f64) -> f64 {
    let is_body = |line: &Line| (line.size - body).abs() < 1.5;
    let pairs = pages.iter().flat_map(|lines| lines.windows(2));
    let both = pairs.filter(|pair| pair.iter().all(is_body));
    let mut gaps: Vec<f64> = both.map(|pair| pair[1].y - pair[0].y).collect();
    gaps.retain(|gap| *gap > body * 0.8 && *gap < body * 2.5);
    gaps.sort_by(f64::total_cmp);
    // Rather a short distance: many paragraphs of one line have none within.
    gaps.get(gaps.len() / 4).copied().unwrap_or(body * 1.3)
}

/// The text after the bullet or the number that a line begins with.
pub(super) fn starts_item(line: &Line) -> Option<String> {
    let text = line.text();
    let (mark, rest) = text.split_once(' ')?;
    let is_bullet = mark.chars().count() == 1 && mark.chars().all(|c| BULLETS.contains(c));
    let digits = mark.strip_suffix(['.', ')']).unwrap_or_default();
    let is_number = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    // A long dash may begin a line of dialogue, and a hyphen a number.
    let item = is_bullet && rest.starts_with(char::is_alphabetic) || is_number;
    (item && rest.contains(char::is_alphabetic)).then(|| rest.to_owned())
}

pub(super) struct JoinedLines {
    lines: Vec<String>,
    /// Where most lines begin.
    left: f64,
    /// The last line.
    y: f64,
    last: Line,
}

impl JoinedLines {
    /// `text` is the line's, without a bullet.
    pub(super) fn starting_with(line: &Line, text: String) -> Self {
        Self { lines: vec![text], left: line.x(), y: line.y, last: line.clone() }
    }

    /// The next line is on another page.
    pub(super) fn end_page(&mut self) {
        self.y = f64::INFINITY;
    }

    pub(super) fn push(&mut self, line: &Line) {
        self.lines.push(line.text());
        self.left = self.left.min(line.x());
        self.y = line.y;
        self.last = line.clone();
    }

    /// Whether `line` continues this paragraph.
    pub(super) fn accepts(&self, line: &Line, layout: &PageLayout) -> bool {
        if (line.size - self.last.size).abs() > 1.0 {
            return false;
        }
        let ended = self
            .lines
            .last()
            .is_some_and(|text| text.ends_with(['.', '!', '?', ':', '…', '»', '”']));
        let short = self.last.end < layout.column_end(&self.last) - layout.body * 4.0;
        let gap = line.y - self.y;
        // Another page or another column.
        if gap < 0.0 || gap.is_infinite() || gap > layout.spacing * 6.0 {
            return !ended && !short;
        }
        let indented = self.lines.len() > 1 && line.x() > self.left + layout.body * 0.8;
        gap < layout.spacing * PARAGRAPH_GAP && !indented && !(ended && short)
    }

    /// The lines joined; words that were divided at the end of a line are whole again.
    pub(super) fn text(&self, layout: &PageLayout) -> String {
        let mut out = String::new();
        for line in &self.lines {
            join(&mut out, line, &layout.hyphenated);
        }
        readable(&out)
    }
}

fn join(out: &mut String, line: &str, hyphenated: &HashSet<String>) {
    let divided = out.strip_suffix(['-', '\u{ad}', '‐']).filter(|before| {
        before.ends_with(char::is_alphabetic) && line.starts_with(char::is_lowercase)
    });
    let Some(before) = divided else {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(line);
        return;
    };
    let first = before.rsplit(' ').next().unwrap_or_default();
    let second = line.split(' ').next().unwrap_or_default();
    let kept = hyphenated.contains(&bare(&format!("{first}-{second}")));
    let length = before.len();
    out.truncate(length);
    if kept {
        out.push('-');
    }
    out.push_str(line);
}

/// Without soft hyphens, with whole letters instead of ligatures and combining marks.
fn readable(text: &str) -> String {
    const LETTERS: [(&str, &str); 11] = [
        ("\u{ad}", ""),
        ("ﬀ", "ff"),
        ("ﬁ", "fi"),
        ("ﬂ", "fl"),
        ("ﬃ", "ffi"),
        ("ﬄ", "ffl"),
        ("ﬅ", "st"),
        ("и\u{306}", "й"),
        ("И\u{306}", "Й"),
        ("е\u{308}", "ё"),
        ("Е\u{308}", "Ё"),
    ];
    LETTERS.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(lines: &[&str], hyphenated: &[&str]) -> String {
        let known = hyphenated.iter().map(|word| (*word).to_owned()).collect();
        let mut out = String::new();
        for line in lines {
            join(&mut out, line, &known);
        }
        readable(&out)
    }

    #[test]
    fn divided_words_are_whole_again() {
        assert_eq!(joined(&["The deploy-", "ment failed"], &[]), "The deployment failed");
        assert_eq!(joined(&["Мы перепи-", "сали всё"], &[]), "Мы переписали всё");
        assert_eq!(joined(&["a well-", "known name"], &["well-known"]), "a well-known name");
        assert_eq!(joined(&["in 2020-", "2024 it grew"], &[]), "in 2020- 2024 it grew");
        assert_eq!(joined(&["Jean-", "Paul said"], &[]), "Jean- Paul said");
    }

    #[test]
    fn ligatures_and_combining_marks_are_letters() {
        assert_eq!(joined(&["ﬁrst oﬃce", "и\u{306}од"], &[]), "first office йод");
    }
}
