//! [`KnowledgeNote`] and [`Tag`]: the schema of `notes/*.toml` and `words/tags.toml`.
//!
//! Plain data as parsed; `check.rs` checks lengths and links.

use std::collections::BTreeMap;

use domain::Language;
use serde::Deserialize;

/// One idea about building software, in both languages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnowledgeNote {
    /// The file name without extension, kebab-case English.
    #[serde(skip)]
    pub id: String,
    pub emoji: String,
    /// Subjects, the main one first; each is in `words/tags.toml`.
    pub tags: Vec<String>,
    /// Notes to read next, the nearest first.
    pub related: Vec<String>,
    /// Works that the idea is based on, by author, title and year.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Phrases in either language that always match this note, in addition to those of its tags.
    #[serde(default)]
    pub aliases: Vec<String>,
    #[serde(default)]
    pub code: Option<NoteCode>,
    pub ru: NoteText,
    pub en: NoteText,
}

/// A note in one language. Every field fits a slide in large type.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteText {
    /// The idea as a headline.
    pub title: String,
    /// The first sentence, which gets the reader's attention.
    pub hook: String,
    /// The idea in one or two sentences.
    pub idea: String,
    /// The reason for the idea.
    pub why: String,
    /// A headline for the practices.
    pub how: String,
    /// Steps in the imperative, in order.
    pub practices: Vec<String>,
    pub term: String,
    /// The definition of the term.
    pub meaning: String,
    /// A situation without the idea.
    pub before: String,
    /// The same situation with the idea.
    pub after: String,
    /// A common false belief.
    pub myth: String,
    /// The correction of the myth.
    pub truth: String,
    pub takeaway: String,
    pub question: String,
    /// An exact quotation with its source.
    #[serde(default)]
    pub quote: Option<Quote>,
    #[serde(default)]
    pub code: Option<CodeText>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quote {
    /// The exact words, or our translation if the original is in another language.
    pub text: String,
    /// Author, work, year.
    pub author: String,
}

/// A code example, the same in every language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteCode {
    pub language: String,
    pub text: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeText {
    /// What the code shows.
    pub title: String,
    /// What to notice in it.
    pub remark: String,
}

impl KnowledgeNote {
    pub fn wording(&self, language: Language) -> &NoteText {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}

impl NoteText {
    /// All texts of the note except code, with the names of their fields.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let single = [
            ("title", &self.title),
            ("hook", &self.hook),
            ("idea", &self.idea),
            ("why", &self.why),
            ("how", &self.how),
            ("term", &self.term),
            ("meaning", &self.meaning),
            ("before", &self.before),
            ("after", &self.after),
            ("myth", &self.myth),
            ("truth", &self.truth),
            ("takeaway", &self.takeaway),
            ("question", &self.question),
        ];
        let steps = self.practices.iter().map(|step| ("practices", step));
        let quote = self.quote.iter();
        let quote = quote.flat_map(|q| [("quote.text", &q.text), ("quote.author", &q.author)]);
        let code = self.code.iter();
        let code = code.flat_map(|c| [("code.title", &c.title), ("code.remark", &c.remark)]);
        let all = single.into_iter().chain(steps).chain(quote).chain(code);
        all.map(|(place, text)| (place, text.as_str()))
    }
}

/// A subject that notes share.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    /// Its key in `words/tags.toml`, kebab-case English.
    #[serde(skip)]
    pub id: String,
    pub ru: TagText,
    pub en: TagText,
    /// Words of either language that may name the subject or something else: they count only if the
    /// rest of the topic is about software too («тест», but not «тест на беременность»).
    #[serde(default)]
    pub words: Vec<String>,
    /// Phrases of either language that name only this subject.
    #[serde(default)]
    pub aliases: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagText {
    pub name: String,
    /// Without `#`.
    pub hashtag: String,
    /// The audience, as it follows "for": «тем, кто …», "people who …".
    pub audience: String,
}

impl Tag {
    pub fn wording(&self, language: Language) -> &TagText {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}

/// The contents of `words/tags.toml`.
pub(crate) type Tags = BTreeMap<String, Tag>;
