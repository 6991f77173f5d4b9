//! What the words of a sentence say about its structure: whether it needs the previous sentence,
//! and whether it defines a term.

use knowledge::words;

/// Longest term of a definition, in characters.
const TERM_CHARS: usize = 28;

/// A sentence that begins with one of these depends on the previous one.
const DEPENDENT_STARTS: &str = "это этот эта эти этого этому этим он она оно они его её их ему ей им поэтому потому но а \
    и или однако там тогда такой такая такие так также тоже затем потом значит например \
    некоторые другие остальные оба второй this that these those it he she they but and so or \
    however then there also therefore thus such its his her their which instead otherwise \
    some others another both";

/// Whether a sentence's first word refers to the previous sentence.
pub(super) fn depends_on_previous(text: &str) -> bool {
    let first = words(text).next().map(|word| word.text.to_lowercase());
    first.is_some_and(|first| listed(DEPENDENT_STARTS, &first))
}

/// Whether a list of words contains `word`.
pub(super) fn listed(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|entry| entry == word)
}

/// Recognizes «Термин — это значение» and "A term is a meaning".
pub(super) fn definition(text: &str) -> Option<(String, String)> {
    const LINKS: [(&str, &str); 5] = [
        (" — это ", ""),
        (" – это ", ""),
        (" is a ", "a "),
        (" is an ", "an "),
        (" is the ", "the "),
    ];
    let (term, article, meaning) = LINKS.iter().find_map(|(link, article)| {
        let (term, meaning) = text.split_once(link)?;
        Some((term, article, meaning))
    })?;
    let short = term.chars().count() <= TERM_CHARS && term.split(' ').count() <= 4;
    let clean = !term.contains([',', ':', ';', '(', '«', '“', '"']) && !depends_on_previous(term);
    let says = meaning.chars().count() >= 15;
    (short && clean && says).then(|| {
        let meaning = capitalised(&format!("{article}{meaning}"));
        (term.to_owned(), meaning)
    })
}

/// The text with a capital first letter.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_recognized() {
        assert_eq!(
            definition("Мульча — это слой соломы или коры."),
            Some(("Мульча".to_owned(), "Слой соломы или коры.".to_owned()))
        );
        assert_eq!(
            definition("A walk is a conversation with no screen in it."),
            Some(("A walk".to_owned(), "A conversation with no screen in it.".to_owned()))
        );
        assert_eq!(definition("This is a thing that leans on another."), None);
    }
}
