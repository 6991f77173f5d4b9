//! Words and their stems, in both languages at once, and the words without a subject.
//!
//! Splits text into words for every search and summary in this project. A word is stemmed by its
//! script, so a mixed topic («принципы VIBECODING») needs no language argument. Does not depend on
//! notes.

use std::{collections::HashSet, sync::LazyLock};

use domain::is_cyrillic;
use rust_stemmers::{Algorithm, Stemmer};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word as written.
    pub text: &'a str,
    /// Equal for all forms of a word: lower case, «ё» as «е», ending removed.
    pub stem: String,
}

/// The words of `text`, in order, including fillers.
pub fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    text.split(|c: char| !(c.is_alphanumeric() || is_apostrophe(c)))
        .map(|word| word.trim_matches(is_apostrophe))
        .filter(|word| !word.is_empty())
        .map(|word| Word { text: word, stem: stem(word) })
}

/// Whether a word names no subject: articles, prepositions, and common phrases of topics («почему»,
/// «важно», "how", "tips").
pub fn is_filler(word: &Word<'_>) -> bool {
    FILLERS.exact.contains(&normalize(word.text)) || FILLERS.stems.contains(&word.stem)
}

/// The stems of the words that name a subject, in order.
pub(crate) fn content(text: &str) -> Vec<String> {
    words(text).filter(|word| !is_filler(word)).map(|word| word.stem).collect()
}

/// Whether a word is about software in any context («код», "Python").
pub(crate) fn is_software_term(stem: &str) -> bool {
    SOFTWARE_TERMS.contains(stem)
}

/// Whether a word names the form of a text («чек-лист», "mistakes") and not its subject.
pub(crate) fn is_form(stem: &str) -> bool {
    FORMS.contains(stem)
}

/// `words/fillers.txt`: one word per line; a trailing `*` includes all its forms.
struct Fillers {
    exact: HashSet<String>,
    stems: HashSet<String>,
}

static FILLERS: LazyLock<Fillers> = LazyLock::new(|| {
    let list = || entries(include_str!("../words/fillers.txt"));
    let all_forms = list().filter_map(|entry| entry.strip_suffix('*'));
    Fillers {
        exact: list().filter(|e| !e.ends_with('*')).map(normalize).collect(),
        stems: all_forms.map(stem).collect(),
    }
});

static SOFTWARE_TERMS: LazyLock<HashSet<String>> =
    LazyLock::new(|| entries(include_str!("../words/field.txt")).map(stem).collect());

static FORMS: LazyLock<HashSet<String>> =
    LazyLock::new(|| entries(include_str!("../words/forms.txt")).map(stem).collect());

/// The words of a list, without comments (`#`) and empty lines.
fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .flat_map(str::split_whitespace)
}

static UNSTEMMED_WORDS: LazyLock<HashSet<String>> =
    LazyLock::new(|| entries(include_str!("../words/apart.txt")).map(normalize).collect());

fn stem(word: &str) -> String {
    let plain = normalize(word);
    if UNSTEMMED_WORDS.contains(&plain) {
        return plain;
    }
    let algorithm =
        if plain.chars().any(is_cyrillic) { Algorithm::Russian } else { Algorithm::English };
    Stemmer::create(algorithm).stem(&plain).into_owned()
}

/// Normalizes what people type: lower case, «ё» as «е», no apostrophes.
fn normalize(word: &str) -> String {
    word.to_lowercase()
        .chars()
        .filter(|c| !is_apostrophe(*c))
        .map(|c| if c == 'ё' { 'е' } else { c })
        .collect()
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_of_a_word_share_a_stem_in_both_languages() {
        for [a, b] in [
            ["тесты", "тестов"],
            ["Рефакторинг", "рефакторинга"],
            ["учёт", "учета"],
            ["review", "Reviews"],
            ["VIBECODING", "vibecoding"],
        ] {
            assert_eq!(content(a), content(b), "{a} {b}");
        }
    }

    #[test]
    fn different_words_have_different_stems() {
        assert_ne!(content("тесто"), content("тест"));
        assert_ne!(content("productivity"), content("product"));
    }

    #[test]
    fn content_has_no_fillers() {
        assert_eq!(content("Почему тесты важны?"), content("тест"));
        assert_eq!(content("How to name things"), content("name"));
        assert_eq!(content("What’s the best way to do it"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn words_accepts_any_text(text in "\\PC{0,60}") {
            for word in words(&text) {
                prop_assert!(text.contains(word.text));
            }
        }
    }
}
