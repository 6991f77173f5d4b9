//! Receives updates by long polling. Of several gateways, the one with the lease polls. The offset
//! is derived from the stored rows: the next poll acknowledges exactly what is stored, and Telegram
//! sends the rest again.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use runtime::shutdown::Shutdown;
use storage::{
    ingress as rows,
    leases::{self, LeaseAttempt},
};
use telegram::{Bot, SendError};

use super::{ingress::Ingress, reception::Reception};

/// How long the lease of a dead gateway blocks others. Longer than one poll.
const POLLING_LEASE: TimeDelta = TimeDelta::seconds(25);

/// Interval between attempts to get the lease.
const LEASE_RETRY_INTERVAL: Duration = Duration::from_secs(2);

/// Pause after an error.
const ERROR_PAUSE: Duration = Duration::from_secs(5);

/// Pause after a poll without new updates: the next poll may return the same ones.
const NO_NEWS_PAUSE: Duration = Duration::from_millis(300);

pub fn lease_name(bot: domain::BotId) -> String {
    format!("poll-{bot}")
}

/// Polls until `shutdown` begins. `holder` is unique among all processes.
pub async fn run(
    ingress: Ingress,
    bot: Bot,
    holder: String,
    reception: &Reception,
    shutdown: &Shutdown,
) {
    let name = lease_name(ingress.bot_id());
    loop {
        let pause = tokio::select! {
            () = shutdown.begun() => break,
            pause = poll_once(&ingress, &bot, &name, &holder, reception) => pause,
        };
        tokio::select! {
            () = shutdown.begun() => break,
            () = tokio::time::sleep(pause) => {}
        }
    }
    release_lease(&ingress, &name, &holder).await;
}

/// One poll. Returns the pause before the next.
async fn poll_once(
    ingress: &Ingress,
    bot: &Bot,
    name: &str,
    holder: &str,
    reception: &Reception,
) -> Duration {
    let polled = match poll(ingress, bot, name, holder).await {
        Ok(polled) => polled,
        Err(error) => {
            tracing::warn!("polling failed: {error}");
            return ERROR_PAUSE;
        }
    };
    match polled {
        PollResult::Standby => {
            reception.stands_by();
            LEASE_RETRY_INTERVAL
        }
        PollResult::Refused(SendError::RateLimited(wait)) => wait,
        PollResult::Refused(fault) => {
            reception.failed(fault.into(), Utc::now());
            ERROR_PAUSE
        }
        PollResult::Updates { any, new } => {
            reception.succeeded();
            if any && new == 0 { NO_NEWS_PAUSE } else { Duration::ZERO }
        }
    }
}

enum PollResult {
    /// Another gateway has the lease.
    Standby,
    Refused(SendError),
    /// Telegram returned a batch.
    Updates {
        /// Whether the batch was not empty.
        any: bool,
        /// How many of the updates were not stored before.
        new: u64,
    },
}

async fn poll(
    ingress: &Ingress,
    bot: &Bot,
    name: &str,
    holder: &str,
) -> Result<PollResult, storage::StorageError> {
    let now = Utc::now();
    let ask = |tx| async move { leases::acquire(&tx, name, holder, now, POLLING_LEASE).await };
    match ingress.db().write(ask).await? {
        LeaseAttempt::Held(_) => {}
        LeaseAttempt::HeldByOther(_) => return Ok(PollResult::Standby),
    }
    let offset = rows::polling_offset(&ingress.db().read(), ingress.bot_id(), now).await?;
    let offset = offset.map_or(0, domain::UpdateId::get);
    let updates = match bot.updates(offset).await {
        Ok(updates) => updates,
        Err(fault) => return Ok(PollResult::Refused(fault)),
    };
    let any = !updates.is_empty();
    let new = ingress.accept_poll(updates).await?;
    Ok(PollResult::Updates { any, new })
}

/// Releases the lease, so that another gateway can take over at once.
async fn release_lease(ingress: &Ingress, name: &str, holder: &str) {
    let now = Utc::now();
    let release = |tx| async move {
        match leases::find(&tx, name).await? {
            Some(lease) if lease.holder == holder => {
                leases::release(&tx, &lease, now).await.map(|_| ())
            }
            Some(_) | None => Ok::<_, storage::StorageError>(()),
        }
    };
    if let Err(error) = ingress.db().write(release).await {
        tracing::debug!(%error, "the lease was not released and will expire");
    }
}
