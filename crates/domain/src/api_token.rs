//! Tokens of the HTTP API: their public ids and what they permit.

use crate::{IdError, named};

/// The public id of something that the API names: 12 lower-case letters and digits.
macro_rules! public_id {
    ($(#[$doc:meta])* $id:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $id(String);

        impl $id {
            /// The number of characters.
            pub const CHARS: usize = 12;

            /// Reads an id.
            ///
            /// # Errors
            /// [`IdError`](crate::IdError) if it has another length or other characters.
            pub fn parse(id: &str) -> Result<Self, crate::IdError> {
                let allowed = |c: u8| c.is_ascii_digit() || c.is_ascii_lowercase();
                if id.len() == Self::CHARS && id.bytes().all(allowed) {
                    return Ok(Self(id.to_owned()));
                }
                let shown = id.chars().take(80).collect();
                let why = "it has to be 12 lower-case letters and digits";
                Err(crate::IdError { what: $what, id: shown, why })
            }
        }

        crate::text::wraps_text!($id);
    };
}
pub(crate) use public_id;

public_id!(
    /// The public id of a token.
    ApiTokenId,
    "token id"
);

/// What a token permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ApiScope {
    /// See the owner's carousels.
    CarouselsRead,
    /// Make, change and cancel carousels.
    CarouselsWrite,
    /// Send request events.
    EventsWrite,
    /// Begin a session of the studio, once. Only links to the studio have it.
    SessionsCreate,
    /// End the session that the token is of. Only tokens of the studio have it.
    SessionsEnd,
}

named!(ApiScope, "scope", {
    CarouselsRead => "carousels:read",
    CarouselsWrite => "carousels:write",
    EventsWrite => "events:write",
    SessionsCreate => "sessions:create",
    SessionsEnd => "sessions:end",
});

impl ApiScope {
    /// Whether an operator may give it to a token.
    pub const fn is_for_programs(self) -> bool {
        matches!(self, Self::CarouselsRead | Self::CarouselsWrite | Self::EventsWrite)
    }
}

impl std::str::FromStr for ApiTokenId {
    type Err = IdError;

    fn from_str(id: &str) -> Result<Self, IdError> {
        Self::parse(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_id_has_twelve_lower_case_characters() {
        assert_eq!(ApiTokenId::parse("0123456789ab").unwrap().as_str(), "0123456789ab");
        for bad in ["", "0123456789a", "0123456789abc", "0123456789aB", "0123456789_b"] {
            assert!(ApiTokenId::parse(bad).is_err(), "{bad}");
        }
    }
}
