//! Splits the paragraphs of a user's document into sentences, and finds its most frequent words.
//!
//! Decides which sentences can stand alone on a slide. It changes no words.

use std::collections::{HashMap, HashSet};

use document::{Block, Document, depends_on_previous, sentences};
use knowledge::{is_filler, words};

use super::sentence_structure::definition;

#[derive(Debug, Clone)]
pub(super) struct Sentence {
    pub(super) text: String,
    /// The heading above it, if any.
    pub(super) heading: Option<String>,
    /// The sentence after it; of a question in a conversation, the other speaker's answer.
    pub(super) next: Option<String>,
    /// Who says it in a transcript; empty if that is not known.
    pub(super) speaker: String,
    /// Who answers the question that it is; empty if that is not known.
    pub(super) answers: String,
    /// Share of the text's frequent words in it; higher is better.
    pub(super) score: f32,
}

/// A part of the text that is no prose: a list, a quote with its author, code or a table.
#[derive(Debug, Clone)]
pub(super) struct TextInsert {
    /// The line that introduces it.
    pub(super) lead: Option<String>,
    pub(super) block: Block,
    /// How many sentences precede it.
    pub(super) at: usize,
}

/// A text, split into parts.
#[derive(Debug, Default)]
pub(super) struct TextParts {
    /// Sentences that can stand alone, in order; none twice.
    pub(super) sentences: Vec<Sentence>,
    pub(super) inserts: Vec<TextInsert>,
    /// Where numbers come from: the title that the text states, or empty.
    pub(super) source: String,
    /// Whether the text states a title.
    pub(super) is_titled: bool,
    /// Whether people talk in it.
    pub(super) is_speech: bool,
}

/// Shortest and longest sentence for a slide, in characters.
const SENTENCE_CHARS: std::ops::RangeInclusive<usize> = 25..=420;

/// A shorter sentence that may be the last words, in characters.
const ENDING_CHARS: std::ops::Range<usize> = 12..*SENTENCE_CHARS.start();

impl TextParts {
    /// Splits the document and scores its sentences.
    pub(super) fn of(document: &Document) -> Self {
        let frequency = frequency(&document.to_text());
        let source = document.title.clone().unwrap_or_default();
        let speaks = |block: &Block| matches!(block, Block::Speech { .. });
        let mut parts = Self {
            is_titled: !source.is_empty(),
            is_speech: document.blocks.iter().any(speaks),
            source,
            ..Self::default()
        };
        let mut heading: Option<String> = None;
        // The line that introduces the next insert: the line before it, else the unused heading.
        let mut lead: Option<String> = None;
        let mut unused_heading: Option<String> = None;
        for block in &document.blocks {
            match block {
                Block::Heading(words) => {
                    lead = None;
                    unused_heading = Some(words.clone());
                    heading = Some(words.clone());
                }
                Block::Paragraph(prose) => {
                    let all = sentences(prose);
                    lead = all.last().and_then(|last| last.strip_suffix(':')).map(str::to_owned);
                    parts.take(&all, heading.as_ref(), "", &frequency);
                }
                Block::Speech { speaker, text } => {
                    lead = None;
                    parts.take_speech(&sentences(text), speaker, &frequency);
                }
                Block::List(_) | Block::Quote(_) | Block::Code { .. } | Block::Table(_) => {
                    let at = parts.sentences.len();
                    let lead = lead.take().or_else(|| unused_heading.take());
                    parts.inserts.push(TextInsert { lead, block: block.clone(), at });
                }
            }
        }
        parts.drop_repeated();
        parts.raise_first_and_last();
        if let Some(Block::Paragraph(prose)) = document.blocks.last() {
            parts.take_short_ending(prose);
        }
        parts
    }

    /// Drops the second of two equal sentences.
    fn drop_repeated(&mut self) {
        let mut seen = HashSet::new();
        let mut kept = Vec::new();
        for (at, sentence) in std::mem::take(&mut self.sentences).into_iter().enumerate() {
            if seen.insert(sentence.text.to_lowercase()) {
                kept.push((at, sentence));
            }
        }
        for insert in &mut self.inserts {
            insert.at = kept.iter().filter(|(at, _)| *at < insert.at).count();
        }
        self.sentences = kept.into_iter().map(|(_, sentence)| sentence).collect();
    }

    /// Keeps the sentences of a paragraph that can stand alone.
    fn take(
        &mut self,
        all: &[String],
        heading: Option<&String>,
        speaker: &str,
        frequency: &HashMap<String, f32>,
    ) {
        for (at, text) in all.iter().enumerate() {
            if stands_alone(text) {
                let opening = if at == 0 { 1.15 } else { 1.0 };
                self.sentences.push(Sentence {
                    text: text.clone(),
                    heading: heading.cloned(),
                    next: all.get(at + 1).filter(|next| stands_alone(next)).cloned(),
                    speaker: speaker.to_owned(),
                    answers: String::new(),
                    score: weight(text, frequency) * opening,
                });
            }
        }
    }

    /// Keeps the sentences of a speaker; the first one answers a question just before.
    fn take_speech(&mut self, all: &[String], speaker: &str, frequency: &HashMap<String, f32>) {
        let answer = all.first().filter(|first| stands_alone(first) && !first.ends_with('?'));
        let asked = self.sentences.last_mut();
        let asked = asked.filter(|last| last.text.ends_with('?') && last.next.is_none());
        if let Some((asked, answer)) = asked.zip(answer) {
            asked.next = Some(answer.clone());
            speaker.clone_into(&mut asked.answers);
        }
        self.take(all, None, speaker, frequency);
    }

    /// Keeps a short last sentence: “Start with one drawer.”
    fn take_short_ending(&mut self, prose: &str) {
        let Some(text) = sentences(prose).pop() else { return };
        let is_short = ENDING_CHARS.contains(&text.chars().count());
        if is_short && text.ends_with(['.', '!']) && !depends_on_previous(&text) {
            let ending = Sentence {
                text,
                heading: None,
                next: None,
                speaker: String::new(),
                answers: String::new(),
                score: 0.0,
            };
            self.sentences.push(ending);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_split_into_sentences_and_inserts() {
        let text = "# Заголовок\n\nПервое предложение достаточно длинное. Второе предложение тоже не короткое.\n\n\
                    Что взять с собой:\n- воду\n- **карту** и [компас](http://x.y)\n\n```\nlet x = 1;\n```";
        let parts = TextParts::of(&Document::parse(text));
        let said: Vec<&str> = parts.sentences.iter().map(|s| s.text.as_str()).collect();
        assert_eq!(
            said,
            ["Первое предложение достаточно длинное.", "Второе предложение тоже не короткое."]
        );
        let [list, code] = parts.inserts.as_slice() else { panic!("{:?}", parts.inserts) };
        assert_eq!(list.lead.as_deref(), Some("Что взять с собой"));
        assert_eq!(list.block, Block::List(vec!["воду".into(), "карту и компас".into()]));
        assert!(matches!(code.block, Block::Code { .. }), "{:?}", code.block);
    }

    #[test]
    fn repeated_sentence_is_kept_once() {
        let text =
            "One sentence that is said. Another sentence that is said. One sentence that is said.";
        assert_eq!(TextParts::of(&Document::parse(text)).sentences.len(), 2);
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
