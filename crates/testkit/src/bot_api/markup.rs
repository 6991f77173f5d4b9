//! Formatted text as Telegram parses it: `parse_mode` HTML becomes plain text and entities, or the
//! error that a bot gets if it did not escape a user's text.
//!
//! The Markdown modes are refused: the bot sends HTML only.

mod html;

use serde_json::{Value, json};

use super::{error_response::ErrorResponse, fake_model::FormattedText};

/// Parses `text` according to `parse_mode`; without a mode, `entities` are used as they are.
pub(super) fn read(
    text: &str,
    parse_mode: Option<&str>,
    entities: Option<Value>,
) -> Result<FormattedText, ErrorResponse> {
    let words = match parse_mode.map(str::to_ascii_lowercase).as_deref() {
        None | Some("") => FormattedText {
            text: text.to_owned(),
            entities: match entities {
                Some(Value::Array(entities)) => entities,
                Some(_) | None => Vec::new(),
            },
        },
        Some("html") => html::read(text)?,
        Some(_) => return Err(ErrorResponse::bad("unsupported parse_mode")),
    };
    Ok(trimmed(words))
}

/// Telegram removes white space at both ends.
fn trimmed(words: FormattedText) -> FormattedText {
    let start = words.text.len() - words.text.trim_start().len();
    let lead = i64::try_from(units(&words.text[..start])).unwrap_or(0);
    let text = words.text.trim().to_owned();
    if text == words.text {
        return words;
    }
    let end = i64::try_from(units(&text)).unwrap_or(i64::MAX);
    let moved = |mut entity: Value| {
        let offset = entity["offset"].as_i64()?;
        let last = (offset + entity["length"].as_i64()? - lead).min(end);
        let first = (offset - lead).max(0);
        entity["offset"] = first.into();
        entity["length"] = (last - first).into();
        (first < last).then_some(entity)
    };
    FormattedText { entities: words.entities.into_iter().filter_map(moved).collect(), text }
}

/// Length in UTF-16 units, as Telegram counts.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Parses a person's own text: commands, mentions and links at the start of words.
pub(super) fn notice(text: &str) -> FormattedText {
    let mut entities = Vec::new();
    let mut from = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        let kind = match bare.chars().next() {
            Some('/') if bare.len() > 1 => Some("bot_command"),
            Some('@') if bare.len() > 1 => Some("mention"),
            _ if bare.starts_with("http://") || bare.starts_with("https://") => Some("url"),
            _ => None,
        };
        if let Some(kind) = kind {
            entities.push(entity(kind, from, units(bare)));
        }
        from += units(word);
    }
    FormattedText { text: text.to_owned(), entities }
}

fn entity(kind: &str, offset: usize, length: usize) -> Value {
    json!({ "type": kind, "offset": offset, "length": length })
}

fn unparsable(reason: impl std::fmt::Display) -> ErrorResponse {
    ErrorResponse::bad(format!("can't parse entities: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_parse_mode_text_is_plain() {
        let words = read("a < b & *c*", None, None).unwrap();
        assert_eq!(words.text, "a < b & *c*");
        assert!(read("x", Some("MarkdownV2"), None).is_err());
    }

    #[test]
    fn trimming_moves_entities() {
        let words = read("  <b> a </b> ", Some("HTML"), None).unwrap();
        assert_eq!(words.text, "a");
        assert_eq!(words.entities, [entity("bold", 0, 1)]);
    }

    #[test]
    fn commands_mentions_and_links_become_entities() {
        let words = notice("/start 🙂 @me https://a.b");
        let kinds: Vec<_> = words.entities.iter().map(|e| e["type"].clone()).collect();
        assert_eq!(kinds, ["bot_command", "mention", "url"]);
        assert_eq!(words.entities[1]["offset"], 10, "an emoji is two units");
    }
}
