//! `parse_mode` HTML.

use serde_json::{Value, json};

use super::{entity, units, unparsable};
use crate::bot_api::{error_response::Result, fake_model::FormattedText};

/// Tags and their entity types. `span` and `tg-emoji` need attributes.
const TAGS: [(&str, &str); 14] = [
    ("b", "bold"),
    ("strong", "bold"),
    ("i", "italic"),
    ("em", "italic"),
    ("u", "underline"),
    ("ins", "underline"),
    ("s", "strikethrough"),
    ("strike", "strikethrough"),
    ("del", "strikethrough"),
    ("code", "code"),
    ("pre", "pre"),
    ("a", "text_link"),
    ("blockquote", "blockquote"),
    ("tg-spoiler", "spoiler"),
];

struct OpenTag {
    tag: String,
    entity: Value,
    from: usize,
}

#[derive(Default)]
struct HtmlParser {
    text: String,
    entities: Vec<Value>,
    open: Vec<OpenTag>,
}

/// Parses text with tags and character references.
pub(super) fn read(text: &str) -> Result<FormattedText> {
    let mut reader = HtmlParser::default();
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        reader.text.push_str(&rest[..at]);
        let offset = text.len() - rest.len() + at;
        rest = &rest[at..];
        rest =
            if rest.starts_with('<') { reader.tag(rest, offset)? } else { reader.reference(rest) };
    }
    reader.text.push_str(rest);
    if let Some(open) = reader.open.last() {
        let tag = &open.tag;
        return Err(unparsable(format!("Can't find end tag corresponding to start tag \"{tag}\"")));
    }
    reader.entities.sort_by_key(|e| e["offset"].as_u64());
    Ok(FormattedText { text: reader.text, entities: reader.entities })
}

impl HtmlParser {
    fn tag<'a>(&mut self, rest: &'a str, offset: usize) -> Result<&'a str> {
        let Some(end) = rest.find('>') else {
            return Err(unparsable(format!("Unclosed start tag at byte offset {offset}")));
        };
        let inside = &rest[1..end];
        match inside.strip_prefix('/') {
            Some(name) => self.close(name.trim(), offset)?,
            None => self.open(inside, offset)?,
        }
        Ok(&rest[end + 1..])
    }

    fn open(&mut self, inside: &str, offset: usize) -> Result<()> {
        let (name, attributes) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
        let name = name.to_ascii_lowercase();
        let kind = match name.as_str() {
            "span" if attributes.contains("tg-spoiler") => Some("spoiler"),
            "tg-emoji" if attributes.contains("emoji-id") => Some("custom_emoji"),
            name => TAGS.iter().find(|(tag, _)| *tag == name).map(|(_, kind)| *kind),
        };
        let Some(kind) = kind else {
            return Err(unparsable(format!(
                "Unsupported start tag \"{name}\" at byte offset {offset}"
            )));
        };
        let mut entity = json!({ "type": kind });
        match kind {
            "text_link" => {
                let address = attribute(attributes, "href");
                match address.strip_prefix("tg://user?id=").and_then(|id| id.parse::<i64>().ok()) {
                    Some(id) => {
                        entity["type"] = "text_mention".into();
                        entity["user"] = json!({ "id": id, "is_bot": false, "first_name": "" });
                    }
                    None => entity["url"] = address.into(),
                }
            }
            "custom_emoji" => {
                entity["custom_emoji_id"] = attribute(attributes, "emoji-id").into();
            }
            "code" | "pre" if attributes.contains("language-") => {
                let language = attribute(attributes, "class");
                entity["language"] = language.trim_start_matches("language-").into();
            }
            _ => {}
        }
        let from = units(&self.text);
        self.open.push(OpenTag { tag: name, entity, from });
        Ok(())
    }

    fn close(&mut self, name: &str, offset: usize) -> Result<()> {
        let Some(open) = self.open.pop() else {
            return Err(unparsable(format!("Unexpected end tag at byte offset {offset}")));
        };
        if !open.tag.eq_ignore_ascii_case(name) {
            let tag = &open.tag;
            return Err(unparsable(format!(
                "Unmatched end tag at byte offset {offset}, expected \"</{tag}>\", found \
                 \"</{name}>\""
            )));
        }
        let length = units(&self.text) - open.from;
        if length > 0 {
            let kind = open.entity["type"].as_str().unwrap_or_default();
            let mut made = entity(kind, open.from, length);
            for extra in ["url", "language", "custom_emoji_id"] {
                if let Some(value) = open.entity.get(extra) {
                    made[extra] = value.clone();
                }
            }
            self.entities.push(made);
        }
        Ok(())
    }

    /// Parses a character reference; an invalid one stays a plain ampersand, as at Telegram.
    fn reference<'a>(&mut self, rest: &'a str) -> &'a str {
        let known = rest[1..].find(';').and_then(|end| {
            let character = match &rest[1..=end] {
                "lt" => '<',
                "gt" => '>',
                "amp" => '&',
                "quot" => '"',
                numeric => numbered(numeric)?,
            };
            Some((character, end + 2))
        });
        let (character, length) = known.unwrap_or(('&', 1));
        self.text.push(character);
        &rest[length..]
    }
}

/// `#60` or `#x3c`.
fn numbered(reference: &str) -> Option<char> {
    let number = reference.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?)
}

/// The value of an attribute, quoted or not; empty if it is missing.
fn attribute(attributes: &str, name: &str) -> String {
    let Some((_, value)) = attributes.split_once(&format!("{name}=")) else {
        return String::new();
    };
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let value = match quote {
        Some(quote) => value[1..].split(quote).next(),
        None => value.split(char::is_whitespace).next(),
    };
    value.unwrap_or_default().replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_become_entities() {
        let words =
            read("<b>A &lt; <i>🙂</i></b> <a href=\"https://x.y/?a=1&amp;b\">l</a>").unwrap();
        assert_eq!(words.text, "A < 🙂 l");
        assert_eq!(
            words.entities,
            [
                entity("bold", 0, 6),
                entity("italic", 4, 2),
                json!({"type": "text_link", "offset": 7, "length": 1, "url": "https://x.y/?a=1&b"}),
            ]
        );
    }

    #[test]
    fn unescaped_text_is_refused() {
        for (bad, why) in [
            ("if a <b then", "Unclosed start tag"),
            ("<script>x</script>", "Unsupported start tag \"script\""),
            ("<b>x", "Can't find end tag corresponding to start tag \"b\""),
            ("<b>x</i>", "Unmatched end tag"),
            ("x</b>", "Unexpected end tag"),
            ("<span>x</span>", "Unsupported start tag \"span\""),
        ] {
            let said = read(bad).unwrap_err().description;
            assert!(said.contains(why), "{bad}: {said}");
            assert!(said.starts_with("Bad Request: can't parse entities: "), "{said}");
        }
    }

    #[test]
    fn ampersand_without_reference_is_kept() {
        assert_eq!(read("Q&A; R&D &#60;&#x3e;").unwrap().text, "Q&A; R&D <>");
    }
}
