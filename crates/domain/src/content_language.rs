//! [`ContentLanguage`]: the language of a carousel. A model writes in any of them; the built-in notes
//! and the interface have only those of [`Language`].

use crate::{Language, UnknownName, is_cyrillic};

/// A language that a carousel can have. Serialized as its ISO 639-1 code, such as `ru`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentLanguage(u8);

struct LanguageEntry {
    /// ISO 639-1.
    code: &'static str,
    /// ISO 639-3, for detection.
    long_code: &'static str,
    /// For prompts and errors.
    english: &'static str,
    /// For people; its letters show whether the fonts have the script.
    own: &'static str,
    script: Script,
}

/// The letters of a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    Latin,
    Cyrillic,
    Greek,
    Arabic,
    Hebrew,
    Armenian,
    Georgian,
    Devanagari,
    Bengali,
    Tamil,
    Telugu,
    Thai,
    Han,
    Japanese,
    Hangul,
}

const fn entry(
    code: &'static str,
    long_code: &'static str,
    english: &'static str,
    own: &'static str,
    script: Script,
) -> LanguageEntry {
    LanguageEntry { code, long_code, english, own, script }
}

/// A new language is a line here; its texts on slides are a file in `crates/render/languages`, without
/// which it gets neutral ones.
const LANGUAGES: [LanguageEntry; 45] = [
    entry("ru", "rus", "Russian", "русский", Script::Cyrillic),
    entry("en", "eng", "English", "English", Script::Latin),
    entry("uk", "ukr", "Ukrainian", "українська", Script::Cyrillic),
    entry("es", "spa", "Spanish", "español", Script::Latin),
    entry("pt", "por", "Portuguese", "português", Script::Latin),
    entry("de", "deu", "German", "Deutsch", Script::Latin),
    entry("fr", "fra", "French", "français", Script::Latin),
    entry("it", "ita", "Italian", "italiano", Script::Latin),
    entry("pl", "pol", "Polish", "polski", Script::Latin),
    entry("tr", "tur", "Turkish", "Türkçe", Script::Latin),
    entry("nl", "nld", "Dutch", "Nederlands", Script::Latin),
    entry("sv", "swe", "Swedish", "svenska", Script::Latin),
    entry("da", "dan", "Danish", "dansk", Script::Latin),
    entry("nb", "nob", "Norwegian Bokmål", "norsk bokmål", Script::Latin),
    entry("fi", "fin", "Finnish", "suomi", Script::Latin),
    entry("et", "est", "Estonian", "eesti", Script::Latin),
    entry("lv", "lav", "Latvian", "latviešu", Script::Latin),
    entry("lt", "lit", "Lithuanian", "lietuvių", Script::Latin),
    entry("cs", "ces", "Czech", "čeština", Script::Latin),
    entry("sk", "slk", "Slovak", "slovenčina", Script::Latin),
    entry("sl", "slv", "Slovene", "slovenščina", Script::Latin),
    entry("hr", "hrv", "Croatian", "hrvatski", Script::Latin),
    entry("ro", "ron", "Romanian", "română", Script::Latin),
    entry("hu", "hun", "Hungarian", "magyar", Script::Latin),
    entry("ca", "cat", "Catalan", "català", Script::Latin),
    entry("vi", "vie", "Vietnamese", "Tiếng Việt", Script::Latin),
    entry("id", "ind", "Indonesian", "Bahasa Indonesia", Script::Latin),
    entry("be", "bel", "Belarusian", "беларуская", Script::Cyrillic),
    entry("bg", "bul", "Bulgarian", "български", Script::Cyrillic),
    entry("sr", "srp", "Serbian", "српски", Script::Cyrillic),
    entry("mk", "mkd", "Macedonian", "македонски", Script::Cyrillic),
    entry("el", "ell", "Greek", "ελληνικά", Script::Greek),
    entry("ar", "ara", "Arabic", "العربية", Script::Arabic),
    entry("fa", "pes", "Persian", "فارسی", Script::Arabic),
    entry("he", "heb", "Hebrew", "עברית", Script::Hebrew),
    entry("hy", "hye", "Armenian", "հայերեն", Script::Armenian),
    entry("ka", "kat", "Georgian", "ქართული", Script::Georgian),
    entry("hi", "hin", "Hindi", "हिन्दी", Script::Devanagari),
    entry("bn", "ben", "Bengali", "বাংলা", Script::Bengali),
    entry("ta", "tam", "Tamil", "தமிழ்", Script::Tamil),
    entry("te", "tel", "Telugu", "తెలుగు", Script::Telugu),
    entry("th", "tha", "Thai", "ไทย", Script::Thai),
    entry("zh", "cmn", "Chinese", "中文", Script::Han),
    entry("ja", "jpn", "Japanese", "日本語", Script::Japanese),
    entry("ko", "kor", "Korean", "한국어", Script::Hangul),
];

