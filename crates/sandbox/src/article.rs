//! [`Article`]: the main text of a page without its menus. Used in the child process only.

use dom_smoothie::{Config, Readability};

/// Maximum elements of a page: articles have some thousands.
const MAX_ELEMENTS: usize = 20_000;
/// Maximum title in a reply, in bytes.
const MAX_TITLE_BYTES: usize = 2 * 1024;
/// Maximum text in a reply, in bytes: ten times what a carousel uses.
const MAX_TEXT_BYTES: usize = 400 * 1024;
/// Maximum size of a reply: title, text and the length of the title.
pub(crate) const MAX_REPLY_BYTES: usize = 4 + MAX_TITLE_BYTES + MAX_TEXT_BYTES;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// Empty if the page has none.
    pub title: String,
    pub text: String,
}

impl Article {
    /// Finds the article in a page.
    pub(crate) fn find(html: &str) -> Option<Self> {
        let config = Config { max_elements_to_parse: MAX_ELEMENTS, ..Config::default() };
        let mut reader = Readability::new(html, None, Some(config)).ok()?;
        let article = reader.parse().ok()?;
        Some(Self {
            title: truncate(&article.title, MAX_TITLE_BYTES).to_owned(),
            text: truncate(&article.text_content, MAX_TEXT_BYTES).to_owned(),
        })
    }

    /// The length of the title in four bytes, the title, the text.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let length = u32::try_from(self.title.len()).unwrap_or_default();
        let (title, text) = (self.title.as_bytes(), self.text.as_bytes());
        [&length.to_le_bytes(), title, text].concat()
    }

    /// Decodes the output of [`Article::encode`]. The child may be compromised by its input, so
    /// every byte is checked.
    pub(crate) fn decode(reply: &[u8]) -> Option<Self> {
        let (length, rest) = reply.split_first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (title, text) = rest.split_at_checked(length)?;
        let owned = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        Some(Self { title: owned(title)?, text: owned(text)? })
    }
}

/// The longest prefix of at most `max` bytes, in whole characters.
fn truncate(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forged_reply_is_refused() {
        let article =
            Article { title: "Почему".to_owned(), text: "Потому что".to_owned() };
        let reply = article.encode();
        assert_eq!(Article::decode(&reply), Some(article));
        for forged in [
            &b""[..],
            b"\x01\x00\x00",
            b"\xff\xff\xff\xffx",
            b"\x05\x00\x00\x00abc",
            b"\x01\x00\x00\x00\xff",
            b"\x00\x00\x00\x00\xd0",
        ] {
            assert_eq!(Article::decode(forged), None, "{forged:?}");
        }
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(truncate("жж", 3), "ж");
        assert_eq!(truncate("жж", 9), "жж");
    }
}
