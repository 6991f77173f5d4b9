//! [`Schema`]: the shape of a model's reply as JSON Schema, and the most tokens that it can take.
//! Every text has a maximum length and every list a maximum count, so that output is bounded.

use serde_json::{Map, Value, json};

/// Fewest characters per token: Russian, in the tokenizers of small models.
const CHARS_PER_TOKEN: usize = 2;
/// Tokens of a key, its quotes, colon and comma.
const TOKENS_PER_FIELD: usize = 12;

/// The shape of a reply: an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// Letters and `_` only.
    pub name: &'static str,
    fields: Vec<(String, FieldSchema)>,
}

/// The shape of a part of a reply.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldSchema {
    /// A text: most characters, and its description.
    Text(usize, &'static str),
    /// One of these words.
    OneOf(Vec<String>),
    /// A list of texts: fewest and most texts, most characters of each, and their description.
    Texts((usize, usize), usize, &'static str),
    /// At most this many of these words.
    SomeOf(usize, Vec<String>),
    /// A boolean with its description.
    Flag(&'static str),
    Object(Vec<(String, FieldSchema)>),
}

/// The JSON Schema keywords that a server supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// All: servers that generate a grammar from the schema.
    Full,
    /// No lengths and counts: OpenAI and Anthropic reject a strict schema with them. The
    /// descriptions state them, and we check them anyway.
    NoLengths,
}

impl Schema {
    pub fn new<K: Into<String>>(
        name: &'static str,
        fields: impl IntoIterator<Item = (K, FieldSchema)>,
    ) -> Self {
        let fields = fields.into_iter().map(|(key, shape)| (key.into(), shape));
        Self { name, fields: fields.collect() }
    }

    pub fn json(&self, dialect: Dialect) -> Value {
        object(&self.fields, dialect)
    }

    /// The most tokens that a reply of this shape can take; used as `max_tokens`.
    pub fn most_tokens(&self) -> u32 {
        let tokens = tokens_of(&self.fields);
        u32::try_from(tokens).unwrap_or(u32::MAX)
    }
}

fn object(fields: &[(String, FieldSchema)], dialect: Dialect) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|(key, shape)| (key.clone(), shape.json(dialect))).collect();
    let required: Vec<&String> = fields.iter().map(|(key, _)| key).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

impl FieldSchema {
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

fn tokens_of(fields: &[(String, FieldSchema)]) -> usize {
    let of_field =
        |(key, shape): &(String, FieldSchema)| key.len() / CHARS_PER_TOKEN + shape.tokens();
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
                ("title", FieldSchema::Text(60, "the headline")),
                ("kind", FieldSchema::OneOf(vec!["a".into(), "b".into()])),
                ("items", FieldSchema::Texts((3, 5), 80, "the steps")),
                ("inner", FieldSchema::Object(vec![("yes".into(), FieldSchema::Flag("whether"))])),
            ],
        )
    }

    #[test]
    fn texts_are_bounded_and_objects_closed() {
        let json = schema().json(Dialect::Full);
        assert_eq!(json["properties"]["title"]["maxLength"], 60);
        assert_eq!(json["properties"]["items"]["maxItems"], 5);
        assert_eq!(json["properties"]["inner"]["additionalProperties"], false);
        assert_eq!(json["required"].as_array().unwrap().len(), 4);
        assert!(schema().most_tokens() > 60);
    }

    #[test]
    fn limits_are_in_descriptions_if_unsupported() {
        let json = schema().json(Dialect::NoLengths).to_string();
        for keyword in ["maxLength", "minItems", "maxItems"] {
            assert!(!json.contains(keyword), "{keyword}");
        }
        assert!(json.contains("at most 60 characters") && json.contains("3 to 5 of them"));
    }
}