impl ContentLanguage {
    pub const RU: Self = Self(0);
    pub const EN: Self = Self(1);

    /// Every language, Russian and English first.
    pub fn all() -> impl Iterator<Item = Self> {
        (0u8..).zip(&LANGUAGES).map(|(at, _)| Self(at))
    }

    fn entry(self) -> &'static LanguageEntry {
        &LANGUAGES[usize::from(self.0)]
    }

    /// The ISO 639-1 code: the name that is typed and stored.
    pub fn name(self) -> &'static str {
        self.entry().code
    }

    /// The language with this ISO 639-3 code.
    pub fn by_long_code(code: &str) -> Option<Self> {
        Self::all().find(|language| language.long_code() == code)
    }

    /// The ISO 639-3 code.
    pub fn long_code(self) -> &'static str {
        self.entry().long_code
    }

    /// “Ukrainian”.
    pub fn english_name(self) -> &'static str {
        self.entry().english
    }

    /// “українська”.
    pub fn own_name(self) -> &'static str {
        self.entry().own
    }

    pub fn script(self) -> Script {
        self.entry().script
    }

    /// The language of the notes and of the offline writer; `None` if only a model writes it.
    pub const fn offline(self) -> Option<Language> {
        match self {
            Self::RU => Some(Language::Ru),
            Self::EN => Some(Language::En),
            Self(_) => None,
        }
    }

    /// The nearest language that our own texts have.
    pub fn interface(self) -> Language {
        self.offline().unwrap_or(Language::En)
    }
}

impl Script {
    /// Whether a letter belongs to the script.
    pub fn has(self, c: char) -> bool {
        match self {
            Self::Latin => {
                c.is_ascii_alphabetic()
                    || matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | 'ª' | 'º')
            }
            Self::Cyrillic => is_cyrillic(c),
            Self::Greek => matches!(c, '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}'),
            Self::Arabic => {
                matches!(c, '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{fb50}'..='\u{feff}')
            }
            Self::Hebrew => matches!(c, '\u{590}'..='\u{5ff}' | '\u{fb1d}'..='\u{fb4f}'),
            Self::Armenian => matches!(c, '\u{530}'..='\u{58f}'),
            Self::Georgian => matches!(c, '\u{10a0}'..='\u{10ff}' | '\u{1c90}'..='\u{1cbf}'),
            Self::Devanagari => matches!(c, '\u{900}'..='\u{97f}'),
            Self::Bengali => matches!(c, '\u{980}'..='\u{9ff}'),
            Self::Tamil => matches!(c, '\u{b80}'..='\u{bff}'),
            Self::Telugu => matches!(c, '\u{c00}'..='\u{c7f}'),
            Self::Thai => matches!(c, '\u{e00}'..='\u{e7f}'),
            Self::Han => matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{2fa1f}'),
            Self::Japanese => matches!(c, '\u{3040}'..='\u{30ff}') || Self::Han.has(c),
            Self::Hangul => matches!(c, '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7af}'),
        }
    }
}

impl From<Language> for ContentLanguage {
    fn from(language: Language) -> Self {
        match language {
            Language::Ru => Self::RU,
            Language::En => Self::EN,
        }
    }
}

impl std::fmt::Display for ContentLanguage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::fmt::Debug for ContentLanguage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ContentLanguage({})", self.name())
    }
}

impl std::str::FromStr for ContentLanguage {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::all().find(|language| language.name() == name).ok_or_else(|| UnknownName {
            what: "language",
            name: name.to_owned(),
            choices: Self::all().map(Self::name).collect::<Vec<_>>().join(", "),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_are_unique_and_parse() {
        let mut long_codes = std::collections::BTreeSet::new();
        for language in ContentLanguage::all() {
            assert_eq!(language.name().parse(), Ok(language));
            assert_eq!(ContentLanguage::by_long_code(language.long_code()), Some(language));
            assert!(long_codes.insert(language.long_code()), "{language}");
        }
        assert!("xx".parse::<ContentLanguage>().is_err());
        for language in Language::ALL {
            let content = ContentLanguage::from(*language);
            assert_eq!((content.offline(), content.name()), (Some(*language), language.name()));
        }
        assert_eq!("uk".parse::<ContentLanguage>().unwrap().offline(), None);
    }

    #[test]
    fn own_names_are_written_in_their_script() {
        for language in ContentLanguage::all() {
            let letters = || language.own_name().chars().filter(|c| c.is_alphabetic());
            assert!(letters().all(|c| language.script().has(c)), "{language}");
        }
    }
}
