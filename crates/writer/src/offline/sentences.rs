//! Splits the user's text into headings, lists and sentences, and finds its most frequent words.
//!
//! Decides which sentences can stand alone on a slide. It changes no words and removes only
//! Markdown marks.

use std::collections::HashMap;

use knowledge::{is_filler, words};
use unicode_segmentation::UnicodeSegmentation;

use super::sentence_structure::{definition, depends_on_previous, listed};

#[derive(Debug, Clone)]
pub(super) struct Sentence {
    pub(super) text: String,
    /// The heading above it, if any.
    pub(super) heading: Option<String>,
    /// The next sentence of the same paragraph.
    pub(super) next: Option<String>,
    /// Share of the text's frequent words in it; higher is better.
    pub(super) score: f32,
}

/// A list of the text, with the line that introduces it.
#[derive(Debug, Clone)]
pub(super) struct TextList {
    pub(super) lead: String,
    pub(super) items: Vec<String>,
    /// How many sentences precede it.
    pub(super) at: usize,
}

/// A text, split into parts.
#[derive(Debug, Default)]
pub(super) struct TextParts {
    /// Sentences that can stand alone, in order.
    pub(super) sentences: Vec<Sentence>,
    pub(super) listings: Vec<TextList>,
}

/// Consecutive lines of the same kind.
enum TextBlock {
    Heading(String),
    Items(Vec<String>),
    Prose(String),
}

/// Shortest and longest sentence for a slide, in characters.
const SENTENCE_CHARS: std::ops::RangeInclusive<usize> = 25..=420;
const HEADING_CHARS: usize = 60;

/// A full stop after these ends no sentence.
const ABBREVIATIONS: &str = "г гг в вв ул д стр с рис табл им проф акад см ср т тыс млн млрд руб коп н э др mr mrs ms \
    dr prof st vs etc fig no vol approx";

impl TextParts {
    /// Splits `text` and scores its sentences.
    pub(super) fn of(text: &str) -> Self {
        let frequency = frequency(text);
        let mut parts = Self::default();
        let mut heading: Option<String> = None;
        let mut lead: Option<String> = None;
        for block in blocks(text) {
            match block {
                TextBlock::Heading(words) => {
                    lead = Some(words.clone());
                    heading = Some(words);
                }
                TextBlock::Items(items) => {
                    let at = parts.sentences.len();
                    if let Some(lead) = lead.take() {
                        parts.listings.push(TextList { lead, items, at });
                    }
                }
                TextBlock::Prose(prose) => {
                    let all = sentences(&prose);
                    lead = all.last().and_then(|last| last.strip_suffix(':')).map(str::to_owned);
                    parts.take(&all, heading.as_ref(), &frequency);
                }
            }
        }
        parts.raise_first_and_last();
        parts
    }

    /// Keeps the sentences of a paragraph that can stand alone.
    fn take(&mut self, all: &[String], heading: Option<&String>, frequency: &HashMap<String, f32>) {
        for (at, text) in all.iter().enumerate() {
            if stands_alone(text) {
                let opening = if at == 0 { 1.15 } else { 1.0 };
                self.sentences.push(Sentence {
                    text: text.clone(),
                    heading: heading.cloned(),
                    next: all.get(at + 1).filter(|next| stands_alone(next)).cloned(),
                    score: weight(text, frequency) * opening,
                });
            }
        }
    }

    /// Raises the scores of the first and last sentence, which are usually important.
    fn raise_first_and_last(&mut self) {
        if let Some(first) = self.sentences.first_mut() {
            first.score *= 1.3;
        }
        if let Some(last) = self.sentences.last_mut() {
            last.score *= 1.15;
        }
    }
}

/// The `limit` most frequent words of `text`, in the form that they have there.
pub(super) fn keywords(text: &str, limit: usize) -> Vec<String> {
    let mut found: Vec<(String, String, usize)> = Vec::new();
    for word in words(text).filter(|word| !is_filler(word)) {
        let long = word.text.chars().count() > 2;
        match found.iter_mut().find(|(stem, _, _)| *stem == word.stem) {
            Some((_, _, count)) => *count += 1,
            None if long => found.push((word.stem, word.text.to_lowercase(), 1)),
            None => {}
        }
    }
    found.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
    found.into_iter().take(limit).map(|(_, word, _)| word).collect()
}

