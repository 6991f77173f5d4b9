//! `parse_mode` MarkdownV2.

use serde_json::{Value, json};

use super::{entity, units, unparsable};
use crate::bot_api::{error_response::ErrorResponse, fake_model::FormattedText};

/// Characters that have to be escaped in plain text.
const RESERVED: &str = "_*[]()~`>#+-=|{}.!";

struct OpenMark {
    mark: &'static str,
    kind: &'static str,
    from: usize,
}

struct MarkdownParser<'a> {
    rest: &'a str,
    text: String,
    entities: Vec<Value>,
    open: Vec<OpenMark>,
}

/// Marks and their entity types; longer marks first.
const MARKS: [(&str, &str); 6] = [
    ("||", "spoiler"),
    ("__", "underline"),
    ("*", "bold"),
    ("_", "italic"),
    ("~", "strikethrough"),
    ("[", "text_link"),
];

/// Parses text with marks and escapes.
pub(super) fn read(text: &str) -> Result<FormattedText, ErrorResponse> {
    let mut reader = MarkdownParser {
        rest: text,
        text: String::new(),
        entities: Vec::new(),
        open: Vec::new(),
    };
    while !reader.rest.is_empty() {
        reader.step()?;
    }
    if let Some(open) = reader.open.last() {
        return Err(unparsable(format!(
            "Can't find end of the entity starting with {}",
            open.mark
        )));
    }
    reader.entities.sort_by_key(|e| e["offset"].as_u64());
    Ok(FormattedText {
        text: reader.text,
        entities: reader.entities,
    })
}

impl MarkdownParser<'_> {
    fn step(&mut self) -> Result<(), ErrorResponse> {
        if self.rest.starts_with('`') {
            return self.code();
        }
        if self.rest.starts_with("](") && self.closes("[") {
            return self.link();
        }
        let mark = MARKS.iter().find(|(mark, _)| self.rest.starts_with(mark));
        if let Some((mark, kind)) = mark {
            self.rest = &self.rest[mark.len()..];
            if *mark != "[" && self.closes(mark) {
                self.close(None);
            } else {
                let from = units(&self.text);
                self.open.push(OpenMark { mark, kind, from });
            }
            return Ok(());
        }
        let mut characters = self.rest.chars();
        let Some(character) = characters.next() else {
            return Ok(());
        };
        let escaped = characters
            .next()
            .filter(|next| character == '\\' && next.is_ascii());
        match escaped {
            Some(next) => self.take(next, 1 + next.len_utf8()),
            // A line that starts with `>` is a quotation; its text is parsed as ordinary text.
            None if character == '>' && self.starts_line() => self.rest = &self.rest[1..],
            None if RESERVED.contains(character) => {
                return Err(unparsable(format!(
                    "Character '{character}' is reserved and must be escaped with the preceding \
                     '\\'"
                )));
            }
            None => self.take(character, character.len_utf8()),
        }
        Ok(())
    }

    fn take(&mut self, character: char, length: usize) {
        self.text.push(character);
        self.rest = &self.rest[length..];
    }

    fn starts_line(&self) -> bool {
        self.text.is_empty() || self.text.ends_with('\n')
    }

    fn closes(&self, mark: &str) -> bool {
        self.open.last().is_some_and(|open| open.mark == mark)
    }

    fn close(&mut self, url: Option<String>) {
        let Some(open) = self.open.pop() else { return };
        let length = units(&self.text) - open.from;
        if length > 0 {
            let mut made = entity(open.kind, open.from, length);
            if let Some(url) = url {
                made["url"] = json!(url);
            }
            self.entities.push(made);
        }
    }

    /// `](address)`.
    fn link(&mut self) -> Result<(), ErrorResponse> {
        let Some(end) = self.rest.find(')') else {
            return Err(unparsable("Can't find end of a URL"));
        };
        let url = self.rest[2..end].replace('\\', "");
        self.rest = &self.rest[end + 1..];
        self.close(Some(url));
        Ok(())
    }

    /// One or three backticks; between them, only a backtick and a backslash are special.
    fn code(&mut self) -> Result<(), ErrorResponse> {
        let (fence, kind) = if self.rest.starts_with("```") {
            ("```", "pre")
        } else {
            ("`", "code")
        };
        let inside = &self.rest[fence.len()..];
        let from = units(&self.text);
        let mut taken = 0;
        loop {
            let left = &inside[taken..];
            if left.starts_with(fence) {
                break;
            }
            let Some(character) = left.chars().next() else {
                return Err(unparsable("Can't find end of Code entity"));
            };
            taken += character.len_utf8();
            let escaped = inside[taken..].chars().next();
            match escaped.filter(|next| character == '\\' && matches!(next, '`' | '\\')) {
                Some(next) => {
                    self.text.push(next);
                    taken += 1;
                }
                None => self.text.push(character),
            }
        }
        self.rest = &inside[taken + fence.len()..];
        let length = units(&self.text) - from;
        if length > 0 {
            self.entities.push(entity(kind, from, length));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_entities() {
        let words = read(r"*a _b_* 1\.5 `x.y` [l](https://x\.y) ||s||").unwrap();
        assert_eq!(words.text, "a b 1.5 x.y l s");
        let kinds: Vec<_> = words.entities.iter().map(|e| e["type"].clone()).collect();
        assert_eq!(kinds, ["bold", "italic", "code", "text_link", "spoiler"]);
        assert_eq!(words.entities[3]["url"], "https://x.y");
    }

    #[test]
    fn unescaped_text_is_refused() {
        for (bad, why) in [
            ("1.5", "Character '.' is reserved"),
            ("a-b", "Character '-' is reserved"),
            ("5 * 5", "Can't find end of the entity starting with *"),
            ("`x", "Can't find end of Code entity"),
            ("[x](y", "Can't find end of a URL"),
        ] {
            let said = read(bad).unwrap_err().description;
            assert!(said.contains(why), "{bad}: {said}");
        }
    }
}
