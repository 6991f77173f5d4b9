//! [`NoteIndex`]: finds the notes about a topic, or that there are none.
//!
//! [`Bm25`] ranks over the words of a note. A score says which note is *better*, not
//! whether it is *good*, so a filter decides that first: the notes cover a topic if it contains an
//! unambiguous phrase or a word of our field, or if most of its words are words of our tags. The
//! words are in `words/` and in the notes, not here.

use std::collections::{BTreeMap, HashSet};

use domain::Language;

use crate::{
    bm25::Bm25,
    lexicon,
    note::{KnowledgeNote, NoteText, Tag},
    phrase::{TopicPhrase, TopicQuery, ratio},
};

/// A note about a topic.
#[derive(Debug, Clone)]
pub struct SearchHit<'a> {
    pub note: &'a KnowledgeNote,
    /// The relevance, comparable within one search only; above 0.
    pub score: f32,
    /// Stems of the topic's words that match this note's own phrases or its main tag. Two notes
    /// with different stems mean a topic of two subjects («TDD и отладка»).
    pub asked_by: Vec<String>,
}

/// A note's index, its score and the words that match it.
pub(crate) type ScoredNote = (usize, f32, Vec<String>);

/// A topic needs more than this share of known words to be covered: half of «тест на беременность»
/// is known.
const KNOWN_SHARE: f32 = 0.5;

/// Without a phrase, a note must contain this share of a topic's words (by weight), and this many
/// words: one common word («собеседование») may be a coincidence.
const BODY_SHARE: f32 = 0.6;
const BODY_WORDS: usize = 2;

/// Notes below this share of the best score are dropped.
const SCORE_SHARE: f32 = 0.2;

/// The same for notes that are only near a topic: further ones would look arbitrary.
const NEAREST_SHARE: f32 = 0.5;

/// The bonus of a matched phrase, as a factor of its words' weight.
const OWN_PHRASE: f32 = 2.0;
const TAG_PHRASE: f32 = 1.0;

/// The weights of a note's first tag and of its other tags.
const MAIN_TAG: f32 = 1.0;
const OTHER_TAG: f32 = 0.5;

#[derive(Debug)]
pub(crate) struct NoteIndex {
    phrases: Vec<NotePhrases>,
    ru: TextIndex,
    en: TextIndex,
}

#[derive(Debug)]
struct NotePhrases {
    own: Vec<TopicPhrase>,
    /// With the weight of the tag: the first one counts most.
    of_tags: Vec<(TopicPhrase, f32)>,
}

/// The notes' words in one language.
#[derive(Debug)]
struct TextIndex(Bm25);

impl NoteIndex {
    pub(crate) fn new(notes: &[KnowledgeNote], tags: &BTreeMap<String, Tag>) -> Self {
        let texts = |language| {
            let documents = notes.iter().map(|note| document(note, tags, language));
            TextIndex::new(&documents.collect::<Vec<_>>())
        };
        Self {
            phrases: notes.iter().map(|n| NotePhrases::of(n, tags)).collect(),
            ru: texts(Language::Ru),
            en: texts(Language::En),
        }
    }

    /// The notes about `query`, best first.
    pub(crate) fn search(&self, query: &str, language: Language) -> Vec<ScoredNote> {
        let query = TopicQuery::parse(query);
        let texts = self.texts(language);
        if !self.is_covered(&query) {
            return Vec::new();
        }
        let all = || 0..self.phrases.len();
        let mut asked_for: Vec<usize> =
            all().filter(|at| self.phrases[*at].any_in(&query)).collect();
        if asked_for.is_empty() {
            asked_for = all().filter(|at| texts.covers(*at, &query)).collect();
        }
        // Notes that contain a name of the topic nowhere are not about it, whatever else they share:
        // «Docker для новичков» is not about new colleagues.
        let is_named = |name: &String| asked_for.iter().any(|at| self.names(*at, name));
        if !query.names.iter().all(is_named) {
            return Vec::new();
        }
        let subject: Vec<String> =
            query.content.iter().filter(|stem| !lexicon::is_form(stem)).cloned().collect();
        let ranked = |at: usize| texts.0.score(at, &subject);
        let score = |at: usize| ranked(at) + self.phrases[at].bonus(&query, texts);
        let found = |at: usize| (at, score(at), self.phrases[at].asked_by(&query));
        let mut found: Vec<ScoredNote> = asked_for.into_iter().map(found).collect();
        found.sort_by(|(a_at, a, _), (b_at, b, _)| b.total_cmp(a).then(a_at.cmp(b_at)));
        let floor = found.first().map_or(0.0, |(_, best, _)| best * SCORE_SHARE);
        found.retain(|(_, score, _)| *score > 0.0 && *score >= floor);
        found
    }

    /// The notes that share words with `query`, covered or not, best first.
    pub(crate) fn nearest(&self, query: &str, language: Language) -> Vec<usize> {
        let query = TopicQuery::parse(query);
        let texts = self.texts(language);
        let score =
            |at: usize| texts.0.score(at, &query.content) + self.phrases[at].bonus(&query, texts);
        let mut found: Vec<(usize, f32)> =
            (0..self.phrases.len()).map(|at| (at, score(at))).collect();
        found.sort_by(|(a_at, a), (b_at, b)| b.total_cmp(a).then(a_at.cmp(b_at)));
        let floor = found.first().map_or(0.0, |(_, best)| best * NEAREST_SHARE);
        found.retain(|(_, score)| *score > 0.0 && *score >= floor);
        found.into_iter().map(|(at, _)| at).collect()
    }

    fn texts(&self, language: Language) -> &TextIndex {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }

