//! Converts a fetched body to a text: decodes it, extracts the article, cuts it to length. HTML is
//! parsed in a child process ([`sandbox`]).

use domain::{LongText, Topic, limits::TEXT_CHARS};
use sandbox::Sandbox;
use writer::shorten;

use super::page_error::PageError;

/// A shorter text is not an article but a notice, a login form or an empty frame.
const LEAST_CHARS: usize = 200;
/// Longest title that is used as a topic.
const TITLE_CHARS: usize = 160;
/// Bytes in which a page may declare its encoding (a rule of HTML).
const META_BYTES: usize = 1_024;

/// The answer for a page that crashes the parser or exceeds its limits.
const UNREADABLE: PageError = PageError::Unusable("this page can't be read: send the text itself");

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleText {
    /// The title.
    pub topic: Topic,
    pub text: LongText,
}

/// A fetched body.
#[derive(Debug)]
pub(super) struct FetchedBody {
    kind: String,
    body: Vec<u8>,
    is_plain: bool,
}

impl FetchedBody {
    /// # Errors
    ///
    /// If the content type is neither HTML nor text.
    pub(super) fn new(kind: String, body: Vec<u8>) -> Result<Self, PageError> {
        let essence = kind.split(';').next().unwrap_or_default().trim().to_lowercase();
        let is_plain = match essence.as_str() {
            "text/html" | "application/xhtml+xml" | "" => false,
            "text/plain" | "text/markdown" => true,
            _ => {
                return Err(PageError::Unusable(
                    "this is no page with text on it: send the text itself",
                ));
            }
        };
        Ok(Self { kind, body, is_plain })
    }

    /// Extracts title and text.
    pub(super) async fn page(self, sandbox: &Sandbox) -> Result<ArticleText, PageError> {
        let text = self.decoded();
        let (title, words) = if self.is_plain {
            (String::new(), text)
        } else {
            let article = sandbox.article(&text).await.map_err(|e| parse_failure(&e))?;
            (article.title, article.text)
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
        Ok(ArticleText { topic, text })
    }

    /// Decodes with the charset of the header, else of the page, else UTF-8.
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

/// The value after `charset=`.
fn charset(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("charset=")?;
    let label = rest.trim_start_matches(['"', '\'']);
    let end = label.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:".contains(c)));
    Some(label[..end.unwrap_or(label.len())].to_owned()).filter(|label| !label.is_empty())
}

fn parse_failure(error: &sandbox::SandboxError) -> PageError {
    use sandbox::SandboxError as E;
    match error {
        E::NotStarted(_) | E::Busy => PageError::Busy(error.to_string()),
        E::Stopped(why) => {
            tracing::warn!("page not parsed: {why}");
            UNREADABLE
        }
        E::NoArticle => {
            PageError::Unusable("no article can be found on this page: send the text itself")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ARTICLE: &str = "Тесты дают смелость менять код. Без них каждая правка пугает, и код стареет \
                           прямо на глазах. С ними правка, запуск, зелёное, и спокойно дальше. ";

    /// For texts that need no parser.
    fn no_parser() -> Sandbox {
        let program = sandbox::ParserProgram::at("/there/is/no/parser");
        Sandbox::new(program, sandbox::SandboxLimits::default())
    }

    #[tokio::test]
    async fn windows_1251_pages_are_decoded() {
        let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(ARTICLE);
        let plain =
            FetchedBody::new("text/plain; charset=windows-1251".to_owned(), bytes.repeat(2));
        let page = plain.unwrap().page(&no_parser()).await.unwrap();
        assert!(page.text.as_str().starts_with("Тесты дают"));
    }

    #[tokio::test]
    async fn page_without_text_asks_for_the_text() {
        assert!(FetchedBody::new("application/pdf".to_owned(), vec![]).is_err());
        let empty = FetchedBody::new("text/plain".to_owned(), b"Log in".to_vec());
        let said = empty.unwrap().page(&no_parser()).await.unwrap_err();
        assert!(said.to_string().contains("send the text itself"), "{said}");
    }

    #[tokio::test]
    async fn missing_parser_is_a_retryable_error() {
        let page = FetchedBody::new("text/html".to_owned(), ARTICLE.as_bytes().to_vec());
        let error = page.unwrap().page(&no_parser()).await.unwrap_err();
        assert!(matches!(error, PageError::Busy(_)), "{error}");
        assert!(error.to_string().contains("can't be started"), "{error}");
    }

    #[test]
    fn only_parser_start_failures_are_retryable() {
        let start = || sandbox::SandboxError::NotStarted(std::io::Error::other("no such file"));
        for (error, retried, said) in [
            (start(), true, "no such file"),
            (sandbox::SandboxError::Busy, true, "too many pages"),
            (
                sandbox::SandboxError::Stopped("it took too long"),
                false,
                "this page can't be read: send the text itself",
            ),
            (sandbox::SandboxError::NoArticle, false, "send the text itself"),
        ] {
            let error = crate::activity_failure::ActivityFailure::from(parse_failure(&error));
            let is_retried =
                matches!(error, crate::activity_failure::ActivityFailure::Unavailable { .. });
            assert_eq!(is_retried, retried, "{error}");
            assert!(error.to_string().contains(said), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_encoding_are_decoded(
            bytes in proptest::collection::vec(any::<u8>(), 0..400),
            kind in "(text/html|text/plain|text/html; ?charset=[a-z0-9-]{0,12})",
        ) {
            let _ = FetchedBody::new(kind, bytes).unwrap().decoded();
        }
    }
}
