//! OpenAI's chat and transcription APIs, and compatible servers. Makes one attempt and converts
//! every failure to a [`ModelError`].
//!
//! The library's own client retries failed calls and logs bodies that it can't parse. `SingleRequestService`
//! replaces its HTTP layer: one request, the status and `Retry-After` kept, the body read by us.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use async_openai::{
    Client,
    config::OpenAIConfig,
    error::OpenAIError,
    middleware::HttpRequestFactory,
    types::{
        InputSource,
        audio::{AudioInput, AudioResponseFormat, CreateTranscriptionRequest},
    },
};
use futures::future::{BoxFuture, FutureExt as _};
use runtime::settings;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    language_model::{
        CallUsage, ConversationTurn, LanguageModel, ModelReply, ModelRequest, Recording,
    },
    model_error::{ModelError, ModelRefusal, retry_after},
    reply_schema::Dialect,
};

pub const PROVIDER: &str = "openai";

/// Timeout of connecting.
const CONNECT: Duration = Duration::from_secs(10);

/// Largest answer that is read, in bytes.
const ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// OpenAI's own address; any other address is a compatible server.
const OWN_ADDRESS: &str = "https://api.openai.com/v1";

/// Why the provider can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum ModelSetupError {
    /// The key contains characters that a header can't contain.
    #[error("{0} contains characters that are invalid in a key")]
    Key(&'static str),
    /// TLS, for example.
    #[error("the HTTP client can't be made: {0}")]
    Http(#[from] reqwest::Error),
}

/// OpenAI or a compatible server.
pub struct OpenAiModel {
    client: Client<OpenAIConfig>,
    model: String,
    transcription_model: String,
    temperature: Option<f32>,
    is_own: bool,
}

impl OpenAiModel {
    /// # Errors
    ///
    /// [`ModelSetupError`].
    pub fn new(
        settings: &settings::OpenAiSettings,
        temperature: Option<f32>,
    ) -> Result<Self, ModelSetupError> {
        // A self-hosted server needs no key, but the header needs a value.
        let key = settings.key.as_ref().map_or("none", |key| key.expose());
        if !is_valid_key(key) {
            return Err(ModelSetupError::Key("OPENAI_API_KEY"));
        }
        let address = settings.base_url.as_ref().map(|url| url.expose().as_str());
        let address = address.unwrap_or(OWN_ADDRESS).trim_end_matches('/');
        let config = OpenAIConfig::new()
            .with_api_key(key)
            .with_api_base(address)
            // Overrides the environment variables that the library reads.
            .with_org_id("")
            .with_project_id("");
        let http = http_client()?;
        let wire = SingleRequestService { http: http.clone() };
        Ok(Self {
            // The order matters: setting an HTTP client afterwards would restore the library's
            // retries.
            client: Client::build(http, config).with_http_service(wire),
            model: settings.model.clone(),
            transcription_model: settings.transcribe_model.clone(),
            temperature,
            is_own: settings.is_metered(),
        })
    }

    async fn chat(&self, ask: &ModelRequest) -> Result<ModelReply, ModelError> {
        let request = self.request(ask);
        let answer: Value = self.client.chat().create_byot(&request).await.map_err(model_error)?;
        let completion: OpenAiCompletion = decode_answer(answer)?;
        let usage = completion.usage.unwrap_or_default();
        let choice = completion.choices.into_iter().next().ok_or(ModelError::Nonsense)?;
        let declined = choice.message.refusal.is_some_and(|said| !said.is_empty())
            || choice.finish_reason.as_deref() == Some("content_filter");
        if declined {
            return Err(ModelError::Declined);
        }
        Ok(ModelReply {
            text: choice.message.content.unwrap_or_default(),
            usage: CallUsage {
                model: model_name(completion.model, &self.model),
                tokens_in: usage.prompt_tokens,
                tokens_out: usage.completion_tokens,
                seconds: 0,
            },
        })
    }

    fn request(&self, ask: &ModelRequest) -> OpenAiRequest {
        let turns = ask.turns.iter().map(|turn| match turn {
            ConversationTurn::User(text) => message("user", text),
            ConversationTurn::Assistant(text) => message("assistant", text),
        });
        let dialect = if self.is_own { Dialect::NoLengths } else { Dialect::Full };
        let most = ask.schema.most_tokens();
        OpenAiRequest {
            model: self.model.clone(),
            messages: [message("system", &ask.system)].into_iter().chain(turns).collect(),
            response_format: json!({
                "type": "json_schema",
                "json_schema": {
                    "name": ask.schema.name,
                    "strict": true,
                    "schema": ask.schema.json(dialect),
                },
            }),
            // OpenAI's newer models reject the older name; other servers know only the older one.
            max_completion_tokens: self.is_own.then_some(most),
            max_tokens: (!self.is_own).then_some(most),
            temperature: self.temperature,
        }
    }

    async fn transcribe(&self, recording: Recording<'_>) -> Result<ModelReply, ModelError> {
        let request = CreateTranscriptionRequest {
            file: AudioInput {
                source: InputSource::VecU8 {
                    filename: recording.file.to_owned(),
                    vec: recording.bytes.to_vec(),
                },
            },
            model: self.transcription_model.clone(),
            language: Some(recording.language.to_owned()),
            response_format: Some(AudioResponseFormat::Json),
            ..CreateTranscriptionRequest::default()
        };
        let answer: Value =
            self.client.audio().transcription().create_byot(request).await.map_err(model_error)?;
        let heard: OpenAiTranscript = decode_answer(answer)?;
        Ok(ModelReply {
            text: heard.text.ok_or(ModelError::Nonsense)?,
            usage: CallUsage {
                model: self.transcription_model.clone(),
                tokens_in: heard.usage.input_tokens,
                tokens_out: heard.usage.output_tokens,
                seconds: whole_seconds(heard.usage.seconds),
            },
        })
    }
}

impl LanguageModel for OpenAiModel {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn name(&self) -> &str {
        &self.model
    }

    fn transcription_model(&self) -> &str {
        &self.transcription_model
    }

    fn is_metered(&self) -> bool {
        self.is_own
    }

    fn ask<'a>(&'a self, ask: &'a ModelRequest) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
        self.chat(ask).boxed()
    }

    fn transcribe<'a>(
        &'a self,
        recording: Recording<'a>,
    ) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
        self.transcribe(recording).boxed()
    }
}

