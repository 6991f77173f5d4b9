//! Long polling. Of several gateways one polls, whoever holds the lease; the offset follows from the
//! rows, so what is stored is acknowledged by the next poll, and what is not comes again.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use runtime::shutdown::Shutdown;
use storage::{
    ingress as rows,
    leases::{self, Acquired},
};
use telegram::{Bot, Fault};

use super::ingress::Ingress;

/// How long a gateway that fell silent keeps others waiting. Longer than a poll takes.
const LEASE: TimeDelta = TimeDelta::seconds(25);

/// The pause before another look at somebody else's lease.
const STANDBY: Duration = Duration::from_secs(2);

/// The pause after trouble.
const LATER: Duration = Duration::from_secs(5);

/// The pause after a poll that brought nothing new: the next may bring the same.
const STALE: Duration = Duration::from_millis(300);

/// The lease of whoever polls for this bot.
pub fn lease(bot: domain::BotId) -> String {
    format!("poll-{bot}")
}

/// Polls until `shutdown` begins. `holder` is unique among all processes.
pub async fn run(ingress: Ingress, bot: Bot, holder: String, shutdown: Shutdown) {
    let name = lease(ingress.bot_id());
    loop {
        let pause = tokio::select! {
            () = shutdown.begun() => break,
            pause = turn(&ingress, &bot, &name, &holder) => pause,
        };
        tokio::select! {
            () = shutdown.begun() => break,
            () = tokio::time::sleep(pause) => {}
        }
    }
    step_down(&ingress, &name, &holder).await;
}

/// One poll. Gives how long to wait for the next.
async fn turn(ingress: &Ingress, bot: &Bot, name: &str, holder: &str) -> Duration {
    let polled = match poll(ingress, bot, name, holder).await {
        Ok(polled) => polled,
        Err(error) => {
            tracing::warn!("no updates for now: {error}");
            return LATER;
        }
    };
    match polled {
        Polled::Standby => STANDBY,
        Polled::Refused(Fault::Wait(wait)) => wait,
        Polled::Refused(fault) => {
            tracing::warn!("no updates for now: {fault}");
            LATER
        }
        Polled::Updates { any: true, new: 0 } => STALE,
        Polled::Updates { .. } => Duration::ZERO,
    }
}

enum Polled {
    /// Somebody else polls.
    Standby,
    /// Telegram gave none.
    Refused(Fault),
    /// It gave some.
    Updates {
        /// Whether any came.
        any: bool,
        /// How many of them are new here.
        new: u64,
    },
}

async fn poll(
    ingress: &Ingress,
    bot: &Bot,
    name: &str,
    holder: &str,
) -> Result<Polled, storage::Error> {
    let now = Utc::now();
    let ask = |tx| async move { leases::acquire(&tx, name, holder, now, LEASE).await };
    match ingress.db().write(ask).await? {
        Acquired::Ours(_) => {}
        Acquired::Taken(_) => return Ok(Polled::Standby),
    }
    let offset = rows::offset(&ingress.db().read(), ingress.bot_id(), now).await?;
    let offset = offset.map_or(0, domain::UpdateId::get);
    let updates = match bot.updates(offset).await {
        Ok(updates) => updates,
        Err(fault) => return Ok(Polled::Refused(fault)),
    };
    let any = !updates.is_empty();
    let new = ingress.take(updates).await?;
    Ok(Polled::Updates { any, new })
}

/// Lets another gateway take over at once.
async fn step_down(ingress: &Ingress, name: &str, holder: &str) {
    let now = Utc::now();
    let release = |tx| async move {
        match leases::find(&tx, name).await? {
            Some(lease) if lease.holder == holder => {
                leases::release(&tx, &lease, now).await.map(|_| ())
            }
            Some(_) | None => Ok::<_, storage::Error>(()),
        }
    };
    if let Err(error) = ingress.db().write(release).await {
        tracing::debug!(%error, "the lease runs out by itself");
    }
}
