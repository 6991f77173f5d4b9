//! [`Fetcher`]: fetches a page over http or https with a [`GuardedClient`]. It follows redirects itself.

use std::time::Duration;

use reqwest::{
    Method, Response, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION},
};
use sandbox::Sandbox;
use url::Url;

use super::{
    address_policy::AddressPolicy,
    article_text::{ArticleText, BodyKind, FetchedBody},
    guarded_client::{ForbiddenUrl, GuardedClient, connection_failure},
    page_error::PageError,
};

/// Timeout of the whole page, including redirects.
const LIMIT: Duration = Duration::from_secs(10);
/// Most redirects.
const REDIRECTS: usize = 5;

#[derive(Clone)]
pub struct Fetcher {
    http: GuardedClient,
    sandbox: Sandbox,
    limit: Duration,
}

impl Fetcher {
    /// Uses the system's resolver, and parses HTML in `sandbox`.
    pub fn new(reach: AddressPolicy, sandbox: Sandbox) -> Result<Self, reqwest::Error> {
        Ok(Self { http: GuardedClient::new(reach)?, sandbox, limit: LIMIT })
    }

    /// Resolves names with `lookup`.
    #[cfg(test)]
    fn with_lookup(
        reach: AddressPolicy,
        sandbox: Sandbox,
        lookup: super::guarded_client::Lookup,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self { http: GuardedClient::with_lookup(reach, lookup)?, sandbox, limit: LIMIT })
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
        let accept =
            "text/html,application/xhtml+xml,text/plain;q=0.8,application/pdf;q=0.8,*/*;q=0.5";
        let request = self.http.request(Method::GET, url)?;
        request.header("accept", accept).send().await.map_err(|e| connection_error(&e))
    }
}

impl From<ForbiddenUrl> for PageError {
    fn from(ForbiddenUrl(why): ForbiddenUrl) -> Self {
        Self::Forbidden(why)
    }
}

fn connection_error(error: &reqwest::Error) -> PageError {
    PageError::Unavailable(connection_failure(error).to_owned())
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
