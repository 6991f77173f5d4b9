//! Events about stored data.

use domain::Outcome;

use super::carousel::OutcomeName;
use crate::Timestamp;
use crate::catalogue::{data, family};

family! {
    PersistenceEvent in Persistence {
        UserCreated = "user.created",
        UserUpdated = "user.updated",
        SessionSaved = "session.saved",
        HistoryLogged = "history.logged",
        CarouselSaved = "carousel.saved",
        CarouselDeliveryResolved = "carousel.delivery.resolved",
    }
}

data! {
    /// A user was seen for the first time.
    pub struct UserCreated {
        /// The user's pseudonym.
        pub user: String,
        /// Names of the fields that were set; never their values.
        pub changed_fields: Vec<String>,
    }

    /// A user's profile, settings or brand changed.
    pub struct UserUpdated {
        /// The user's pseudonym.
        pub user: String,
        /// Names of the fields that changed, those of the brand as `brand.<field>`; never their
        /// values.
        pub changed_fields: Vec<String>,
    }

    /// The state of a dialogue was stored.
    pub struct SessionSaved {
        /// The dialogue's id.
        pub session: String,
        /// When the dialogue's state expires.
        #[schemars(with = "SchemaTimestamp")]
        pub expires_at: Timestamp,
    }

    /// A user's action was added to what `/history` shows: `open_carousel` stored a new carousel,
    /// or `save_revision` stored an edit of one.
    pub struct HistoryLogged {
        /// `request` or `edit`.
        pub action: String,
    }

    /// A carousel's final record was stored.
    pub struct CarouselSaved {
        /// The carousel's id.
        pub carousel: String,
        /// The current revision, from 1.
        pub revision: u32,
    }

    /// The outcome of an unknown delivery became known, by “Send again” or by an operator.
    pub struct CarouselDeliveryResolved {
        /// The carousel's id.
        pub carousel: String,
        /// The generation of the delivery, from 1.
        pub generation: u32,
        /// The outcome.
        #[schemars(with = "OutcomeName")]
        pub outcome: Outcome,
    }
}

/// A timestamp in RFC 3339, only for the schema.
#[derive(schemars::JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "only its schema is used")]
struct SchemaTimestamp(#[schemars(extend("format" = "date-time"))] String);
