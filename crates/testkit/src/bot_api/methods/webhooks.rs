//! The webhook methods.

use serde_json::json;
use url::{Host, Url};

use super::{Asked, Done};
use crate::bot_api::{refusal::Refusal, webhook::Webhook, world::World};

/// Ports that Telegram delivers to (Bot API, `setWebhook`).
const PORTS: [u16; 4] = [443, 80, 88, 8443];

/// The default number of parallel deliveries (Bot API, `setWebhook`).
const CONNECTIONS: i64 = 40;

pub(super) fn set(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let params = asked.params;
    let address = params.text("url").unwrap_or_default();
    if address.is_empty() {
        return delete(world, asked);
    }
    let url = judged(&address)?;
    let secret = params
        .text("secret_token")
        .filter(|secret| !secret.is_empty());
    if secret.as_deref().is_some_and(|secret| !is_secret(secret)) {
        return Err(Refusal::bad("secret token contains unallowed characters"));
    }
    let connections = params.number("max_connections").unwrap_or(CONNECTIONS);
    let connections = usize::try_from(connections.clamp(1, 100)).unwrap_or(1);
    if params.flag("drop_pending_updates") {
        world.updates.drop_waiting(asked.now.moment());
    }
    world.updates.allow(params.structure("allowed_updates")?);
    // Ends a running `getUpdates` call.
    world.updates.poller += 1;
    world.webhook = Some(Webhook::new(url, secret, connections));
    Ok(Done::yes())
}

pub(super) fn delete(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    if asked.params.flag("drop_pending_updates") {
        world.updates.drop_waiting(asked.now.moment());
    }
    world.webhook = None;
    Ok(Done::yes())
}

pub(super) fn info(world: &World) -> Done {
    let waiting = world.updates.waiting().count();
    let mut info = json!({
        "url": "",
        "has_custom_certificate": false,
        "pending_update_count": waiting,
    });
    if let Some(webhook) = &world.webhook {
        info["url"] = webhook.url.as_str().into();
        info["max_connections"] = webhook.connections.into();
        info["allowed_updates"] = world.updates.allowed().into();
        if let Some((date, message)) = &webhook.last_error {
            info["last_error_date"] = (*date).into();
            info["last_error_message"] = message.clone().into();
        }
    }
    Done::of(info)
}

/// Validates the address: HTTPS on one of four ports. For tests it also accepts this machine,
/// without TLS and on any port, which Telegram would not.
fn judged(address: &str) -> Result<Url, Refusal> {
    let Ok(url) = Url::parse(address) else {
        return Err(Refusal::bad("bad webhook: invalid URL"));
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
        return Err(Refusal::bad(
            "bad webhook: An HTTPS URL must be provided for webhook",
        ));
    }
    if !url
        .port_or_known_default()
        .is_some_and(|port| PORTS.contains(&port))
    {
        return Err(Refusal::bad(
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
