//! [`Passage`]: the part of a note that answers a question, short enough for a prompt.
//!
//! A passage always starts with the note's idea. Then follow the sentences that share the most
//! words with the question, in the note's order, as many as fit.

use std::collections::HashSet;

use domain::Language;

use crate::{corpus::Corpus, lexicon, note::KnowledgeNote};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The note's id.
    pub note: String,
    pub title: String,
    /// One sentence per line.
    pub text: String,
}

impl Corpus {
    /// The passages about `query`, best note first: at most `notes` of them, each of at most
    /// `chars` characters. Empty if our notes don't cover it.
    pub fn passages(
        &self,
        query: &str,
        language: Language,
        notes: usize,
        chars: usize,
    ) -> Vec<Passage> {
        let hits = self.search(query, language, notes);
        hits.iter().map(|hit| self.passage(hit.note, query, language, chars)).collect()
    }

    /// The passage of `note` about `query`, of at most `chars` characters.
    pub fn passage(
        &self,
        note: &KnowledgeNote,
        query: &str,
        language: Language,
        chars: usize,
    ) -> Passage {
        let wording = note.wording(language);
        let asked: HashSet<String> = lexicon::content(query).into_iter().collect();
        let shared = |line: &str| {
            let stems = lexicon::content(line);
            stems.iter().filter(|stem| asked.contains(*stem)).count()
        };
        let lines = lines(note, language);
        let mut by_worth: Vec<usize> = (1..lines.len()).collect();
        by_worth.sort_by_key(|at| (std::cmp::Reverse(shared(&lines[*at])), *at));
        let mut room = chars.saturating_sub(lines[0].chars().count());
        let mut kept = vec![0];
        for at in by_worth {
            let length = lines[at].chars().count() + 1;
            if length <= room {
                room -= length;
                kept.push(at);
            }
        }
        kept.sort_unstable();
        let text: Vec<&str> = kept.iter().map(|at| lines[*at].as_str()).collect();
        Passage { note: note.id.clone(), title: wording.title.clone(), text: text.join("\n") }
    }
}

/// A note's sentences, the idea first.
fn lines(note: &KnowledgeNote, language: Language) -> Vec<String> {
    let w = note.wording(language);
    let (myth, truth) = match language {
        Language::Ru => ("Миф", "На самом деле"),
        Language::En => ("A myth", "In truth"),
    };
    let mut lines = vec![
        w.idea.clone(),
        w.why.clone(),
        format!("{}: {}", w.term, w.meaning),
        format!("{myth}: {} {truth}: {}", w.myth, w.truth),
    ];
    lines.push(format!("{}: {}.", w.how, w.practices.join("; ")));
    lines.push(w.takeaway.clone());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHARS: usize = 500;

    #[test]
    fn passage_starts_with_the_idea() {
        let passages = Corpus::embedded().passages("Why write tests?", Language::En, 3, CHARS);
        let first = &passages[0];
        let note = Corpus::embedded().get(&first.note).unwrap();
        assert!(first.text.starts_with(&note.en.idea), "{}", first.text);
        assert!(passages.len() <= 3);
    }

    #[test]
    fn every_passage_fits_the_limit_in_both_languages() {
        for note in Corpus::embedded().notes() {
            for language in Language::ALL.iter().copied() {
                let passage = Corpus::embedded().passage(note, "x", language, CHARS);
                assert!(passage.text.chars().count() <= CHARS, "{}", note.id);
                assert!(passage.text.lines().count() >= 2, "{}", note.id);
            }
        }
    }

    #[test]
    fn uncovered_topic_has_no_passages() {
        let none = Corpus::embedded().passages("рецепт борща", Language::Ru, 3, CHARS);
        assert!(none.is_empty());
    }

    #[test]
    fn every_maxim_is_complete_in_both_languages() {
        let maxims = Corpus::embedded().maxims();
        assert!(maxims.len() >= 6);
        for maxim in maxims {
            assert!(maxim.devanagari.chars().any(|c| ('\u{900}'..='\u{97f}').contains(&c)));
            for language in Language::ALL.iter().copied() {
                let words = maxim.wording(language);
                let all = [&words.meaning, &words.thought, &words.source];
                assert!(all.iter().all(|text| !text.is_empty()), "{}", maxim.roman);
            }
        }
    }
}
