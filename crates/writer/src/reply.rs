//! Parses a model's reply leniently: it accepts a code fence around the JSON, text before and after
//! it, and a list where an object was requested. It validates nothing and panics on no input;
//! property tests check that with noise and with damaged replies.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

/// Longest reply that is parsed, in bytes: far above what `max_tokens` allows.
const BYTES_MAX: usize = 512 * 1024;

/// Why a reply can't be parsed. The model gets the text in the repair request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReplyError {
    #[error("the reply is no JSON object")]
    NoObject,
    #[error("the JSON is incomplete or has the wrong shape: {0}")]
    Shape(String),
    #[error("the reply is far too long")]
    TooLong,
}

/// The slides, caption and hashtags of a carousel.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DeckReply {
    /// `slide_1` and so on.
    #[serde(flatten, deserialize_with = "slides")]
    pub(crate) slides: BTreeMap<u8, SlideReply>,
    pub(crate) caption: CaptionReply,
    /// With or without `#`.
    #[serde(deserialize_with = "texts")]
    pub(crate) hashtags: Vec<String>,
}

/// A slide; each kind uses some of the fields.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SlideReply {
    /// The headline, or a concept's term.
    #[serde(alias = "term", deserialize_with = "text")]
    pub(crate) title: String,
    #[serde(
        alias = "subtitle",
        alias = "meaning",
        alias = "call_to_action",
        deserialize_with = "text"
    )]
    pub(crate) body: String,
    /// Steps, items or points.
    #[serde(alias = "steps", alias = "points", deserialize_with = "texts")]
    pub(crate) items: Vec<String>,
    /// Comparison: label of the first side.
    #[serde(deserialize_with = "text")]
    pub(crate) before_label: String,
    /// Comparison: text of the first side.
    #[serde(deserialize_with = "text")]
    pub(crate) before: String,
    /// Comparison: label of the second side.
    #[serde(deserialize_with = "text")]
    pub(crate) after_label: String,
    /// Comparison: text of the second side.
    #[serde(deserialize_with = "text")]
    pub(crate) after: String,
    /// Comparison: which side is better.
    #[serde(deserialize_with = "text")]
    pub(crate) better: String,
    /// Versus: what is compared, and what each thing says to it.
    #[serde(deserialize_with = "rows")]
    pub(crate) rows: Vec<[String; 3]>,
    /// Title: the kind of cover.
    #[serde(deserialize_with = "text")]
    pub(crate) cover: String,
    /// Title: two more proposals. Replies to older prompts have none.
    #[serde(deserialize_with = "cover")]
    pub(crate) second: Option<CoverReply>,
    #[serde(deserialize_with = "cover")]
    pub(crate) third: Option<CoverReply>,
    #[serde(deserialize_with = "text")]
    pub(crate) emoji: String,
    /// The id of the note that it is based on.
    #[serde(deserialize_with = "text")]
    pub(crate) note: String,
}

/// A proposal for the title slide.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CoverReply {
    #[serde(deserialize_with = "text")]
    pub(crate) title: String,
    #[serde(alias = "body", deserialize_with = "text")]
    pub(crate) subtitle: String,
    #[serde(deserialize_with = "text")]
    pub(crate) cover: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CaptionReply {
    /// The first line.
    #[serde(deserialize_with = "text")]
    pub(crate) hook: String,
    #[serde(deserialize_with = "text")]
    pub(crate) body: String,
    /// The last line.
    #[serde(deserialize_with = "text")]
    pub(crate) call_to_action: String,
}

/// The analysis of a topic; the fields are those of `domain::record::AnalysisRecord`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AnalysisReply {
    #[serde(deserialize_with = "text")]
    pub(crate) title: String,
    #[serde(deserialize_with = "text")]
    pub(crate) audience: String,
    #[serde(deserialize_with = "text")]
    pub(crate) angle: String,
    #[serde(deserialize_with = "text")]
    pub(crate) frame: String,
    #[serde(deserialize_with = "texts")]
    pub(crate) principles: Vec<String>,
    #[serde(deserialize_with = "texts")]
    pub(crate) quotes: Vec<String>,
    #[serde(deserialize_with = "texts")]
    pub(crate) concepts: Vec<String>,
    #[serde(deserialize_with = "texts")]
    pub(crate) keywords: Vec<String>,
    #[serde(deserialize_with = "texts")]
    pub(crate) risks: Vec<String>,
}

/// An answer to a question, or a daily tip.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TextReply {
    #[serde(alias = "answer", alias = "thought", deserialize_with = "text")]
    pub(crate) text: String,
    /// Whether the notes cover the question.
    pub(crate) covered: Option<bool>,
    /// Ids of the notes that were used.
    #[serde(deserialize_with = "texts")]
    pub(crate) notes: Vec<String>,
}

