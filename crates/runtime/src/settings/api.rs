//! The settings of the HTTP API.

use std::{net::SocketAddr, num::NonZeroU32, str::FromStr};

use url::Url;

use super::{API_ADDRESS, API_CALLS_PER_SECOND, API_ORIGINS, STUDIO_URL};
use crate::env::{Env, SettingsErrors};

#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// The listener, if it is set.
    pub address: Option<SocketAddr>,
    /// Calls of one token.
    pub calls_per_second: NonZeroU32,
    /// Origins that may call it from a browser.
    pub origins: Vec<String>,
    /// The public address of the listener, for links to the studio.
    pub studio: Option<String>,
}

/// Origins separated by commas.
#[derive(Default)]
struct OriginList(Vec<String>);

impl FromStr for OriginList {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let origin = |part: &str| part.parse().map(|WebOrigin(origin)| origin);
        parts.map(origin).collect::<Result<_, _>>().map(Self)
    }
}

/// The address of a web server: a scheme, a host, and maybe a port.
struct WebOrigin(String);

impl FromStr for WebOrigin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url: Url = text.parse().map_err(|_| SHAPE)?;
        let is_web = matches!(url.scheme(), "http" | "https");
        let origin = url.origin().ascii_serialization();
        if is_web && origin == text.trim_end_matches('/') { Ok(Self(origin)) } else { Err(SHAPE) }
    }
}

const SHAPE: &str = "each has to look like https://studio.example, without a path";

pub(super) fn read(
    problems: &mut SettingsErrors,
    env: &Env,
    http: Option<SocketAddr>,
) -> ApiSettings {
    let address: Option<SocketAddr> = problems.read(env, API_ADDRESS);
    let port = address.map(|address| address.port()).filter(|port| *port != 0);
    if port.is_some() && http.map(|http| http.port()) == port {
        problems.add("API_ADDRESS: it has the port of HTTP_ADDRESS; metrics and health are not for the public");
    }
    let origins: OriginList = problems.read(env, API_ORIGINS).unwrap_or_default();
    ApiSettings {
        address,
        calls_per_second: problems.read(env, API_CALLS_PER_SECOND).unwrap_or(NonZeroU32::MIN),
        origins: origins.0,
        studio: problems.read(env, STUDIO_URL).map(|WebOrigin(origin)| origin),
    }
}

#[cfg(test)]
mod tests {
    use crate::{env::Env, settings::Settings};

    #[test]
    fn api_has_its_own_port_and_named_origins() {
        let read = |address: &str, origins: &str| {
            let env = Env::of([
                ("API_ADDRESS", address),
                ("API_ORIGINS", origins),
                ("HTTP_ADDRESS", "127.0.0.1:9000"),
            ]);
            Settings::read(&env).map(|settings| settings.api)
        };
        assert!(read("", "").unwrap().address.is_none());
        let api = read("0.0.0.0:9001", "https://a.example, http://localhost:3000").unwrap();
        assert_eq!(api.origins, ["https://a.example", "http://localhost:3000"]);
        assert_eq!(api.calls_per_second.get(), 50);
        assert!(read("0.0.0.0:9000", "").is_err(), "the port of the operator");
        for bad in ["*", "a.example", "ftp://a.example", "https://a.example/x"] {
            assert!(read("", bad).is_err(), "{bad}");
        }
        let studio = |url| {
            Settings::read(&Env::of([("STUDIO_URL", url)])).map(|settings| settings.api.studio)
        };
        assert_eq!(studio("https://a.example/").unwrap().as_deref(), Some("https://a.example"));
        for bad in ["a.example", "https://u:p@a.example", "https://a.example/x"] {
            assert!(studio(bad).is_err(), "{bad}");
        }
    }
}
