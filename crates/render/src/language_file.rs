//! [`LanguageFile`]: the renderer's own texts and the rules of line breaking in one language, from
//! `languages/*.toml`. A language without a file gets neutral texts.

use std::sync::LazyLock;

use domain::{ContentLanguage, SlideKind};
use serde::Deserialize;

/// The built-in files. A new language is a file next to these and a line here.
const BUILT_IN: [&str; 10] = [
    include_str!("../languages/ru.toml"),
    include_str!("../languages/en.toml"),
    include_str!("../languages/uk.toml"),
    include_str!("../languages/es.toml"),
    include_str!("../languages/pt.toml"),
    include_str!("../languages/de.toml"),
    include_str!("../languages/fr.toml"),
    include_str!("../languages/it.toml"),
    include_str!("../languages/pl.toml"),
    include_str!("../languages/tr.toml"),
];

static FILES: LazyLock<Vec<LanguageFile>> = LazyLock::new(|| {
    let read = |text: &&str| toml::from_str(text).expect("a test reads every built-in file");
    BUILT_IN.iter().map(read).collect()
});

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LanguageFile {
    code: String,
    /// The prompt to swipe to the next slide.
    swipe: String,
    slides: SlideNoun,
    kickers: Kickers,
    ties: Ties,
}

/// The noun of “7 slides”.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SlideNoun {
    plural: PluralRule,
    /// As many as the rule has forms.
    forms: Vec<String>,
}

/// Which form of a noun follows a number (Unicode CLDR).
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PluralRule {
    /// One form for all numbers.
    None,
    /// 1; others.
    One,
    /// 0 and 1; others.
    OneZero,
    /// 1, 21; 2 to 4, 22; others.
    Slavic,
    /// 1; 2 to 4, 22; others.
    Polish,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kickers {
    principle: String,
    concept: String,
    practice: String,
    quote: String,
    list: String,
    statistic: String,
    comparison: String,
    code: String,
    summary: String,
}

/// Where a line must not end.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ties {
    /// Words of at most this many letters are tied to the next one.
    short_words: usize,
    /// Words that are tied to the next one, separated by spaces.
    to_next: String,
    /// Words that are tied to the one before them.
    to_previous: String,
}

impl LanguageFile {
    pub(crate) fn of(language: ContentLanguage) -> Option<&'static Self> {
        FILES.iter().find(|file| file.code == language.name())
    }

    pub(crate) fn swipe(&self) -> &str {
        &self.swipe
    }

    /// "7 slides".
    pub(crate) fn slide_count(&self, total: usize) -> String {
        let (ones, tens) = (total % 10, total % 100);
        let teen = (11..=14).contains(&tens);
        let few = (2..=4).contains(&ones) && !teen;
        let form = match self.slides.plural {
            PluralRule::None => 0,
            PluralRule::One => usize::from(total != 1),
            PluralRule::OneZero => usize::from(total > 1),
            PluralRule::Slavic if ones == 1 && !teen => 0,
            PluralRule::Polish if total == 1 => 0,
            PluralRule::Slavic | PluralRule::Polish => {
                if few {
                    1
                } else {
                    2
                }
            }
        };
        let noun = self.slides.forms.get(form).map_or("", String::as_str);
        format!("{total}\u{a0}{noun}")
    }

    /// The name of a slide's kind; none for the title slide.
    pub(crate) fn kicker(&self, kind: SlideKind) -> Option<&str> {
        let kickers = &self.kickers;
        Some(match kind {
            SlideKind::Title => return None,
            SlideKind::Principle => &kickers.principle,
            SlideKind::Concept => &kickers.concept,
            SlideKind::Practice => &kickers.practice,
            SlideKind::Quote => &kickers.quote,
            SlideKind::List => &kickers.list,
            SlideKind::Statistic => &kickers.statistic,
            SlideKind::Comparison | SlideKind::Versus => &kickers.comparison,
            SlideKind::Code => &kickers.code,
            SlideKind::Summary => &kickers.summary,
        })
    }

    /// Whether a word in lower case is tied to the next one.
    pub(crate) fn binds_to_next(&self, word: &str) -> bool {
        let letters = word.chars().count();
        let short = (1..=self.ties.short_words).contains(&letters);
        let is_short = short && word.chars().all(char::is_alphabetic);
        (is_short && !self.binds_to_previous(word)) || is_listed(word, &self.ties.to_next)
    }

    /// Whether a word in lower case is tied to the one before it.
    pub(crate) fn binds_to_previous(&self, word: &str) -> bool {
        is_listed(word, &self.ties.to_previous)
    }
}

fn is_listed(word: &str, list: &str) -> bool {
    !word.is_empty() && list.split(' ').any(|listed| listed == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> &'static LanguageFile {
        LanguageFile::of(name.parse().unwrap()).unwrap()
    }

    #[test]
    fn every_file_is_valid_and_has_the_forms_of_its_rule() {
        for text in BUILT_IN {
            let file: LanguageFile = toml::from_str(text).unwrap();
            let forms = match file.slides.plural {
                PluralRule::None => 1,
                PluralRule::One | PluralRule::OneZero => 2,
                PluralRule::Slavic | PluralRule::Polish => 3,
            };
            assert_eq!(file.slides.forms.len(), forms, "{}", file.code);
            assert!(file.code.parse::<ContentLanguage>().is_ok(), "{}", file.code);
        }
    }

    #[test]
    fn slide_counts_follow_plural_rules() {
        for (name, total, said) in [
            ("ru", 3, "3 слайда"),
            ("ru", 7, "7 слайдов"),
            ("ru", 11, "11 слайдов"),
            ("ru", 21, "21 слайд"),
            ("en", 1, "1 slide"),
            ("uk", 4, "4 слайди"),
            ("es", 7, "7 láminas"),
            ("fr", 1, "1 page"),
            ("pl", 5, "5 slajdów"),
            ("pl", 21, "21 slajdów"),
            ("pl", 3, "3 slajdy"),
            ("tr", 7, "7 slayt"),
        ] {
            assert_eq!(of(name).slide_count(total).replace('\u{a0}', " "), said);
        }
    }
}
