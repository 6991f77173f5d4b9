//! Who calls: the token of a call, its scopes, and the rate limit of the token.

use axum::{
    extract::FromRequestParts,
    http::{header::AUTHORIZATION, request::Parts},
};
use chrono::Utc;
use domain::ApiScope;
use events::Timestamp;
use storage::{
    Database,
    api_tokens::{self, ApiToken},
};
use subtle::ConstantTimeEq as _;

use super::{ApiState, problem::ApiProblem, tokens::TokenText};
use crate::requests::{OwnedBy, Requester};

/// A caller with any valid token.
#[derive(Clone)]
pub(super) struct Caller(pub(super) ApiToken);

/// A caller who may see carousels.
pub(super) struct ReadCaller(pub(super) Caller);

/// A caller who may make and change carousels.
pub(super) struct WriteCaller(pub(super) Caller);

/// A caller who may send events.
pub(super) struct EventCaller(pub(super) Caller);

impl Caller {
    /// The caller as a requester of work.
    pub(super) fn requester(&self) -> Requester {
        let token = &self.0;
        Requester {
            name: format!("the token “{}”", token.name),
            user: token.owner.clone(),
            owns: OwnedBy::User(token.owner.clone()),
            counted_as: format!("api-token/{}", token.id),
            per_day: token.per_day,
            chat: None,
        }
    }

    pub(super) fn with_scope(self, scope: ApiScope) -> Result<Self, ApiProblem> {
        if self.0.scopes.contains(&scope) { Ok(self) } else { Err(ApiProblem::MissingScope(scope)) }
    }
}

impl FromRequestParts<ApiState> for Caller {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, api: &ApiState) -> Result<Self, ApiProblem> {
        let header = parts.headers.get(AUTHORIZATION).ok_or(ApiProblem::NoToken)?;
        let given = header.to_str().ok().and_then(bearer).ok_or(ApiProblem::BadToken)?;
        let (db, now) = (&api.service.db, Utc::now());
        let stored = find_token(db, given, now).await?.ok_or(ApiProblem::BadToken)?;
        api.check_rate(stored.id.as_str())?;
        if api_tokens::is_use_outdated(&stored, now) {
            let id = &stored.id;
            db.write(|tx| async move { api_tokens::record_use(&tx, id, now).await }).await?;
        }
        Ok(Self(stored))
    }
}

/// The valid token with this text.
pub(super) async fn find_token(
    db: &Database,
    text: &str,
    now: Timestamp,
) -> storage::Result<Option<ApiToken>> {
    let Some(given) = TokenText::parse(text) else { return Ok(None) };
    let stored = api_tokens::find(&db.read(), &given.id).await?;
    let digest = given.secret_sha256();
    Ok(stored.filter(|stored| {
        let is_right = bool::from(digest.as_bytes().ct_eq(stored.secret_sha256.as_bytes()));
        is_right && stored.is_valid(now)
    }))
}

/// The token in `Bearer <token>`.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A caller with a scope.
macro_rules! scoped {
    ($($caller:ident = $scope:ident;)+) => {$(
        impl FromRequestParts<ApiState> for $caller {
            type Rejection = ApiProblem;

            async fn from_request_parts(
                parts: &mut Parts,
                api: &ApiState,
            ) -> Result<Self, ApiProblem> {
                let caller = Caller::from_request_parts(parts, api).await?;
                caller.with_scope(ApiScope::$scope).map(Self)
            }
        }
    )+};
}

scoped! {
    ReadCaller = CarouselsRead;
    WriteCaller = CarouselsWrite;
    EventCaller = EventsWrite;
}
