//! HTTP requests of tests, of the fakes' controls, and of the fake Bot API's webhooks: one request,
//! one connection, one deadline.
//!
//! No redirects, no proxies: a test sees exactly what happened on the wire. The three kinds of
//! failure stay separate, because only one of them proves that the server did not process the
//! request.

use std::{sync::LazyLock, time::Duration};

use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use reqwest::{Client, RequestBuilder, redirect};
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    runtime::tls::install();
    let client = Client::builder().no_proxy().redirect(redirect::Policy::none());
    // A connection must not outlive the Tokio runtime of its test.
    client.pool_max_idle_per_host(0).build().expect("a client without options of the system")
});

#[derive(Debug)]
pub struct HttpRequest(RequestBuilder);

#[derive(Debug, Clone)]
pub struct HttpResponse {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

#[derive(Debug, thiserror::Error)]
pub enum HttpClientError {
    /// No connection was made, so the server processed nothing.
    #[error("no connection: {0}")]
    Unreachable(reqwest::Error),
    /// The connection ended before a complete response: the server may have processed the request.
    #[error("the connection was lost: {0}")]
    ConnectionLost(reqwest::Error),
    /// No complete response in time: the server may have processed the request, or may do so later.
    #[error("no answer in time: {0}")]
    TimedOut(reqwest::Error),
}

impl From<reqwest::Error> for HttpClientError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::TimedOut(error)
        } else if error.is_connect() {
            Self::Unreachable(error)
        } else {
            Self::ConnectionLost(error)
        }
    }
}

impl HttpRequest {
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    pub fn post(url: Url, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self::new(Method::POST, url).body(content_type, body)
    }

    /// A POST of `value` as JSON.
    pub fn post_json(url: Url, value: &impl Serialize) -> Self {
        Self::json(Method::POST, url, value)
    }

    /// A PATCH with `value` as JSON.
    pub fn patch_json(url: Url, value: &impl Serialize) -> Self {
        Self::json(Method::PATCH, url, value)
    }

    /// A request of this method with `value` as JSON.
    pub fn json(method: Method, url: Url, value: &impl Serialize) -> Self {
        let body = serde_json::to_vec(value).expect("what is sent is plain data");
        let request = Self::new(method, url).header("content-type", "application/json");
        Self(request.0.body(body))
    }

    /// A request without a body.
    pub fn new(method: Method, url: Url) -> Self {
        Self(CLIENT.request(method, url))
    }

    #[must_use]
    pub fn body(self, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self(self.header("content-type", content_type).0.body(body.into()))
    }

    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    /// Sends the request and waits for the complete response.
    pub async fn send(self, patience: Duration) -> Result<HttpResponse, HttpClientError> {
        let answer = self.0.timeout(patience).send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(HttpResponse { status, headers, body: answer.bytes().await? })
    }
}

impl HttpResponse {
    /// The body as a `T`.
    ///
    /// # Errors
    /// If it can't be parsed; the message contains the body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_slice(&self.body).map_err(|e| format!("{e} in {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
