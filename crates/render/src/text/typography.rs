//! [`tie_words`]: replaces spaces with no-break spaces where a line must not end. Short words are tied
//! to the next one, dashes to the word before them, and the last word to the one before it, so that
//! no line is a single short word.

use domain::Language;

const TIE: char = '\u{a0}';

/// Longest run of tied words, in characters: longer ones would leave gaps at line ends.
const TIED_CHARS: usize = 18;

/// Shortest last word that may be alone on a line, in characters.
const LAST_CHARS: usize = 5;

/// Ties words. Changes only spaces.
pub(crate) fn tie_words(text: &str, language: Language) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let mut tied = String::with_capacity(text.len() + words.len());
    let mut run = 0;
    for (i, word) in words.iter().enumerate() {
        let length = word.chars().count();
        if i > 0 {
            let last =
                i + 1 == words.len() && i > 1 && strip_marks(word).chars().count() < LAST_CHARS;
            let binds = last || is_tied(words[i - 1], word, language);
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
fn is_tied(before: &str, after: &str, language: Language) -> bool {
    let (left, right) = (strip_marks(before).to_lowercase(), strip_marks(after).to_lowercase());
    let ends_here = before.ends_with(['.', ',', '!', '?', ':', ';', '…']);
    let number = left.ends_with(|c: char| c.is_ascii_digit()) && right.chars().count() <= 8;
    let dash = matches!(after, "—" | "–" | "-");
    let sign = matches!(before, "№" | "§" | "#" | "$" | "€" | "₽");
    let right_sign = matches!(after, "%" | "₽" | "€" | "$" | "°");
    let small = !ends_here && binds_to_next(&left, language);
    dash || sign
        || right_sign
        || small
        || (number && !ends_here)
        || binds_to_previous(&right, language)
}

/// Words that are tied to the next one.
fn binds_to_next(word: &str, language: Language) -> bool {
    match language {
        Language::Ru => {
            let letters = word.chars().count();
            let short = (1..=2).contains(&letters) && word.chars().all(char::is_alphabetic);
            let preposition = matches!(
                word,
                "без"
                    | "для"
                    | "изо"
                    | "или"
                    | "над"
                    | "под"
                    | "при"
                    | "про"
                    | "обо"
                    | "ото"
            );
            (short && !binds_to_previous(word, language)) || preposition
        }
        Language::En => matches!(word, "a" | "an" | "the" | "i"),
    }
}

/// Words that are tied to the one before them.
fn binds_to_previous(word: &str, language: Language) -> bool {
    match language {
        Language::Ru => matches!(word, "же" | "ж" | "ли" | "ль" | "бы" | "б"),
        Language::En => false,
    }
}

/// A word without the quotation marks, brackets and emphasis around it.
fn strip_marks(word: &str) -> &str {
    word.trim_matches(['«', '»', '“', '”', '„', '"', '\'', '(', ')', '*', '`', ',', '.', '!', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str, language: Language) -> String {
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
            assert_eq!(seen(text, Language::Ru), expected);
        }
    }

    #[test]
    fn english_articles_and_last_words_are_tied() {
        assert_eq!(seen("Name a thing once", Language::En), "Name a~thing~once");
        assert_eq!(seen("What the reader will get", Language::En), "What the~reader will~get");
        assert_eq!(seen("Get it", Language::En), "Get it");
    }

    #[test]
    fn tied_runs_have_a_maximum_length() {
        let text = "и в на по к о у с из за до и в на по к о у с из за до";
        let tied = tie_words(text, Language::Ru);
        assert!(tied.split(' ').all(|run| run.chars().count() <= TIED_CHARS));
        assert_eq!(tied.replace(TIE, " "), text);
    }
}
