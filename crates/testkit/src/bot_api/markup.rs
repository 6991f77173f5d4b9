//! Formatted text as Telegram parses it: `parse_mode` HTML becomes plain text and entities, or the
//! error that a bot gets if it did not escape a user's text.
//!
//! The Markdown modes are refused: the bot sends HTML only.

mod html;

use serde_json::{Value, json};

use super::{
    error_response::{ErrorResponse, Result},
    fake_model::FormattedText,
};

/// Parses `text` according to `parse_mode`; without a mode, `entities` are used as they are.
pub(super) fn read(
    text: &str,
    parse_mode: Option<&str>,
    entities: Option<Value>,
) -> Result<FormattedText> {
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

/// Parses a person's own text: commands, mentions, links and e-mail addresses.
pub(super) fn notice(text: &str) -> FormattedText {
    let mut entities = Vec::new();
    let mut from = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        // Punctuation around a mention or a command is no part of it.
        let opening = word.find(|c: char| !matches!(c, '(' | '"' | '«' | '“')).unwrap_or(0);
        let bare = &word[opening..];
        let found = if bare.starts_with("http://") || bare.starts_with("https://") {
            Some(("url", bare.trim_end()))
        } else if let Some(name) = bare.strip_prefix('@') {
            let name = &bare[..=name_length(name)];
            // Telegram's names have at least five characters.
            (name.len() > 5).then_some(("mention", name))
        } else if let Some(name) = bare.strip_prefix('/') {
            command(bare, name).map(|command| ("bot_command", command))
        } else {
            let address = bare.trim_end().trim_end_matches([',', '.', '!', '?', ')']);
            let (user, host) = address.split_once('@').unwrap_or_default();
            (!user.is_empty() && host.contains('.')).then_some(("email", address))
        };
        if let Some((kind, found)) = found {
            entities.push(entity(kind, from + units(&word[..opening]), units(found)));
        }
        from += units(word);
    }
    FormattedText { text: text.to_owned(), entities }
}

/// The commands of a text, with their slash.
pub(super) fn commands(words: &FormattedText) -> impl Iterator<Item = String> {
    let text: Vec<u16> = words.text.encode_utf16().collect();
    let commands = words.entities.iter().filter(|entity| entity["type"] == "bot_command");
    commands.filter_map(move |entity| {
        let from = usize::try_from(entity["offset"].as_u64()?).ok()?;
        let length = usize::try_from(entity["length"].as_u64()?).ok()?;
        Some(String::from_utf16_lossy(text.get(from..from + length)?))
    })
}

/// The bytes of the name at the start of a text: letters, digits and `_`.
fn name_length(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// `/name` or `/name@bot`; `None` for a path such as `/usr/bin`.
fn command<'a>(word: &'a str, name: &str) -> Option<&'a str> {
    let name = name_length(name);
    let end = match word[name + 1..].strip_prefix('@') {
        Some(bot) => name + 2 + name_length(bot),
        None => name + 1,
    };
    (name > 0 && !word[end..].starts_with('/')).then_some(&word[..end])
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
        let words = notice("/start 🙂 @ann_b, https://a.b");
        let kinds: Vec<_> = words.entities.iter().map(|e| e["type"].clone()).collect();
        assert_eq!(kinds, ["bot_command", "mention", "url"]);
        assert_eq!(words.entities[1]["offset"], 10, "an emoji is two units");
        assert_eq!(words.entities[1]["length"], 6, "the comma is no part of it");
        assert_eq!(commands(&words).collect::<Vec<_>>(), ["/start"]);
    }

    #[test]
    fn addresses_and_paths_are_no_mentions_or_commands() {
        assert_eq!(notice("ann@vibecoder_bot.com").entities[0]["type"], "email");
        for text in ["/usr/bin", "@me", "a/b", "x@y", "/", "@"] {
            assert_eq!(notice(text).entities, [] as [Value; 0], "{text}");
        }
        assert_eq!(notice("(/help@some_bot)").entities, [entity("bot_command", 1, 14)]);
    }
}
