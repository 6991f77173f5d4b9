//! [`Schema`]: the shape that a model's reply must have, as JSON Schema, and how much there can be
//! in it at most. Every text has a length and every list a count: a model that runs away is stopped.

use serde_json::{Map, Value, json};

/// Characters per token, at worst: Russian, in the tokenizers of small models.
const CHARS_PER_TOKEN: usize = 2;
/// Tokens for a key, its quotes, colon and comma.
const TOKENS_PER_FIELD: usize = 12;

/// The shape of a reply: an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// A name, letters and `_`.
    pub name: &'static str,
    fields: Vec<(String, Shape)>,
}

/// The shape of a part of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// A text of at most so many characters; with what it is for.
    Text(usize, &'static str),
    /// One of these words.
    OneOf(Vec<String>),
    /// At least and at most so many texts, each of at most so many characters; with what they are.
    Texts((usize, usize), usize, &'static str),
    /// At most so many of these words.
    SomeOf(usize, Vec<String>),
    /// Yes or no.
    Flag(&'static str),
    /// An object.
    Object(Vec<(String, Shape)>),
}

/// Which keywords a server understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// All of them: servers that make a grammar from the schema.
    Full,
    /// No lengths and counts: OpenAI and Anthropic refuse a strict schema that has them. They stand
    /// in the descriptions, and we check them anyway.
    NoLengths,
}

impl Schema {
    pub(super) fn new<K: Into<String>>(
        name: &'static str,
        fields: impl IntoIterator<Item = (K, Shape)>,
    ) -> Self {
        let fields = fields.into_iter().map(|(key, shape)| (key.into(), shape));
        Self {
            name,
            fields: fields.collect(),
        }
    }

    /// As JSON Schema.
    pub fn json(&self, dialect: Dialect) -> Value {
        object(&self.fields, dialect)
    }

    /// Most tokens that a reply of this shape can take: what `max_tokens` is set to.
    pub fn most_tokens(&self) -> u32 {
        let tokens = tokens_of(&self.fields);
        u32::try_from(tokens).unwrap_or(u32::MAX)
    }
}

fn object(fields: &[(String, Shape)], dialect: Dialect) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|(key, shape)| (key.clone(), shape.json(dialect)))
        .collect();
    let required: Vec<&String> = fields.iter().map(|(key, _)| key).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

impl Shape {
    fn json(&self, dialect: Dialect) -> Value {
        let lengths = dialect == Dialect::Full;
        match self {
            Self::Text(max, about) => {
                let mut json = json!({
                    "type": "string",
                    "description": format!("{about}; at most {max} characters"),
                });
                if lengths {
                    json["maxLength"] = json!(max);
                }
                json
            }
            Self::OneOf(words) => json!({"type": "string", "enum": words}),
            Self::Texts((least, most), max, about) => {
                let mut json = json!({
                    "type": "array",
                    "description": format!("{about}; {least} to {most} of them"),
                    "items": Self::Text(*max, "one of them").json(dialect),
                });
                if lengths {
                    json["minItems"] = json!(least);
                    json["maxItems"] = json!(most);
                }
                json
            }
            Self::SomeOf(most, words) => {
                let mut json = json!({
                    "type": "array",
                    "description": format!("at most {most} of them"),
                    "items": {"type": "string", "enum": words},
                });
                if lengths {
                    json["maxItems"] = json!(most);
                }
                json
            }
            Self::Flag(about) => json!({"type": "boolean", "description": about}),
            Self::Object(fields) => object(fields, dialect),
        }
    }

    fn tokens(&self) -> usize {
        let of_text = |chars: usize| chars / CHARS_PER_TOKEN + TOKENS_PER_FIELD;
        match self {
            Self::Text(max, _) => of_text(*max),
            Self::OneOf(words) => of_text(longest(words)),
            Self::Texts((_, most), max, _) => most * of_text(*max),
            Self::SomeOf(most, words) => most * of_text(longest(words)),
            Self::Flag(_) => TOKENS_PER_FIELD,
            Self::Object(fields) => tokens_of(fields),
        }
    }
}

fn tokens_of(fields: &[(String, Shape)]) -> usize {
    let of_field = |(key, shape): &(String, Shape)| key.len() / CHARS_PER_TOKEN + shape.tokens();
    fields.iter().map(of_field).sum()
}

fn longest(words: &[String]) -> usize {
    words.iter().map(|w| w.chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Schema {
        Schema::new(
            "sample",
            [
                ("title", Shape::Text(60, "the headline")),
                ("kind", Shape::OneOf(vec!["a".into(), "b".into()])),
                ("items", Shape::Texts((3, 5), 80, "the steps")),
                (
                    "inner",
                    Shape::Object(vec![("yes".into(), Shape::Flag("whether"))]),
                ),
            ],
        )
    }

    #[test]
    fn every_text_has_a_length_and_every_object_is_closed() {
        let json = schema().json(Dialect::Full);
        assert_eq!(json["properties"]["title"]["maxLength"], 60);
        assert_eq!(json["properties"]["items"]["maxItems"], 5);
        assert_eq!(json["properties"]["inner"]["additionalProperties"], false);
        assert_eq!(json["required"].as_array().unwrap().len(), 4);
        assert!(schema().most_tokens() > 60);
    }

    #[test]
    fn where_lengths_are_refused_they_stand_in_words() {
        let json = schema().json(Dialect::NoLengths).to_string();
        for keyword in ["maxLength", "minItems", "maxItems"] {
            assert!(!json.contains(keyword), "{keyword}");
        }
        assert!(json.contains("at most 60 characters") && json.contains("3 to 5 of them"));
    }
}
