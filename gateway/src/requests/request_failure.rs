//! [`RequestFailure`]: why a request of another system is not carried out.

use domain::CarouselId;
use storage::StorageError;

use crate::{carousel_client::CarouselError, carousel_request::RequestRefusal};

/// Why a request was not carried out; the words are for the requester.
#[derive(Debug, thiserror::Error)]
pub enum RequestFailure {
    /// It can't be carried out as it is.
    #[error("{0}")]
    Invalid(String),
    /// The requester has no such carousel.
    #[error("{requester} has no carousel “{id}”")]
    NotFound { requester: String, id: String },
    /// The carousel is not in a state that allows it.
    #[error("{0}")]
    WrongState(String),
    /// The carousel has changed since the requester looked.
    #[error("{id} has revision {current} now, not {base}: look at it, and ask again")]
    Changed { id: CarouselId, current: u32, base: u32 },
    #[error("the key was used for another request: use a new key")]
    KeyReused,
    #[error("{requester} has used its {per_day} requests of today (UTC)")]
    OverQuota { requester: String, per_day: u32 },
    /// The data of the user is being deleted.
    #[error("the data of this user is being deleted: try again in a minute")]
    Erasing,
    /// Something that it needs does not answer.
    #[error("{0}")]
    Unavailable(String),
}

impl RequestFailure {
    /// Whether another attempt gives the same answer.
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Erasing | Self::Unavailable(_) => false,
            Self::Invalid(_)
            | Self::NotFound { .. }
            | Self::WrongState(_)
            | Self::Changed { .. }
            | Self::KeyReused
            | Self::OverQuota { .. } => true,
        }
    }
}

impl From<StorageError> for RequestFailure {
    fn from(error: StorageError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<CarouselError> for RequestFailure {
    fn from(error: CarouselError) -> Self {
        match error {
            CarouselError::NotFound(id) => Self::WrongState(format!("{id} has not been started")),
            CarouselError::Temporal(_) => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<RequestRefusal> for RequestFailure {
    fn from(refusal: RequestRefusal) -> Self {
        match refusal {
            RequestRefusal::Storage(error) => error.into(),
            RequestRefusal::Topic(_)
            | RequestRefusal::Link(_)
            | RequestRefusal::File(_)
            | RequestRefusal::Voice(_)
            | RequestRefusal::Undrawable { .. }
            | RequestRefusal::UnknownTheme { .. } => Self::Invalid(refusal.to_string()),
        }
    }
}
