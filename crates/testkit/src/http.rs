//! A small HTTP client: one request, one connection, one deadline. For tests, for the fakes'
//! controls, and for the webhooks of the fake Bot API.
//!
//! No TLS, no redirects, no retries: a test sees exactly what happened on the wire. The three kinds
//! of failure stay separate, because only one of them proves that the server did not process the
//! request.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{HeaderMap, Method, header::HOST};
use hyper_util::rt::TokioIo;
use serde::{Serialize, de::DeserializeOwned};
use tokio::net::TcpStream;
use url::Url;

#[derive(Debug, Clone)]
pub struct HttpRequest {
    method: Method,
    url: Url,
    headers: Vec<(String, String)>,
    body: Bytes,
}

/// A complete response.
#[derive(Debug, Clone)]
pub struct HttpResponse {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpClientError {
    /// No connection was made, so the server processed nothing.
    #[error("{at} can't be reached: {reason}")]
    Unreachable {
        /// `host:port`.
        at: String,
        reason: String,
    },
    /// The connection ended before a complete response: the server may have processed the request.
    #[error("the connection to {at} was lost: {reason}")]
    ConnectionLost {
        /// `host:port`.
        at: String,
        reason: String,
    },
    /// No complete response in time: the server may have processed the request, or may do so later.
    #[error("{at} did not answer within {patience:?}")]
    TimedOut {
        /// `host:port`.
        at: String,
        /// The timeout.
        patience: Duration,
    },
}

impl HttpRequest {
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    pub fn post(url: Url, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            ..Self::new(Method::POST, url).header("content-type", content_type)
        }
    }

    /// A POST of `value` as JSON.
    pub fn post_json(url: Url, value: &impl Serialize) -> Self {
        let body = serde_json::to_vec(value).expect("what is sent is plain data");
        Self::post(url, "application/json", body)
    }

    /// A request without a body.
    pub fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: Vec::new(), body: Bytes::new() }
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends the request and waits for the complete response.
    ///
    /// # Errors
    /// [`HttpClientError`], by what it proves about the server.
    pub async fn send(self, patience: Duration) -> Result<HttpResponse, HttpClientError> {
        let at = self.at();
        match tokio::time::timeout(patience, self.exchange()).await {
            Ok(answer) => answer,
            Err(_) => Err(HttpClientError::TimedOut { at, patience }),
        }
    }

    async fn exchange(self) -> Result<HttpResponse, HttpClientError> {
        let at = self.at();
        let lost = |reason: String| HttpClientError::ConnectionLost { at: at.clone(), reason };
        let stream = TcpStream::connect(&at)
            .await
            .map_err(|e| HttpClientError::Unreachable { at: at.clone(), reason: e.to_string() })?;
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.map_err(|e| lost(e.to_string()))?;
        // The connection ends with the request; there is no keep-alive.
        let driving = tokio::spawn(connection);
        let exchanging = async {
            let answer = sender.send_request(self.into_hyper()).await?;
            let status = answer.status().as_u16();
            let headers = answer.headers().clone();
            let body = answer.into_body().collect().await?.to_bytes();
            Ok::<_, hyper::Error>(HttpResponse { status, headers, body })
        };
        let answer = exchanging.await.map_err(|e| lost(e.to_string()));
        driving.abort();
        answer
    }

    fn at(&self) -> String {
        let host = self.url.host_str().unwrap_or("localhost");
        let port = self.url.port_or_known_default().unwrap_or(80);
        format!("{host}:{port}")
    }

    fn into_hyper(self) -> hyper::Request<Full<Bytes>> {
        let target = match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        };
        let mut request = hyper::Request::builder()
            .method(self.method.clone())
            .uri(target)
            .header(HOST, self.at());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request
            .body(Full::new(self.body))
            .expect("a URL's path and our own headers are well-formed")
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
