//! Webhooks: addresses that are called when a carousel of the owner ends or changes.

use std::net::IpAddr;

use axum::{Json, extract::State, http::StatusCode};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use domain::{UserId, WebhookId, WebhookSecret};
use serde::{Deserialize, Serialize};
use storage::{
    privacy,
    webhooks::{self, Webhook},
};
use url::{Host, Url};
use utoipa::ToSchema;
use workflows::webhook::{WebhookCall, WebhookEvent, WebhookEventKind};

use super::{
    ApiState,
    auth::WriteCaller,
    body::{ApiJson, ApiPath},
    problem::ApiProblem,
    tokens::random_bytes,
};
use crate::requests::{RequestFailure, hex};

/// Webhooks of an owner.
const MOST: u64 = 10;

/// Random bytes of a secret: Standard Webhooks asks for 24 to 64.
const SECRET_BYTES: usize = 32;

/// Longest address, in bytes.
const URL_BYTES: usize = 2_000;

/// A webhook to register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateWebhook {
    /// The address that is called. https only; http for an address of the same machine, which only development calls.
    #[schema(min_length = 1, max_length = 2000, example = "https://example.com/carousels")]
    url: String,
}

/// A new webhook.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CreatedWebhook {
    id: String,
    url: String,
    /// What calls are signed with. It is shown only here.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    secret: String,
    created_at: DateTime<Utc>,
}

/// All webhooks of the owner.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WebhookList {
    data: Vec<WebhookView>,
}

/// A webhook without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WebhookView {
    id: String,
    url: String,
    created_at: DateTime<Utc>,
    /// When its server answered 410: it is not called any more.
    disabled_at: Option<DateTime<Utc>>,
    /// `null` before the first call.
    last_call: Option<LastCall>,
}

/// The last attempt to call a webhook.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LastCall {
    at: DateTime<Utc>,
    /// The HTTP status of the answer; `null` if there was none.
    status: Option<u16>,
    /// Why there was no answer.
    error: Option<String>,
}

/// A ping that will be sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PingAccepted {
    /// The `webhook-id` of the call.
    event: String,
    /// The workflow that sends it, for the operator.
    workflow: String,
}

/// Register a webhook
///
/// It is called when a carousel of the owner ends, and when one has a new revision. At most 10 per owner.
#[utoipa::path(
    post,
    path = "/v1/webhooks",
    tag = "webhooks",
    request_body(content = CreateWebhook, example = json!({ "url": "https://example.com/carousels" })),
    responses((status = 201, description = "The webhook, with its secret", body = CreatedWebhook)),
)]
pub(super) async fn create(
    State(api): State<ApiState>,
    WriteCaller(caller): WriteCaller,
    ApiJson(body): ApiJson<CreateWebhook>,
) -> Result<(StatusCode, Json<CreatedWebhook>), ApiProblem> {
    let url = callable(&body.url).map_err(ApiProblem::Invalid)?;
    let db = &api.service.db;
    let owner = caller.0.owner;
    if privacy::is_running(&db.read(), &owner).await? {
        return Err(RequestFailure::Erasing.into());
    }
    let hook = &random(owner, url).map_err(ApiProblem::unavailable)?;
    if !db.write(|tx| async move { webhooks::create(&tx, hook, MOST).await }).await? {
        let words = format!("there are {MOST} webhooks: delete one first");
        return Err(ApiProblem::WrongState(words));
    }
    let created = CreatedWebhook {
        id: hook.id.as_str().to_owned(),
        url: hook.url.clone(),
        secret: hook.secret.expose().to_owned(),
        created_at: hook.created_at,
    };
    Ok((StatusCode::CREATED, Json(created)))
}

/// List the webhooks
///
/// With the last call of each.
#[utoipa::path(
    get,
    path = "/v1/webhooks",
    tag = "webhooks",
    responses((status = 200, description = "All webhooks of the owner", body = WebhookList)),
)]
pub(super) async fn list(
    State(api): State<ApiState>,
    WriteCaller(caller): WriteCaller,
) -> Result<Json<WebhookList>, ApiProblem> {
    let hooks = webhooks::list(&api.service.db.read(), &caller.0.owner).await?;
    Ok(Json(WebhookList { data: hooks.into_iter().map(WebhookView::from).collect() }))
}

