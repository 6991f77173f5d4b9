//! The webhook methods.

use serde_json::json;
use url::{Host, Url};

use super::{MethodCall, MethodResult};
use crate::bot_api::{
    error_response::{ErrorResponse, Result},
    fake_state::FakeState,
    webhook::WebhookState,
};

/// Ports that Telegram delivers to (Bot API, `setWebhook`).
const PORTS: [u16; 4] = [443, 80, 88, 8443];

/// The default number of parallel deliveries (Bot API, `setWebhook`).
const CONNECTIONS: i64 = 40;

pub(super) fn set(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let params = asked.params;
    let address = params.text("url").unwrap_or_default();
    if address.is_empty() {
        return delete(state, asked);
    }
    let url = validated(&address)?;
    let secret = params.text("secret_token").filter(|secret| !secret.is_empty());
    if secret.as_deref().is_some_and(|secret| !is_secret(secret)) {
        return Err(ErrorResponse::bad("secret token contains unallowed characters"));
    }
    let connections = params.number("max_connections").unwrap_or(CONNECTIONS);
    let connections = usize::try_from(connections.clamp(1, 100)).unwrap_or(1);
    if params.flag("drop_pending_updates") {
        state.updates.confirm_all(asked.now.moment());
    }
    state.updates.allow(params.structure("allowed_updates")?);
    // Ends a running `getUpdates` call.
    state.updates.poller += 1;
    state.webhook = Some(WebhookState::new(url, secret, connections));
    Ok(MethodResult::yes())
}

pub(super) fn delete(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    if asked.params.flag("drop_pending_updates") {
        state.updates.confirm_all(asked.now.moment());
    }
    state.webhook = None;
    Ok(MethodResult::yes())
}

pub(super) fn info(state: &FakeState) -> MethodResult {
    let waiting = state.updates.unconfirmed().count();
    let mut info = json!({
        "url": "",
        "has_custom_certificate": false,
        "pending_update_count": waiting,
    });
    if let Some(webhook) = &state.webhook {
        info["url"] = webhook.url.as_str().into();
        info["max_connections"] = webhook.connections.into();
        info["allowed_updates"] = state.updates.allowed().into();
        if let Some((date, message)) = &webhook.last_error {
            info["last_error_date"] = (*date).into();
            info["last_error_message"] = message.clone().into();
        }
    }
    MethodResult::of(info)
}

/// Validates the address: HTTPS on one of four ports. For tests it also accepts this machine,
/// without TLS and on any port, which Telegram would not.
fn validated(address: &str) -> Result<Url> {
    let Ok(url) = Url::parse(address) else {
        return Err(ErrorResponse::bad("bad webhook: invalid URL"));
    };
    let here = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if here && url.scheme() == "http" {
        return Ok(url);
    }
    if url.scheme() != "https" {
        return Err(ErrorResponse::bad("bad webhook: An HTTPS URL must be provided for webhook"));
    }
    if !url.port_or_known_default().is_some_and(|port| PORTS.contains(&port)) {
        return Err(ErrorResponse::bad(
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ));
    }
    Ok(url)
}

/// 1 to 256 letters, digits, `_` and `-` (Bot API, `setWebhook`).
fn is_secret(secret: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-');
    (1..=256).contains(&secret.len()) && secret.bytes().all(allowed)
}
