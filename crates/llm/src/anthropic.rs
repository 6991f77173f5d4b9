//! Anthropic's Messages API, through the genai library, which does not retry.

use domain::ProviderName;
use futures::future::{BoxFuture, FutureExt as _};
use genai::{
    Client, ModelIden, ServiceTarget,
    adapter::AdapterKind,
    chat::{
        ChatMessage, ChatOptions, ChatRequest, ChatResponseFormat, JsonSpec, ReasoningEffort,
        StopReason,
    },
    resolver::{AuthData, Endpoint},
    webc,
};
use runtime::settings;

use crate::{
    http_server::{HttpServer, ModelSetupError},
    language_model::{
        CallUsage, ConversationTurn, LanguageModel, ModelReply, ModelRequest, OfferedModel,
    },
    model_error::{ModelError, ModelRefusal},
    openai::{THINKING_TOKENS, model_name},
    reply_form::{ReplyForm, SupportedForm},
    reply_schema::Dialect,
};

/// The version of the protocol that the library uses too.
const API_VERSION: &str = "2023-06-01";
const OWN_ADDRESS: &str = "https://api.anthropic.com/v1";

pub struct AnthropicModel {
    client: Client,
    target: ServiceTarget,
    model: String,
    temperature: Option<f32>,
    is_own: bool,
    reasons: bool,
    form: SupportedForm,
    server: HttpServer,
}

/// The forms of Anthropic's protocol, which has no JSON mode.
const FORMS: [ReplyForm; 2] = [ReplyForm::Schema, ReplyForm::Text];

impl AnthropicModel {
    pub fn new(
        settings: &settings::AnthropicSettings,
        temperature: Option<f32>,
    ) -> Result<Self, ModelSetupError> {
        let key = settings.key.as_ref().map_or("none", |key| key.expose());
        let address = settings.base_url.as_ref().map(|url| url.expose().as_str());
        let address = address.unwrap_or(OWN_ADDRESS).trim_end_matches('/');
        let headers =
            [("x-api-key", key.to_owned()), ("anthropic-version", API_VERSION.to_owned())];
        let server = HttpServer::new(address, headers, "ANTHROPIC_API_KEY")?;
        Ok(Self {
            client: Client::builder().with_reqwest(server.client()).build().map_err(|_| {
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
            reasons: settings::is_reasoning_model(&settings.model),
            form: SupportedForm::new(&FORMS),
            server,
        })
    }

    async fn message(&self, ask: &ModelRequest) -> Result<ModelReply, ModelError> {
        let turns = ask.turns.iter().map(|turn| match turn {
            ConversationTurn::User(text) => ChatMessage::user(text.as_str()),
            ConversationTurn::Assistant(text) => ChatMessage::assistant(text.as_str()),
        });
        let turns: Vec<ChatMessage> = turns.collect();
        let answer = loop {
            let form = self.form.get();
            let system = form.system_prompt(&ask.system, &ask.schema);
            let request = ChatRequest::new(turns.clone()).with_system(system);
            let options = self.options(ask, form);
            let answered =
                self.client.exec_chat(self.target.clone(), request, Some(&options)).await;
            match answered.map_err(|e| model_error(&e)) {
                Err(ModelError::Refused(refusal))
                    if refusal.reply_form && self.form.refuse(form) => {}
                answer => break answer?,
            }
        };
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

    fn options(&self, ask: &ModelRequest, form: ReplyForm) -> ChatOptions {
        let most = ask.schema.most_tokens() + self.thinking_tokens();
        let mut options = ChatOptions::default().with_max_tokens(most);
        if form == ReplyForm::Schema {
            // The library removes keywords that Anthropic rejects; lengths are stated in the
            // descriptions.
            let schema = ask.schema.json(Dialect::NoLengths);
            let spec = JsonSpec::new(ask.schema.name, schema);
            options = options.with_response_format(ChatResponseFormat::JsonSpec(spec));
        }
        if self.reasons {
            // A model that thinks refuses every temperature but its own.
            return options.with_reasoning_effort(ReasoningEffort::Low);
        }
        match self.temperature {
            Some(temperature) => options.with_temperature(temperature.into()),
            None => options,
        }
    }
}

impl LanguageModel for AnthropicModel {
    fn provider(&self) -> ProviderName {
        ProviderName::Anthropic
    }

    fn name(&self) -> &str {
        &self.model
    }

    fn is_metered(&self) -> bool {
        self.is_own
    }

    fn thinking_tokens(&self) -> u32 {
        if self.reasons { THINKING_TOKENS } else { 0 }
    }

    fn reply_form(&self) -> ReplyForm {
        self.form.get()
    }

    fn offered_models(&self) -> BoxFuture<'_, Result<Vec<OfferedModel>, ModelError>> {
        self.server.offered_models("?limit=1000").boxed()
    }

    fn ask<'a>(&'a self, ask: &'a ModelRequest) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
        self.message(ask).boxed()
    }
}

/// Converts the library's error. Its text contains requests and replies, so no part of it is kept.
fn model_error(error: &genai::Error) -> ModelError {
    use genai::Error as E;
    if let (Some(status), Some(headers)) = (error.status(), error.headers()) {
        let body = match error {
            E::WebModelCall { webc_error, .. } | E::WebAdapterCall { webc_error, .. } => {
                body_of(webc_error)
            }
            E::HttpError { body, .. } => body.as_bytes(),
            _ => &[],
        };
        return ModelError::Refused(ModelRefusal::of_answer(status, headers, body));
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