/// Delete a webhook
///
/// Calls that are waiting for another attempt end.
#[utoipa::path(
    delete,
    path = "/v1/webhooks/{id}",
    tag = "webhooks",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 204, description = "It is deleted")),
)]
pub(super) async fn delete(
    State(api): State<ApiState>,
    WriteCaller(caller): WriteCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiProblem> {
    let (found, owner) = (own(&api, &caller.0.owner, &id).await?, &caller.0.owner);
    let id = &found.id;
    api.service.db.write(|tx| async move { webhooks::delete(&tx, owner, id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Try a webhook
///
/// Sends it a `ping`, in the same way as an event. `last_call` has the result.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/test",
    tag = "webhooks",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 202, description = "The ping is being sent", body = PingAccepted)),
)]
pub(super) async fn test(
    State(api): State<ApiState>,
    WriteCaller(caller): WriteCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<(StatusCode, Json<PingAccepted>), ApiProblem> {
    let owner = caller.0.owner;
    let hook = own(&api, &owner, &id).await?;
    if hook.disabled_at.is_some() {
        let words = "its server answered 410, so it is not called any more: register it again";
        return Err(ApiProblem::WrongState(words.to_owned()));
    }
    let event = format!("ping-{}", uuid::Uuid::now_v7());
    let call = WebhookCall {
        user: owner.as_str().to_owned(),
        hook: hook.id.as_str().to_owned(),
        event: WebhookEvent {
            id: event.clone(),
            kind: Some(WebhookEventKind::Ping),
            at: Utc::now().timestamp_millis(),
            ..WebhookEvent::default()
        },
    };
    let workflow = api.service.carousels.call_webhook(call).await.map_err(RequestFailure::from)?;
    Ok((StatusCode::ACCEPTED, Json(PingAccepted { event, workflow })))
}

impl From<Webhook> for WebhookView {
    fn from(hook: Webhook) -> Self {
        let last_call = hook.last_call.map(|call| LastCall {
            at: call.at,
            status: call.answer.as_ref().ok().copied(),
            error: call.answer.err(),
        });
        Self {
            id: hook.id.as_str().to_owned(),
            url: hook.url,
            created_at: hook.created_at,
            disabled_at: hook.disabled_at,
            last_call,
        }
    }
}

/// The owner's webhook.
async fn own(api: &ApiState, owner: &UserId, id: &str) -> Result<Webhook, ApiProblem> {
    let none =
        || ApiProblem::NotFound("there is no such webhook: GET /v1/webhooks lists all".to_owned());
    let id = WebhookId::parse(id).map_err(|_| none())?;
    let found = webhooks::find(&api.service.db.read(), &id).await?;
    found.filter(|hook| hook.owner == *owner).ok_or_else(none)
}

/// The address in its normal form, if it may be registered. Where it leads is checked when it is called.
fn callable(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|_| "“url” is not a complete address".to_owned())?;
    let is_local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
        None => return Err("“url” names no host".to_owned()),
    };
    if url.scheme() != "https" && !(is_local && url.scheme() == "http") {
        return Err("“url” has to begin with https://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("“url” must not contain a user name or a password".to_owned());
    }
    if url.as_str().len() > URL_BYTES {
        return Err(format!("“url” may have at most {URL_BYTES} bytes"));
    }
    Ok(url.into())
}

/// A new webhook, with a random id and secret.
fn random(owner: UserId, url: String) -> anyhow::Result<Webhook> {
    let bytes = random_bytes::<{ SECRET_BYTES + WebhookId::CHARS / 2 }>()?;
    let (secret, id) = bytes.split_at(SECRET_BYTES);
    Ok(Webhook {
        id: WebhookId::parse(&hex(id))?,
        owner,
        url,
        secret: WebhookSecret::of_key(&BASE64_STANDARD.encode(secret)),
        created_at: Utc::now(),
        disabled_at: None,
        last_call: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_local_http_are_registered() {
        for good in ["https://example.com/x?y=1", "http://localhost:8080/", "http://127.0.0.1:1"] {
            assert!(callable(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "example.com",
            "http://example.com",
            "ftp://localhost",
            "https://u:p@example.com",
            "http://10.0.0.1",
        ] {
            assert!(callable(bad).is_err(), "{bad}");
        }
    }
}