/// Frequency of each stem, dampened: a word used ten times is not ten times as important.
fn frequency(text: &str) -> HashMap<String, f32> {
    let mut counts: HashMap<String, f32> = HashMap::new();
    for word in words(text).filter(|word| !is_filler(word)) {
        *counts.entry(word.stem).or_default() += 1.0;
    }
    for count in counts.values_mut() {
        *count = count.ln_1p();
    }
    counts
}

fn weight(text: &str, frequency: &HashMap<String, f32>) -> f32 {
    let mut stems: Vec<String> =
        words(text).filter(|word| !is_filler(word)).map(|word| word.stem).collect();
    stems.sort();
    stems.dedup();
    let sum: f32 = stems.iter().filter_map(|stem| frequency.get(stem)).sum();
    let per_word = sum / (stems.len().max(4) as f32).sqrt();
    let length = match text.chars().count() {
        0..40 => 0.7,
        40..=200 => 1.0,
        _ => 0.8,
    };
    let leaning = if depends_on_previous(text) { 0.6 } else { 1.0 };
    let asking = if text.ends_with('?') { 0.6 } else { 1.0 };
    let defining = if definition(text).is_some() { 1.3 } else { 1.0 };
    per_word * length * leaning * asking * defining
}

/// Whether a reader understands this sentence without its context.
fn stands_alone(text: &str) -> bool {
    let ends = text.ends_with(['.', '!', '?', '…', '»', '”', '"', ')']);
    let balanced =
        |open: char, close: char| text.matches(open).count() == text.matches(close).count();
    let whole =
        balanced('«', '»') && balanced('(', ')') && balanced('“', '”') && balanced('[', ']');
    let quotes = text.matches('"').count().is_multiple_of(2);
    let address = ["http://", "https://", "www."].iter().any(|sign| text.contains(sign));
    SENTENCE_CHARS.contains(&text.chars().count()) && ends && whole && quotes && !address
}

/// Splits prose into sentences; an abbreviation's full stop ends none.
fn sentences(prose: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut open = String::new();
    for piece in prose.split_sentence_bounds() {
        open.push_str(piece);
        if ends_a_sentence(&open) {
            all.push(open.trim().to_owned());
            open.clear();
        }
    }
    if !open.trim().is_empty() {
        all.push(open.trim().to_owned());
    }
    all
}

fn ends_a_sentence(text: &str) -> bool {
    let text = text.trim_end();
    let Some(before) = text.strip_suffix('.') else {
        return true;
    };
    let last = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let initial = last.chars().count() == 1 && last.chars().all(char::is_uppercase);
    let abbreviation = listed(ABBREVIATIONS, &last.to_lowercase());
    // After a number, «г.» may end a sentence («2024 г.»); otherwise it does not («г. Москва»).
    !(initial || abbreviation) || last.is_empty()
}

/// Groups the text's lines into headings, items and prose.
fn blocks(text: &str) -> Vec<TextBlock> {
    let mut blocks = Vec::new();
    let mut fenced = false;
    for paragraph in text.split("\n\n") {
        let lines: Vec<&str> = paragraph.lines().collect();
        let (mut prose, mut items): (Vec<String>, Vec<String>) = (vec![], vec![]);
        for line in &lines {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            } else if fenced || line.trim_start().starts_with('|') {
                // Code and tables contain no sentences.
            } else if let Some(item) = item(line) {
                flush(&mut blocks, &mut prose);
                items.push(plain(item));
            } else if let Some(heading) = heading(line, lines.len()) {
                flush(&mut blocks, &mut prose);
                blocks.push(TextBlock::Heading(plain(heading)));
            } else {
                if !items.is_empty() {
                    blocks.push(TextBlock::Items(std::mem::take(&mut items)));
                }
                prose.push(plain(line.trim_start_matches(['>', ' '])));
            }
        }
        flush(&mut blocks, &mut prose);
        if !items.is_empty() {
            blocks.push(TextBlock::Items(items));
        }
    }
    blocks
}

