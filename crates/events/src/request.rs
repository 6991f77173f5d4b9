//! [`RequestEvent`]: an event from another system that asks for work.
//!
//! Requests are not [facts](crate::CATALOGUE): they arrive on a stream of their own, and a fact starts nothing.
//! Reading is strict: an unknown field is an error, so that a misspelt one is not ignored.

use domain::limits::{SLIDES_MAX, SLIDES_MIN, TEXT_CHARS, TOPIC_CHARS};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{EventId, EventIdError, EventSource};

/// The largest request, in bytes: a text of 20,000 characters fits in any script.
pub const REQUEST_BYTES: usize = 256 * 1024;

const SPECVERSION: &str = "1.0";

/// A type of request.
#[derive(Debug, Clone, Copy)]
pub struct RequestType {
    /// The type's name, such as `carousel.cancel.requested`.
    pub name: &'static str,
    /// The version of its data.
    pub version: &'static str,
    /// The JSON Schema of its data.
    pub data_schema: fn() -> schemars::Schema,
}

/// Every type of request.
pub const REQUEST_TYPES: &[RequestType] = &[
    RequestType {
        name: "carousel.generate.requested",
        version: "1",
        data_schema: || schemars::schema_for!(GenerateRequest),
    },
    RequestType {
        name: "carousel.cancel.requested",
        version: "1",
        data_schema: || schemars::schema_for!(CancelRequest),
    },
    RequestType {
        name: "carousel.revise.requested",
        version: "1",
        data_schema: || schemars::schema_for!(ReviseRequest),
    },
];

/// A request with the attributes that matter for carrying it out.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestEvent {
    /// Its id, unique within its source.
    pub id: EventId,
    pub source: EventSource,
    /// The person who asked, as the source names them: 1 to 64 letters, digits, `-`, `_` and `.`.
    pub user: Option<String>,
    /// W3C trace context.
    pub traceparent: Option<String>,
    pub request: Request,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    Generate(Box<GenerateRequest>),
    Cancel(CancelRequest),
    Revise(ReviseRequest),
}

/// Make a carousel. Exactly one of `topic`, `text` and `link` is given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("oneOf" = [
    { "required": ["topic"] }, { "required": ["text"] }, { "required": ["link"] },
]))]
pub struct GenerateRequest {
    /// The topic, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = TOPIC_CHARS))]
    pub topic: Option<String>,
    /// A text to condense: plain or Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = TEXT_CHARS))]
    pub text: Option<String>,
    /// The address of a web page to condense.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(url)]
    pub link: Option<String>,
    /// The language, such as `ru` or `en`; by default that of the content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// How many slides; 7 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = SLIDES_MIN, max = SLIDES_MAX))]
    pub slides: Option<u8>,
    /// The theme's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
    /// The format: `4x5`, `1x1` or `9x16`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The encoding of the pictures: `jpeg` or `png`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Write without a model.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub offline: bool,
    /// Make a carousel of questions about the topic, without a model.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub questions: bool,
}

/// Cancel a carousel that the same source asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelRequest {
    /// The carousel's id.
    pub carousel: String,
}

/// Revise a delivered carousel that the same source asked for; the new revision is delivered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviseRequest {
    /// The carousel's id.
    pub carousel: String,
    /// The revision that the change was chosen for; it is refused for another one. 0 for any.
    #[serde(default)]
    pub revision: u32,
    /// What to change: an object with `kind` (`rewrite`, `restyle`, `instruct`), and `style` or `instruction`.
    pub change: RequestedChange,
}

/// What to change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum RequestedChange {
    /// Write all slides again.
    Rewrite,
    /// Draw all slides in another theme.
    Restyle {
        /// The theme's name.
        style: String,
    },
    /// Rewrite all slides by an instruction to the model.
    Instruct {
        /// The instruction.
        #[schemars(length(min = 1, max = 500))]
        instruction: String,
    },
}

