//! Payloads and activity of webhooks.

use std::time::Duration;

use domain::{
    Outcome,
    failure::FailureKind,
    named,
    record::{is_default, known_name},
};
use serde::{Deserialize, Serialize};

use crate::{
    Millis,
    activity::activities,
    policy::{self, Policy},
    queues,
};

/// What happened to a carousel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WebhookEventKind {
    /// It has ended.
    #[serde(rename = "carousel.completed")]
    Completed,
    /// It has a new revision.
    #[serde(rename = "carousel.revised")]
    Revised,
    /// Nothing: its owner tries the webhook.
    #[serde(rename = "ping")]
    Ping,
}

named!(WebhookEventKind, "kind of webhook event", {
    Completed => "carousel.completed",
    Revised => "carousel.revised",
    Ping => "ping",
});

/// An event that webhooks are told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WebhookEvent {
    /// The same for each repetition of one event.
    pub id: String,
    /// `None` for a kind that this version does not know.
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub kind: Option<WebhookEventKind>,
    pub at: Millis,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub carousel: String,
    /// How the carousel ended.
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// The current revision; 0 if there is none.
    #[serde(skip_serializing_if = "is_default")]
    pub revision: u32,
    /// Why the carousel failed, if it did.
    #[serde(skip_serializing_if = "is_default")]
    pub failure: FailureKind,
}

/// The webhooks that are told an event.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WebhookCalls {
    /// Their owner.
    pub user: String,
    /// Their ids.
    pub hooks: Vec<String>,
    pub event: WebhookEvent,
}

/// Input of a `WebhookWorkflow`, and of `send_webhook`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WebhookCall {
    /// The owner.
    pub user: String,
    /// The webhook's id.
    pub hook: String,
    pub event: WebhookEvent,
}

/// The id of the workflow of a call.
pub fn workflow_id(call: &WebhookCall) -> String {
    format!("webhook-{}-{}", call.hook, call.event.id)
}

/// A server has 15 s to answer. The pauses double from 5 s to 4 h, so a day has about 15 attempts: an outage of minutes
/// delays little, and one of hours loses nothing.
const WEBHOOK: Policy = Policy {
    queue: queues::DELIVERY,
    attempt_timeout: Duration::from_secs(25),
    total_timeout: Some(policy::DAY),
    max_attempts: 0,
    initial_interval: Duration::from_secs(5),
    max_interval: Duration::from_secs(4 * 3600),
    cancellable: true,
    ..policy::MESSAGE
};

activities! {
    /// Sends an event to a webhook; a deleted one is skipped.
    SendWebhook "send_webhook": WebhookCall => (), WEBHOOK;
}
