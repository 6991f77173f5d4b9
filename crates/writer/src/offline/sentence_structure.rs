//! What the words of a sentence say about its structure: whether it defines a term, and where its main
//! clause ends.

use document::{capitalised, depends_on_previous};

/// Longest term of a definition, in characters.
const TERM_CHARS: usize = 28;

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
    if text.ends_with('?') {
        return None;
    }
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

/// Splits a sentence after its main clause, which can be a headline: “Small teams ship faster” and
/// “Because they talk less about work.” `None` if a part is too short or too long, or if the
/// sentence begins with a condition.
pub(super) fn clauses(text: &str) -> Option<(String, String)> {
    /// Between clauses; the second clause keeps a conjunction.
    const BREAKS: &str = " — |; |: |, because | because |, so that |, so |, but |, which |, or |, потому что |\
        , чтобы |, поэтому |, но |, иначе |, пока |, если |, ведь |, а |, if |, while |, until | until ";
    const CONDITIONS: &str = "если когда чтобы хотя пока после перед если в без при как if when after before while \
        although because in to as on at for with without since unless since once во на с со у по для";
    const HEADLINE_CHARS: std::ops::RangeInclusive<usize> = 16..=60;
    const REST_CHARS: usize = 20;
    let first = text.split_whitespace().next()?.to_lowercase();
    if listed(CONDITIONS, first.trim_end_matches(',')) || depends_on_previous(text) {
        return None;
    }
    let splits = BREAKS.split('|').filter_map(|mark| {
        let at = text.find(mark)?;
        let bare = mark.trim_matches([' ', ',', ';', ':', '—']);
        let rest = text[at + mark.len()..].trim_start();
        let whole = if bare.is_empty() { rest.to_owned() } else { format!("{bare} {rest}") };
        Some((at, &text[..at], whole))
    });
    let (_, head, rest) = splits.min_by_key(|(at, _, _)| *at)?;
    let clean = !head.contains(['«', '“', '"', '(', ',', '?']) && !rest.starts_with("а не");
    let says = head.split_whitespace().count() >= 3;
    (clean
        && says
        && HEADLINE_CHARS.contains(&head.chars().count())
        && rest.chars().count() >= REST_CHARS)
        .then(|| (head.to_owned(), capitalised(&rest)))
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

    #[test]
    fn main_clause_is_a_headline() {
        let split = |text: &str| clauses(text);
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(
            split("Small teams ship faster because they talk less about work."),
            pair("Small teams ship faster", "Because they talk less about work.")
        );
        assert_eq!(
            split("Яблоню сажают осенью, чтобы корни успели прижиться."),
            pair("Яблоню сажают осенью", "Чтобы корни успели прижиться.")
        );
        assert_eq!(
            split("Soil dries twice as fast in black pots — use light ones there."),
            pair("Soil dries twice as fast in black pots", "Use light ones there.")
        );
        for whole in [
            "Если знаешь рынок — называй цену первым и молчи.",
            "Оценивайте людей по делу, а не по часам за столом.",
            "Run slowly, but every day and in the morning.",
            "Add ten percent a week and no more.",
        ] {
            assert_eq!(split(whole), None, "{whole}");
        }
    }
}
