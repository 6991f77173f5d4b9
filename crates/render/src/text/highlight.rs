//! Highlights code with rules that are common to most languages. A wrong colour does no harm, so
//! there is no parser.

use super::markup::{EmphasisKind, EmphasisSpan, RichText, Token};

/// Keywords of the languages that slides show: Rust, Python, JavaScript, TypeScript, Go, Java,
/// Kotlin, C, C++, C#, Swift, SQL, shell.
const KEYWORDS: &str = "abstract and as async await bool break case catch char class const \
    continue crate def default defer del do elif else enum except export extends extern false \
    False finally float fn for from func fun function go guard if impl implements import in int \
    interface is lambda let loop match mod move mut namespace new nil None not null or package \
    pass private protected pub public raise ref return self Self static str string struct super \
    switch then this throw trait true True try type typeof union unsafe use using val var void \
    where while with yield SELECT FROM WHERE JOIN ON GROUP ORDER BY INSERT INTO VALUES UPDATE \
    SET DELETE CREATE TABLE AND OR NOT NULL AS LIMIT echo fi done esac local";

/// Languages in which `#` begins a comment; it also does if the language is not known.
const HASH_COMMENTS: &str = "python py bash sh shell zsh ruby rb yaml yml toml make makefile \
    dockerfile docker perl r elixir nix";

/// Languages in which `--` begins a comment.
const DASH_COMMENTS: &[&str] = &["sql", "lua", "haskell", "hs", "elm", "ada"];

/// The code with its tokens marked.
pub(crate) fn highlight(code: &str, language: &str) -> RichText {
    let language = language.to_lowercase();
    let mut rich = RichText::plain(code);
    let mut at = 0;
    while let Some(c) = code[at..].chars().next() {
        let rest = &code[at..];
        let (length, token) = next(rest, c, &language);
        if let Some(token) = token {
            rich.spans
                .push(EmphasisSpan { range: at..at + length, tone: EmphasisKind::Token(token) });
        }
        at += length;
    }
    rich
}

/// Length in bytes and kind of the token at the beginning of `rest`; `first` is its first
/// character.
fn next(rest: &str, first: char, language: &str) -> (usize, Option<Token>) {
    if let Some(length) = comment(rest, language) {
        return (length, Some(Token::Comment));
    }
    if matches!(first, '"' | '\'' | '`') {
        return match string(rest, first) {
            Some(length) => (length, Some(Token::String)),
            // A lifetime, an apostrophe, or an unfinished string.
            None => (1, None),
        };
    }
    if first.is_ascii_digit() {
        let length = span(rest, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
        return (length, Some(Token::Number));
    }
    if first.is_alphabetic() || first == '_' {
        let length = span(rest, |c| c.is_alphanumeric() || c == '_');
        let (word, after) = rest.split_at(length);
        let token = if KEYWORDS.split(' ').any(|keyword| keyword == word) {
            Some(Token::Keyword)
        } else if after.starts_with('(') || after.starts_with("!(") {
            Some(Token::Call)
        } else {
            None
        };
        return (length, token);
    }
    (first.len_utf8(), None)
}

fn comment(rest: &str, language: &str) -> Option<usize> {
    let line = || rest.find('\n').unwrap_or(rest.len());
    let hash = rest.starts_with('#')
        && (language.is_empty() || HASH_COMMENTS.split(' ').any(|name| name == language));
    let dash = rest.starts_with("--") && DASH_COMMENTS.contains(&language);
    let python_division = matches!(language, "python" | "py");
    if (rest.starts_with("//") && !python_division) || hash || dash {
        return Some(line());
    }
    let block =
        [("/*", "*/"), ("<!--", "-->")].into_iter().find(|(open, _)| rest.starts_with(open));
    block.map(|(_, close)| rest.find(close).map_or(rest.len(), |at| at + close.len()))
}

/// Length of the string at the beginning of `rest`, if it ends on its line.
fn string(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' if quote != '`' => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn span(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens<'a>(code: &'a str, language: &str) -> Vec<(&'a str, Token)> {
        let token = |span: EmphasisSpan| match span.tone {
            EmphasisKind::Token(token) => (&code[span.range], token),
            EmphasisKind::Bold | EmphasisKind::Accent | EmphasisKind::Code => {
                panic!("emphasis in code")
            }
        };
        highlight(code, language).spans.into_iter().map(token).collect()
    }

    #[test]
    fn highlight_distinguishes_tokens() {
        use Token::{Call, Comment, Keyword, Number, String};
        let expected = [
            ("let", Keyword),
            ("greet", Call),
            ("\"a \\\" b\"", String),
            ("42", Number),
            ("// да", Comment),
        ];
        assert_eq!(tokens("let x = greet(\"a \\\" b\", 42); // да", "rust"), expected);
    }

    #[test]
    fn hash_comments_depend_on_the_language() {
        assert_eq!(tokens("#[test]", "rust"), []);
        assert_eq!(tokens("# да", "python"), [("# да", Token::Comment)]);
        assert_eq!(tokens("a // b", "python"), []);
        assert_eq!(tokens("fn a<'b>()", "rust"), [("fn", Token::Keyword)]);
    }
}
