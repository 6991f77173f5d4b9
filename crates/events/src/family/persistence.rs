//! What was stored.

use domain::Outcome;

use super::carousel::OutcomeName;
use crate::Timestamp;
use crate::catalogue::{data, family};

family! {
    /// What was stored.
    PersistenceEvent in Persistence {
        /// A user was seen for the first time.
        UserCreated = "user.created",
        /// Something about a user changed.
        UserUpdated = "user.updated",
        /// The state of a dialogue was stored.
        SessionSaved = "session.saved",
        /// Something a user did was written into the history that the user sees.
        HistoryLogged = "history.logged",
        /// A carousel's final record was stored.
        CarouselSaved = "carousel.saved",
        /// An unknown delivery was settled, by “Send again” or by an operator.
        CarouselDeliveryResolved = "carousel.delivery.resolved",
    }
}

data! {
    /// A user was seen for the first time.
    pub struct UserCreated {
        /// Who; pseudonymous.
        pub user: String,
        /// The names of the fields that were set; never their values.
        pub changed_fields: Vec<String>,
    }

    /// Something about a user changed.
    pub struct UserUpdated {
        /// Who; pseudonymous.
        pub user: String,
        /// The names of the fields that changed; never their values.
        pub changed_fields: Vec<String>,
    }

    /// The state of a dialogue was stored.
    pub struct SessionSaved {
        /// The dialogue.
        pub session: String,
        /// When it is forgotten.
        #[schemars(with = "Moment")]
        pub expires_at: Timestamp,
    }

    /// Something a user did was written into the history that the user sees.
    pub struct HistoryLogged {
        /// What the user did.
        pub action: String,
    }

    /// A carousel's final record was stored.
    pub struct CarouselSaved {
        /// The carousel.
        pub carousel: String,
        /// Its current revision, from 1.
        pub revision: u32,
    }

    /// An unknown delivery was settled, by “Send again” or by an operator.
    pub struct CarouselDeliveryResolved {
        /// The carousel.
        pub carousel: String,
        /// Which attempt at delivering it, from 1.
        pub generation: u32,
        /// What it turned out to be.
        #[schemars(with = "OutcomeName")]
        pub outcome: Outcome,
    }
}

/// RFC 3339, for the schema alone.
#[derive(schemars::JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "only its schema is used")]
struct Moment(#[schemars(extend("format" = "date-time"))] String);
