//! [`Note`] and [`Tag`]: the shapes of what stands in `notes/*.toml` and `words/tags.toml`.
//!
//! Plain data as it is read; which lengths and links are allowed is `check.rs`'s.

use std::collections::BTreeMap;

use domain::Language;
use serde::Deserialize;

/// One thought about building software, told in both languages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// The file's name without its ending, kebab-case English.
    #[serde(skip)]
    pub id: String,
    /// Sets the tone of a slide.
    pub emoji: String,
    /// Subjects, the first is the main one; each stands in `words/tags.toml`.
    pub tags: Vec<String>,
    /// Notes to read next, nearest first.
    pub related: Vec<String>,
    /// Works that the thought owes something to, by author, name and year.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Phrases in either language that surely ask for this note, beyond those of its tags.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// A few lines of code that show the thought.
    #[serde(default)]
    pub code: Option<Code>,
    /// In Russian.
    pub ru: Wording,
    /// In English.
    pub en: Wording,
}

/// A note in one language. Lengths are such that every field fits a slide in large type.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// The thought as a headline.
    pub title: String,
    /// What makes a reader stop.
    pub hook: String,
    /// The thought itself, in one or two sentences.
    pub idea: String,
    /// Why it holds.
    pub why: String,
    /// A headline over the practices.
    pub how: String,
    /// Steps in the imperative, in order.
    pub practices: Vec<String>,
    /// A term worth knowing.
    pub term: String,
    /// What the term means.
    pub meaning: String,
    /// How it looks without.
    pub before: String,
    /// How it looks with.
    pub after: String,
    /// What many believe.
    pub myth: String,
    /// What is so instead.
    pub truth: String,
    /// The line to remember.
    pub takeaway: String,
    /// A question to the reader.
    pub question: String,
    /// Somebody else's words, exact and with their source.
    #[serde(default)]
    pub quote: Option<Quote>,
    /// What stands around the note's code.
    #[serde(default)]
    pub code: Option<CodeWords>,
}

/// Somebody else's words.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quote {
    /// The words; in the language that is not their own, our translation.
    pub text: String,
    /// Author, work, year.
    pub author: String,
}

/// A few lines of code, the same in every language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The programming language.
    pub language: String,
    /// The lines.
    pub text: String,
}

/// The words around a piece of code.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeWords {
    /// What it shows.
    pub title: String,
    /// What to notice.
    pub remark: String,
}

impl Note {
    /// The note in `language`.
    pub fn wording(&self, language: Language) -> &Wording {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}

impl Wording {
    /// All texts of the note but code, with the names of their fields.
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
    /// In Russian.
    pub ru: TagWords,
    /// In English.
    pub en: TagWords,
    /// Words of either language that name the subject, and other things as well: they count when
    /// the rest of a topic speaks of software too («тест», but not «тест на беременность»).
    #[serde(default)]
    pub words: Vec<String>,
    /// Phrases of either language that name nothing else.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// A tag in one language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagWords {
    /// The subject's name.
    pub name: String,
    /// Its hashtag, without `#`.
    pub hashtag: String,
    /// Who wants to read about it, ready to stand after "for": «тем, кто …», "people who …".
    pub audience: String,
}

impl Tag {
    /// The tag in `language`.
    pub fn wording(&self, language: Language) -> &TagWords {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}

/// `words/tags.toml` as it is read.
pub(crate) type Tags = BTreeMap<String, Tag>;
