//! The rules for notes, and the errors of notes that break them.
//!
//! Lengths fit a 1080×1350 slide in large type. All errors of all notes are reported at once.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
};

use domain::{CodeBlock, Hashtag, Language};

use crate::{
    note::{KnowledgeNote, NoteText, Tag},
    phrase::TopicPhrase,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorpusError {
    errors: Vec<NoteError>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{note}: {field}: {message}")]
pub struct NoteError {
    /// The note's or tag's id.
    pub note: String,
    pub field: String,
    /// What is wrong and what is allowed.
    pub message: String,
}

/// The maximum length of each field, in characters.
const MAX_LENGTHS: [(&str, usize); 18] = [
    ("title", 60),
    ("hook", 100),
    ("idea", 180),
    ("why", 200),
    ("how", 56),
    ("practices", 90),
    ("term", 28),
    ("meaning", 160),
    ("before", 110),
    ("after", 110),
    ("myth", 110),
    ("truth", 110),
    ("takeaway", 90),
    ("question", 120),
    ("quote.text", 220),
    ("quote.author", 70),
    ("code.title", 48),
    ("code.remark", 110),
];

/// Headlines and steps, which have no full stop at their end.
const HEADLINE_FIELDS: [&str; 7] =
    ["title", "how", "practices", "term", "takeaway", "code.title", "quote.author"];

const MAX_CODE_LINES: usize = 8;
const MAX_CODE_COLUMNS: usize = 46;

impl CorpusError {
    /// All errors, in the order of the notes.
    pub fn errors(&self) -> &[NoteError] {
        &self.errors
    }

    pub(crate) fn unless_empty(faults: Vec<NoteError>) -> Result<(), Self> {
        if faults.is_empty() { Ok(()) } else { Err(Self { errors: faults }) }
    }
}

impl std::error::Error for CorpusError {}

impl fmt::Display for CorpusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} faults in the notes", self.errors.len())?;
        for fault in &self.errors {
            write!(f, "\n  {fault}")?;
        }
        Ok(())
    }
}

impl NoteError {
    pub(crate) fn unreadable(note: &str, error: &toml::de::Error) -> Self {
        Self {
            note: note.to_owned(),
            field: "file".to_owned(),
            message: error.to_string().trim().to_owned(),
        }
    }
}

pub(crate) fn check(
    notes: &[KnowledgeNote],
    tags: &BTreeMap<String, Tag>,
    faults: &mut Vec<NoteError>,
) {
    let ids: HashSet<&str> = notes.iter().map(|note| note.id.as_str()).collect();
    let mut titles = HashSet::new();
    for note in notes {
        let mut sheet = NoteChecker { note: &note.id, faults };
        sheet.links(note, &ids, tags);
        sheet.code(note);
        for language in Language::ALL.iter().copied() {
            sheet.wording(language, note.wording(language));
            let title = &note.wording(language).title;
            sheet.require(titles.insert(title.clone()), "title", || {
                format!("another note has the title “{title}”")
            });
        }
    }
    for tag in tags.values() {
        let mut sheet = NoteChecker { note: &tag.id, faults };
        sheet.tag(tag, notes);
    }
}

struct NoteChecker<'a> {
    note: &'a str,
    faults: &'a mut Vec<NoteError>,
}

