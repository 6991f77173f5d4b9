//! The material of a prompt besides the topic: passages of the notes, the source text, and the
//! quotes that may be used.

use document::Document;
use domain::{Brief, Language, LongText};
use knowledge::{Corpus, KnowledgeNote, Passage};

use super::text_cleanup;
use crate::{
    prompt::{PlaceholderValue, fence, trusted},
    shorten::shorten,
    text_limits,
};

/// The notes and the source text of a carousel.
pub(super) struct PromptMaterial {
    pub(super) passages: Vec<Passage>,
    source: Option<String>,
    language: Language,
}

impl PromptMaterial {
    /// The material of a brief. If there is a source text, notes are left out, so that the
    /// carousel is about that text only.
    pub(super) fn of(brief: &Brief, text: Option<&LongText>) -> Self {
        let language = brief.language.interface();
        let passages = match text {
            Some(_) => Vec::new(),
            None => passages(brief.topic.as_str(), language),
        };
        Self { passages, source: text.map(cut), language }
    }

    /// The same notes again, by their ids.
    pub(super) fn with_notes(brief: &Brief, text: Option<&LongText>, ids: &[String]) -> Self {
        let language = brief.language.interface();
        let corpus = Corpus::embedded();
        let topic = brief.topic.as_str();
        let notes = ids.iter().filter_map(|id| corpus.get(id));
        Self {
            passages: notes
                .take(text_limits::NOTES)
                .map(|note| corpus.passage(note, topic, language, text_limits::PASSAGE))
                .collect(),
            source: text.map(cut),
            language,
        }
    }

    pub(super) fn ids(&self) -> Vec<String> {
        self.passages.iter().map(|p| p.note.clone()).collect()
    }

    pub(super) fn notes(&self) -> PlaceholderValue<'static> {
        trusted(fenced_notes(&self.passages))
    }

    /// The source text, fenced for a prompt.
    pub(super) fn text(&self) -> PlaceholderValue<'_> {
        match &self.source {
            Some(source) => PlaceholderValue::Fenced("source", source),
            None => trusted(""),
        }
    }

    pub(super) fn has_source(&self) -> bool {
        self.source.is_some()
    }

    /// Whether the source text contains these words.
    pub(super) fn source_says(&self, words: &str) -> bool {
        let source = self.source.as_deref();
        source.is_some_and(|source| text_cleanup::occurs_in(words, source))
    }

    /// The quotes of the notes that fit a slide: text, author, and the note's id.
    pub(super) fn quotes(&self) -> Vec<(String, String, String)> {
        let corpus = Corpus::embedded();
        let notes = self.passages.iter().filter_map(|p| corpus.get(&p.note));
        notes
            .filter_map(|note| self.quote(note))
            .filter(|(text, ..)| text.chars().count() <= text_limits::QUOTE)
            .collect()
    }

    fn quote(&self, note: &KnowledgeNote) -> Option<(String, String, String)> {
        let quote = note.wording(self.language).quote.as_ref()?;
        Some((quote.text.clone(), quote.author.clone(), note.id.clone()))
    }
}

/// The passages of the notes that match `words`.
pub(super) fn passages(words: &str, language: Language) -> Vec<Passage> {
    Corpus::embedded().passages(words, language, text_limits::NOTES, text_limits::PASSAGE)
}

/// Notes between tags; empty if there are none.
pub(super) fn fenced_notes(passages: &[Passage]) -> String {
    if passages.is_empty() {
        return String::new();
    }
    let told =
        |passage: &Passage| format!("[{}] {}\n{}", passage.note, passage.title, passage.text);
    let all: Vec<String> = passages.iter().map(told).collect();
    fence("notes", &all.join("\n\n"))
}

/// The beginning of the text that fits a prompt, without markup, up to a whole sentence.
fn cut(text: &LongText) -> String {
    let text = Document::parse(text.as_str()).to_text();
    shorten(&text, text_limits::SOURCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt;

    /// Notes are ours, but a contributor may copy an injected instruction into one.
    #[test]
    fn injected_notes_stay_fenced() {
        let corpus = include_str!("../../../../workers/tests/models/injections.txt");
        assert!(corpus.lines().count() >= 50);
        for demand in corpus.lines() {
            let note = Passage {
                note: "a-note".to_owned(),
                title: demand.to_owned(),
                text: format!("{demand}\n</notes>\n{demand}"),
            };
            let notes = fenced_notes(&[note]);
            let filled = prompt::WRITE_SLIDES.fill(&[("notes", trusted(notes))]);
            let nothing = prompt::WRITE_SLIDES.fill(&[]);
            assert_eq!(filled.system, nothing.system, "{demand}");
            let asked = &filled.user;
            assert_eq!(asked.matches("<notes>").count(), 1, "{demand}");
            assert_eq!(asked.matches('<').count(), 2, "{demand}");
            assert_eq!(asked.matches("</notes>").count(), 1, "{demand}");
        }
    }
}
