//! [`PrivateUrl`]: a URL that may hold a password, a key or a token.

use std::{fmt, str::FromStr};

use url::Url;

/// A URL whose `Debug` shows only its scheme, host and port: its user name, password, path and
/// query may be secrets. It has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateUrl(Url);

impl PrivateUrl {
    /// The URL; never log it.
    pub const fn expose(&self) -> &Url {
        &self.0
    }

    /// The host's name or number, which is no secret.
    pub fn host(&self) -> Option<&str> {
        self.0.host_str()
    }
}

impl From<Url> for PrivateUrl {
    fn from(url: Url) -> Self {
        Self(url)
    }
}

impl FromStr for PrivateUrl {
    type Err = url::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Debug for PrivateUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.host().unwrap_or("…"))?;
        self.0.port().map_or(Ok(()), |port| write!(f, ":{port}"))?;
        f.write_str("/…")
    }
}