impl NoteChecker<'_> {
    fn require(&mut self, good: bool, place: &str, what: impl FnOnce() -> String) {
        if !good {
            self.faults.push(NoteError {
                note: self.note.to_owned(),
                field: place.to_owned(),
                message: what(),
            });
        }
    }

    fn links(&mut self, note: &KnowledgeNote, ids: &HashSet<&str>, tags: &BTreeMap<String, Tag>) {
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        self.require(note.id.chars().all(kebab), "id", || {
            "the file name is lower-case English letters, digits and dashes".to_owned()
        });
        self.require((1..=4).contains(&note.tags.len()), "tags", || {
            format!("{} tags, 1 to 4 are allowed", note.tags.len())
        });
        for tag in &note.tags {
            self.require(tags.contains_key(tag), "tags", || {
                format!("“{tag}” is not in words/tags.toml")
            });
        }
        self.require((2..=5).contains(&note.related.len()), "related", || {
            format!("{} related notes, 2 to 5 are allowed", note.related.len())
        });
        let mut seen = HashSet::from([note.id.as_str()]);
        for id in &note.related {
            self.require(ids.contains(id.as_str()), "related", || {
                format!("there is no note “{id}”")
            });
            self.require(seen.insert(id), "related", || {
                format!("“{id}” is the note itself, or is named twice")
            });
        }
        for alias in &note.aliases {
            self.require(TopicPhrase::parse(alias, true).is_some(), "aliases", || {
                format!("“{alias}” has no word that carries a subject")
            });
        }
    }

    fn code(&mut self, note: &KnowledgeNote) {
        let told = [&note.ru, &note.en].map(|wording| wording.code.is_some());
        self.require(told == [note.code.is_some(); 2], "code", || {
            "code needs [code], [ru.code] and [en.code], all or none".to_owned()
        });
        let Some(code) = &note.code else { return };
        let lines = code.text.trim_matches('\n').lines();
        let widest = lines.clone().map(|l| l.chars().count()).max();
        let small = lines.count() <= MAX_CODE_LINES && widest.unwrap_or(0) <= MAX_CODE_COLUMNS;
        let valid = CodeBlock::parse(&code.language, &code.text).is_ok();
        self.require(small && valid, "code", || {
            format!(
                "1 to {MAX_CODE_LINES} lines of at most {MAX_CODE_COLUMNS} characters are allowed"
            )
        });
    }

    fn wording(&mut self, language: Language, wording: &NoteText) {
        let steps = wording.practices.len();
        self.require((3..=5).contains(&steps), "practices", || {
            format!("{steps} steps, 3 to 5 are allowed")
        });
        let mut seen = HashSet::new();
        for (field, text) in wording.texts() {
            let place = format!("{}.{field}", language.name());
            self.length(&place, field, text);
            self.ending(&place, field, text);
            self.typography(&place, language, text);
            self.require(seen.insert(text.to_lowercase()), &place, || {
                format!("“{text}” is said twice")
            });
        }
    }

    fn length(&mut self, place: &str, field: &str, text: &str) {
        let max = MAX_LENGTHS.iter().find(|(name, _)| *name == field);
        let max = max.map_or(0, |(_, max)| *max);
        let chars = text.chars().count();
        self.require((1..=max).contains(&chars), place, || {
            format!("{chars} characters, 1 to {max} are allowed: {text}")
        });
    }

    fn ending(&mut self, place: &str, field: &str, text: &str) {
        let good = match field {
            "question" => text.ends_with('?'),
            "hook" => true,
            _ if HEADLINE_FIELDS.contains(&field) => !text.ends_with(['.', ':', ';', ',']),
            _ => text.ends_with(['.', '!', '?', '…', '»', '”']),
        };
        self.require(good, place, || format!("has the wrong ending: {text}"));
    }

    /// Typography: typewriter quotes, hyphens instead of dashes, stray spaces.
    fn typography(&mut self, place: &str, language: Language, text: &str) {
        let stray: &[&str] = match language {
            Language::Ru => &["\"", "'", " - ", "--", "  ", "...", "“", " ,", "\n"],
            Language::En => &["\"", "'", " - ", "--", "  ", "...", "«", " ,", "\n", " —"],
        };
        for sign in stray {
            self.require(!text.contains(sign), place, || {
                format!("has {sign:?}, which is poor typography: {text}")
            });
        }
        let trimmed = text.trim() == text;
        self.require(trimmed, place, || "has spaces around it".to_owned());
    }

    fn tag(&mut self, tag: &Tag, notes: &[KnowledgeNote]) {
        let used = notes.iter().any(|note| note.tags.contains(&tag.id));
        self.require(used, "tag", || "no note has this tag".to_owned());
        for wording in [&tag.ru, &tag.en] {
            let hashtag = &wording.hashtag;
            self.require(Hashtag::parse(hashtag).is_ok(), "hashtag", || {
                format!("“{hashtag}” is no hashtag")
            });
            let said = !wording.name.is_empty() && !wording.audience.is_empty();
            self.require(said, "name", || "name or audience is empty".to_owned());
        }
        for text in tag.words.iter().chain(&tag.aliases) {
            self.require(TopicPhrase::parse(text, true).is_some(), "words", || {
                format!("“{text}” has no word that carries a subject")
            });
        }
    }
}
