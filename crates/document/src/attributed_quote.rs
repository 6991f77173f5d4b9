//! Recognizes quotes with an author.

/// A quotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributedQuote {
    /// Without quotation marks.
    pub text: String,
    pub author: String,
}

/// Quotation marks: each opening one with its closing one.
const MARKS: [(char, char); 5] = [('«', '»'), ('“', '”'), ('„', '“'), ('"', '"'), ('‘', '’')];

/// Longest name of an author, in characters.
const AUTHOR_CHARS: usize = 60;
/// Shortest quote, in characters.
const QUOTE_CHARS: usize = 15;

impl AttributedQuote {
    /// Recognizes «Текст» — Автор and "Text" (Author): a whole paragraph.
    pub(crate) fn in_marks(paragraph: &str) -> Option<Self> {
        let open = paragraph.chars().next()?;
        let (_, close) = MARKS.into_iter().find(|(mark, _)| *mark == open)?;
        let inner = &paragraph[open.len_utf8()..];
        let end = inner.rfind(close)?;
        let (text, rest) = (&inner[..end], &inner[end + close.len_utf8()..]);
        let whole = !text.contains(open) || open == close && !text.contains(close);
        let rest = rest.trim_start_matches(['.', ',', '!', '?']).trim();
        let author = author(rest).or_else(|| author_in_parentheses(rest))?;
        (whole && text.chars().count() >= QUOTE_CHARS).then(|| Self::new(text, author))
    }

    /// A quoted block: its last line names the author, or its end after a dash.
    pub(crate) fn of_block(lines: &[String]) -> Option<Self> {
        let (last, before) = lines.split_last()?;
        if let Some(author) = author(last).filter(|_| !before.is_empty()) {
            return Some(Self::new(&before.join(" "), author));
        }
        let whole = lines.join(" ");
        Self::in_marks(&whole).or_else(|| {
            let (text, name) = ["— ", "– ", "-- "].iter().find_map(|dash| {
                let at = whole.rfind(dash)?;
                let ended = whole[..at].trim_end().ends_with(['.', '!', '?', '…', '»', '”', '"']);
                ended.then(|| (&whole[..at], &whole[at..]))
            })?;
            Some(Self::new(text, author(name)?))
        })
    }

    fn new(text: &str, author: &str) -> Self {
        let text = text.trim();
        let bare = MARKS.into_iter().find_map(|(open, close)| {
            let inner = text.strip_prefix(open)?.strip_suffix(close)?;
            (!inner.contains([open, close])).then_some(inner)
        });
        Self { text: bare.unwrap_or(text).to_owned(), author: author.to_owned() }
    }
}

/// The name in "— Name".
pub(crate) fn author(line: &str) -> Option<&str> {
    let dashes = ["—", "–", "―", "--"];
    let name = dashes.iter().find_map(|dash| line.trim().strip_prefix(dash))?;
    name_of(name)
}

fn author_in_parentheses(text: &str) -> Option<&str> {
    name_of(text.strip_prefix('(')?.strip_suffix(')')?)
}

/// A name begins with a capital letter and is no sentence.
fn name_of(text: &str) -> Option<&str> {
    let name = text.trim().trim_end_matches(['.', ',']);
    let capital = name.chars().next()?.is_uppercase();
    let sentence = name.contains(['!', '?', ':', ';']) || name.contains(". ") && name.len() > 40;
    (capital && !sentence && name.chars().count() <= AUTHOR_CHARS).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_marks(text: &str) -> Option<(String, String)> {
        AttributedQuote::in_marks(text).map(|quote| (quote.text, quote.author))
    }

    fn pair(text: &str, author: &str) -> Option<(String, String)> {
        Some((text.to_owned(), author.to_owned()))
    }

    #[test]
    fn quotes_with_an_author_are_recognized() {
        assert_eq!(
            in_marks("«Простота — залог надёжности» — Эдсгер Дейкстра"),
            pair("Простота — залог надёжности", "Эдсгер Дейкстра")
        );
        assert_eq!(
            in_marks("\"Make it work, make it right.\" (Kent Beck)"),
            pair("Make it work, make it right.", "Kent Beck")
        );
    }

    #[test]
    fn prices_and_dialogue_are_no_quotes() {
        assert_eq!(in_marks("Price: $29.90"), None);
        assert_eq!(in_marks("«Да», — сказал он и ушёл."), None);
        assert_eq!(in_marks("«Война и мир» — роман о войне."), None);
        assert_eq!(in_marks("“Short” — Ann"), None);
    }

    #[test]
    fn a_quoted_block_names_its_author_in_the_last_line() {
        let lines = ["Stay hungry.".to_owned(), "— Steve Jobs".to_owned()];
        let quote = AttributedQuote::of_block(&lines).unwrap();
        assert_eq!((quote.text.as_str(), quote.author.as_str()), ("Stay hungry.", "Steve Jobs"));
        let one = ["“Less is more.” — Mies".to_owned()];
        assert_eq!(AttributedQuote::of_block(&one).unwrap().author, "Mies");
        assert_eq!(AttributedQuote::of_block(&["Only a remark.".to_owned()]), None);
    }
}
