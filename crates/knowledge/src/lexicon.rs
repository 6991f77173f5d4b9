//! Words and their stems, in both languages at once, and which words carry no subject.
//!
//! Owns how text is taken apart for every search and summary in the house. Each word is stemmed by
//! its script, so that a mixed topic («принципы VIBECODING») needs no language to be told. Knows
//! nothing of notes.

use std::{collections::HashSet, sync::LazyLock};

use rust_stemmers::{Algorithm, Stemmer};

/// One word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'a> {
    /// As it stands in the text.
    pub text: &'a str,
    /// What its forms have in common: lower case, «ё» as «е», ending gone.
    pub stem: String,
}

/// The words of `text`, in order, fillers included.
pub fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    text.split(|c: char| !(c.is_alphanumeric() || is_apostrophe(c)))
        .map(|word| word.trim_matches(is_apostrophe))
        .filter(|word| !word.is_empty())
        .map(|word| Word {
            text: word,
            stem: stem(word),
        })
}

/// Whether a word says nothing about a subject: articles, prepositions, and what every topic is
/// wrapped in («почему», «важно», "how", "tips").
pub fn is_filler(word: &Word<'_>) -> bool {
    FILLERS.exact.contains(&plain(word.text)) || FILLERS.stems.contains(&word.stem)
}

/// The stems of the words that carry a subject, in order.
pub(crate) fn content(text: &str) -> Vec<String> {
    words(text)
        .filter(|word| !is_filler(word))
        .map(|word| word.stem)
        .collect()
}

/// Whether a word belongs to talk about software whatever stands beside it («код», "Python").
pub(crate) fn is_of_our_field(stem: &str) -> bool {
    FIELD.contains(stem)
}

/// `words/fillers.txt`: one word a line; a trailing `*` means all forms of it.
struct Fillers {
    exact: HashSet<String>,
    stems: HashSet<String>,
}

static FILLERS: LazyLock<Fillers> = LazyLock::new(|| {
    let list = || entries(include_str!("../words/fillers.txt"));
    let all_forms = list().filter_map(|entry| entry.strip_suffix('*'));
    Fillers {
        exact: list().filter(|e| !e.ends_with('*')).map(plain).collect(),
        stems: all_forms.map(stem).collect(),
    }
});

static FIELD: LazyLock<HashSet<String>> = LazyLock::new(|| {
    entries(include_str!("../words/field.txt"))
        .map(stem)
        .collect()
});

/// Words of a list, comments (`#`) and empty lines left out.
fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .flat_map(str::split_whitespace)
}

static APART: LazyLock<HashSet<String>> = LazyLock::new(|| {
    entries(include_str!("../words/apart.txt"))
        .map(plain)
        .collect()
});

fn stem(word: &str) -> String {
    let plain = plain(word);
    if APART.contains(&plain) {
        return plain;
    }
    let cyrillic = |c: char| matches!(c, '\u{400}'..='\u{52f}');
    let algorithm = if plain.chars().any(cyrillic) {
        Algorithm::Russian
    } else {
        Algorithm::English
    };
    Stemmer::create(algorithm).stem(&plain).into_owned()
}

/// Lower case, «ё» as «е», no apostrophes: as people type.
fn plain(word: &str) -> String {
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
    fn words_of_different_meaning_are_kept_apart() {
        assert_ne!(content("тесто"), content("тест"));
        assert_ne!(content("productivity"), content("product"));
    }

    #[test]
    fn what_topics_are_wrapped_in_is_left_out() {
        assert_eq!(content("Почему тесты важны?"), content("тест"));
        assert_eq!(content("How to name things"), content("name"));
        assert_eq!(
            content("What’s the best way to do it"),
            Vec::<String>::new()
        );
    }

    proptest! {
        #[test]
        fn any_text_can_be_taken_apart(text in "\\PC{0,60}") {
            for word in words(&text) {
                prop_assert!(text.contains(word.text));
            }
        }
    }
}
