//! Parsers for values of settings.

use std::str::FromStr;

use url::Url;

use super::{SHORTEST_DAYS, Secret};

/// `host:port`, or a URL.
pub(super) struct HostAddress(pub(super) Url);

impl FromStr for HostAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "it has to look like host:port, http://host:port or https://host:port";
        let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&url).map_err(|_| SHAPE)?;
        // It is shown in links and messages.
        if !url.username().is_empty() || url.password().is_some() {
            return Err("leave out the user name and the password: this address is shown");
        }
        let known = matches!(url.scheme(), "http" | "https");
        if known && url.host().is_some() && url.port_or_known_default().is_some() {
            Ok(Self(url))
        } else {
            Err(SHAPE)
        }
    }
}

/// Retention in days; `None` for `off`.
pub(super) struct RetentionDays(pub(super) Option<u32>);

impl FromStr for RetentionDays {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Self(None));
        }
        match text.parse() {
            Ok(days) if days >= SHORTEST_DAYS => Ok(Self(Some(days))),
            _ => Err("choose a number of days, 8 or more, or off"),
        }
    }
}

/// Integers separated by commas.
#[derive(Default)]
pub(super) struct IdList(pub(super) Vec<i64>);

impl FromStr for IdList {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "each has to be a number: /myid shows yours";
        let number = |part: &str| part.parse().map_err(|_| SHAPE);
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(number).collect::<Result<_, _>>().map(Self)
    }
}

/// A bot's token, `123456:ABC…`. Only its form is checked here: Telegram may be away.
pub(super) struct BotToken(pub(super) Secret);

impl FromStr for BotToken {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-');
        let well_formed = text.split_once(':').is_some_and(|(id, key)| {
            id.bytes().all(|c| c.is_ascii_digit())
                && id.parse::<i64>().is_ok_and(|id| id > 0)
                && !key.is_empty()
                && key.bytes().all(allowed)
        });
        if well_formed {
            Ok(Self(Secret::new(text)))
        } else {
            Err(
                "it does not look like a bot's token, 123456:ABC…: @BotFather gives one, and shows \
                 it again under /mybots",
            )
        }
    }
}
