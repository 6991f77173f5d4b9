//! [`Maxim`]: a classical saying with its translation and source, as in `maxims.toml`.

use domain::Language;
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Maxim {
    /// The text in Devanagari.
    pub devanagari: String,
    /// The text in Roman letters (IAST).
    pub roman: String,
    pub ru: MaximText,
    pub en: MaximText,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaximText {
    /// Our translation.
    pub meaning: String,
    /// What it means for a software developer, in our own words.
    pub thought: String,
    /// The work and the verse.
    pub source: String,
}

/// The contents of `maxims.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Maxims {
    pub(crate) maxim: Vec<Maxim>,
}

impl Maxim {
    pub fn wording(&self, language: Language) -> &MaximText {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
        }
    }
}
