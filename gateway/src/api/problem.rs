//! [`ApiProblem`]: every error of the API, as `application/problem+json` (RFC 9457) with a stable `type`.

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use chrono::{NaiveTime, TimeDelta, Utc};
use domain::ApiScope;
use serde::Serialize;
use utoipa::ToSchema;

use crate::requests::RequestFailure;

/// Seconds after which a dependency may answer again.
const UNAVAILABLE_SECONDS: u64 = 5;

/// Seconds after which a stream, or the parser of files, may be free.
const BUSY_SECONDS: u64 = 10;

/// An error of the API.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiProblem {
    #[error(
        "send a token: `Authorization: Bearer bvc_…`; the operator makes one with `gateway tokens create`"
    )]
    NoToken,
    #[error("the token is unknown, revoked or expired")]
    BadToken,
    #[error("this link was used, or has expired: `gateway studio` prints another one")]
    BadCode,
    #[error("the token lacks the scope {0}")]
    MissingScope(ApiScope),
    /// A call that can't be read.
    #[error("{0}")]
    Malformed(String),
    #[error("{0}")]
    NotFound(String),
    #[error("this path does not accept the method")]
    MethodNotAllowed,
    #[error("the body was not complete in time")]
    Timeout,
    #[error("{0}")]
    WrongState(String),
    #[error("{words}")]
    Changed { words: String, current: u32 },
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    #[error("send {0}")]
    UnsupportedMediaType(&'static str),
    #[error("the file has {0} bytes")]
    RangeNotSatisfiable(u64),
    /// A call that can be read, but not carried out.
    #[error("{0}")]
    Invalid(String),
    #[error("{0}")]
    KeyReused(String),
    #[error("{0}")]
    OverQuota(String),
    #[error("the token has made too many calls")]
    TooManyCalls { wait_seconds: u64 },
    #[error("too many streams or files are open")]
    Busy,
    /// The details are in the log.
    #[error("a service that this needs does not answer: repeat the call with the same key")]
    Unavailable,
}

/// The body of an error.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// The kind of error; it never changes.
    #[serde(rename = "type")]
    #[schema(example = "urn:bible-vibecoder:problem:not-found")]
    kind: String,
    /// The kind of error, for people.
    #[schema(example = "Not found")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 404)]
    status: u16,
    /// What happened, and what to do.
    detail: String,
    /// The current revision, if the change was chosen for another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    current_revision: Option<u32>,
}

impl ApiProblem {
    /// Status, name and title of every error.
    const fn form(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NoToken | Self::BadToken => {
                (StatusCode::UNAUTHORIZED, "unauthorized", "No valid token")
            }
            Self::BadCode => (StatusCode::UNAUTHORIZED, "bad-code", "The link does not work"),
            Self::MissingScope(_) => (StatusCode::FORBIDDEN, "missing-scope", "Scope missing"),
            Self::Malformed(_) => (StatusCode::BAD_REQUEST, "malformed", "Malformed call"),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed")
            }
            Self::Timeout => (StatusCode::REQUEST_TIMEOUT, "timeout", "Too slow"),
            Self::WrongState(_) => (StatusCode::CONFLICT, "wrong-state", "Not possible now"),
            Self::Changed { .. } => (StatusCode::CONFLICT, "changed", "Changed meanwhile"),
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large"),
            Self::UnsupportedMediaType(_) => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "Unsupported media type",
            ),
            Self::RangeNotSatisfiable(_) => {
                (StatusCode::RANGE_NOT_SATISFIABLE, "range", "No such range")
            }
            Self::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Not acceptable"),
            Self::KeyReused(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "key-reused", "Idempotency key reused")
            }
            Self::OverQuota(_) => (StatusCode::TOO_MANY_REQUESTS, "over-quota", "Quota used up"),
            Self::TooManyCalls { .. } => {
                (StatusCode::TOO_MANY_REQUESTS, "too-many-calls", "Too many calls")
            }
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy", "Busy"),
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Temporarily unavailable")
            }
        }
    }

    /// Seconds until another attempt can succeed.
    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::OverQuota(_) => Some(seconds_to_midnight()),
            Self::TooManyCalls { wait_seconds } => Some(*wait_seconds),
            Self::Busy => Some(BUSY_SECONDS),
            Self::Unavailable => Some(UNAVAILABLE_SECONDS),
            Self::NoToken
            | Self::BadToken
            | Self::BadCode
            | Self::MissingScope(_)
            | Self::Malformed(_)
            | Self::NotFound(_)
            | Self::MethodNotAllowed
            | Self::Timeout
            | Self::WrongState(_)
            | Self::Changed { .. }
            | Self::TooLarge(_)
            | Self::UnsupportedMediaType(_)
            | Self::RangeNotSatisfiable(_)
            | Self::Invalid(_)
            | Self::KeyReused(_) => None,
        }
    }

    /// A dependency failed: the reason is logged, not shown.
    pub(super) fn unavailable(reason: impl std::fmt::Display) -> Self {
        tracing::warn!("a call of the API was not answered: {reason}");
        Self::Unavailable
    }

    /// The body.
    pub(super) fn body(&self) -> Problem {
        let (status, name, title) = self.form();
        Problem {
            kind: format!("urn:bible-vibecoder:problem:{name}"),
            title,
            status: status.as_u16(),
            detail: self.to_string(),
            current_revision: match self {
                Self::Changed { current, .. } => Some(*current),
                _ => None,
            },
        }
    }
}

/// Seconds until the next day (UTC), at least 1.
fn seconds_to_midnight() -> u64 {
    let now = Utc::now();
    let today = now.date_naive().and_time(NaiveTime::MIN).and_utc();
    let left = (today + TimeDelta::days(1) - now).num_seconds();
    u64::try_from(left).unwrap_or_default().max(1)
}

impl IntoResponse for ApiProblem {
    fn into_response(self) -> Response {
        let (status, ..) = self.form();
        let mut response = (status, Json(self.body())).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::REQUEST_TIMEOUT {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl From<RequestFailure> for ApiProblem {
    fn from(failure: RequestFailure) -> Self {
        let words = failure.to_string();
        match failure {
            RequestFailure::Invalid(_) => Self::Invalid(words),
            RequestFailure::NotFound { .. } => Self::NotFound(words),
            RequestFailure::WrongState(_) => Self::WrongState(words),
            RequestFailure::Changed { current, .. } => Self::Changed { words, current },
            RequestFailure::KeyReused => Self::KeyReused(words),
            RequestFailure::OverQuota { .. } => Self::OverQuota(words),
            RequestFailure::Erasing | RequestFailure::Unavailable(_) => Self::unavailable(words),
        }
    }
}

impl From<storage::StorageError> for ApiProblem {
    fn from(error: storage::StorageError) -> Self {
        Self::unavailable(error)
    }
}

pub(super) async fn no_route() -> ApiProblem {
    ApiProblem::NotFound("there is no such path: /v1/openapi.json lists all".to_owned())
}

pub(super) async fn no_method() -> ApiProblem {
    ApiProblem::MethodNotAllowed
}
