//! [`CoreEvent`] and [`CATALOGUE`]: all event types, by family.
//!
//! The family files define the fields of each event; this file combines the families.

use serde_json::Value;

use crate::CloudEventError;
use crate::family::{ai, analytics, carousel, gateway, orchestrator, persistence};

/// The part of the system that an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    Gateway,
    Carousel,
    /// Model calls and their results.
    Ai,
    Persistence,
    Analytics,
    Orchestrator,
}

/// One type of event.
#[derive(Debug, Clone, Copy)]
pub struct EventType {
    /// The type's name, such as `carousel.completed`.
    pub name: &'static str,
    /// The version of its data, written as the extension attribute `dataversion`. Raised only for a
    /// change that older readers can't handle.
    pub version: &'static str,
    pub family: Family,
    /// The JSON Schema of its data.
    pub data_schema: fn() -> schemars::Schema,
}

/// An event's data, by family.
#[derive(Debug, Clone, PartialEq)]
pub enum CoreEvent {
    Gateway(gateway::GatewayEvent),
    Carousel(carousel::CarouselEvent),
    /// Model calls and their results.
    Ai(ai::AiEvent),
    Persistence(persistence::PersistenceEvent),
    Analytics(analytics::AnalyticsEvent),
    Orchestrator(orchestrator::OrchestratorEvent),
}

/// Every event type, by family, in the order of the documentation.
pub const CATALOGUE: [&[EventType]; 6] = [
    gateway::GatewayEvent::TYPES,
    carousel::CarouselEvent::TYPES,
    ai::AiEvent::TYPES,
    persistence::PersistenceEvent::TYPES,
    analytics::AnalyticsEvent::TYPES,
    orchestrator::OrchestratorEvent::TYPES,
];

impl CoreEvent {
    pub const fn kind(&self) -> &'static EventType {
        match self {
            Self::Gateway(event) => event.kind(),
            Self::Carousel(event) => event.kind(),
            Self::Ai(event) => event.kind(),
            Self::Persistence(event) => event.kind(),
            Self::Analytics(event) => event.kind(),
            Self::Orchestrator(event) => event.kind(),
        }
    }

    /// The fields of the event, as the JSON of `data`.
    pub(crate) fn to_data(&self) -> serde_json::Result<Value> {
        match self {
            Self::Gateway(event) => event.to_data(),
            Self::Carousel(event) => event.to_data(),
            Self::Ai(event) => event.to_data(),
            Self::Persistence(event) => event.to_data(),
            Self::Analytics(event) => event.to_data(),
            Self::Orchestrator(event) => event.to_data(),
        }
    }

    /// Parses the `data` of an event of type `name`. A missing version means the version
    /// that this program knows.
    pub(crate) fn from_data(
        name: &str,
        version: Option<String>,
        data: Value,
    ) -> Result<Self, CloudEventError> {
        let kind = (CATALOGUE.iter().copied().flatten())
            .find(|kind| kind.name == name)
            .ok_or_else(|| CloudEventError::Type(name.to_owned()))?;
        if let Some(version) = version.filter(|given| given != kind.version) {
            return Err(CloudEventError::Version { kind: kind.name, version, known: kind.version });
        }
        let read = match kind.family {
            Family::Gateway => gateway::GatewayEvent::from_data(name, data).map(Self::Gateway),
            Family::Carousel => carousel::CarouselEvent::from_data(name, data).map(Self::Carousel),
            Family::Ai => ai::AiEvent::from_data(name, data).map(Self::Ai),
            Family::Persistence => {
                persistence::PersistenceEvent::from_data(name, data).map(Self::Persistence)
            }
            Family::Analytics => {
                analytics::AnalyticsEvent::from_data(name, data).map(Self::Analytics)
            }
            Family::Orchestrator => {
                orchestrator::OrchestratorEvent::from_data(name, data).map(Self::Orchestrator)
            }
        };
        read.map_err(|error| CloudEventError::Data { kind: kind.name, error })
    }
}

/// Makes a family's enum from one table of its events. Each variant holds the struct of the same
/// name; the table has the type's name.
macro_rules! family {
    (
        $(#[$about:meta])*
        $event:ident in $family:ident {
            $( $(#[$when:meta])* $variant:ident = $name:literal ),+ $(,)?
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $event {
            $( $(#[$when])* $variant($variant) ),+
        }

        impl $event {
            /// The event types of this family, in the order of the documentation.
            pub const TYPES: &'static [$crate::EventType] = &[$( $variant::TYPE ),+];

            pub const fn kind(&self) -> &'static $crate::EventType {
                match self {
                    $( Self::$variant(_) => &$variant::TYPE ),+
                }
            }

            pub(crate) fn to_data(&self) -> serde_json::Result<serde_json::Value> {
                match self {
                    $( Self::$variant(data) => serde_json::to_value(data) ),+
                }
            }

            /// The caller has looked `name` up in the catalogue, so it belongs to this family.
            pub(crate) fn from_data(
                name: &str,
                data: serde_json::Value,
            ) -> serde_json::Result<Self> {
                match name {
                    $( $name => serde_json::from_value(data).map(Self::$variant), )+
                    _ => unreachable!("the catalogue lists {name} under another family"),
                }
            }
        }

        $(
            impl $variant {
                pub const TYPE: $crate::EventType = $crate::EventType {
                    name: $name,
                    version: "1",
                    family: $crate::Family::$family,
                    data_schema: || schemars::schema_for!($variant),
                };
            }

            impl From<$variant> for $crate::CoreEvent {
                fn from(data: $variant) -> Self {
                    Self::$family($event::$variant(data))
                }
            }
        )+
    };
}
pub(crate) use family;

/// The derives of every event's data, so that no event lacks one.
macro_rules! data {
    ($( $item:item )+) => {
        $(
            #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
            #[derive(schemars::JsonSchema)]
            $item
        )+
    };
}
pub(crate) use data;
