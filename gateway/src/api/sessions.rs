//! Sessions of the studio. A link to it carries a code: a token that may be used once, within minutes. The code is
//! exchanged for a token of this browser, which is like that of any program.

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{ApiScope, UserId};
use serde::{Deserialize, Serialize};
use storage::{
    Database,
    api_tokens::{self, ApiToken},
};
use utoipa::ToSchema;

use super::{
    ApiState,
    auth::{Caller, find_token},
    body::ApiJson,
    problem::ApiProblem,
    tokens::TokenText,
};

/// How long a browser stays signed in.
const SESSION_TIME: TimeDelta = TimeDelta::days(30);

/// How long the link of `gateway studio` works.
pub(crate) const LINK_TIME: TimeDelta = TimeDelta::minutes(10);

/// Requests for work per day (UTC) of a browser.
const PER_DAY: u32 = 1_000;

/// What all attempts to sign in count for.
const ATTEMPTS: &str = "sessions";

/// Sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSession {
    /// The code of a link to the studio.
    #[schema(max_length = 200, example = "bvc_0123456789ab_secret")]
    code: String,
}

/// A session that began.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionBegun {
    /// For `Authorization: Bearer`; it is shown once.
    token: String,
    expires_at: DateTime<Utc>,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionView {
    /// The owner of its carousels.
    owner: String,
    scopes: Vec<&'static str>,
    expires_at: Option<DateTime<Utc>>,
    /// Whether carousels can be sent to the owner's chat.
    has_chat: bool,
    /// Whether a model can follow instructions.
    uses_models: bool,
}

/// Sign in to the studio
///
/// With the code of a link, which works once.
#[utoipa::path(
    post,
    path = "/v1/sessions",
    tag = "sessions",
    security(()),
    request_body = NewSession,
    responses((status = 201, description = "The token of this session", body = SessionBegun)),
)]
pub(super) async fn begin(
    State(api): State<ApiState>,
    ApiJson(body): ApiJson<NewSession>,
) -> Result<impl IntoResponse, ApiProblem> {
    api.check_rate(ATTEMPTS)?;
    let now = Utc::now();
    let db = &api.service.db;
    let code = find_token(db, &body.code, now).await?.ok_or(ApiProblem::BadCode)?;
    if !code.scopes.contains(&ApiScope::SessionsCreate) {
        return Err(ApiProblem::BadCode);
    }
    let text = TokenText::random().map_err(ApiProblem::unavailable)?;
    let expires_at = now + SESSION_TIME;
    let scopes = vec![ApiScope::CarouselsRead, ApiScope::CarouselsWrite, ApiScope::SessionsEnd];
    let token = text.token("studio", code.owner, scopes);
    let token = &ApiToken { per_day: PER_DAY, expires_at: Some(expires_at), ..token };
    let code = &code.id;
    let exchange = |tx| async move {
        let is_first = api_tokens::use_up(&tx, code, now).await?;
        if is_first {
            api_tokens::create(&tx, token).await?;
        }
        Ok::<_, storage::StorageError>(is_first)
    };
    if !db.write(exchange).await? {
        return Err(ApiProblem::BadCode);
    }
    let begun = SessionBegun { token: text.expose(), expires_at };
    Ok((StatusCode::CREATED, Json(begun)))
}

/// Show the session
#[utoipa::path(
    get,
    path = "/v1/session",
    tag = "sessions",
    responses((status = 200, description = "Whose token calls, and what it may", body = SessionView)),
)]
pub(super) async fn show(State(api): State<ApiState>, Caller(token): Caller) -> Json<SessionView> {
    Json(SessionView {
        has_chat: api.has_bot && token.owner.account().is_some(),
        uses_models: api.service.may_use_models(),
        owner: token.owner.as_str().to_owned(),
        scopes: token.scopes.iter().map(|scope| scope.name()).collect(),
        expires_at: token.expires_at,
    })
}

/// Sign out of the studio
///
/// The token that calls is revoked.
#[utoipa::path(
    delete,
    path = "/v1/session",
    tag = "sessions",
    responses((status = 204, description = "The session has ended")),
)]
pub(super) async fn end(
    State(api): State<ApiState>,
    caller: Caller,
) -> Result<StatusCode, ApiProblem> {
    let Caller(token) = caller.with_scope(ApiScope::SessionsEnd)?;
    let (id, now) = (&token.id, Utc::now());
    api.service.db.write(|tx| async move { api_tokens::revoke(&tx, id, now).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A code for a link to the studio, for this user.
///
/// # Errors
/// If the database can't be written.
pub(crate) async fn new_code(
    db: &Database,
    owner: &UserId,
    lifetime: TimeDelta,
) -> anyhow::Result<String> {
    let text = TokenText::random()?;
    let token = text.token("link to the studio", owner.clone(), vec![ApiScope::SessionsCreate]);
    let token = &ApiToken { expires_at: Some(token.created_at + lifetime), ..token };
    db.write(|tx| async move { api_tokens::create(&tx, token).await }).await?;
    Ok(text.expose())
}
