//! The endpoint `/alerts` on the operator's port, which Prometheus's Alertmanager calls. An alert
//! becomes an incident, which the owners of the bot are notified of, and the event `alert.triggered`,
//! both once per alert and state. Needs only the database and Telegram, so it works while no worker
//! runs.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    routing::post,
};
use chrono::Utc;
use domain::BotId;
use events::{EventContext, EventJournal, EventSource, Timestamp, analytics::AlertTriggered};
use runtime::settings::Secret;
use serde::Deserialize;
use storage::{
    Database, StorageError, Tx,
    incidents::{self, IncidentKind, IncidentName},
    outbox,
};
use subtle::ConstantTimeEq as _;

/// Largest request body: about ten thousand alerts.
const BODY_BYTES: usize = 16 * 1024 * 1024;

/// The most alerts that are incidents at a time. Each is a message to every owner.
const OPEN_ALERTS: usize = 20;

/// The incident that stands for all alerts beyond [`OPEN_ALERTS`].
const MORE_ALERTS: &str = "more";

/// Longest text of an alert in a chat, in characters.
const TEXT_CHARS: usize = 500;

/// The severity in the event for an alert that is over.
const RESOLVED: &str = "resolved";

/// Where alerts are stored.
pub(crate) struct AlertEndpoint {
    pub(crate) db: Database,
    pub(crate) bot: BotId,
    /// Part of every event.
    pub(crate) environment: String,
    pub(crate) token: Secret,
}

/// The webhook's body (Alertmanager, version 4), as far as it is read.
#[derive(Debug, Deserialize)]
struct Notification {
    alerts: Vec<Alert>,
}

#[derive(Debug, Deserialize)]
struct Alert {
    status: AlertStatus,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    #[serde(rename = "startsAt")]
    starts_at: Timestamp,
    fingerprint: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum AlertStatus {
    Firing,
    Resolved,
}

impl AlertEndpoint {
    pub(crate) fn routes(self) -> Router {
        Router::new().route("/alerts", post(receive)).with_state(Arc::new(self))
    }

    fn is_authorized(&self, headers: &HeaderMap) -> bool {
        let sent = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = sent.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        token.as_bytes().ct_eq(self.token.expose().as_bytes()).into()
    }

    async fn store(&self, alerts: &[Alert]) -> Result<(), StorageError> {
        let known = incidents::list(&self.db.read(), self.bot).await?;
        let open = known.iter().filter(|one| one.name.kind == IncidentKind::Alert);
        let mut open: BTreeSet<String> = open.map(|one| one.name.about.clone()).collect();
        let mut left_out = 0_u64;
        for alert in alerts {
            let id = &alert.fingerprint;
            match alert.status {
                AlertStatus::Resolved if open.remove(id) => self.end(id, alert).await?,
                AlertStatus::Resolved => {}
                AlertStatus::Firing if open.contains(id) || open.len() < OPEN_ALERTS => {
                    self.begin(id, alert, &alert.text()).await?;
                    open.insert(id.clone());
                }
                AlertStatus::Firing => left_out += 1,
            }
        }
        match alerts.first() {
            Some(first) if left_out > 0 => {
                let text = format!("{left_out} more alerts fire: see Alertmanager");
                self.begin(MORE_ALERTS, first, &text).await
            }
            // If there are still too many, the next notification begins it again.
            Some(first) if open.len() < OPEN_ALERTS && open.contains(MORE_ALERTS) => {
                self.end(MORE_ALERTS, first).await
            }
            _ => Ok(()),
        }
    }

    async fn begin(&self, about: &str, alert: &Alert, text: &str) -> Result<(), StorageError> {
        let (name, at) = (&self.name(about), Utc::now());
        let event = &alert.event(alert.label("severity", "warning"), text);
        let begin = |tx: Tx| async move {
            let known = incidents::find(&tx, name).await?;
            if known.is_some_and(|known| known.ended_at.is_none()) {
                return Ok(());
            }
            incidents::begin(&tx, name, text, alert.starts_at).await?;
            self.append(&tx, about, event, at).await
        };
        self.db.write(begin).await
    }

    async fn end(&self, about: &str, alert: &Alert) -> Result<(), StorageError> {
        let (name, at) = (&self.name(about), Utc::now());
        let end = |tx: Tx| async move {
            let known = incidents::find(&tx, name).await?;
            let Some(known) = known.filter(|known| known.ended_at.is_none()) else {
                return Ok(());
            };
            incidents::end(&tx, name, at).await?;
            // What the owners read first: the summary of an alert that is over can be another one.
            let event = alert.event(RESOLVED, &known.reason);
            self.append(&tx, about, &event, at).await
        };
        self.db.write(end).await
    }

    async fn append(
        &self,
        tx: &Tx,
        about: &str,
        event: &AlertTriggered,
        at: Timestamp,
    ) -> Result<(), StorageError> {
        let correlation = format!("alert-{about}");
        let context = EventContext {
            correlation: correlation.clone(),
            environment: self.environment.clone(),
            ..EventContext::default()
        };
        let cause = outbox::last_event_id(tx, &correlation).await?;
        let step = format!("{correlation}-{}-{}", event.severity, at.timestamp_micros());
        let mut journal = EventJournal::for_request(&step, EventSource::GATEWAY, context, cause);
        journal.record(at, event.clone());
        outbox::append(tx, journal.events()).await?;
        Ok(())
    }

    fn name(&self, about: &str) -> IncidentName {
        IncidentName { bot: self.bot, kind: IncidentKind::Alert, about: about.to_owned() }
    }
}

impl Alert {
    fn label<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        self.labels.get(name).map_or(default, String::as_str)
    }

    /// What people read: the summary, and where to find what to do.
    fn text(&self) -> String {
        let annotation = |name: &str| self.annotations.get(name).map(String::as_str);
        let summary = annotation("summary").unwrap_or_else(|| self.label("alertname", "an alert"));
        let mut text = format!("{}: {summary}", self.label("severity", "warning"));
        if let Some(runbook) = annotation("runbook_url") {
            text = format!("{text} {runbook}");
        }
        text.chars().take(TEXT_CHARS).collect()
    }

    fn event(&self, severity: &str, reason: &str) -> AlertTriggered {
        AlertTriggered {
            component: self.label("alertname", "alert").to_owned(),
            severity: severity.to_owned(),
            reason: reason.to_owned(),
        }
    }
}

async fn receive(
    State(endpoint): State<Arc<AlertEndpoint>>,
    request: Request,
) -> (StatusCode, String) {
    // Checked before the body is read.
    if !endpoint.is_authorized(request.headers()) {
        let why = "send ALERTMANAGER_TOKEN as “Authorization: Bearer …”";
        return (StatusCode::UNAUTHORIZED, why.to_owned());
    }
    let Ok(body) = to_bytes(request.into_body(), BODY_BYTES).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "at most 16 MiB are read".to_owned());
    };
    let notification: Notification = match serde_json::from_slice(&body) {
        Ok(notification) => notification,
        Err(error) => {
            let why = format!("this is no notification of Alertmanager: {error}");
            return (StatusCode::BAD_REQUEST, why);
        }
    };
    match endpoint.store(&notification.alerts).await {
        Ok(()) => (StatusCode::OK, String::new()),
        Err(error) => {
            tracing::warn!("alerts were not stored; Alertmanager repeats them: {error}");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer".to_owned())
        }
    }
}
