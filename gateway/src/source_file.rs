//! The text of a file that a user sends or names: a text file in any encoding, a PDF, a DOCX. What
//! has no usable text is refused with a reason, before a model is called or anything is drawn.

use document::{Block, Document};
use domain::limits::TEXT_CHARS;
use sandbox::{FileFormat, Sandbox, SandboxError, UnusableInput};

/// Largest text file: the longest text, at four bytes a character.
pub(crate) const TEXT_BYTES: usize = 4 * TEXT_CHARS;

/// File name extensions of tables.
const TABLES: [&str; 2] = ["csv", "tsv"];

/// File name extensions of files that contain text but are none, whatever their first bytes are.
pub(crate) const OFFICE_FILES: [&str; 2] = ["pdf", "docx"];

/// A file's text, as the source of a carousel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileText {
    pub text: String,
    /// How many characters the file has, if only its beginning is used.
    pub cut_from: Option<usize>,
}

/// Why a file can't be the source of a carousel; each message says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileRefusal {
    #[error("this is no text file: save it as plain text, PDF or DOCX")]
    NoText,
    #[error(
        "it has pictures of text, but no text (a scan): recognize its text (OCR) or paste the text"
    )]
    Scan,
    #[error("it has a password: save it without one")]
    Encrypted,
    #[error("it is damaged or too complex to read: save it again, or paste its text")]
    Damaged,
    #[error("this archive is no text document: save a spreadsheet as CSV, slides as PDF")]
    Archive,
    #[error("it has an old format or a password: save it as DOCX or PDF, without a password")]
    OldFormat,
    #[error("there are no words in it")]
    Empty,
    #[error(
        "this table can't be used: it needs a row of column names, at least two rows below it, and \
         the same number of cells in each row"
    )]
    Table,
}

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error(transparent)]
    Refused(#[from] FileRefusal),
    /// The parser is not available now: a retry may help.
    #[error(transparent)]
    Parser(SandboxError),
}

/// Reads a file. `ending` is the extension of its name, and may be empty.
///
/// # Errors
/// [`FileError`].
pub async fn read(bytes: &[u8], ending: &str, sandbox: &Sandbox) -> Result<FileText, FileError> {
    let read = match FileFormat::of(bytes) {
        Some(format) => {
            let extracted = sandbox.file(format, bytes).await.map_err(file_error)?;
            cut(extracted.to_markdown())
        }
        None if OFFICE_FILES.contains(&ending.to_lowercase().as_str()) => {
            return Err(FileRefusal::Damaged.into());
        }
        None => {
            let text = document::decode(bytes).ok_or(FileRefusal::NoText)?;
            FileText { text, cut_from: None }
        }
    };
    check(&read.text, ending)?;
    Ok(read)
}

/// Refuses what has no words, and tables without rows.
fn check(text: &str, ending: &str) -> Result<(), FileRefusal> {
    let document = Document::parse(text);
    let is_table = matches!(document.blocks.as_slice(), [Block::Table(_)]);
    if TABLES.contains(&ending.to_lowercase().as_str()) && !is_table {
        return Err(FileRefusal::Table);
    }
    if document.headline().is_none() && document.blocks.is_empty() {
        return Err(FileRefusal::Empty);
    }
    Ok(())
}

/// Cuts the text of a long file to the longest text of a carousel, at the end of a block.
fn cut(text: String) -> FileText {
    let chars = text.chars().count();
    if chars <= TEXT_CHARS {
        return FileText { text, cut_from: None };
    }
    let end = text.char_indices().nth(TEXT_CHARS).map_or(text.len(), |(at, _)| at);
    let kept = &text[..end];
    let kept = kept.rsplit_once("\n\n").map_or(kept, |(before, _)| before);
    FileText { text: kept.to_owned(), cut_from: Some(chars) }
}

fn file_error(error: SandboxError) -> FileError {
    let refusal = match error {
        SandboxError::NotStarted(_) | SandboxError::Busy => return FileError::Parser(error),
        SandboxError::Stopped(why) => {
            tracing::warn!("a file was not parsed: {why}");
            FileRefusal::Damaged
        }
        SandboxError::Unusable(UnusableInput::NoText) => FileRefusal::Scan,
        SandboxError::Unusable(UnusableInput::Encrypted) => FileRefusal::Encrypted,
        SandboxError::Unusable(UnusableInput::Damaged | UnusableInput::NoArticle) => {
            FileRefusal::Damaged
        }
        SandboxError::Unusable(UnusableInput::NoDocument) => FileRefusal::Archive,
        SandboxError::Unusable(UnusableInput::OldFormat) => FileRefusal::OldFormat,
    };
    refusal.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_without_rows_are_refused() {
        let table = "Month,visitors\nJan,90\nFeb,120";
        assert_eq!(check(table, "csv"), Ok(()));
        for unusable in
            ["Month,visitors", "Month,visitors\nJan,90", "Jan,90\nFeb\nMar,1,2", "1,2\n3,4\n5,6"]
        {
            assert_eq!(check(unusable, "CSV"), Err(FileRefusal::Table), "{unusable}");
        }
        // Without the extension it may be a line of text.
        assert_eq!(check("Month,visitors", "txt"), Ok(()));
    }

    #[test]
    fn text_without_words_is_refused() {
        for empty in ["", " \n\n", "---\n\n***", "![](x.png)"] {
            assert_eq!(check(empty, "md"), Err(FileRefusal::Empty), "{empty:?}");
        }
        assert_eq!(check("```\nlet x = 1;\n```", "md"), Ok(()));
    }

    #[test]
    fn a_long_file_is_cut_between_blocks() {
        let block = "Слова абзаца. ".repeat(30);
        let text = vec![block.trim(); 80].join("\n\n");
        let cut = cut(text.clone());
        assert_eq!(cut.cut_from, Some(text.chars().count()));
        assert!(cut.text.chars().count() <= TEXT_CHARS && cut.text.ends_with("абзаца."));
        assert!(text[cut.text.len()..].starts_with("\n\n"));
    }
}