/// A request of the chat protocol.
#[derive(Debug, Serialize)]
struct OpenAiRequest {
    model: String,
    messages: Vec<Value>,
    response_format: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
}

fn message(role: &str, text: &str) -> Value {
    json!({"role": role, "content": text})
}

/// The fields of an answer that we need; everything else is optional, for compatible servers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OpenAiCompletion {
    model: String,
    choices: Vec<OpenAiChoice>,
    usage: Option<OpenAiTokens>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OpenAiChoice {
    message: OpenAiMessage,
    finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OpenAiMessage {
    content: Option<String>,
    refusal: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OpenAiTokens {
    prompt_tokens: u32,
    completion_tokens: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OpenAiTranscript {
    text: Option<String>,
    usage: TranscriptUsage,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TranscriptUsage {
    seconds: f64,
    input_tokens: u32,
    output_tokens: u32,
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a server's duration may saturate"
)]
fn whole_seconds(seconds: f64) -> u32 {
    seconds.ceil() as u32
}

/// The model that the server names, if that is a valid name; otherwise the one that we called.
pub(crate) fn model_name(said: String, asked: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/');
    let good = (1..=80).contains(&said.len()) && said.chars().all(plain);
    if good { said } else { asked.to_owned() }
}

/// Whether a header can contain the key.
pub(crate) fn is_valid_key(key: &str) -> bool {
    key.bytes().all(|b| (0x21..=0x7e).contains(&b))
}

/// An HTTP client without redirects: a redirect would send the key to another server.
pub(crate) fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    runtime::tls::install();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .build()
}

/// Sends one request without retries; every failure becomes a [`ModelError`].
#[derive(Clone)]
struct SingleRequestService {
    http: reqwest::Client,
}

/// Carries a [`ModelError`] through the library.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.label())]
struct SingleRequestError(ModelError);

impl From<SingleRequestError> for OpenAIError {
    fn from(error: SingleRequestError) -> Self {
        Self::Boxed(Box::new(error))
    }
}

impl tower_service::Service<HttpRequestFactory> for SingleRequestService {
    type Response = reqwest::Response;
    type Error = SingleRequestError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        let http = self.http.clone();
        Box::pin(async move { send_request(&http, &request).await.map_err(SingleRequestError) })
    }
}

async fn send_request(
    http: &reqwest::Client,
    request: &HttpRequestFactory,
) -> Result<reqwest::Response, ModelError> {
    let request = request.build().await.map_err(|_| ModelError::Nonsense)?;
    let response = http.execute(request).await.map_err(|e| ModelError::from(&e))?;
    let status = response.status();
    let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok());
    let pause = retry_after(header("retry-after"), header("retry-after-ms"), SystemTime::now());
    let body = read(response).await?;
    if !status.is_success() {
        return Err(ModelError::Refused(ModelRefusal::read(status.as_u16(), pause, &body)));
    }
    // The library must not get a body that is not JSON: it would log it completely.
    if serde_json::from_slice::<Value>(&body).is_err() {
        return Err(ModelError::Nonsense);
    }
    Ok(reqwest::Response::from(http::Response::new(body)))
}

/// The whole body, up to [`ANSWER_BYTES`].
async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, ModelError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| ModelError::Broken)? {
        if body.len() + chunk.len() > ANSWER_BYTES {
            return Err(ModelError::Nonsense);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The fields that we need. The library gets no type to decode, because it would log an answer that
/// does not fit.
fn decode_answer<T: serde::de::DeserializeOwned>(answer: Value) -> Result<T, ModelError> {
    serde_json::from_value(answer).map_err(|_| ModelError::Nonsense)
}

fn model_error(error: OpenAIError) -> ModelError {
    match error {
        OpenAIError::Boxed(inner) => match inner.downcast::<SingleRequestError>() {
            Ok(ours) => ours.0,
            Err(_) => ModelError::Nonsense,
        },
        OpenAIError::Reqwest(e) => ModelError::from(&e),
        OpenAIError::ApiError(_)
        | OpenAIError::JSONDeserialize(..)
        | OpenAIError::FileSaveError(_)
        | OpenAIError::FileReadError(_)
        | OpenAIError::StreamError(_)
        | OpenAIError::InvalidArgument(_) => ModelError::Nonsense,
    }
}
