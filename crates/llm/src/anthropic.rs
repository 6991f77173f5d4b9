//! Anthropic's Messages API, through the genai library, which does not retry.

use std::time::SystemTime;

use futures::future::{BoxFuture, FutureExt as _};
use genai::{
    Client, ModelIden, ServiceTarget,
    adapter::AdapterKind,
    chat::{ChatMessage, ChatOptions, ChatRequest, ChatResponseFormat, JsonSpec, StopReason},
    resolver::{AuthData, Endpoint},
    webc,
};
use runtime::settings;

use crate::{
    language_model::{CallUsage, ConversationTurn, LanguageModel, ModelReply, ModelRequest},
    model_error::{ModelError, ModelRefusal, retry_after},
    openai::{ModelSetupError, http_client, is_valid_key, model_name},
    reply_schema::Dialect,
};

pub const PROVIDER: &str = "anthropic";

const OWN_ADDRESS: &str = "https://api.anthropic.com/v1";

pub struct AnthropicModel {
    client: Client,
    target: ServiceTarget,
    model: String,
    temperature: Option<f32>,
    is_own: bool,
}

impl AnthropicModel {
    /// # Errors
    ///
    /// [`ModelSetupError`].
    pub fn new(
        settings: &settings::AnthropicSettings,
        temperature: Option<f32>,
    ) -> Result<Self, ModelSetupError> {
        let key = settings.key.as_ref().map_or("none", |key| key.expose());
        if !is_valid_key(key) {
            return Err(ModelSetupError::Key("ANTHROPIC_API_KEY"));
        }
        let address = settings.base_url.as_ref().map(|url| url.expose().as_str());
        let address = address.unwrap_or(OWN_ADDRESS).trim_end_matches('/');
        Ok(Self {
            client: Client::builder().with_reqwest(http_client()?).build().map_err(|_| {
                // With a given client, nothing else in the configuration can fail.
                ModelSetupError::Key("ANTHROPIC_API_KEY")
            })?,
            target: ServiceTarget {
                endpoint: Endpoint::from_owned(format!("{address}/")),
                auth: AuthData::from_single(key),
                model: ModelIden::new(AdapterKind::Anthropic, settings.model.clone()),
            },
            model: settings.model.clone(),
            // Anthropic's scale ends at 1.
            temperature: temperature.map(|t| t.min(1.0)),
            is_own: settings.is_metered(),
        })
    }

    async fn message(&self, ask: &ModelRequest) -> Result<ModelReply, ModelError> {
        let turns = ask.turns.iter().map(|turn| match turn {
            ConversationTurn::User(text) => ChatMessage::user(text.as_str()),
            ConversationTurn::Assistant(text) => ChatMessage::assistant(text.as_str()),
        });
        let request = ChatRequest::new(turns.collect()).with_system(ask.system.as_str());
        // The library removes keywords that Anthropic rejects; lengths are stated in the
        // descriptions.
        let schema = ask.schema.json(Dialect::NoLengths);
        let mut options =
            ChatOptions::default().with_max_tokens(ask.schema.most_tokens()).with_response_format(
                ChatResponseFormat::JsonSpec(JsonSpec::new(ask.schema.name, schema)),
            );
        if let Some(temperature) = self.temperature {
            options = options.with_temperature(temperature.into());
        }
        let answered = self.client.exec_chat(self.target.clone(), request, Some(&options)).await;
        let answer = answered.map_err(|e| model_error(&e))?;
        if let Some(StopReason::ContentFilter(_)) = answer.stop_reason {
            return Err(ModelError::Declined);
        }
        let tokens = |count: Option<i32>| u32::try_from(count.unwrap_or(0)).unwrap_or(0);
        let usage = CallUsage {
            model: model_name(answer.provider_model_iden.model_name.to_string(), &self.model),
            tokens_in: tokens(answer.usage.prompt_tokens),
            tokens_out: tokens(answer.usage.completion_tokens),
            seconds: 0,
        };
        Ok(ModelReply { text: answer.into_texts().concat(), usage })
    }
}

impl LanguageModel for AnthropicModel {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn name(&self) -> &str {
        &self.model
    }

    fn is_metered(&self) -> bool {
        self.is_own
    }

    fn ask<'a>(&'a self, ask: &'a ModelRequest) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
        self.message(ask).boxed()
    }
}

/// Converts the library's error. Its text contains requests and replies, so no part of it is kept.
fn model_error(error: &genai::Error) -> ModelError {
    use genai::Error as E;
    if let (Some(status), Some(headers)) = (error.status(), error.headers()) {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let pause = retry_after(header("retry-after"), header("retry-after-ms"), SystemTime::now());
        let body = match error {
            E::WebModelCall { webc_error, .. } | E::WebAdapterCall { webc_error, .. } => {
                body_of(webc_error)
            }
            E::HttpError { body, .. } => body.as_bytes(),
            _ => &[],
        };
        return ModelError::Refused(ModelRefusal::read(status.as_u16(), pause, body));
    }
    match error {
        E::WebModelCall { webc_error: webc::Error::Reqwest(e), .. }
        | E::WebAdapterCall { webc_error: webc::Error::Reqwest(e), .. } => ModelError::from(e),
        _ => ModelError::Nonsense,
    }
}

fn body_of(error: &webc::Error) -> &[u8] {
    match error {
        webc::Error::ResponseFailedStatus { body, .. } => body.as_bytes(),
        _ => &[],
    }
}
