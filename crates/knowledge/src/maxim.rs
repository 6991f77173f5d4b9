//! [`Maxim`]: an old saying with its translation and source, as it stands in `maxims.toml`.

use domain::Language;
use serde::Deserialize;

/// A classical Sanskrit maxim.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Maxim {
    /// Its words, in Devanagari.
    pub devanagari: String,
    /// Its words in Roman letters (IAST).
    pub roman: String,
    /// In Russian.
    pub ru: MaximWords,
    /// In English.
    pub en: MaximWords,
}

/// A maxim in one language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaximWords {
    /// What it means, our translation.
    pub meaning: String,
    /// What it says to somebody who builds software, in our own words.
    pub thought: String,
    /// Where it stands.
    pub source: String,
}

/// `maxims.toml` as it is read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Maxims {
    pub(crate) maxim: Vec<Maxim>,
}

impl Maxim {
    /// The maxim in `language`.
    pub fn wording(&self, language: Language) -> &MaximWords {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}