/// Why a request is not carried out, in words for its sender.
#[derive(Debug, thiserror::Error)]
pub enum RequestEventError {
    #[error("the request has {0} bytes; {REQUEST_BYTES} are allowed")]
    TooLarge(usize),
    #[error("the request is not a CloudEvents JSON object: {0}")]
    Json(serde_json::Error),
    #[error("specversion is “{0}”; it has to be “{SPECVERSION}”")]
    Specversion(String),
    #[error("{0}")]
    Id(#[from] EventIdError),
    #[error("“{0}” is not a URI reference, so it can't be a source")]
    Source(String),
    /// A fact, or an unknown type.
    #[error("“{0}” is not a request; the requests are {known}", known = request_names())]
    Type(String),
    #[error("version “{version}” of “{kind}” is unknown; {known} is the one to send")]
    Version {
        kind: &'static str,
        /// The request's version.
        version: String,
        /// The version that this program knows.
        known: &'static str,
    },
    #[error("userid “{0}” has to be 1 to 64 letters, digits, “-”, “_” and “.”")]
    User(String),
    #[error("the data of “{kind}”: {error}")]
    Data { kind: &'static str, error: serde_json::Error },
    #[error("the request has no data")]
    NoData,
    #[error("give exactly one of topic, text and link")]
    Content,
}

/// The attributes that are read; others are ignored.
#[derive(Deserialize)]
struct Envelope {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    dataversion: Option<String>,
    #[serde(default)]
    userid: Option<String>,
    #[serde(default)]
    traceparent: Option<String>,
    #[serde(default)]
    data: Value,
}

impl RequestEvent {
    /// Reads a request from CloudEvents JSON.
    ///
    /// # Errors
    /// [`RequestEventError`]; its words are for the sender.
    pub fn parse(json: &str) -> Result<Self, RequestEventError> {
        if json.len() > REQUEST_BYTES {
            return Err(RequestEventError::TooLarge(json.len()));
        }
        let envelope: Envelope = serde_json::from_str(json).map_err(RequestEventError::Json)?;
        if envelope.specversion != SPECVERSION {
            return Err(RequestEventError::Specversion(envelope.specversion));
        }
        let kind = (REQUEST_TYPES.iter().find(|kind| kind.name == envelope.kind))
            .ok_or(RequestEventError::Type(envelope.kind))?;
        if let Some(version) = envelope.dataversion.filter(|given| given != kind.version) {
            let (kind, known) = (kind.name, kind.version);
            return Err(RequestEventError::Version { kind, version, known });
        }
        if let Some(user) = envelope.userid.as_ref().filter(|user| !is_plain(user)) {
            return Err(RequestEventError::User(user.clone()));
        }
        if envelope.data.is_null() {
            return Err(RequestEventError::NoData);
        }
        Ok(Self {
            id: EventId::parse(&envelope.id)?,
            source: EventSource::parse(&envelope.source)
                .ok_or(RequestEventError::Source(envelope.source))?,
            user: envelope.userid,
            traceparent: envelope.traceparent,
            request: Request::parse(kind.name, envelope.data)?,
        })
    }
}

impl Request {
    fn parse(kind: &'static str, data: Value) -> Result<Self, RequestEventError> {
        match kind {
            "carousel.cancel.requested" => read(kind, data).map(Self::Cancel),
            "carousel.revise.requested" => read(kind, data).map(Self::Revise),
            _ => {
                let wanted: GenerateRequest = read(kind, data)?;
                let given = [&wanted.topic, &wanted.text, &wanted.link];
                if given.iter().filter(|content| content.is_some()).count() != 1 {
                    return Err(RequestEventError::Content);
                }
                Ok(Self::Generate(Box::new(wanted)))
            }
        }
    }
}

fn read<T: DeserializeOwned>(kind: &'static str, data: Value) -> Result<T, RequestEventError> {
    serde_json::from_value(data).map_err(|error| RequestEventError::Data { kind, error })
}

/// Whether it can be a part of an id.
fn is_plain(user: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    (1..=64).contains(&user.len()) && user.bytes().all(allowed)
}

fn request_names() -> String {
    let names: Vec<&str> = REQUEST_TYPES.iter().map(|kind| kind.name).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(kind: &str, data: &Value) -> Value {
        json!({
            "specversion": "1.0", "id": "42", "source": "/shop/cms", "type": kind, "data": data,
        })
    }

    fn parse(event: &Value) -> Result<RequestEvent, RequestEventError> {
        RequestEvent::parse(&event.to_string())
    }

    #[test]
    fn request_is_read() {
        let asked = event(
            "carousel.generate.requested",
            &json!({ "topic": "Git", "slides": 5, "style": "minimal" }),
        );
        let read = parse(&asked).unwrap();
        assert_eq!((read.id.as_str(), read.source.as_str()), ("42", "/shop/cms"));
        let Request::Generate(wanted) = read.request else { panic!("another request") };
        assert_eq!((wanted.topic.as_deref(), wanted.slides), (Some("Git"), Some(5)));
        let change = json!({ "carousel": "c", "change": { "kind": "restyle", "style": "noir" } });
        let read = parse(&event("carousel.revise.requested", &change)).unwrap();
        assert!(matches!(read.request, Request::Revise(ReviseRequest { revision: 0, .. })));
    }

    #[test]
    fn bad_request_gets_words_for_its_sender() {
        let generate = |data: Value| event("carousel.generate.requested", &data);
        let with = |name: &str, value: Value| {
            let mut event = generate(json!({ "topic": "Git" }));
            event[name] = value;
            event
        };
        for (bad, words) in [
            (json!([]), "not a CloudEvents JSON object"),
            (with("specversion", json!("0.3")), "specversion"),
            (with("type", json!("carousel.completed")), "not a request; the requests are"),
            (with("type", json!("who.knows")), "not a request"),
            (with("dataversion", json!("2")), "version “2”"),
            (with("id", json!("a b")), "id"),
            (with("source", json!("a b")), "source"),
            (with("userid", json!("a/b")), "userid"),
            (generate(json!({ "topic": "Git", "theme": "noir" })), "unknown field `theme`"),
            (generate(json!({ "topic": 5 })), "invalid type"),
            (generate(json!({ "slides": 5 })), "exactly one of topic, text and link"),
            (generate(json!({ "topic": "Git", "text": "It is" })), "exactly one of"),
            (event("carousel.cancel.requested", &json!({})), "missing field `carousel`"),
            (event("carousel.cancel.requested", &Value::Null), "has no data"),
        ] {
            let error = parse(&bad).unwrap_err().to_string();
            assert!(error.contains(words), "{bad}: {error}");
        }
        let large = generate(json!({ "text": "x".repeat(REQUEST_BYTES) })).to_string();
        assert!(matches!(RequestEvent::parse(&large), Err(RequestEventError::TooLarge(_))));
        assert!(matches!(RequestEvent::parse("{"), Err(RequestEventError::Json(_))));
    }
}