    /// Whether a note contains a name, in either language or in a phrase that finds it.
    fn names(&self, at: usize, name: &str) -> bool {
        let phrase = |phrase: &TopicPhrase| phrase.content.iter().any(|stem| stem == name);
        self.ru.0.contains(at, name)
            || self.en.0.contains(at, name)
            || self.phrases[at].iter().any(phrase)
    }

    /// Whether our notes may cover a topic.
    fn is_covered(&self, query: &TopicQuery) -> bool {
        let of_field = |stem: &String| lexicon::is_software_term(stem);
        let matched = || {
            let all = self.phrases.iter().flat_map(NotePhrases::iter);
            all.filter(|phrase| phrase.is_in(query))
        };
        let known: HashSet<&String> = matched().flat_map(|phrase| &phrase.content).collect();
        // A word of form counts only if a phrase has it: «правило 3-2-1».
        let subject = query.content.iter().filter(|s| known.contains(s) || !lexicon::is_form(s));
        matched().any(|phrase| phrase.unambiguous)
            || query.content.iter().any(of_field)
            || ratio(known.len(), subject.count()) > KNOWN_SHARE
    }
}

impl NotePhrases {
    fn of(note: &KnowledgeNote, tags: &BTreeMap<String, Tag>) -> Self {
        let mut of_tags = Vec::new();
        for (rank, tag) in note.tags.iter().filter_map(|id| tags.get(id)).enumerate() {
            let weight = if rank == 0 { MAIN_TAG } else { OTHER_TAG };
            let words = tag.words.iter().map(|text| (text, false));
            let aliases = tag.aliases.iter().map(|text| (text, true));
            let parsed =
                words.chain(aliases).filter_map(|(text, sure)| TopicPhrase::parse(text, sure));
            of_tags.extend(parsed.map(|phrase| (phrase, weight)));
        }
        // A title is offered as a topic, so its own note covers it.
        let titles = Language::ALL.iter().map(|language| &note.wording(*language).title);
        let own = note.aliases.iter().chain(titles);
        Self { own: own.filter_map(|text| TopicPhrase::parse(text, true)).collect(), of_tags }
    }

    fn iter(&self) -> impl Iterator<Item = &TopicPhrase> {
        let of_tags = self.of_tags.iter().map(|(phrase, _)| phrase);
        self.own.iter().chain(of_tags)
    }

    fn any_in(&self, query: &TopicQuery) -> bool {
        self.iter().any(|phrase| phrase.is_in(query))
    }

    /// Stems of the note's own phrases and of its main tag's phrases in the topic, without
    /// duplicates.
    fn asked_by(&self, query: &TopicQuery) -> Vec<String> {
        let of_main_tag = self.of_tags.iter().filter(|(_, weight)| *weight >= MAIN_TAG);
        let phrases = self.own.iter().chain(of_main_tag.map(|(phrase, _)| phrase));
        let phrases = phrases.filter(|phrase| phrase.is_in(query));
        let mut stems: Vec<String> = Vec::new();
        for stem in phrases.flat_map(|phrase| &phrase.content) {
            if !stems.contains(stem) {
                stems.push(stem.clone());
            }
        }
        stems
    }

    /// The score of the note's best own phrase plus that of its best tag phrase.
    fn bonus(&self, query: &TopicQuery, texts: &TextIndex) -> f32 {
        let worth = |phrase: &TopicPhrase| {
            let weights = phrase.content.iter().map(|stem| texts.0.weight(stem));
            weights.sum::<f32>() * phrase.exactness(query)
        };
        let own = self.own.iter().filter(|phrase| phrase.is_in(query));
        let own = own.map(worth).fold(0.0, f32::max);
        let of_tags = self.of_tags.iter();
        let of_tags = of_tags.filter(|(phrase, _)| phrase.is_in(query));
        let of_tags = of_tags.map(|(phrase, weight)| weight * worth(phrase));
        own * OWN_PHRASE + of_tags.fold(0.0, f32::max) * TAG_PHRASE
    }
}

impl TextIndex {
    fn new(documents: &[String]) -> Self {
        let stems = documents.iter().map(|text| lexicon::content(text));
        Self(Bm25::new(stems))
    }

    /// Whether the note's own words contain most of the topic's words other than those of our
    /// field.
    fn covers(&self, at: usize, query: &TopicQuery) -> bool {
        let beyond = query.content.iter();
        let beyond = beyond.filter(|stem| !lexicon::is_software_term(stem));
        let (held, missing): (Vec<&String>, Vec<&String>) =
            beyond.partition(|stem| self.0.contains(at, stem));
        let weight = |stems: &[&String]| stems.iter().map(|stem| self.0.weight(stem)).sum::<f32>();
        let (held_weight, missing_weight) = (weight(&held), weight(&missing));
        held.len() >= BODY_WORDS && held_weight >= (held_weight + missing_weight) * BODY_SHARE
    }
}

/// A note as text for ranking: its title and names are repeated to count more.
fn document(note: &KnowledgeNote, tags: &BTreeMap<String, Tag>, language: Language) -> String {
    const TITLE_COUNTS: usize = 3;
    const NAMES_COUNT: usize = 2;
    let wording: &NoteText = note.wording(language);
    let mut parts: Vec<&str> = vec![&wording.title; TITLE_COUNTS];
    for _ in 0..NAMES_COUNT {
        parts.extend(note.aliases.iter().map(String::as_str));
        let names = note.tags.iter().filter_map(|id| tags.get(id));
        parts.extend(names.map(|tag| tag.wording(language).name.as_str()));
    }
    parts.extend(wording.texts().map(|(_, text)| text));
    parts.join("\n")
}
