//! Notifies the owners in private of what does not work, once per incident, and of its end.
//! Incidents are rows, so that neither a restart nor a second gateway repeats a message.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{AccountId, Language, UserId};
use runtime::shutdown::Shutdown;
use storage::{
    StorageError,
    incidents::{self, Incident, IncidentKind, IncidentName},
    leases::{self, LeaseAttempt},
    provider_failures, users,
};
use telegram::{ChatRef, Effect, Html, Keyboard, Phrase};

use super::{
    handle::BotDependencies,
    reception::{Reception, ReceptionStatus},
};

const INTERVAL: Duration = Duration::from_secs(5);

/// How long a dead gateway blocks the reports of others.
const LEASE: TimeDelta = TimeDelta::seconds(25);

/// Failed calls in a row after which a model service counts as down: as many as open its circuit
/// breaker.
const PROVIDER_FAILURES: u64 = 6;

/// How long a message waits for the rate limiter.
const RATE_LIMIT_TIMEOUT: Duration = Duration::from_secs(5);

/// Reports until `shutdown` begins. `holder` is unique among all processes.
pub(super) async fn run(
    deps: &BotDependencies,
    reception: &Reception,
    holder: &str,
    shutdown: &Shutdown,
) {
    if deps.access.owners.is_empty() {
        return;
    }
    let reports = IncidentReports { deps, holder };
    loop {
        tokio::select! {
            () = shutdown.begun() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
        if let Err(error) = reports.round(&reception.status(), Utc::now()).await {
            tracing::warn!("incidents were not reported and will be later: {error}");
        }
    }
}

struct IncidentReports<'a> {
    deps: &'a BotDependencies,
    holder: &'a str,
}

impl IncidentReports<'_> {
    async fn round(
        &self,
        status: &ReceptionStatus,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        // Each gateway knows only its own reception.
        self.record_reception(status, now).await?;
        if !self.is_reporter(now).await? {
            return Ok(());
        }
        self.record_providers(now).await?;
        for incident in incidents::list(&self.deps.db.read(), self.deps.id).await? {
            let is_news = incident.ended_at.is_some() || incident.told_at.is_none();
            if is_news && self.tell(&incident).await? {
                let told = &incident;
                let mark = |tx| async move { incidents::mark_told(&tx, told, now).await };
                self.deps.db.write(mark).await?;
            }
        }
        Ok(())
    }

    async fn record_reception(
        &self,
        status: &ReceptionStatus,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let name = self.name(IncidentKind::NotReceiving, "");
        match status {
            ReceptionStatus::Undecided => Ok(()),
            ReceptionStatus::Receiving => self.end(&name, now).await,
            ReceptionStatus::NotReceiving(failure) => {
                self.begin(&name, &failure.error.to_string(), failure.since).await
            }
        }
    }

    /// Compares the incidents of model services with what their calls say.
    async fn record_providers(&self, now: DateTime<Utc>) -> Result<(), StorageError> {
        let reader = self.deps.db.read();
        let failing = provider_failures::list(&reader).await?;
        let down = failing.iter().filter(|service| service.failures >= PROVIDER_FAILURES);
        for service in down.clone() {
            let name = self.name(IncidentKind::ProviderDown, &service.provider);
            self.begin(&name, &service.reason, service.since).await?;
        }
        for known in incidents::list(&reader, self.deps.id).await? {
            let is_down = down.clone().any(|service| service.provider == known.name.about);
            if known.name.kind == IncidentKind::ProviderDown && !is_down {
                self.end(&known.name, now).await?;
            }
        }
        Ok(())
    }

    /// Sends a report to all owners. Returns whether they know; `false` if it has to be repeated.
    async fn tell(&self, incident: &Incident) -> Result<bool, StorageError> {
        let mut know = true;
        for owner in &self.deps.access.owners {
            let owner = AccountId::new(*owner);
            let user = users::find(&self.deps.db.read(), &UserId::of_account(owner)).await?;
            let language = user.and_then(|user| user.profile.language).unwrap_or(Language::En);
            let (chat, limiter) = (owner.chat(), &self.deps.rate_limiter);
            if limiter.wait(chat, 1, RATE_LIMIT_TIMEOUT, Utc::now).await.is_err() {
                return Ok(false);
            }
            let chat = ChatRef { id: owner.chat(), thread: None };
            let (text, none) = (report(language, incident), Keyboard::default());
            if let Err(fault) = self.deps.bot.send_text(chat, &text, &none).await {
                tracing::warn!(owner = owner.get(), "an incident was not reported: {fault}");
                // A message may repeat; one that can't arrive is not tried again.
                know &= fault.effect() == Effect::NotSentFinal;
            }
        }
        Ok(know)
    }

    /// Whether this gateway sends the reports.
    async fn is_reporter(&self, now: DateTime<Utc>) -> Result<bool, StorageError> {
        let (name, holder) = (&format!("incidents-{}", self.deps.id), self.holder);
        let ask = |tx| async move { leases::acquire(&tx, name, holder, now, LEASE).await };
        Ok(matches!(self.deps.db.write(ask).await?, LeaseAttempt::Held(_)))
    }

    async fn begin(
        &self,
        name: &IncidentName,
        reason: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let known = incidents::list(&self.deps.db.read(), self.deps.id).await?;
        let is_known = |known: &Incident| {
            known.name == *name && known.reason == reason && known.ended_at.is_none()
        };
        if known.iter().any(is_known) {
            return Ok(());
        }
        let begin = |tx| async move { incidents::begin(&tx, name, reason, at).await };
        self.deps.db.write(begin).await
    }

    async fn end(&self, name: &IncidentName, at: DateTime<Utc>) -> Result<(), StorageError> {
        let known = incidents::list(&self.deps.db.read(), self.deps.id).await?;
        if !known.iter().any(|known| known.name == *name && known.ended_at.is_none()) {
            return Ok(());
        }
        let end = |tx| async move { incidents::end(&tx, name, at).await };
        self.deps.db.write(end).await
    }

    fn name(&self, kind: IncidentKind, about: &str) -> IncidentName {
        IncidentName { bot: self.deps.id, kind, about: about.to_owned() }
    }
}

fn report(language: Language, incident: &Incident) -> Html {
    let (when, reason) = (minute(incident.began_at), incident.reason.as_str());
    let (when, provider) = (when.as_str(), incident.name.about.as_str());
    let Some(ended) = incident.ended_at else {
        return begun(incident, when, reason).html(language);
    };
    let seconds = (ended - incident.began_at).num_seconds();
    let minutes = u64::try_from(seconds).unwrap_or_default().div_ceil(60).max(1);
    match incident.name.kind {
        IncidentKind::NotReceiving => Phrase::IncidentReceptionOver { when, minutes, reason },
        IncidentKind::ProviderDown => Phrase::IncidentProviderOver { when, minutes, provider },
        IncidentKind::Alert => Phrase::IncidentAlertOver { when, minutes, reason },
    }
    .html(language)
}

/// The begin of an incident; `when` is [`minute`] of it.
pub(super) fn begun<'a>(incident: &'a Incident, when: &'a str, reason: &'a str) -> Phrase<'a> {
    match incident.name.kind {
        IncidentKind::NotReceiving => Phrase::IncidentReception { when, reason },
        IncidentKind::ProviderDown => {
            Phrase::IncidentProvider { when, provider: &incident.name.about, reason }
        }
        IncidentKind::Alert => Phrase::IncidentAlert { when, reason },
    }
}

/// A time in UTC, to the minute.
pub(super) fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M").to_string()
}
