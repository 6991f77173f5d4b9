//! PDF to Markdown. `glyphs` reads the placed characters of each page, `lines` joins them to lines,
//! `page_furniture` drops page numbers and running headers, `blocks` finds headings, paragraphs,
//! lists and tables.

mod blocks;
mod glyphs;
mod lines;
mod page_furniture;
mod paragraphs;

use hayro_interpret::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use crate::{extracted_text::ExtractedText, unusable_input::UnusableInput};

/// Most pages that are read: a carousel uses 20,000 characters, some ten pages.
const MAX_PAGES: usize = 60;
/// Least share of characters whose letters the file names, in percent.
const LEAST_READABLE: usize = 70;
/// Least letters of a file with text: less is a stamp on a scan.
const LEAST_LETTERS: usize = 40;

pub(crate) fn extract(bytes: Vec<u8>) -> Result<ExtractedText, UnusableInput> {
    let pdf = Pdf::new(bytes).map_err(|error| match error {
        LoadPdfError::Decryption(
            DecryptionError::PasswordProtected | DecryptionError::UnsupportedAlgorithm,
        ) => UnusableInput::Encrypted,
        LoadPdfError::Decryption(
            DecryptionError::MissingIDEntry | DecryptionError::InvalidEncryption,
        )
        | LoadPdfError::Invalid => UnusableInput::Damaged,
    })?;
    let pages = glyphs::pages(&pdf, MAX_PAGES);
    if pages.pages.is_empty() {
        return Err(UnusableInput::Damaged);
    }
    let (readable, unreadable) = (pages.readable_letters(), pages.unreadable);
    let told = readable * 100 >= (readable + unreadable) * LEAST_READABLE;
    if readable < LEAST_LETTERS || !told {
        return Err(UnusableInput::NoText);
    }
    let mut lines: Vec<Vec<lines::Line>> =
        pages.pages.iter().map(|page| lines::of(&page.chars)).collect();
    let body = blocks::body_size(&lines);
    page_furniture::remove(&mut lines, &pages.heights(), body);
    let (title, text) = blocks::markdown(&lines);
    let title = title.or_else(|| stated_title(&pdf));
    Ok(ExtractedText::new(&title.unwrap_or_default(), &text))
}

/// The title in the file's properties, unless it is the name of a file.
fn stated_title(pdf: &Pdf) -> Option<String> {
    const PROGRAMS: [&str; 3] = ["microsoft word", "untitled", "без имени"];
    let raw = pdf.metadata().title.as_deref()?;
    let title = match raw {
        [0xfe, 0xff, rest @ ..] => {
            let units = rest.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair));
            char::decode_utf16(units).collect::<Result<String, _>>().ok()?
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).ok()?.to_owned(),
        ascii => std::str::from_utf8(ascii).ok()?.to_owned(),
    };
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = title.to_lowercase();
    let is_file = [".doc", ".docx", ".pdf", ".odt", ".tex", ".html", ".md"]
        .iter()
        .any(|ending| lower.ends_with(ending));
    let is_default = PROGRAMS.iter().any(|program| lower.starts_with(program));
    let words = title.split(' ').count();
    (!is_file && !is_default && words > 1 && title.contains(char::is_alphabetic)).then_some(title)
}
