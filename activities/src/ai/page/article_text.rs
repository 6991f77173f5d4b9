//! Converts a fetched body to a text: decodes it, extracts the article, cuts it to length. HTML, PDF
//! and DOCX are parsed in a child process ([`sandbox`]).

use domain::{LongText, Topic, failure::FailureKind, limits::TEXT_CHARS};
use sandbox::{FileFormat, Sandbox, UnusableInput};
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

/// What the content type says about a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyKind {
    Page,
    Plain,
    /// A file, whose format its first bytes show.
    File,
}

impl BodyKind {
    /// # Errors
    ///
    /// If the content type is none that is read.
    pub(super) fn of(content_type: &str) -> Result<Self, PageError> {
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_lowercase();
        match essence.as_str() {
            "text/html" | "application/xhtml+xml" | "" => Ok(Self::Page),
            "text/plain"
            | "text/markdown"
            | "text/csv"
            | "text/tab-separated-values"
            | "text/vtt"
            | "application/x-subrip" => Ok(Self::Plain),
            "application/pdf"
            | "application/x-pdf"
            | "application/msword"
            | "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
            | "application/octet-stream" => Ok(Self::File),
            _ => Err(NO_TEXT),
        }
    }

    /// Largest body, in bytes, after decompression.
    pub(super) const fn max_bytes(self) -> usize {
        match self {
            Self::Page | Self::Plain => 2 * 1024 * 1024,
            Self::File => sandbox::MAX_FILE_BYTES,
        }
    }

    pub(super) const fn too_large(self) -> PageError {
        PageError::Unusable(match self {
            Self::Page | Self::Plain => "the page is larger than 2 MB: send its text",
            Self::File => "the file is larger than 10 MB: send its text",
        })
    }
}

const NO_TEXT: PageError =
    PageError::Unusable("this is no page with text on it: send the text itself");

#[derive(Debug)]
pub(super) struct FetchedBody {
    content_type: String,
    kind: BodyKind,
    body: Vec<u8>,
}

impl FetchedBody {
    pub(super) fn new(content_type: String, kind: BodyKind, body: Vec<u8>) -> Self {
        Self { content_type, kind, body }
    }

    /// Extracts title and text.
    pub(super) async fn page(self, sandbox: &Sandbox) -> Result<ArticleText, PageError> {
        let (title, words) = match self.kind {
            BodyKind::Plain => (String::new(), self.decoded()),
            BodyKind::Page => {
                let page = sandbox.article(&self.decoded()).await.map_err(|e| parse_failure(&e))?;
                (page.title, page.text)
            }
            BodyKind::File => {
                let format = FileFormat::of(&self.body).ok_or(NO_TEXT)?;
                let file = sandbox.file(format, &self.body).await.map_err(|e| parse_failure(&e))?;
                (file.title, file.text)
            }
        };
        let words = shorten(&words, TEXT_CHARS);
        const TOO_LITTLE: PageError =
            PageError::Unusable("there is too little text on this page: send the text itself");
        let text = LongText::parse(&words).map_err(|_| TOO_LITTLE)?;
        if text.as_str().chars().count() < LEAST_CHARS {
            return Err(TOO_LITTLE);
        }
        let title = shorten(&title, TITLE_CHARS);
        let topic = Topic::parse(&title).unwrap_or_else(|_| document::headline_of(&text));
        Ok(ArticleText { topic, text })
    }

    /// Decodes with the charset of the header, else of the page, else UTF-8.
    fn decoded(&self) -> String {
        let head = &self.body[..self.body.len().min(META_BYTES)];
        let head = String::from_utf8_lossy(head).to_lowercase();
        let named = charset(&self.content_type.to_lowercase()).or_else(|| charset(&head));
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
        E::Unusable(reason) => unusable(*reason),
    }
}

fn unusable(reason: UnusableInput) -> PageError {
    let (kind, reason) = match reason {
        UnusableInput::NoArticle => {
            return PageError::Unusable(
                "no article can be found on this page: send the text itself",
            );
        }
        UnusableInput::NoText => (
            FailureKind::SourceScan,
            "this file has no text, only pictures (a scan): send the text itself",
        ),
        UnusableInput::Encrypted => (
            FailureKind::SourceEncrypted,
            "this file has a password: save it without one, or send the text itself",
        ),
        UnusableInput::Damaged => {
            (FailureKind::SourceDamaged, "this file is damaged: send the text itself")
        }
        UnusableInput::NoDocument => (
            FailureKind::SourceNoDocument,
            "this file is no text document: send a PDF, a DOCX, or the text itself",
        ),
        UnusableInput::OldFormat => (
            FailureKind::SourceOldFormat,
            "this file has an old format or a password: save it as DOCX or PDF without one",
        ),
    };
    PageError::UnusableFile { kind, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ARTICLE: &str = "Тесты дают смелость менять код. Без них каждая правка пугает, и код стареет \
                           прямо на глазах. С ними правка, запуск, зелёное, и спокойно дальше. ";

    fn no_parser() -> Sandbox {
        let program = sandbox::ParserProgram::at("/there/is/no/parser");
        Sandbox::new(program, sandbox::SandboxLimits::default())
    }

    fn body(content_type: &str, bytes: &[u8]) -> FetchedBody {
        let kind = BodyKind::of(content_type).unwrap();
        FetchedBody::new(content_type.to_owned(), kind, bytes.to_vec())
    }

    #[tokio::test]
    async fn a_file_of_no_known_format_is_refused() {
        for content_type in ["application/octet-stream", "application/pdf"] {
            let file = body(content_type, b"\x89PNG\r\n\x1a\n");
            assert_eq!(file.page(&no_parser()).await.unwrap_err(), NO_TEXT, "{content_type}");
        }
    }

    #[tokio::test]
    async fn windows_1251_pages_are_decoded() {
        let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(ARTICLE);
        let page = body("text/plain; charset=windows-1251", &bytes.repeat(2));
        let page = page.page(&no_parser()).await.unwrap();
        assert!(page.text.as_str().starts_with("Тесты дают"));
    }

    #[tokio::test]
    async fn page_without_text_asks_for_the_text() {
        assert!(BodyKind::of("image/png").is_err());
        let empty = body("text/plain", b"Log in");
        let said = empty.page(&no_parser()).await.unwrap_err();
        assert!(said.to_string().contains("send the text itself"), "{said}");
    }

    #[tokio::test]
    async fn missing_parser_is_a_retryable_error() {
        let page = body("text/html", ARTICLE.as_bytes());
        let error = page.page(&no_parser()).await.unwrap_err();
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
            (UnusableInput::NoArticle.into(), false, "send the text itself"),
            (UnusableInput::NoText.into(), false, "a scan"),
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
            let _ = body(&kind, &bytes).decoded();
        }
    }
}
