//! [`TopicPhrase`]: words by which a topic matches notes.
//!
//! Decides whether a topic contains a phrase. The search decides where phrases come from (tags,
//! aliases) and how a match counts.

use std::collections::HashSet;

use crate::lexicon::{self, Word, is_filler};

/// One or more words that name a subject.
#[derive(Debug, Clone)]
pub(crate) struct TopicPhrase {
    /// Stems of the words that name the subject, at least one.
    pub(crate) content: Vec<String>,
    /// All stems, including fillers: "when not to vibecode" differs from "vibecode" only by
    /// fillers.
    all: HashSet<String>,
    /// Whether it names only its subject.
    pub(crate) unambiguous: bool,
}

#[derive(Debug)]
pub(crate) struct TopicQuery {
    /// Stems of the words that name a subject, without duplicates, in order.
    pub(crate) content: Vec<String>,
    /// Stems of the words that look like names: of products, languages, companies.
    pub(crate) names: Vec<String>,
    all: HashSet<String>,
}

impl TopicPhrase {
    /// Parses a phrase; `None` if no word in it names a subject.
    pub(crate) fn parse(text: &str, sure: bool) -> Option<Self> {
        let content = lexicon::content(text);
        (!content.is_empty()).then(|| Self { content, all: all_stems(text), unambiguous: sure })
    }

    /// Whether `query` contains it, in any order and any form. Fillers may be missing («MVP за
    /// день» matches «MVP: день первый»), unless the phrase needs them («хороший код»).
    pub(crate) fn is_in(&self, query: &TopicQuery) -> bool {
        if self.content.len() > 1 {
            self.content.iter().all(|stem| query.all.contains(stem))
        } else {
            self.all.is_subset(&query.all)
        }
    }

    /// How much of the phrase and of `query`, including fillers, is common to both: 0 to 1.
    pub(crate) fn exactness(&self, query: &TopicQuery) -> f32 {
        let common = self.all.intersection(&query.all).count();
        ratio(common, self.all.union(&query.all).count())
    }
}

impl TopicQuery {
    pub(crate) fn parse(text: &str) -> Self {
        let mut content = Vec::new();
        for stem in lexicon::content(text) {
            if !content.contains(&stem) {
                content.push(stem);
            }
        }
        Self { content, names: names(text), all: all_stems(text) }
    }
}

/// A name is a Latin word in a Russian topic, or a capitalized word that does not begin the topic.
fn names(text: &str) -> Vec<String> {
    let is_russian = text.chars().any(domain::is_cyrillic);
    let named = |at: usize, word: &Word<'_>| {
        let latin = is_russian && word.text.chars().all(|c| c.is_ascii_alphanumeric());
        let capital = at > 0 && word.text.starts_with(char::is_uppercase);
        (latin || capital) && word.text.contains(char::is_alphabetic) && !is_filler(word)
    };
    // In a heading in capitals every word would be a name.
    let shouted = !text.chars().any(char::is_lowercase);
    let words = lexicon::words(text).enumerate().filter(|(at, word)| !shouted && named(*at, word));
    words.map(|(_, word)| word.stem).collect()
}

fn all_stems(text: &str) -> HashSet<String> {
    lexicon::words(text).map(|word| word.stem).collect()
}

/// `part` / `whole`; 0 if `whole` is 0.
pub(crate) fn ratio(part: usize, whole: usize) -> f32 {
    part as f32 / whole.max(1) as f32
}
