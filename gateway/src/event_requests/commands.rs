//! `gateway events dead` and `gateway events requeue`.

use anyhow::Context as _;
use bus::{DeadLetter, DeadLetters, RedisBus};
use chrono::DateTime;
use runtime::settings::Settings;

/// Characters of a dead letter's event that the list shows.
const SHOWN_CHARS: usize = 300;

/// The newest dead letters.
///
/// # Errors
/// If there is no bus, or it does not answer.
pub async fn dead(settings: &Settings, limit: usize) -> anyhow::Result<String> {
    let letters = DeadLetters::new(bus(settings)?).newest(limit).await?;
    if letters.is_empty() {
        return Ok("no dead letters\n".to_owned());
    }
    Ok(letters.iter().map(shown).collect())
}

/// Puts a dead letter back among the requests.
///
/// # Errors
/// If there is no such dead letter, no bus, or it does not answer.
pub async fn requeue(settings: &Settings, id: &str) -> anyhow::Result<String> {
    if DeadLetters::new(bus(settings)?).requeue(id).await? {
        return Ok(format!("{id} is among the requests again\n"));
    }
    anyhow::bail!("there is no dead letter {id}: see `gateway events dead`")
}

fn bus(settings: &Settings) -> anyhow::Result<RedisBus> {
    let bus = settings.bus.as_ref();
    let bus = bus.context("there is no bus: set REDIS_URL to the address of a Redis server")?;
    Ok(RedisBus::new(bus.url.expose())?)
}

fn shown(letter: &DeadLetter) -> String {
    let at = letter.id.split('-').next().and_then(|ms| ms.parse().ok());
    let at = at.and_then(DateTime::from_timestamp_millis);
    let at = at.map(|at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string()).unwrap_or_default();
    let event = match letter.event.as_str() {
        "" => "(no event)".to_owned(),
        event => event.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS).collect(),
    };
    format!("{}  {at}\n  {}\n  {event}\n", letter.id, letter.reason)
}
