//! [`HttpServer`]: sends one request to a model's server, without retries; every failure becomes a
//! [`ModelError`].

use std::time::Duration;

use reqwest::{
    Client, RequestBuilder, Response,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    language_model::OfferedModel,
    model_error::{ModelError, ModelRefusal},
};

const CONNECT: Duration = Duration::from_secs(10);

/// Largest answer that is read, in bytes.
const ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// Why the provider can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum ModelSetupError {
    #[error("{0} contains characters that are invalid in a key")]
    Key(&'static str),
    /// TLS, for example.
    #[error("the HTTP client can't be made: {0}")]
    Http(#[from] reqwest::Error),
}

pub(crate) struct HttpServer {
    http: Client,
    /// Without a slash at the end.
    address: String,
    headers: HeaderMap,
}

impl HttpServer {
    /// `key_name`: the setting with the key that a header contains, for the error.
    pub(crate) fn new<const N: usize>(
        address: &str,
        headers: [(&'static str, String); N],
        key_name: &'static str,
    ) -> Result<Self, ModelSetupError> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let mut value =
                HeaderValue::from_str(&value).map_err(|_| ModelSetupError::Key(key_name))?;
            value.set_sensitive(true);
            map.insert(HeaderName::from_static(name), value);
        }
        runtime::tls::install();
        let http = Client::builder()
            // A redirect would send the key to another server.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .build()?;
        Ok(Self { http, address: address.trim_end_matches('/').to_owned(), headers: map })
    }

    pub(crate) fn client(&self) -> Client {
        self.http.clone()
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}/{path}", self.address)).headers(self.headers.clone())
    }

    /// The models that it offers: `GET /models`, the same in OpenAI's and Anthropic's protocols.
    pub(crate) async fn offered_models(
        &self,
        query: &str,
    ) -> Result<Vec<OfferedModel>, ModelError> {
        #[derive(Deserialize)]
        struct ModelList {
            data: Vec<OfferedModel>,
        }
        let request = self.http.get(format!("{}/models{query}", self.address));
        let list: ModelList = self.send(request.headers(self.headers.clone())).await?;
        Ok(list.data)
    }

    /// Sends a request and decodes the answer. No part of an undecodable answer is kept.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, ModelError> {
        let response = request.send().await.map_err(|e| ModelError::from(&e))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read(response).await?;
        if !status.is_success() {
            return Err(ModelError::Refused(ModelRefusal::of_answer(status, &headers, &body)));
        }
        serde_json::from_slice(&body).map_err(|_| ModelError::Nonsense)
    }
}

/// The whole body, up to [`ANSWER_BYTES`].
async fn read(mut response: Response) -> Result<Vec<u8>, ModelError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| ModelError::Broken)? {
        if body.len() + chunk.len() > ANSWER_BYTES {
            return Err(ModelError::Nonsense);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
