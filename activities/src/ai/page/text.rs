//! From bytes to words: the encoding, the article without its menus, cut to what we take.

use dom_smoothie::{Config, Readability};
use domain::{LongText, Topic, limits::TEXT_CHARS};

use super::fetch::PageError;
use crate::ai::offline::shorten::shorten;

/// Fewer characters than these are no article but a notice, a login or an empty frame.
const LEAST_CHARS: usize = 200;
/// Longest title that becomes a topic.
const TITLE_CHARS: usize = 160;
/// How far into a page its own word about its encoding may stand (HTML's rule).
const META_BYTES: usize = 1_024;

/// Deeper pages are made to hurt: the time to take one apart grows with the square of its depth
/// (20,000 levels take minutes), and articles have some dozens of levels.
const DEPTH: usize = 256;
/// So are larger ones: articles have some thousands of elements.
const ELEMENTS: usize = 20_000;
/// And so are those with many unclosed `<b>` and `<i>`, which a parser repeats in every paragraph.
const FORMATTING: usize = 32;

/// Elements that hold nothing, or that end by themselves where the next one begins.
const SHALLOW: [&str; 24] = [
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "option", "p", "param", "source", "tbody", "td", "th", "thead", "tr", "track", "wbr",
];

/// Elements that go on in the next paragraph if nobody ends them.
const FORMATTERS: [&str; 14] = [
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// A page's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What it is called.
    pub topic: Topic,
    /// What it says.
    pub text: LongText,
}

/// A page as it came.
#[derive(Debug)]
pub(super) struct Raw {
    kind: String,
    body: Vec<u8>,
    is_plain: bool,
}

impl Raw {
    /// A body of this content type.
    ///
    /// # Errors
    /// When it is neither a page nor a text.
    pub(super) fn new(kind: String, body: Vec<u8>) -> Result<Self, PageError> {
        let essence = kind
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_lowercase();
        let is_plain = match essence.as_str() {
            "text/html" | "application/xhtml+xml" | "" => false,
            "text/plain" | "text/markdown" => true,
            _ => {
                return Err(PageError::Unusable(
                    "this is no page with text on it: send the text itself",
                ));
            }
        };
        Ok(Self {
            kind,
            body,
            is_plain,
        })
    }

    /// Its title and its words.
    pub(super) fn page(self) -> Result<Page, PageError> {
        let text = self.decoded();
        let (title, words) = if self.is_plain {
            (String::new(), text)
        } else {
            article(&text)?
        };
        let words = shorten(&words, TEXT_CHARS);
        const TOO_LITTLE: PageError =
            PageError::Unusable("there is too little text on this page: send the text itself");
        let text = LongText::parse(&words).map_err(|_| TOO_LITTLE)?;
        if text.as_str().chars().count() < LEAST_CHARS {
            return Err(TOO_LITTLE);
        }
        let title = shorten(&title, TITLE_CHARS);
        let topic = Topic::parse(&title).unwrap_or_else(|_| text.headline());
        Ok(Page { topic, text })
    }

    /// In the encoding that its header names, or else itself does, or else UTF-8.
    fn decoded(&self) -> String {
        let head = &self.body[..self.body.len().min(META_BYTES)];
        let head = String::from_utf8_lossy(head).to_lowercase();
        let named = charset(&self.kind.to_lowercase()).or_else(|| charset(&head));
        let encoding = named
            .and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()))
            .unwrap_or(encoding_rs::UTF_8);
        encoding.decode(&self.body).0.into_owned()
    }
}

/// What stands behind `charset=`.
fn charset(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("charset=")?;
    let label = rest.trim_start_matches(['"', '\'']);
    let end = label.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:".contains(c)));
    Some(label[..end.unwrap_or(label.len())].to_owned()).filter(|label| !label.is_empty())
}

fn article(html: &str) -> Result<(String, String), PageError> {
    const UNREADABLE: PageError =
        PageError::Unusable("no article can be found on this page: send the text itself");
    if !Build::of(html).is_sane() {
        return Err(UNREADABLE);
    }
    let config = Config {
        max_elements_to_parse: ELEMENTS,
        ..Config::default()
    };
    let mut reader = Readability::new(html, None, Some(config)).map_err(|_| UNREADABLE)?;
    let article = reader.parse().map_err(|_| UNREADABLE)?;
    Ok((article.title, article.text_content.to_string()))
}

/// How a page is built, counted without a parser, which would have paid the price already.
#[derive(Debug, Default)]
struct Build<'h> {
    open: Vec<&'h str>,
    elements: usize,
    deepest: usize,
    formatting: usize,
    most_formatting: usize,
}

impl<'h> Build<'h> {
    fn of(html: &'h str) -> Self {
        let mut build = Self::default();
        for tag in html.split('<').skip(1) {
            match tag.strip_prefix('/') {
                Some(name) => build.close(element(name)),
                None => build.open(element(tag)),
            }
            if !build.is_sane() {
                break;
            }
        }
        build
    }