/// Parses a reply.
///
/// # Errors
///
/// [`ReplyError`], with a text for the model.
pub(crate) fn read<T>(reply: &str) -> Result<T, ReplyError>
where
    T: DeserializeOwned + Default + PartialEq,
{
    if reply.len() > BYTES_MAX {
        return Err(ReplyError::TooLong);
    }
    let reply = without_thoughts(reply);
    if let Some(read) = last_object(reply) {
        return Ok(read);
    }
    let object = object(reply).ok_or(ReplyError::NoObject)?;
    let shape = |e: serde_json::Error| {
        // The position of the error, without the content.
        ReplyError::Shape(format!("line {}, column {}", e.line(), e.column()))
    };
    let mut json = serde_json::Deserializer::from_str(object);
    T::deserialize(&mut json).map_err(shape)
}

/// The reply after the thoughts of a reasoning model.
fn without_thoughts(reply: &str) -> &str {
    reply.rsplit_once("</think>").map_or(reply, |(_, answer)| answer)
}

/// The last complete object that has a field of `T`: models write drafts and examples before it.
fn last_object<T: DeserializeOwned + Default + PartialEq>(reply: &str) -> Option<T> {
    let mut last = None;
    let mut rest = reply;
    while let Some(start) = rest.find('{') {
        let mut values = serde_json::Deserializer::from_str(&rest[start..]).into_iter::<T>();
        let read = values.next();
        let length = values.byte_offset().max(1);
        if let Some(Ok(read)) = read {
            last = Some(read).filter(|read| *read != T::default()).or(last);
            rest = &rest[start + length..];
        } else {
            rest = &rest[start + 1..];
        }
    }
    last
}

/// From the first brace to the last; text around it is dropped.
fn object(reply: &str) -> Option<&str> {
    let start = reply.find('{')?;
    let end = reply.rfind('}').filter(|end| *end > start);
    Some(&reply[start..=end.unwrap_or(reply.len() - 1)])
}

/// A text; `null` is empty, and a number or boolean is converted.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(as_text(&Value::deserialize(from)?))
}

/// A list of texts; a single text is a list of one, and `null` is empty.
fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().map(as_text).collect(),
        other => vec![as_text(&other)],
    })
}

/// A proposal; anything else is none.
fn cover<'de, D: Deserializer<'de>>(from: D) -> Result<Option<CoverReply>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(from)?).ok())
}

/// Rows of three texts each, as objects or lists; in a list, or as `row_1` and so on.
fn rows<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<[String; 3]>, D::Error> {
    let cells = |value: &Value| -> Option<[String; 3]> {
        let field = |name: &str| value.get(name).map(as_text).unwrap_or_default();
        match value {
            Value::Object(_) => Some([field("aspect"), field("first"), field("second")]),
            Value::Array(cells) => {
                let cell = |at: usize| cells.get(at).map(as_text).unwrap_or_default();
                Some([cell(0), cell(1), cell(2)])
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        }
    };
    Ok(match Value::deserialize(from)? {
        Value::Array(list) => list.iter().filter_map(cells).collect(),
        Value::Object(fields) => fields.values().filter_map(cells).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    })
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        // `{"text": …}` in place of a text.
        Value::Object(fields) => fields.values().next().map(as_text).unwrap_or_default(),
        Value::Array(values) => values.first().map(as_text).unwrap_or_default(),
        Value::Null => String::new(),
    }
}

/// `slide_1` and so on, or a list under `slides`, which some models return.
fn slides<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<u8, SlideReply>, D::Error> {
    let fields = BTreeMap::<String, Value>::deserialize(from)?;
    let mut slides = BTreeMap::new();
    let mut keep = |number: Option<u8>, value: Value| {
        if let (Some(number), Ok(slide)) = (number, serde_json::from_value(value)) {
            slides.insert(number, slide);
        }
    };
    for (key, value) in fields {
        match (key.as_str(), value) {
            ("slides", Value::Array(list)) => {
                for (number, value) in (1u8..).zip(list) {
                    keep(Some(number), value);
                }
            }
            ("slides", Value::Object(inner)) => {
                for (key, value) in inner {
                    keep(numbered(&key), value);
                }
            }
            (key, value) => keep(numbered(key), value),
        }
    }
    Ok(slides)
}

