//! [`Event`]: a fact and what is known about it.

use std::borrow::Cow;

use crate::{CoreEvent, EventId, ExtensionError, Extensions, Timestamp};

/// A fact, with everything that CloudEvents and our extension attributes say about it.
///
/// Its JSON form is a valid CloudEvents 1.0 event in structured mode.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Names it: the first write of an id wins.
    pub id: EventId,
    /// Which part of the system wrote it.
    pub source: Origin,
    /// When it happened, which can be well before it was written down.
    pub time: Timestamp,
    /// What it belongs to and where it was seen.
    pub context: Context,
    /// The event that led to this one; none for the first of its chain.
    pub causation: Option<EventId>,
    /// What happened.
    pub data: CoreEvent,
    /// Attributes that we do not know.
    pub extensions: Extensions,
}

/// What the events of one request have in common.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// The carousel's id; before there is a carousel, the update's id. Events of one correlation
    /// id are published in order.
    pub correlation: String,
    /// Where it ran: `development`, `production`, …
    pub environment: String,
    /// What it is about, within `correlation`: CloudEvents' `subject`.
    pub subject: Option<String>,
    /// The W3C trace that it is part of.
    pub traceparent: Option<String>,
    /// Who asked; pseudonymous.
    pub user: Option<String>,
    /// The dialogue that it is part of.
    pub session: Option<String>,
    /// The request or update that brought it in.
    pub request: Option<String>,
}

/// Which part of the system wrote an event: CloudEvents' `source`, a URI reference.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin(Cow<'static, str>);

impl Event {
    /// A fact without a cause, unknown attributes or doubts.
    pub fn new(
        id: EventId,
        source: Origin,
        time: Timestamp,
        context: Context,
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

    /// Says which event led to this one.
    #[must_use]
    pub fn caused_by(mut self, cause: EventId) -> Self {
        self.causation = Some(cause);
        self
    }

    /// Adds an attribute of somebody else's.
    ///
    /// # Errors
    /// [`ExtensionError`] when CloudEvents does not allow it.
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

impl Origin {
    /// The gateway.
    pub const GATEWAY: Self = Self(Cow::Borrowed("/bible-vibecoder/gateway"));
    /// The persistence activities, which write down what ai and render return too.
    pub const PERSISTENCE: Self = Self(Cow::Borrowed("/bible-vibecoder/persistence"));
    /// The delivery activities.
    pub const DELIVERY: Self = Self(Cow::Borrowed("/bible-vibecoder/delivery"));

    /// Reads the source of somebody else's event; `None` when it can't be a URI reference.
    pub fn parse(source: &str) -> Option<Self> {
        let allowed = |c: u8| c.is_ascii_graphic() && !matches!(c, b'"' | b'<' | b'>' | b'\\');
        let fits = !source.is_empty() && source.bytes().all(allowed);
        fits.then(|| Self(Cow::Owned(source.to_owned())))
    }

    /// The URI reference.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