    fn is_sane(&self) -> bool {
        self.elements <= ELEMENTS && self.deepest <= DEPTH && self.most_formatting <= FORMATTING
    }

    fn open(&mut self, name: &'h str) {
        if name.is_empty() {
            return;
        }
        self.elements += 1;
        if is_one_of(&SHALLOW, name) {
            return;
        }
        self.open.push(name);
        self.deepest = self.deepest.max(self.open.len());
        if is_one_of(&FORMATTERS, name) {
            self.formatting += 1;
            self.most_formatting = self.most_formatting.max(self.formatting);
        }
    }

    /// An end without its beginning ends nothing.
    fn close(&mut self, name: &str) {
        let began = self
            .open
            .iter()
            .rposition(|open| open.eq_ignore_ascii_case(name));
        let Some(began) = began else { return };
        for ended in self.open.drain(began..) {
            if is_one_of(&FORMATTERS, ended) {
                self.formatting -= 1;
            }
        }
    }
}

/// The name that a tag begins with.
fn element(tag: &str) -> &str {
    let end = tag.find(|c: char| !c.is_ascii_alphanumeric());
    &tag[..end.unwrap_or(tag.len())]
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|one| one.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ARTICLE: &str = "Тесты дают смелость менять код. Без них каждая правка пугает, и код стареет \
                           прямо на глазах. С ними правка, запуск, зелёное, и спокойно дальше. ";

    fn html(words: &str) -> String {
        format!(
            "<html><head><title>Почему тесты важны</title></head><body><nav>Home Login</nav>\
             <article><h1>Почему тесты важны</h1><p>{words}</p><p>{words}</p></article>\
             <script>alert(1)</script></body></html>"
        )
    }

    #[test]
    fn an_article_is_its_words_without_menus_and_scripts() {
        let raw = Raw::new(
            "text/html; charset=utf-8".to_owned(),
            html(ARTICLE).into_bytes(),
        );
        let page = raw.unwrap().page().unwrap();
        assert_eq!(page.topic.as_str(), "Почему тесты важны");
        assert!(page.text.as_str().contains("смелость менять код"));
        assert!(!page.text.as_str().contains("alert"));
    }

    #[test]
    fn old_russian_pages_are_read_too() {
        let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(ARTICLE);
        let plain = Raw::new(
            "text/plain; charset=windows-1251".to_owned(),
            bytes.repeat(2),
        );
        let page = plain.unwrap().page().unwrap();
        assert!(page.text.as_str().starts_with("Тесты дают"));
    }

    #[test]
    fn what_has_no_words_is_told_what_to_do() {
        assert!(Raw::new("application/pdf".to_owned(), vec![]).is_err());
        let empty = Raw::new(
            "text/html".to_owned(),
            b"<html><body>Log in</body></html>".to_vec(),
        );
        let said = empty.unwrap().page().unwrap_err().to_string();
        assert!(said.contains("send the text itself"), "{said}");
    }

    #[test]
    fn pages_that_are_made_to_hurt_are_refused_before_they_are_taken_apart() {
        let many = |n: usize, of: &dyn Fn(usize) -> String| (0..n).map(of).collect::<String>();
        for (what, bad) in [
            ("deep", "<div>".repeat(20_000)),
            ("deep, with ends of nothing", "<div></b>".repeat(20_000)),
            ("deep lists", "<ul><li>".repeat(20_000)),
            ("wide", "<div>x</div>".repeat(25_000)),
            ("wide paragraphs", "<p>a b c".repeat(100_000)),
            (
                "repeated",
                many(200, &|n| format!("<b x={n}>")) + &"<p>x".repeat(9_000),
            ),
        ] {
            let page = format!("<html><body>{bad}{}", ARTICLE.repeat(3));
            assert!(!Build::of(&page).is_sane(), "{what}");
            let raw = Raw::new("text/html".to_owned(), page.into_bytes()).unwrap();
            assert!(raw.page().is_err(), "{what}");
        }
    }

    #[test]
    fn an_article_of_ordinary_size_is_sane() {
        let paragraph =
            format!("<div class=x><p>{ARTICLE}<p><b>so</b> <a href=/>there</a><br></div>");
        let page = format!("<html><body>{}", paragraph.repeat(400));
        assert!(Build::of(&page).is_sane());
        assert!(Build::of("a < b <3 <!-- x --> </div></div>").is_sane());
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_page_or_an_error(
            bytes in proptest::collection::vec(any::<u8>(), 0..400),
            kind in "(text/html|text/plain|text/html; ?charset=[a-z0-9-]{0,12})",
        ) {
            let _ = Raw::new(kind, bytes).unwrap().page();
        }
    }
}
