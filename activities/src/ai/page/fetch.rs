//! [`Fetcher`]: a page over http or https. Redirects are followed here, one by one; a name's
//! addresses are judged where they are about to be dialled, so that a name which answers differently
//! the second time gains nothing; an address in a URL, in whatever notation, is judged before.

use std::{
    error::Error as StdError,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use futures::future::BoxFuture;
use reqwest::{
    Client, Response, StatusCode,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION},
};
use sandbox::Sandbox;
use tokio::time::Instant;
use url::{Host, Url};

use super::{
    reach::Reach,
    text::{Page, Raw},
};
use crate::error::Error;

/// Longest time for the whole page, redirects included.
const LIMIT: Duration = Duration::from_secs(10);
/// Largest page, in bytes, after decompression.
const BYTES: usize = 2 * 1024 * 1024;
/// Most redirects.
const HOPS: usize = 5;

/// How long it takes at least to refuse a name, whether it is unknown or leads inside.
const REFUSAL: Duration = Duration::from_millis(500);

/// Finds the addresses of a name.
pub type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// Reads pages.
#[derive(Clone)]
pub struct Fetcher {
    http: Client,
    reach: Reach,
    sandbox: Sandbox,
    limit: Duration,
}

/// Why a page can't be read; in words for whoever sent the link.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// Not an address that we would dial.
    #[error("this link may not be read: {0}")]
    Forbidden(&'static str),
    /// Nobody answers, or not now.
    #[error("the page can't be reached now: {0}")]
    Away(String),
    /// We can't parse it now; says nothing about the page.
    #[error("the page can't be read now: {0}")]
    Busy(String),
    /// The server has no such page for us.
    #[error("the page can't be read: {0}")]
    Refused(String),
    /// It is not what a carousel can be made of.
    #[error("{0}")]
    Unusable(&'static str),
}

/// A name all of whose addresses are out of reach.
#[derive(Debug, thiserror::Error)]
#[error("no address of this name may be dialled")]
struct OutOfReach;

const PRIVATE: &str = "it does not lead to the public internet";

impl Fetcher {
    /// Within this reach, names looked up by the system, HTML parsed in this sandbox.
    ///
    /// # Errors
    /// When the HTTP client can't be made.
    pub fn new(reach: Reach, sandbox: Sandbox) -> Result<Self, reqwest::Error> {
        let system: Lookup = Arc::new(|name| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((name, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            })
        });
        Self::with_lookup(reach, sandbox, system)
    }

    /// Within this reach, names looked up by `lookup`.
    ///
    /// # Errors
    /// When the HTTP client can't be made.
    pub fn with_lookup(
        reach: Reach,
        sandbox: Sandbox,
        lookup: Lookup,
    ) -> Result<Self, reqwest::Error> {
        let gate = Gate {
            reach: reach.clone(),
            lookup,
        };
        let http = Client::builder()
            .dns_resolver(Arc::new(gate))
            .redirect(reqwest::redirect::Policy::none())
            // A proxy would dial for us, and not ask.
            .no_proxy()
            .connect_timeout(LIMIT)
            .user_agent(concat!("bible-vibecoder/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            http,
            reach,
            sandbox,
            limit: LIMIT,
        })
    }

    /// The same with less patience.
    #[cfg(test)]
    fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Reads the page behind `link`.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn page(&self, link: &str) -> Result<Page, PageError> {
        let raw = tokio::time::timeout(self.limit, self.follow(link))
            .await
            .map_err(|_| {
                PageError::Away(format!("no answer within {} s", self.limit.as_secs()))
            })??;
        raw.page(&self.sandbox).await
    }

    async fn follow(&self, link: &str) -> Result<Raw, PageError> {
        let mut url =
            Url::parse(link).map_err(|_| PageError::Forbidden("it is no complete address"))?;
        for _ in 0..=HOPS {
            let response = self.get(&url).await?;
            let status = response.status();
            if !status.is_redirection() {
                return read(response, status).await;
            }
            let location = response
                .headers()
                .get(LOCATION)
                .and_then(|l| l.to_str().ok());
            let next = location.and_then(|location| url.join(location).ok());
            url = next.ok_or_else(|| PageError::Refused("it redirects to nowhere".to_owned()))?;
        }
        Err(PageError::Refused("it redirects for ever".to_owned()))
    }

    async fn get(&self, url: &Url) -> Result<Response, PageError> {
        self.judge(url)?;
        let accept = "text/html,application/xhtml+xml,text/plain;q=0.8";
        let request = self.http.get(url.clone()).header("accept", accept);
        request.send().await.map_err(|e| unreached(&e))
    }

    /// Judges what can be judged before a name is looked up.
    fn judge(&self, url: &Url) -> Result<(), PageError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(PageError::Forbidden("only http and https are read"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(PageError::Forbidden("it carries a name or a password"));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        // A literal is never looked up, so the gate would not see it.
        let literal: Option<IpAddr> = match url.host() {
            Some(Host::Ipv4(ip)) => Some(ip.into()),
            Some(Host::Ipv6(ip)) => Some(ip.into()),
            Some(Host::Domain(_)) => None,
            None => return Err(PageError::Forbidden("it names no host")),
        };
        let allowed = match literal {
            Some(ip) => self.reach.allows(ip, port),
            None => self.reach.allows_port(port),
        };
        if allowed {
            Ok(())
        } else {
            Err(PageError::Forbidden(PRIVATE))
        }
    }
}

/// Between a name and the sockets: hands on only what may be dialled.
struct Gate {
    reach: Reach,
    lookup: Lookup,
}

impl Resolve for Gate {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, looking) = (self.reach.clone(), (self.lookup)(name.as_str().to_owned()));
        Box::pin(async move {
            let begun = Instant::now();
            let found = looking.await;
            // Ports were judged with the URL; here it is about addresses alone.
            let allowed = found.map(|found| -> Vec<SocketAddr> {
                let allowed = found.into_iter().filter(|ip| reach.allows_address(*ip));
                allowed.map(|ip| SocketAddr::new(ip, 0)).collect()
            });
            if allowed.as_ref().map_or(true, Vec::is_empty) {
                // How long a refusal takes tells nothing either.
                tokio::time::sleep_until(begun + REFUSAL).await;
            }
            let allowed = allowed?;
            if allowed.is_empty() {
                return Err(OutOfReach.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Why no answer came. A name out of reach comes through the HTTP client as the cause of a cause.
fn unreached(error: &reqwest::Error) -> PageError {
    let mut cause: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(inner) = cause {
        // Reads like a name that nobody knows: an answer would tell names of our network from others.
        if inner.is::<OutOfReach>() {
            tracing::warn!("a link to a name inside was refused");
        }
        cause = inner.source();
    }
    let why = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    PageError::Away(why.to_owned())
}

async fn read(mut response: Response, status: StatusCode) -> Result<Raw, PageError> {
    let code = status.as_u16();
    if status.is_server_error() || code == 429 {
        return Err(PageError::Away(format!("its server says {code}")));
    }
    if !status.is_success() {
        return Err(PageError::Refused(format!("its server says {code}")));
    }
    const TOO_LARGE: PageError = PageError::Unusable("the page is larger than 2 MB: send its text");
    let header = |name| response.headers().get(name).and_then(|v| v.to_str().ok());
    let promised = header(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if promised.is_some_and(|length| length > BYTES) {
        return Err(TOO_LARGE);
    }
    let kind = header(CONTENT_TYPE).unwrap_or_default().to_owned();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| unreached(&e))? {
        if body.len() + chunk.len() > BYTES {
            return Err(TOO_LARGE);
        }
        body.extend_from_slice(&chunk);
    }
    Raw::new(kind, body)
}

impl From<PageError> for Error {
    fn from(error: PageError) -> Self {
        match error {
            PageError::Away(_) | PageError::Busy(_) => Self::Unavailable {
                reason: error.to_string(),
                retry_after: None,
            },
            PageError::Forbidden(_) | PageError::Refused(_) | PageError::Unusable(_) => {
                Self::Source(error.to_string())
            }
        }
    }
}

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
