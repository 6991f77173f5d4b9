//! The main text of a web page without its menus. Used in the child process only.

use dom_smoothie::{Config, Readability, TextMode};

use crate::{extracted_text::ExtractedText, unusable_input::UnusableInput};

/// Maximum elements of a page: articles have some thousands.
const MAX_ELEMENTS: usize = 20_000;

/// Finds the article in a page.
pub(crate) fn extract(html: &str) -> Result<ExtractedText, UnusableInput> {
    let config = Config {
        max_elements_to_parse: MAX_ELEMENTS,
        text_mode: TextMode::Markdown,
        ..Config::default()
    };
    let article = Readability::new(html, None, Some(config)).and_then(|mut page| page.parse());
    let article = article.map_err(|_| UnusableInput::NoArticle)?;
    Ok(ExtractedText::new(&article.title, &article.text_content))
}