fn numbered(key: &str) -> Option<u8> {
    key.strip_prefix("slide_")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn surrounding_text_and_list_forms_are_accepted() {
        let reply = "Sure!\n```json\n{\"slide_1\":{\"title\":\"A\",\"subtitle\":\"b\"},\
                     \"slide_2\":{\"term\":\"T\",\"meaning\":\"m\",\"emoji\":null},\
                     \"hashtags\":\"one\",\"caption\":{\"hook\":7}}\n```\nDone.";
        let deck: DeckReply = read(reply).unwrap();
        assert_eq!((deck.slides[&1].body.as_str(), deck.slides[&2].title.as_str()), ("b", "T"));
        assert_eq!((deck.hashtags, deck.caption.hook.as_str()), (vec!["one".to_owned()], "7"));
        let listed: DeckReply = read(r#"{"slides":[{"title":"A"},{"steps":["x"]}]}"#).unwrap();
        assert_eq!(listed.slides[&2].items, ["x"]);
    }

    #[test]
    fn proposals_and_rows_are_read_in_any_form() {
        let reply = r#"{"slide_1":{"title":"A","cover":"question","second":{"title":"B"},"third":7},
            "slide_2":{"rows":{"row_1":{"aspect":"a","first":"b","second":3},"row_2":["c","d","e"]}}}"#;
        let deck: DeckReply = read(reply).unwrap();
        let title = &deck.slides[&1];
        assert_eq!((title.cover.as_str(), title.third.as_ref()), ("question", None));
        assert_eq!(title.second.as_ref().unwrap().title, "B");
        let rows = [["a", "b", "3"], ["c", "d", "e"]].map(|row| row.map(str::to_owned));
        assert_eq!(deck.slides[&2].rows, rows);
    }

    #[test]
    fn the_last_object_of_the_shape_is_read() {
        let title = |reply: &str| read::<DeckReply>(reply).unwrap().slides[&1].title.clone();
        let draft = r#"{"slide_1":{"title":"Draft"}}"#;
        let last = r#"{"slide_1":{"title":"Final"}}"#;
        assert_eq!(title(&format!("<think>{draft} no</think>{last}")), "Final");
        assert_eq!(title(&format!("First: {draft}, better: {last}")), "Final");
        assert_eq!(title(&format!("{last} Note: {{\"a\": 1}} {{}}")), "Final");
        assert_eq!(title(&format!("{{not json}} {last}")), "Final");
        let nested = r#"{"slide_1":{"title":"{Final}"}}"#;
        assert_eq!(title(nested), "{Final}");
    }

    #[test]
    fn errors_do_not_repeat_the_reply() {
        assert_eq!(read::<DeckReply>("I can't."), Err(ReplyError::NoObject));
        let cut = r#"{"slide_1":{"title":"secret"#;
        let error = read::<DeckReply>(cut).unwrap_err().to_string();
        assert!(error.contains("incomplete") && !error.contains("secret"), "{error}");
        let long = "x".repeat(BYTES_MAX + 1);
        assert_eq!(read::<DeckReply>(&long), Err(ReplyError::TooLong));
    }

    #[test]
    fn deep_nesting_is_an_error() {
        let deep = format!("{{\"slide_1\":{}", "[".repeat(100_000));
        assert!(read::<DeckReply>(&deep).is_err());
    }

    proptest! {
        #[test]
        fn parsing_any_text_does_not_panic(text in "\\PC{0,300}") {
            let _ = (read::<DeckReply>(&text), read::<AnalysisReply>(&text), read::<TextReply>(&text));
        }

        /// A valid reply with bytes removed, doubled or replaced: it is parsed or rejected.
        #[test]
        fn damaged_reply_is_parsed_or_rejected(
            damages in proptest::collection::vec((any::<usize>(), 0u8..4, any::<char>()), 1..8),
        ) {
            let good = r#"{"slide_1":{"title":"Тест","subtitle":"b"},"slide_2":{"term":"T","meaning":"m",
                "emoji":"🚀","items":["a","b"]},"caption":{"hook":"h","body":"b"},"hashtags":["x","y"]}"#;
            let mut text: Vec<char> = good.chars().collect();
            for (at, how, with) in damages {
                let at = at % text.len().max(1);
                match how {
                    0 if text.len() > 1 => {
                        text.remove(at);
                    }
                    1 => text.insert(at, with),
                    2 => text.truncate(at + 1),
                    _ => text[at] = with,
                }
            }
            let text: String = text.into_iter().collect();
            if let Err(error) = read::<DeckReply>(&text) {
                prop_assert!(!error.to_string().contains("Тест"));
            }
        }

        #[test]
        fn parsing_any_json_does_not_panic(
            keys in proptest::collection::vec("(slide_[0-9]{1,3}|slides|caption|hashtags|text|notes)", 0..6),
            values in proptest::collection::vec("(null|true|7|\"x\"|\\[\\]|\\[1,\\{\\}\\]|\\{\"title\":\\[\"a\"\\]\\})", 6),
        ) {
            let fields: Vec<String> = keys
                .iter()
                .zip(&values)
                .map(|(key, value)| format!("\"{key}\":{value}"))
                .collect();
            let json = format!("{{{}}}", fields.join(","));
            let _ = (read::<DeckReply>(&json), read::<AnalysisReply>(&json), read::<TextReply>(&json));
        }
    }
}
