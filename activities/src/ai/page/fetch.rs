//! [`Fetcher`]: fetches a page over http or https. It follows redirects itself. Addresses are
//! checked when they are dialed, so that DNS rebinding gains nothing; IP literals in a URL, in any
//! notation, are checked before.

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
    address_policy::AddressPolicy,
    article_text::{ArticleText, BodyKind, FetchedBody},
    page_error::PageError,
};

/// Timeout of the whole page, including redirects.
const LIMIT: Duration = Duration::from_secs(10);
/// Most redirects.
const REDIRECTS: usize = 5;

/// Shortest time to refuse a name, so that unknown names and internal names take equally long.
const REFUSAL_TIME: Duration = Duration::from_millis(500);

/// Resolves a name to addresses.
type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

#[derive(Clone)]
pub struct Fetcher {
    http: Client,
    reach: AddressPolicy,
    sandbox: Sandbox,
    limit: Duration,
}

#[derive(Debug, thiserror::Error)]
#[error("all addresses of this name are forbidden")]
struct ForbiddenAddresses;

const PRIVATE: &str = "it does not lead to the public internet";

impl Fetcher {
    /// Uses the system's resolver, and parses HTML in `sandbox`.
    pub fn new(reach: AddressPolicy, sandbox: Sandbox) -> Result<Self, reqwest::Error> {
        let system: Lookup = Arc::new(|name| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((name, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            })
        });
        Self::with_lookup(reach, sandbox, system)
    }

    /// Resolves names with `lookup`.
    pub fn with_lookup(
        reach: AddressPolicy,
        sandbox: Sandbox,
        lookup: Lookup,
    ) -> Result<Self, reqwest::Error> {
        let gate = FilteringResolver { reach: reach.clone(), lookup };
        runtime::tls::install();
        let http = Client::builder()
            .dns_resolver(Arc::new(gate))
            .redirect(reqwest::redirect::Policy::none())
            // A proxy would connect without our checks.
            .no_proxy()
            .connect_timeout(LIMIT)
            .user_agent(concat!("bible-vibecoder/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, reach, sandbox, limit: LIMIT })
    }

    /// With another timeout.
    #[cfg(test)]
    fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Reads the page at `link`.
    pub async fn page(&self, link: &str) -> Result<ArticleText, PageError> {
        let raw = tokio::time::timeout(self.limit, self.follow(link)).await.map_err(|_| {
            PageError::Unavailable(format!("no answer within {} s", self.limit.as_secs()))
        })??;
        raw.page(&self.sandbox).await
    }

    async fn follow(&self, link: &str) -> Result<FetchedBody, PageError> {
        let mut url =
            Url::parse(link).map_err(|_| PageError::Forbidden("it is not a complete address"))?;
        for _ in 0..=REDIRECTS {
            let response = self.get(&url).await?;
            let status = response.status();
            if !status.is_redirection() {
                return read(response, status).await;
            }
            let location = response.headers().get(LOCATION).and_then(|l| l.to_str().ok());
            let next = location.and_then(|location| url.join(location).ok());
            url =
                next.ok_or_else(|| PageError::Refused("its redirect has no target".to_owned()))?;
        }
        Err(PageError::Refused("it redirects too often".to_owned()))
    }

    async fn get(&self, url: &Url) -> Result<Response, PageError> {
        self.check_url(url)?;
        let accept =
            "text/html,application/xhtml+xml,text/plain;q=0.8,application/pdf;q=0.8,*/*;q=0.5";
        let request = self.http.get(url.clone()).header("accept", accept);
        request.send().await.map_err(|e| connection_error(&e))
    }

    /// Checks that are possible before name resolution.
    fn check_url(&self, url: &Url) -> Result<(), PageError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(PageError::Forbidden("only http and https are read"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(PageError::Forbidden("it contains a user name or a password"));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        // A literal is never resolved, so `FilteringResolver` does not see it.
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
        if allowed { Ok(()) } else { Err(PageError::Forbidden(PRIVATE)) }
    }
}

/// A resolver that returns only allowed addresses.
struct FilteringResolver {
    reach: AddressPolicy,
    lookup: Lookup,
}

impl Resolve for FilteringResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, looking) = (self.reach.clone(), (self.lookup)(name.as_str().to_owned()));
        Box::pin(async move {
            let begun = Instant::now();
            let found = looking.await;
            // The port was checked with the URL; only addresses are checked here.
            let allowed = found.map(|found| -> Vec<SocketAddr> {
                let allowed = found.into_iter().filter(|ip| reach.allows_address(*ip));
                allowed.map(|ip| SocketAddr::new(ip, 0)).collect()
            });
            if allowed.as_ref().map_or(true, Vec::is_empty) {
                // The duration of a refusal must reveal nothing either.
                tokio::time::sleep_until(begun + REFUSAL_TIME).await;
            }
            let allowed = allowed?;
            if allowed.is_empty() {
                return Err(ForbiddenAddresses.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Classifies a connection failure. [`ForbiddenAddresses`] arrives from the HTTP client as a nested source.
fn connection_error(error: &reqwest::Error) -> PageError {
    let mut cause: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(inner) = cause {
        // The same text as for an unknown name: otherwise the answer would reveal names of the
        // internal network.
        if inner.is::<ForbiddenAddresses>() {
            tracing::warn!("refused a link to an internal name");
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
    PageError::Unavailable(why.to_owned())
}

async fn read(mut response: Response, status: StatusCode) -> Result<FetchedBody, PageError> {
    let code = status.as_u16();
    if status.is_server_error() || code == 429 {
        return Err(PageError::Unavailable(format!("its server says {code}")));
    }
    if !status.is_success() {
        return Err(PageError::Refused(format!("its server says {code}")));
    }
    let header = |name| response.headers().get(name).and_then(|v| v.to_str().ok());
    let promised = header(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    let content_type = header(CONTENT_TYPE).unwrap_or_default().to_owned();
    let kind = BodyKind::of(&content_type)?;
    if promised.is_some_and(|length| length > kind.max_bytes()) {
        return Err(kind.too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| connection_error(&e))? {
        if body.len() + chunk.len() > kind.max_bytes() {
            return Err(kind.too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(FetchedBody::new(content_type, kind, body))
}

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
