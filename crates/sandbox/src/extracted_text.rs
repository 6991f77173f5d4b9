//! [`ExtractedText`]: the text of a page or a file, and its form between child and parent.

/// Maximum title in a reply, in bytes.
const MAX_TITLE_BYTES: usize = 2 * 1024;
/// Maximum text in a reply, in bytes: ten times what a carousel uses.
const MAX_TEXT_BYTES: usize = 400 * 1024;
/// Maximum size of a reply: title, text and the length of the title.
pub(crate) const MAX_REPLY_BYTES: usize = 4 + MAX_TITLE_BYTES + MAX_TEXT_BYTES;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractedText {
    /// Empty if it has none.
    pub title: String,
    /// Markdown, so that headings, lists, quotes and tables survive.
    pub text: String,
}

impl ExtractedText {
    /// Cuts title and text to the limits of a reply.
    pub(crate) fn new(title: &str, text: &str) -> Self {
        Self {
            title: truncate(title, MAX_TITLE_BYTES).to_owned(),
            text: truncate(text, MAX_TEXT_BYTES).to_owned(),
        }
    }

    /// The length of the title in four bytes, the title, the text.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let length = u32::try_from(self.title.len()).unwrap_or_default();
        let (title, text) = (self.title.as_bytes(), self.text.as_bytes());
        [&length.to_le_bytes(), title, text].concat()
    }

    /// Decodes the output of [`ExtractedText::encode`]. The child may be compromised by its input,
    /// so every byte is checked.
    pub(crate) fn decode(reply: &[u8]) -> Option<Self> {
        let (length, rest) = reply.split_first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (title, text) = rest.split_at_checked(length)?;
        let owned = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        Some(Self { title: owned(title)?, text: owned(text)? })
    }

    /// One Markdown text, which begins with the title.
    pub fn to_markdown(&self) -> String {
        if self.title.is_empty() {
            self.text.clone()
        } else {
            format!("# {}\n\n{}", crate::escaped_markdown::escaped(&self.title), self.text)
        }
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
        let article = ExtractedText {
            title: "Почему".to_owned(), text: "Потому что".to_owned()
        };
        let reply = article.encode();
        assert_eq!(ExtractedText::decode(&reply), Some(article));
        for forged in [
            &b""[..],
            b"\x01\x00\x00",
            b"\xff\xff\xff\xffx",
            b"\x05\x00\x00\x00abc",
            b"\x01\x00\x00\x00\xff",
            b"\x00\x00\x00\x00\xd0",
        ] {
            assert_eq!(ExtractedText::decode(forged), None, "{forged:?}");
        }
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(truncate("жж", 3), "ж");
        assert_eq!(truncate("жж", 9), "жж");
    }
}
