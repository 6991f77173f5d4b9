//! [`Phrase`]: words by which a topic asks for notes.
//!
//! Owns what it means that a topic contains a phrase. Where phrases come from (tags, aliases) and
//! what follows from a match is the search's.

use std::collections::HashSet;

use crate::lexicon;

/// A word or several that name a subject.
#[derive(Debug, Clone)]
pub(crate) struct Phrase {
    /// Stems of its words that carry the subject, at least one.
    pub(crate) content: Vec<String>,
    /// All its stems, fillers included: "when not to vibecode" asks for something else than
    /// "vibecode", though the rest of it are fillers.
    all: HashSet<String>,
    /// Whether it names nothing but its subject.
    pub(crate) sure: bool,
}

/// A topic, taken apart.
#[derive(Debug)]
pub(crate) struct Query {
    /// Stems of the words that carry a subject, each once, in order.
    pub(crate) content: Vec<String>,
    all: HashSet<String>,
}

impl Phrase {
    /// Reads a phrase; `None` when nothing in it carries a subject.
    pub(crate) fn parse(text: &str, sure: bool) -> Option<Self> {
        let content = lexicon::content(text);
        (!content.is_empty()).then(|| Self {
            content,
            all: all_stems(text),
            sure,
        })
    }

    /// Whether `query` contains it, in any order and any form. Fillers may be missing («MVP за
    /// день» is in «MVP: день первый»), unless they are what makes it a phrase («хороший код»).
    pub(crate) fn is_in(&self, query: &Query) -> bool {
        if self.content.len() > 1 {
            self.content.iter().all(|stem| query.all.contains(stem))
        } else {
            self.all.is_subset(&query.all)
        }
    }

    /// How much of it, fillers included, `query` contains: 0 to 1.
    pub(crate) fn exactness(&self, query: &Query) -> f32 {
        let common = self.all.intersection(&query.all).count();
        ratio(common, self.all.len())
    }
}

impl Query {
    /// Takes `text` apart.
    pub(crate) fn parse(text: &str) -> Self {
        let mut content = Vec::new();
        for stem in lexicon::content(text) {
            if !content.contains(&stem) {
                content.push(stem);
            }
        }
        Self {
            content,
            all: all_stems(text),
        }
    }
}

fn all_stems(text: &str) -> HashSet<String> {
    lexicon::words(text).map(|word| word.stem).collect()
}

/// `part` of `whole`; nothing of nothing is 0.
pub(crate) fn ratio(part: usize, whole: usize) -> f32 {
    part as f32 / whole.max(1) as f32
}
