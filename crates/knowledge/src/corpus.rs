//! [`Corpus`]: all notes and tags, parsed and checked once.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use domain::Language;

use crate::{
    check::{CorpusError, NoteError, check},
    maxim::{Maxim, Maxims},
    note::{KnowledgeNote, Tag, Tags},
    search::{NoteIndex, ScoredNote, SearchHit},
};

/// The notes, their tags, and an index of both.
#[derive(Debug)]
pub struct Corpus {
    notes: Vec<KnowledgeNote>,
    tags: BTreeMap<String, Tag>,
    by_id: HashMap<String, usize>,
    index: NoteIndex,
}

impl Corpus {
    /// Our own notes, embedded in the program, parsed on first use.
    ///
    /// # Panics
    /// Never in a program with passing tests: `tests/corpus.rs` parses the same notes.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: LazyLock<Corpus> = LazyLock::new(|| {
            let notes: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/notes.rs"));
            Corpus::parse(include_str!("../words/tags.toml"), notes.iter().copied())
                .expect("the embedded notes are checked by a test")
        });
        &EMBEDDED
    }

    /// Parses tags and notes (name without extension, TOML) and checks them all.
    ///
    /// # Errors
    /// [`CorpusError`] with every error of every note, each with its field.
    pub fn parse<'a>(
        tags: &str,
        notes: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, CorpusError> {
        let mut faults = Vec::new();
        let mut tags: Tags = toml::from_str(tags).unwrap_or_else(|error| {
            faults.push(NoteError::unreadable("tags", &error));
            Tags::new()
        });
        for (id, tag) in &mut tags {
            tag.id.clone_from(id);
        }
        let mut read = Vec::new();
        for (id, text) in notes {
            match toml::from_str::<KnowledgeNote>(text) {
                Ok(note) => read.push(KnowledgeNote { id: id.to_owned(), ..note }),
                Err(error) => faults.push(NoteError::unreadable(id, &error)),
            }
        }
        check(&read, &tags, &mut faults);
        CorpusError::unless_empty(faults)?;
        let by_id = read.iter().enumerate();
        Ok(Self {
            by_id: by_id.map(|(at, note)| (note.id.clone(), at)).collect(),
            index: NoteIndex::new(&read, &tags),
            notes: read,
            tags,
        })
    }

    /// All notes, by id.
    pub fn notes(&self) -> &[KnowledgeNote] {
        &self.notes
    }

    /// The embedded maxims, at least one.
    pub fn maxims(&self) -> &'static [Maxim] {
        static MAXIMS: LazyLock<Vec<Maxim>> = LazyLock::new(|| {
            let file: Maxims = toml::from_str(include_str!("../maxims.toml"))
                .expect("the embedded maxims are read by a test");
            file.maxim
        });
        &MAXIMS
    }

    pub fn get(&self, id: &str) -> Option<&KnowledgeNote> {
        self.by_id.get(id).map(|at| &self.notes[*at])
    }

    pub fn tag(&self, id: &str) -> Option<&Tag> {
        self.tags.get(id)
    }

    /// The notes about `query`, best first, at most `limit`; none if our notes don't cover it. The
    /// query may be in either language or a mix; `language` chooses the texts that are compared
    /// with it.
    pub fn search(&self, query: &str, language: Language, limit: usize) -> Vec<SearchHit<'_>> {
        let found = self.index.search(query, language);
        let hit = |(at, score, asked_by): ScoredNote| SearchHit {
            note: &self.notes[at],
            score,
            asked_by,
        };
        found.into_iter().take(limit).map(hit).collect()
    }

    /// The notes nearest to a topic that our notes may not cover, best first, at most `limit`; none
    /// if no note shares a word with it.
    pub fn nearest(&self, topic: &str, language: Language, limit: usize) -> Vec<&KnowledgeNote> {
        let found = self.index.nearest(topic, language).into_iter();
        found.take(limit).map(|at| &self.notes[at]).collect()
    }
}
