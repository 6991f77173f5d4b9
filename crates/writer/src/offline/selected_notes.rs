//! [`SelectedNotes`]: the notes that a carousel is based on.
//!
//! Selects which of the found notes fit together; the callers decide how they are used.

use domain::Brief;
use knowledge::{Corpus, KnowledgeNote, SearchHit};

/// The notes of a carousel, best first, at least one.
#[derive(Debug)]
pub(super) struct SelectedNotes<'a> {
    pub(super) best: &'a KnowledgeNote,
    pub(super) others: Vec<&'a KnowledgeNote>,
    /// Whether the topic names two subjects («TDD и отладка»); the second one is the first of
    /// `others`.
    pub(super) two_subjects: bool,
}

/// Most notes in one carousel.
const NOTES_MAX: usize = 4;

/// A note with at least this share of the best score is used as well.
const EQUAL_SHARE: f32 = 0.6;
/// From this share on, a note that is related to the best or shares a tag with it is used.
const RELATED_SHARE: f32 = 0.25;
/// A second subject has at least this share of the first one's score.
const SUBJECT_SHARE: f32 = 0.25;

impl<'a> SelectedNotes<'a> {
    /// The notes on the topic. Frequent words of a text are no topic: a table with a row “Errors
    /// found” is not about error handling.
    pub(super) fn find(corpus: &'a Corpus, brief: &Brief) -> Option<Self> {
        let hits = search(corpus, brief, brief.topic.as_str());
        let (best, rest) = hits.split_first()?;
        let second = second_subject(&hits);
        let fitting = rest.iter().filter(|hit| belongs(best, hit));
        let found = second.into_iter().chain(fitting.map(|hit| hit.note));
        Some(Self { two_subjects: second.is_some(), ..Self::with(corpus, best.note, found) })
    }

    pub(super) fn of_ids(corpus: &'a Corpus, brief: &Brief, ids: &[String]) -> Option<Self> {
        let mut notes = ids.iter().filter_map(|id| corpus.get(id));
        let grounds = Self::with(corpus, notes.next()?, notes);
        let second = second_subject(&search(corpus, brief, brief.topic.as_str()));
        let second = second.map(|note| &note.id);
        Some(Self {
            two_subjects: second.is_some() && grounds.others.first().map(|n| &n.id) == second,
            ..grounds
        })
    }

    /// Fills up with notes that the best note names as related.
    fn with(
        corpus: &'a Corpus,
        best: &'a KnowledgeNote,
        found: impl Iterator<Item = &'a KnowledgeNote>,
    ) -> Self {
        let related = best.related.iter().filter_map(|id| corpus.get(id));
        let mut others: Vec<&KnowledgeNote> = Vec::new();
        for note in found.chain(related) {
            let known = note.id == best.id || others.iter().any(|other| other.id == note.id);
            if !known && others.len() + 1 < NOTES_MAX {
                others.push(note);
            }
        }
        Self { best, others, two_subjects: false }
    }

    pub(super) fn all(&self) -> Vec<&'a KnowledgeNote> {
        let others = self.others.iter().copied();
        std::iter::once(self.best).chain(others).collect()
    }
}

fn search<'a>(corpus: &'a Corpus, brief: &Brief, query: &str) -> Vec<SearchHit<'a>> {
    corpus.search(query, brief.language.interface(), 2 * NOTES_MAX)
}

/// Whether a found note fits the best one.
fn belongs(best: &SearchHit<'_>, hit: &SearchHit<'_>) -> bool {
    let related = best.note.related.contains(&hit.note.id);
    let kin = related || best.note.tags.iter().any(|tag| hit.note.tags.contains(tag));
    let share = if kin { RELATED_SHARE } else { EQUAL_SHARE };
    hit.score >= best.score * share
}

/// The best note that the topic names by words that do not match the best note.
fn second_subject<'a>(hits: &[SearchHit<'a>]) -> Option<&'a KnowledgeNote> {
    let (best, rest) = hits.split_first()?;
    let other = |hit: &&SearchHit<'_>| {
        let apart = hit.asked_by.iter().all(|word| !best.asked_by.contains(word));
        apart && !hit.asked_by.is_empty() && hit.score >= best.score * SUBJECT_SHARE
    };
    rest.iter().find(other).map(|hit| hit.note)
}
