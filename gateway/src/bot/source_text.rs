//! Decides what a text asks a carousel to be made from: a page whose address it contains, or its
//! own words. Pure.

use std::ops::Range;

use domain::limits::TOPIC_CHARS;
use telegram::action::{Action, RequestedSource};

/// Hosts whose links are about a chat, not an article: they are no source if words surround them.
const CHAT_HOSTS: [&str; 3] = ["t.me", "telegram.me", "telegram.dog"];

/// The request that a text stands for. `hidden` is an address behind words of the text, `comment`
/// what the person wrote about it.
pub(super) fn request(text: &str, hidden: Option<&str>, comment: &str) -> Action {
    let (source, title) = source(text, hidden);
    let request = [title.as_str(), comment].join("\n").trim().to_owned();
    Action::Make { source, request: Some(request).filter(|request| !request.is_empty()) }
}

/// What a carousel of a text is made from, and the title that the text gives it.
pub(super) fn source(text: &str, hidden: Option<&str>) -> (RequestedSource, String) {
    let text = text.trim();
    let found = page_link(text).or_else(|| {
        let url = hidden.filter(|url| !is_chat_link(url))?;
        Some((url.to_owned(), text.to_owned()))
    });
    match found {
        // The words around a link are a title. A longer text is a source of its own.
        Some((url, title)) if title.chars().count() <= TOPIC_CHARS => {
            (RequestedSource::Link { url }, title)
        }
        _ => (RequestedSource::Words { text: text.to_owned() }, String::new()),
    }
}

/// The first address of a page, and the other words.
fn page_link(text: &str) -> Option<(String, String)> {
    let range = links(text).find(|range| {
        let alone = range.len() == text.len();
        alone || !is_chat_link(&text[range.clone()])
    })?;
    let (before, after) = (&text[..range.start], &text[range.end..]);
    let url = &text[range];
    let has_words =
        |part: Option<&str>| part.is_some_and(|part| part.chars().any(char::is_alphanumeric));
    // Within a sentence, the name of the site stays where the address was.
    let within = has_words(before.lines().last()) && has_words(after.lines().next());
    let title = match host(url).filter(|_| within) {
        Some(host) => format!("{before}{host}{after}"),
        None => format!("{before}\n{after}"),
    };
    let lines = title.lines().map(|line| line.trim_matches(is_separator));
    let lines: Vec<&str> = lines.filter(|line| has_words(Some(line))).collect();
    Some((url.to_owned(), lines.join("\n")))
}

/// Where the text contains addresses.
fn links(text: &str) -> impl Iterator<Item = Range<usize>> {
    let begins = text.match_indices("http").map(|(at, _)| at).filter(|at| {
        let rest = &text[*at..];
        let scheme = rest.starts_with("http://") || rest.starts_with("https://");
        scheme && !text[..*at].ends_with(char::is_alphanumeric)
    });
    begins.map(|start| {
        let rest = &text[start..];
        let end = rest.find(|c: char| c.is_whitespace() || "<>«»\"".contains(c));
        let mut url = &rest[..end.unwrap_or(rest.len())];
        // The punctuation after an address belongs to the sentence, a bracket only without its pair.
        while let Some(last) = url.chars().next_back() {
            let unpaired = last == ')' && !url.contains('(') || last == ']' && !url.contains('[');
            if !unpaired && !".,;:!?'".contains(last) {
                break;
            }
            url = &url[..url.len() - last.len_utf8()];
        }
        start..start + url.len()
    })
}

fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#', ':']).next()?;
    Some(host.trim_start_matches("www."))
}

fn is_chat_link(url: &str) -> bool {
    host(url).is_some_and(|host| CHAT_HOSTS.contains(&host.to_ascii_lowercase().as_str()))
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || "-–—:|•·()[]".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(text: &str, hidden: Option<&str>) -> Option<(String, String)> {
        match request(text, hidden, "") {
            Action::Make { source: RequestedSource::Link { url }, request } => {
                Some((url, request.unwrap_or_default()))
            }
            _ => None,
        }
    }

    #[test]
    fn words_around_a_link_are_its_title() {
        let page = "https://a.example/x";
        for (text, title) in [
            ("https://a.example/x", ""),
            ("Why tests matter\nhttps://a.example/x", "Why tests matter"),
            ("Почему тесты важны: https://a.example/x", "Почему тесты важны"),
            ("https://a.example/x — why tests matter", "why tests matter"),
            ("Read this (https://a.example/x).", "Read this"),
            ("How https://a.example/x changed us", "How a.example changed us"),
            ("Tests\n\nhttps://a.example/x\nhttps://b.example", "Tests\nhttps://b.example"),
            (
                "More at https://t.me/tests and https://a.example/x",
                "More at https://t.me/tests and",
            ),
        ] {
            assert_eq!(link(text, None), Some((page.to_owned(), title.to_owned())), "{text}");
        }
    }

    #[test]
    fn link_ends_where_its_sentence_goes_on() {
        let url = |text: &str| link(text, None).unwrap().0;
        assert_eq!(url("See https://a.example/x_(y), please"), "https://a.example/x_(y)");
        assert_eq!(url("«https://a.example/я»"), "https://a.example/я");
        assert_eq!(url("https://a.example/x?y=1&z=2#w!"), "https://a.example/x?y=1&z=2#w");
    }

    #[test]
    fn hidden_link_is_read_under_its_words() {
        let page = "https://a.example/x";
        let found = link("Why tests matter", Some(page));
        assert_eq!(found, Some((page.to_owned(), "Why tests matter".to_owned())));
        assert_eq!(link("Why tests matter", Some("https://t.me/tests")), None);
    }

    #[test]
    fn long_text_is_a_source_of_its_own() {
        let long = "Tests give courage. ".repeat(20) + "https://a.example/x";
        assert_eq!(link(&long, None), None);
        assert_eq!(link(&long, Some("https://a.example/x")), None);
        assert_eq!(link("https://t.me/tests has good posts", None), None);
        assert_eq!(link("ahttps://a.example is no address", None), None);
    }
}
