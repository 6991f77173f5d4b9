//! Limits replies to strangers, users who are not on the access list. Each gets a refusal once an
//! hour; their other updates are finished without a reply, so that they take no turns from other
//! users.
//!
//! The limit is a lease of one hour in the database, taken in the transaction that stores the
//! decision: it holds across several gateways and across restarts. The lease contains only the
//! account number, and is deleted a day later.

use chrono::TimeDelta;
use domain::BotId;
use events::Timestamp;
use storage::{
    Tx,
    leases::{self, LeaseAttempt},
};
use telegram::action::Action;

use crate::bot::parse::Incoming;

/// Interval between two replies of one kind to a stranger.
const REFUSAL_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// Interval between two requests for access, which the owners see.
const REQUEST_INTERVAL: TimeDelta = TimeDelta::days(1);

/// Prefix of the names of these leases.
pub(super) const STRANGER_LEASE_PREFIX: &str = "stranger-";

/// Whether a stranger gets a reply: one refusal per hour, their account number once per hour if they
/// ask for it, and one request for access per day.
pub(super) async fn may_reply(
    tx: &Tx,
    bot: BotId,
    heard: &Incoming,
    action: &Action,
    at: Timestamp,
) -> Result<bool, storage::StorageError> {
    let (about, interval) = match action {
        Action::MyId => ("number", REFUSAL_INTERVAL),
        Action::AskAccess => ("request", REQUEST_INTERVAL),
        _ => ("refusal", REFUSAL_INTERVAL),
    };
    let name = format!("{STRANGER_LEASE_PREFIX}{bot}-{}-{about}", heard.account);
    let holder = format!("update-{}", heard.update);
    let told = leases::acquire(tx, &name, &holder, at, interval).await?;
    Ok(matches!(told, LeaseAttempt::Held(_)))
}