fn flush(blocks: &mut Vec<TextBlock>, prose: &mut Vec<String>) {
    if !prose.is_empty() {
        blocks.push(TextBlock::Prose(std::mem::take(prose).join(" ")));
    }
}

/// The text after a list marker. A dash is no marker, because it may begin a line of dialogue.
fn item(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let marked = ["- ", "* ", "• ", "– "].iter().find_map(|marker| line.strip_prefix(marker));
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let numbered = (1..=2).contains(&digits).then(|| &line[digits..]);
    let numbered = numbered.and_then(|rest| rest.strip_prefix(". ").or(rest.strip_prefix(") ")));
    marked.or(numbered).map(str::trim).filter(|item| !item.is_empty())
}

/// A heading: marked as one, or a short line of its own without a final punctuation mark.
fn heading(line: &str, lines: usize) -> Option<&str> {
    let marked = line.strip_prefix('#').map(|rest| rest.trim_start_matches('#').trim());
    let alone = lines == 1 && !line.ends_with(['.', '!', '?', '…', ':', ';', ',', '»', '”', '"']);
    let heading = marked.or_else(|| alone.then_some(line.trim()))?;
    let fits = (1..=HEADING_CHARS).contains(&heading.chars().count());
    let says = heading.chars().any(char::is_alphabetic);
    (fits && says).then_some(heading)
}

/// Removes Markdown: emphasis, code marks, addresses of links.
fn plain(line: &str) -> String {
    let line = line.replace("**", "").replace("__", "").replace('`', "");
    let mut out = String::new();
    let mut rest = line.as_str();
    while let Some((before, after)) = rest.split_once("](") {
        let (Some(open), Some((_, behind))) = (before.rfind('['), after.split_once(')')) else {
            break;
        };
        out.push_str(&before[..open]);
        out.push_str(&before[open + 1..]);
        rest = behind;
    }
    out.push_str(rest);
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_do_not_end_sentences() {
        let split = |text: &str| sentences(text);
        assert_eq!(split("Мы жили на ул. Ленина. Потом уехали!").len(), 2);
        assert_eq!(split("А. С. Пушкин родился в Москве.").len(), 1);
        assert_eq!(split("Ask Dr. Smith, e.g. tomorrow. He knows.").len(), 2);
        assert_eq!(split("Версия 2.3 вышла. Она лучше.").len(), 2);
    }

    #[test]
    fn text_is_split_into_headings_lists_and_sentences() {
        let text = "# Заголовок\n\nПервое предложение достаточно длинное. Второе предложение тоже не короткое.\n\n\
                    Что взять с собой:\n- воду\n- **карту** и [компас](http://x.y)\n\n```\nlet x = 1;\n```";
        let parts = TextParts::of(text);
        let said: Vec<&str> = parts.sentences.iter().map(|s| s.text.as_str()).collect();
        assert_eq!(
            said,
            ["Первое предложение достаточно длинное.", "Второе предложение тоже не короткое."]
        );
        assert_eq!(parts.sentences[0].heading.as_deref(), Some("Заголовок"));
        assert_eq!(parts.listings[0].lead, "Что взять с собой");
        assert_eq!(parts.listings[0].items, ["воду", "карту и компас"]);
    }

    #[test]
    fn dependent_sentences_are_left_out() {
        assert!(!stands_alone("Подробности на https://example.org по ссылке."));
        assert!(!stands_alone("Он сказал: «Так бывает."));
        assert!(!stands_alone("Коротко."));
        assert!(depends_on_previous("Поэтому мы решили подождать до утра."));
    }

    #[test]
    fn keywords_are_the_most_frequent_words() {
        let text = "Сад любит воду. В саду растут яблони. Яблоня и сад. Снег.";
        assert_eq!(keywords(text, 2), ["сад", "яблони"]);
    }
}
