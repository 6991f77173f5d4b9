//! DOCX to Markdown: `archive` opens its parts, `styles` knows what a style means, `body` reads the
//! paragraphs and tables.

mod archive;
mod body;
mod styles;

use crate::{extracted_text::ExtractedText, unusable_input::UnusableInput};

pub(crate) fn extract(bytes: &[u8]) -> Result<ExtractedText, UnusableInput> {
    let mut archive = archive::Archive::open(bytes)?;
    let styles = styles::Styles::read(&archive.part("word/styles.xml").unwrap_or_default());
    let document = archive.document()?;
    let read = body::read(&document, &styles)?;
    if !read.text.contains(char::is_alphanumeric) && !read.title.contains(char::is_alphanumeric) {
        return Err(UnusableInput::NoText);
    }
    Ok(read)
}
