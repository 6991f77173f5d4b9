//! Calls webhooks by the scheme of Standard Webhooks: a small signed JSON body; the receiver reads the rest from the API.

use std::time::{Duration, UNIX_EPOCH};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, SecondsFormat};
use domain::{Outcome, WebhookId, failure::FailureKind};
use events::Timestamp;
use reqwest::{Method, header::CONTENT_TYPE};
use ring::hmac;
use serde::Serialize;
use storage::{
    Database,
    webhooks::{self, Webhook, WebhookAttempt},
};
use url::Url;
use workflows::webhook::{SendWebhook, WebhookCall, WebhookEvent, WebhookEventKind};

use crate::{
    activity_failpoints::FailpointPosition,
    activity_failure::{ActivityFailure, Result},
    activity_handler::{HandleActivity, handles},
    activity_run::{ActivityEnvironment, ActivityRun},
    ai::{GuardedClient, connection_failure},
};

/// Standard Webhooks asks for 15 to 30 s.
const ANSWER_LIMIT: Duration = Duration::from_secs(15);

pub struct WebhookService {
    db: Database,
    http: GuardedClient,
    conditions: ActivityEnvironment,
}

/// The body of a call.
#[derive(Serialize)]
struct WebhookBody<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: WebhookData<'a>,
}

#[derive(Serialize)]
struct WebhookData<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'static str>,
}

impl WebhookService {
    pub(super) fn new(db: Database, http: GuardedClient, conditions: ActivityEnvironment) -> Self {
        Self { db, http, conditions }
    }

    /// The status of the answer, or why there is none.
    async fn call(&self, hook: &Webhook, event: &WebhookEvent, at: u64) -> Result<u16, String> {
        let kind = event.kind.ok_or("this version does not know the event")?;
        let body = body(kind, event);
        let signature = signature(hook, &event.id, at, &body)?;
        let url = Url::parse(&hook.url).map_err(|error| error.to_string())?;
        let request = self.http.request(Method::POST, &url).map_err(|error| error.to_string())?;
        let request = request
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &event.id)
            .header("webhook-timestamp", at)
            .header("webhook-signature", signature)
            .timeout(ANSWER_LIMIT)
            .body(body);
        // The body of the answer is not read.
        let answer = request.send().await.map_err(|error| connection_failure(&error).to_owned())?;
        Ok(answer.status().as_u16())
    }
}

impl HandleActivity<SendWebhook> for WebhookService {
    async fn handle(&self, run: ActivityRun, input: WebhookCall) -> Result<()> {
        let id = &WebhookId::parse(&input.hook)?;
        let Some(hook) = webhooks::find(&self.db.read(), id).await? else { return Ok(()) };
        if hook.disabled_at.is_some() {
            return Ok(());
        }
        let now = run.now();
        let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let answer = self.call(&hook, &input.event, seconds).await;
        let call = &WebhookAttempt { at: Timestamp::from(now), answer };
        self.db.write(|tx| async move { webhooks::record(&tx, id, call).await }).await?;
        run.pass_failpoint(FailpointPosition::After).await?;
        let reason = match &call.answer {
            Ok(200..=299) => return Ok(()),
            Ok(_) if call.is_gone() => return Ok(()),
            Ok(status) => format!("the webhook {id} answers {status}"),
            Err(reason) => format!("the webhook {id}: {reason}"),
        };
        Err(ActivityFailure::Unavailable { reason, retry_after: None })
    }
}

handles!(WebhookService: SendWebhook);

fn body(kind: WebhookEventKind, event: &WebhookEvent) -> String {
    let at = DateTime::from_timestamp_millis(event.at).unwrap_or_default();
    let failed = event.failure != FailureKind::default();
    let body = WebhookBody {
        kind: kind.name(),
        timestamp: at.to_rfc3339_opts(SecondsFormat::Millis, true),
        data: WebhookData {
            id: (!event.carousel.is_empty()).then_some(&event.carousel),
            status: event.outcome.map(Outcome::name),
            revision: (event.revision > 0).then_some(event.revision),
            failure: failed.then(|| event.failure.name()),
        },
    };
    serde_json::to_string(&body).expect("it is plain data")
}

/// The header `webhook-signature`.
fn signature(hook: &Webhook, id: &str, at: u64, body: &str) -> Result<String, String> {
    let key = BASE64_STANDARD.decode(hook.secret.key()).map_err(|error| error.to_string())?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let tag = hmac::sign(&key, format!("{id}.{at}.{body}").as_bytes());
    Ok(format!("v1,{}", BASE64_STANDARD.encode(tag)))
}

#[cfg(test)]
mod tests {
    use domain::{UserId, WebhookSecret};

    use super::*;

    #[test]
    fn signature_is_that_of_the_standards_example() {
        let hook = Webhook {
            id: WebhookId::parse("0123456789ab").unwrap(),
            owner: UserId::local(),
            url: String::new(),
            secret: WebhookSecret::stored("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            created_at: DateTime::UNIX_EPOCH,
            disabled_at: None,
            last_call: None,
        };
        let made = signature(
            &hook,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            "{\"test\": 2432232314}",
        );
        assert_eq!(made.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn body_of_a_ping_has_no_carousel() {
        let event = WebhookEvent { at: 1_000, ..WebhookEvent::default() };
        let body = body(WebhookEventKind::Ping, &event);
        assert_eq!(body, r#"{"type":"ping","timestamp":"1970-01-01T00:00:01.000Z","data":{}}"#);
    }
}
