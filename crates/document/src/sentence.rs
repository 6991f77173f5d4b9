//! Splits prose into sentences, and finds those that need the sentence before them.

use unicode_segmentation::UnicodeSegmentation;

/// A full stop after these ends no sentence.
const ABBREVIATIONS: &str = "г гг в вв ул д стр с рис табл им проф акад см ср т тыс млн млрд руб коп н э др mr mrs ms \
    dr prof st vs etc fig no vol approx";

/// A sentence that begins with one of these depends on the previous one.
const DEPENDENT_STARTS: &str = "это этот эта эти этого этому этим он она оно они его её их ему ей им поэтому потому но а \
    и или однако там тогда такой такая такие так также тоже затем потом значит например \
    некоторые другие остальные остальное оба второй да нет this that these those it he she they but and so or \
    however then there also therefore thus such its his her their which instead otherwise \
    some others another both because yes no";

/// As the second word, a pronoun refers to the previous sentence too: «Чем он лучше, тем…».
const PRONOUNS: &str = "он она оно они";

/// The sentences of a paragraph; an abbreviation's full stop ends none.
pub fn sentences(prose: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut open = String::new();
    for piece in prose.split_sentence_bounds() {
        open.push_str(piece);
        if ends_a_sentence(&open) {
            all.push(open.trim().to_owned());
            open.clear();
        }
    }
    if !open.trim().is_empty() {
        all.push(open.trim().to_owned());
    }
    all
}

fn ends_a_sentence(text: &str) -> bool {
    let text = text.trim_end();
    let Some(before) = text.strip_suffix('.') else {
        return true;
    };
    let last = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let initial = last.chars().count() == 1 && last.chars().all(char::is_uppercase);
    let abbreviation = is_listed(ABBREVIATIONS, &last.to_lowercase());
    // After a number, «г.» may end a sentence («2024 г.»); otherwise it does not («г. Москва»).
    !(initial || abbreviation) || last.is_empty()
}

/// Whether a sentence's first word refers to the previous sentence.
pub fn depends_on_previous(text: &str) -> bool {
    let words = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’')));
    let mut words = words.filter(|word| word.contains(char::is_alphanumeric));
    let first = words.next().map(str::to_lowercase);
    // “It’s” refers as “it” does.
    let bare = first.as_deref().and_then(|word| word.split(['\'', '’']).next());
    let second = words.next().map(str::to_lowercase).unwrap_or_default();
    bare.is_some_and(|word| is_listed(DEPENDENT_STARTS, word)) || is_listed(PRONOUNS, &second)
}

/// Whether a list of words contains `word`.
fn is_listed(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|entry| entry == word)
}

/// The text with a capital first letter.
pub fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
}

/// A name in the middle of a sentence; an abbreviation keeps its capital letters.
pub fn uncapitalised(name: &str) -> String {
    let mut chars = name.chars();
    let second_is_capital = name.chars().nth(1).is_none_or(char::is_uppercase);
    match chars.next() {
        Some(first) if !second_is_capital => first.to_lowercase().chain(chars).collect(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_do_not_end_sentences() {
        assert_eq!(sentences("Мы жили на ул. Ленина. Потом уехали!").len(), 2);
        assert_eq!(sentences("А. С. Пушкин родился в Москве.").len(), 1);
        assert_eq!(sentences("Ask Dr. Smith, e.g. tomorrow. He knows.").len(), 2);
        assert_eq!(sentences("Версия 2.3 вышла. Она лучше.").len(), 2);
    }

    #[test]
    fn first_word_may_refer_to_the_sentence_before() {
        for text in [
            "Поэтому мы решили подождать.",
            "Чем он лучше, тем спокойнее.",
            "It’s late.",
            "«Он» ушёл.",
        ] {
            assert!(depends_on_previous(text), "{text}");
        }
        for text in ["Small teams ship faster.", "Италия далеко.", "…"] {
            assert!(!depends_on_previous(text), "{text}");
        }
    }
}
