//! Conversion between [`Event`] and CloudEvents 1.0 JSON.
//!
//! Reading enforces what the specification requires and accepts what it leaves open: unknown
//! extension attributes and unknown fields of `data` are no errors.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use serde_json::Value;

use crate::{CoreEvent, Event, EventContext, EventId, EventIdError, ExtensionError, Extensions};
use crate::{EventSource, Timestamp};

const SPECVERSION: &str = "1.0";
const JSON: &str = "application/json";

/// The attributes that the envelope itself uses; an extension can't have such a name.
pub(crate) const ATTRIBUTES: &str = "specversion id source type subject time datacontenttype \
    dataschema dataversion correlationid causationid traceparent environment userid sessionid \
    requestid data";

/// Why a JSON object is not a valid event.
#[derive(Debug, thiserror::Error)]
pub enum CloudEventError {
    /// Another version of CloudEvents.
    #[error("CloudEvents {0}, only {SPECVERSION} is read")]
    Specversion(String),
    #[error("the data is {0}, only {JSON} is read")]
    ContentType(String),
    #[error("unknown event type “{0}”")]
    Type(String),
    /// An unknown version of the type's data.
    #[error("version “{version}” of “{kind}” is unknown here, only {known} is read")]
    Version {
        kind: &'static str,
        /// The event's version.
        version: String,
        /// The version that this program knows.
        known: &'static str,
    },
    #[error(transparent)]
    Id(#[from] EventIdError),
    #[error("“{0}” is not a URI reference, so it can't be a source")]
    Source(String),
    #[error("attribute “{0}” is missing or empty")]
    Missing(&'static str),
    /// An extension attribute that CloudEvents does not allow.
    #[error(transparent)]
    Extension(#[from] ExtensionError),
    /// The data does not match the fields of its type.
    #[error("the data of “{kind}”: {error}")]
    Data { kind: &'static str, error: serde_json::Error },
}

/// The attributes, in the order in which they are written.
#[derive(Serialize, Deserialize)]
struct CloudEventJson {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    time: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    datacontenttype: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dataversion: Option<String>,
    #[serde(default)]
    correlationid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    causationid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
    #[serde(default)]
    environment: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    userid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sessionid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    requestid: Option<String>,
    #[serde(flatten)]
    extensions: BTreeMap<String, Value>,
    data: Value,
}

impl CloudEventJson {
    fn of(event: &Event) -> Result<Self, CloudEventError> {
        let context = event.context.clone();
        let kind = event.data.kind().name;
        let data = (event.data.to_data()).map_err(|error| CloudEventError::Data { kind, error })?;
        // CloudEvents does not allow empty attributes.
        let some = |value: Option<String>| value.filter(|value| !value.is_empty());
        Ok(Self {
            specversion: SPECVERSION.to_owned(),
            id: event.id.as_str().to_owned(),
            source: event.source.as_str().to_owned(),
            kind: kind.to_owned(),
            subject: some(context.subject),
            time: event.time,
            datacontenttype: Some(JSON.to_owned()),
            dataversion: Some(event.data.kind().version.to_owned()),
            correlationid: required("correlationid", context.correlation)?,
            causationid: event.causation.as_ref().map(|id| id.as_str().to_owned()),
            traceparent: some(context.traceparent),
            environment: required("environment", context.environment)?,
            userid: some(context.user),
            sessionid: some(context.session),
            requestid: some(context.request),
            extensions: (event.extensions.iter())
                .map(|(name, value)| (name.to_owned(), value.clone()))
                .collect(),
            data,
        })
    }

    fn read(self) -> Result<Event, CloudEventError> {
        if self.specversion != SPECVERSION {
            return Err(CloudEventError::Specversion(self.specversion));
        }
        if let Some(other) = self.datacontenttype.filter(|given| !is_json(given)) {
            return Err(CloudEventError::ContentType(other));
        }
        let mut extensions = Extensions::default();
        for (name, value) in self.extensions {
            // `dataschema` adds nothing to the type and its version.
            if name != "dataschema" {
                extensions.insert(&name, value)?;
            }
        }
        Ok(Event {
            id: EventId::parse(&self.id)?,
            source: EventSource::parse(&self.source).ok_or(CloudEventError::Source(self.source))?,
            time: self.time,
            causation: (self.causationid.as_deref().map(EventId::parse)).transpose()?,
            data: CoreEvent::from_data(&self.kind, self.dataversion, self.data)?,
            extensions,
            context: EventContext {
                correlation: required("correlationid", self.correlationid)?,
                environment: required("environment", self.environment)?,
                subject: self.subject,
                traceparent: self.traceparent,
                user: self.userid,
                session: self.sessionid,
                request: self.requestid,
            },
        })
    }
}

/// Whether a media type is JSON, with or without parameters.
fn is_json(media_type: &str) -> bool {
    let bare = media_type.split(';').next().unwrap_or_default();
    bare.trim().eq_ignore_ascii_case(JSON)
}

fn required(name: &'static str, value: String) -> Result<String, CloudEventError> {
    if value.is_empty() { Err(CloudEventError::Missing(name)) } else { Ok(value) }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        CloudEventJson::of(self).map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        CloudEventJson::deserialize(deserializer)?.read().map_err(D::Error::custom)
    }
}
