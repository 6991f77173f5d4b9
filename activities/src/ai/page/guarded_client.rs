//! [`GuardedClient`]: an HTTP client for addresses that users name. Addresses are checked when they are dialed, so that DNS
//! rebinding gains nothing; IP literals in a URL, in any notation, are checked before. It follows no redirects.

use std::{
    error::Error as StdError,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use futures::future::BoxFuture;
use reqwest::{
    Client, Method, RequestBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
};
use tokio::time::Instant;
use url::{Host, Url};

use super::address_policy::AddressPolicy;

/// Timeout of a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// Shortest time to refuse a name, so that unknown names and internal names take equally long.
pub(super) const REFUSAL_TIME: Duration = Duration::from_millis(500);

/// Resolves a name to addresses.
pub(super) type Lookup =
    Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

#[derive(Clone)]
pub struct GuardedClient {
    http: Client,
    reach: AddressPolicy,
}

/// All addresses of a name are forbidden.
#[derive(Debug, thiserror::Error)]
#[error("all addresses of this name are forbidden")]
struct ForbiddenAddresses;

/// Why an address is not called, for its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ForbiddenUrl(pub(crate) &'static str);

const PRIVATE: &str = "it does not lead to the public internet";

impl GuardedClient {
    /// Uses the system's resolver.
    ///
    /// # Errors
    /// If the system has no TLS.
    pub fn new(reach: AddressPolicy) -> Result<Self, reqwest::Error> {
        let system: Lookup = Arc::new(|name| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((name, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            })
        });
        Self::with_lookup(reach, system)
    }

    /// Resolves names with `lookup`.
    pub(super) fn with_lookup(
        reach: AddressPolicy,
        lookup: Lookup,
    ) -> Result<Self, reqwest::Error> {
        let gate = FilteringResolver { reach: reach.clone(), lookup };
        runtime::tls::install();
        let http = Client::builder()
            .dns_resolver(Arc::new(gate))
            .redirect(reqwest::redirect::Policy::none())
            // A proxy would connect without our checks.
            .no_proxy()
            .connect_timeout(CONNECT_LIMIT)
            .user_agent(concat!("bible-vibecoder/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, reach })
    }

    /// A request to an address that may be dialed.
    pub(crate) fn request(
        &self,
        method: Method,
        url: &Url,
    ) -> Result<RequestBuilder, ForbiddenUrl> {
        self.check_url(url)?;
        Ok(self.http.request(method, url.clone()))
    }

    /// Checks that are possible before name resolution.
    fn check_url(&self, url: &Url) -> Result<(), ForbiddenUrl> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(ForbiddenUrl("only http and https are read"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ForbiddenUrl("it contains a user name or a password"));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        // A literal is never resolved, so `FilteringResolver` does not see it.
        let literal: Option<IpAddr> = match url.host() {
            Some(Host::Ipv4(ip)) => Some(ip.into()),
            Some(Host::Ipv6(ip)) => Some(ip.into()),
            Some(Host::Domain(_)) => None,
            None => return Err(ForbiddenUrl("it names no host")),
        };
        let allowed = match literal {
            Some(ip) => self.reach.allows(ip, port),
            None => self.reach.allows_port(port),
        };
        if allowed { Ok(()) } else { Err(ForbiddenUrl(PRIVATE)) }
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

/// Why there is no answer. [`ForbiddenAddresses`] arrives from the HTTP client as a nested source.
pub(crate) fn connection_failure(error: &reqwest::Error) -> &'static str {
    let mut cause: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(inner) = cause {
        // The same text as for an unknown name: otherwise the answer would reveal names of the
        // internal network.
        if inner.is::<ForbiddenAddresses>() {
            tracing::warn!("refused a link to an internal name");
        }
        cause = inner.source();
    }
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    }
}
