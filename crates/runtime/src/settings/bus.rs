//! The settings of the event bus.

use std::str::FromStr;

use super::{EVENT_SOURCES, PrivateUrl, REDIS_URL};
use crate::env::{Env, SettingsErrors};

/// The prefix of this system's own sources, which send no requests.
const OURS: &str = "/bible-vibecoder/";

/// The event bus.
#[derive(Debug, Clone)]
pub struct BusSettings {
    /// The Redis server.
    pub url: PrivateUrl,
    /// Who may send requests.
    pub sources: Vec<RequestSourceSettings>,
}

/// A source of request events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestSourceSettings {
    /// The `source` of its events.
    pub source: String,
    /// Its requests per day (UTC).
    pub per_day: u32,
    /// The Telegram chat that gets its carousels; `None` for a folder.
    pub chat: Option<i64>,
}

/// Sources separated by commas.
#[derive(Default)]
struct SourceList(Vec<RequestSourceSettings>);

impl FromStr for SourceList {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(source).collect::<Result<_, _>>().map(Self)
    }
}

fn source(text: &str) -> Result<RequestSourceSettings, &'static str> {
    const SHAPE: &str =
        "each has to look like /shop/cms 100, or /shop/cms 100 -1001234 with a chat's id";
    let mut words = text.split_whitespace();
    let (Some(source), Some(per_day)) = (words.next(), words.next()) else {
        return Err(SHAPE);
    };
    let chat = words.next().map(str::parse).transpose().map_err(|_| SHAPE)?;
    if words.next().is_some() {
        return Err(SHAPE);
    }
    if source.starts_with(OURS) {
        return Err("/bible-vibecoder/… is this system itself, which sends no requests");
    }
    let per_day = per_day.parse().map_err(|_| SHAPE)?;
    Ok(RequestSourceSettings { source: source.to_owned(), per_day, chat })
}

pub(super) fn read(problems: &mut SettingsErrors, env: &Env) -> Option<BusSettings> {
    let sources: SourceList = problems.read(env, EVENT_SOURCES).unwrap_or_default();
    let url: PrivateUrl = problems.read(env, REDIS_URL)?;
    if !matches!(url.expose().scheme(), "redis" | "rediss") {
        problems.add("REDIS_URL: it has to look like redis://host:6379, or rediss:// with TLS");
    }
    Some(BusSettings { url, sources: sources.0 })
}

#[cfg(test)]
mod tests {
    use crate::{env::Env, settings::Settings};

    #[test]
    fn bus_needs_redis_and_sources_with_quotas() {
        let read = |url: &str, sources: &str| {
            let env = Env::of([("REDIS_URL", url), ("EVENT_SOURCES", sources)]);
            Settings::read(&env).map(|settings| settings.bus)
        };
        let bus = read("redis://:secret@localhost/1", "/shop 100, urn:x 5 -1001").unwrap().unwrap();
        assert!(!format!("{bus:?}").contains("secret"));
        let sources: Vec<_> =
            bus.sources.iter().map(|s| (s.source.as_str(), s.per_day, s.chat)).collect();
        assert_eq!(sources, [("/shop", 100, None), ("urn:x", 5, Some(-1001))]);
        assert!(read("", "").unwrap().is_none());
        assert!(read("http://localhost", "").is_err());
        for bad in
            ["/shop", "/shop many", "/shop 1 chat", "/shop 1 2 3", "/bible-vibecoder/gateway 1"]
        {
            assert!(read("redis://localhost", bad).is_err(), "{bad}");
        }
    }
}
