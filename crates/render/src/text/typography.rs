//! [`tie_words`]: replaces spaces with no-break spaces where a line must not end. Short words are tied
//! to the next one, dashes to the word before them, and the last word to the one before it, so that
//! no line is a single short word.

use domain::ContentLanguage;

use crate::language_file::LanguageFile;

const TIE: char = '\u{a0}';

/// Longest run of tied words, in characters: longer ones would leave gaps at line ends.
const TIED_CHARS: usize = 18;

/// Shortest last word that may be alone on a line, in characters.
const LAST_CHARS: usize = 5;

/// Ties words. Changes only spaces.
pub(crate) fn tie_words(text: &str, language: ContentLanguage) -> String {
    let rules = LanguageFile::of(language);
    let words: Vec<&str> = text.split(' ').collect();
    let mut tied = String::with_capacity(text.len() + words.len());
    let mut run = 0;
    for (i, word) in words.iter().enumerate() {
        let length = word.chars().count();
        if i > 0 {
            let last =
                i + 1 == words.len() && i > 1 && strip_marks(word).chars().count() < LAST_CHARS;
            let binds = last || is_tied(words[i - 1], word, rules);
            let fits = run + 1 + length <= TIED_CHARS;
            tied.push(if binds && fits { TIE } else { ' ' });
            run = if binds && fits { run + 1 } else { 0 };
        }
        run += length;
        tied.push_str(word);
    }
    tied
}

/// Whether a line must not end between these two words.
fn is_tied(before: &str, after: &str, rules: Option<&LanguageFile>) -> bool {
    let (left, right) = (strip_marks(before).to_lowercase(), strip_marks(after).to_lowercase());
    let ends_here = before.ends_with(['.', ',', '!', '?', ':', ';', '…']);
    let number = left.ends_with(|c: char| c.is_ascii_digit()) && right.chars().count() <= 8;
    let dash = matches!(after, "—" | "–" | "-");
    let sign = matches!(before, "№" | "§" | "#" | "$" | "€" | "₽" | "«" | "¿" | "¡");
    let right_sign = matches!(after, "%" | "₽" | "€" | "$" | "°" | "!" | "?" | ":" | ";" | "»");
    let small = !ends_here && rules.is_some_and(|rules| rules.binds_to_next(&left));
    dash || sign
        || right_sign
        || small
        || (number && !ends_here)
        || rules.is_some_and(|rules| rules.binds_to_previous(&right))
}

/// A word without the quotation marks, brackets and emphasis around it.
fn strip_marks(word: &str) -> &str {
    word.trim_matches(['«', '»', '“', '”', '„', '"', '\'', '(', ')', '*', '`', ',', '.', '!', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str, language: ContentLanguage) -> String {
        tie_words(text, language).replace(TIE, "~")
    }

    #[test]
    fn russian_short_words_and_numbers_are_tied() {
        let cases = [
            ("Тесты — это не про баги", "Тесты~— это не~про~баги"),
            ("Писать ли тесты для кода", "Писать~ли тесты для~кода"),
            ("Выделите 15 минут и начните", "Выделите 15~минут и~начните"),
            ("«В начале» было слово", "«В~начале» было слово"),
            ("Это да. Потом решим", "Это да. Потом решим"),
        ];
        for (text, expected) in cases {
            assert_eq!(seen(text, ContentLanguage::RU), expected);
        }
    }

    #[test]
    fn english_articles_and_last_words_are_tied() {
        assert_eq!(seen("Name a thing once", ContentLanguage::EN), "Name a~thing~once");
        assert_eq!(
            seen("What the reader will get", ContentLanguage::EN),
            "What the~reader will~get"
        );
        assert_eq!(seen("Get it", ContentLanguage::EN), "Get it");
    }

    #[test]
    fn tied_runs_have_a_maximum_length() {
        let text = "и в на по к о у с из за до и в на по к о у с из за до";
        let tied = tie_words(text, ContentLanguage::RU);
        assert!(tied.split(' ').all(|run| run.chars().count() <= TIED_CHARS));
        assert_eq!(tied.replace(TIE, " "), text);
    }
}
