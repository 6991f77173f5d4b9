//! [`Event`]: an event's data and its metadata.

use std::borrow::Cow;

use crate::{CoreEvent, EventId, ExtensionError, Extensions, Timestamp};

/// An event with its CloudEvents attributes and our extension attributes.
///
/// Its JSON form is a valid CloudEvents 1.0 event in structured mode.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The first write of an id wins.
    pub id: EventId,
    pub source: EventSource,
    /// When it happened; it may be stored later.
    pub time: Timestamp,
    pub context: EventContext,
    /// The event that caused this one; `None` for the first of a chain.
    pub causation: Option<EventId>,
    pub data: CoreEvent,
    /// Attributes that this program does not know.
    pub extensions: Extensions,
}

/// Attributes that all events of one request share.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventContext {
    /// The carousel's id; before there is a carousel, the update's id. Events of one correlation
    /// id are published in order.
    pub correlation: String,
    /// Where it ran: `development`, `production`, …
    pub environment: String,
    /// CloudEvents' `subject`: what the event is about, within `correlation`.
    pub subject: Option<String>,
    /// The W3C trace context.
    pub traceparent: Option<String>,
    /// A pseudonym of the person who asked.
    pub user: Option<String>,
    /// The id of the dialogue.
    pub session: Option<String>,
    /// The id of the request or update that started the work.
    pub request: Option<String>,
}

/// The component that wrote an event: CloudEvents' `source`, a URI reference.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EventSource(Cow<'static, str>);

impl Event {
    /// An event without a cause or unknown attributes.
    pub fn new(
        id: EventId,
        source: EventSource,
        time: Timestamp,
        context: EventContext,
        data: impl Into<CoreEvent>,
    ) -> Self {
        Self {
            id,
            source,
            time,
            context,
            causation: None,
            data: data.into(),
            extensions: Extensions::default(),
        }
    }

    /// Adds an extension attribute.
    ///
    /// # Errors
    /// [`ExtensionError`] if CloudEvents does not allow it.
    pub fn with_extension(
        mut self,
        name: &str,
        value: impl Into<serde_json::Value>,
    ) -> Result<Self, ExtensionError> {
        self.extensions.insert(name, value.into())?;
        Ok(self)
    }

    /// The name of its type, such as `carousel.completed`.
    pub fn kind(&self) -> &'static str {
        self.data.kind().name
    }
}

impl EventSource {
    pub const GATEWAY: Self = Self(Cow::Borrowed("/bible-vibecoder/gateway"));
    /// The persistence activities, which also write the events about the results of ai and render
    /// activities.
    pub const PERSISTENCE: Self = Self(Cow::Borrowed("/bible-vibecoder/persistence"));
    pub const DELIVERY: Self = Self(Cow::Borrowed("/bible-vibecoder/delivery"));

    /// Reads the `source` of an event from another system; `None` if it is not a URI reference.
    pub fn parse(source: &str) -> Option<Self> {
        let allowed = |c: u8| c.is_ascii_graphic() && !matches!(c, b'"' | b'<' | b'>' | b'\\');
        let fits = !source.is_empty() && source.bytes().all(allowed);
        fits.then(|| Self(Cow::Owned(source.to_owned())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
