//! Strangers: those whom the bot is not for. Each is told so once an hour; what else they write is
//! finished without a message, so that none of them takes other people's turns.
//!
//! That a stranger was told is a lease of an hour in the database, taken in the transaction that decides:
//! several gateways tell them once, and a restart does not tell them again. It names their number alone,
//! and is swept a day later.

use chrono::TimeDelta;
use domain::BotId;
use events::Timestamp;
use storage::{
    Tx,
    leases::{self, Acquired},
};

use crate::bot::{command::Command, hear::Heard};

/// How long a stranger is not told again.
const ONCE: TimeDelta = TimeDelta::hours(1);

/// What the leases of strangers are called.
pub(super) const STRANGER: &str = "stranger-";

/// Whether a stranger gets an answer: a refusal an hour, and their number once an hour, if they ask.
pub(super) async fn are_answered(
    tx: &Tx,
    bot: BotId,
    heard: &Heard,
    command: &Command,
    at: Timestamp,
) -> Result<bool, storage::Error> {
    let about = match command {
        Command::MyId => "number",
        _ => "refusal",
    };
    let name = format!("{STRANGER}{bot}-{}-{about}", heard.from);
    let holder = format!("update-{}", heard.update);
    let told = leases::acquire(tx, &name, &holder, at, ONCE).await?;
    Ok(matches!(told, Acquired::Ours(_)))
}
