//! OpenAI's chat and transcription APIs, and compatible servers.

use async_openai::types::chat::{
    ChatCompletionRequestAssistantMessage, ChatCompletionRequestSystemMessage,
    ChatCompletionRequestUserMessage, CreateChatCompletionRequest, ReasoningEffort, ResponseFormat,
    ResponseFormatJsonSchema,
};
use domain::ProviderName;
use futures::future::{BoxFuture, FutureExt as _};
use reqwest::multipart::{Form, Part};
use runtime::settings;
use serde::Deserialize;

use crate::{
    http_server::{HttpServer, ModelSetupError},
    language_model::{
        CallUsage, ConversationTurn, LanguageModel, ModelReply, ModelRequest, OfferedModel,
        Recording,
    },
    model_error::ModelError,
    reply_form::{ReplyForm, SupportedForm},
    reply_schema::{Dialect, Schema},
};

/// OpenAI's own address; any other address is a compatible server.
const OWN_ADDRESS: &str = "https://api.openai.com/v1";

/// OpenAI or a compatible server.
pub struct OpenAiModel {
    server: HttpServer,
    model: String,
    transcription_model: String,
    temperature: Option<f32>,
    is_own: bool,
    reasons: bool,
    form: SupportedForm,
}

/// The forms of OpenAI's protocol.
const FORMS: [ReplyForm; 3] = [ReplyForm::Schema, ReplyForm::JsonObject, ReplyForm::Text];

fn response_format(form: ReplyForm, schema: &Schema, dialect: Dialect) -> Option<ResponseFormat> {
    match form {
        ReplyForm::Schema => Some(ResponseFormat::JsonSchema {
            json_schema: ResponseFormatJsonSchema {
                name: schema.name.to_owned(),
                description: None,
                schema: schema.json(dialect),
                strict: Some(true),
            },
        }),
        ReplyForm::JsonObject => Some(ResponseFormat::JsonObject),
        ReplyForm::Text => None,
    }
}

/// Output tokens that a reasoning model may think with at low effort, in addition to its reply.
pub(crate) const THINKING_TOKENS: u32 = 4_000;

impl OpenAiModel {
    pub fn new(
        settings: &settings::OpenAiSettings,
        temperature: Option<f32>,
    ) -> Result<Self, ModelSetupError> {
        // A self-hosted server needs no key, but the header needs a value.
        let key = settings.key.as_ref().map_or("none", |key| key.expose());
        let address = settings.base_url.as_ref().map(|url| url.expose().as_str());
        let headers = [("authorization", format!("Bearer {key}"))];
        let address = address.unwrap_or(OWN_ADDRESS);
        Ok(Self {
            server: HttpServer::new(address, headers, "OPENAI_API_KEY")?,
            model: settings.model.clone(),
            transcription_model: settings.transcribe_model.clone(),
            temperature,
            is_own: settings.is_metered(),
            reasons: settings::is_reasoning_model(&settings.model),
            form: SupportedForm::new(&FORMS),
        })
    }

    async fn chat(&self, ask: &ModelRequest) -> Result<ModelReply, ModelError> {
        let completion = self.complete(ask).await?;
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

    /// Sends the request; if the server does not support the form of the reply, again in the next
    /// one, which later requests keep. A refused request has no effect, so this is one attempt.
    async fn complete(&self, ask: &ModelRequest) -> Result<OpenAiCompletion, ModelError> {
        loop {
            let form = self.form.get();
            let request = self.request(ask, form);
            match self.server.send(self.server.post("chat/completions").json(&request)).await {
                Err(ModelError::Refused(refusal))
                    if refusal.reply_form && self.form.refuse(form) => {}
                answer => return answer,
            }
        }
    }

    #[expect(deprecated, reason = "servers other than OpenAI's know only `max_tokens`")]
    fn request(&self, ask: &ModelRequest, form: ReplyForm) -> CreateChatCompletionRequest {
        let system = form.system_prompt(&ask.system, &ask.schema);
        let system = ChatCompletionRequestSystemMessage::from(system.as_str()).into();
        let turns = ask.turns.iter().map(|turn| match turn {
            ConversationTurn::User(text) => {
                ChatCompletionRequestUserMessage::from(text.as_str()).into()
            }
            ConversationTurn::Assistant(text) => {
                ChatCompletionRequestAssistantMessage::from(text.as_str()).into()
            }
        });
        let dialect = if self.is_own { Dialect::NoLengths } else { Dialect::Full };
        let most = ask.schema.most_tokens() + self.thinking_tokens();
        // OpenAI's newer models reject the older name; other servers know only the older one.
        let newer = self.is_own || self.reasons;
        CreateChatCompletionRequest {
            model: self.model.clone(),
            messages: [system].into_iter().chain(turns).collect(),
            response_format: response_format(form, &ask.schema, dialect),
            max_completion_tokens: newer.then_some(most),
            max_tokens: (!newer).then_some(most),
            // A reasoning model refuses every temperature but its own.
            temperature: self.temperature.filter(|_| !self.reasons),
            reasoning_effort: self.reasons.then_some(ReasoningEffort::Low),
            ..CreateChatCompletionRequest::default()
        }
    }

    async fn transcribe(&self, recording: Recording<'_>) -> Result<ModelReply, ModelError> {
        let file = Part::bytes(recording.bytes.to_vec()).file_name(recording.file.to_owned());
        let form = Form::new()
            .part("file", file)
            .text("model", self.transcription_model.clone())
            .text("response_format", "json");
        let form = match recording.language {
            "" => form,
            hint => form.text("language", hint.to_owned()),
        };
        let request = self.server.post("audio/transcriptions").multipart(form);
        let heard: OpenAiTranscript = self.server.send(request).await?;
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
    fn provider(&self) -> ProviderName {
        ProviderName::OpenAi
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

    fn thinking_tokens(&self) -> u32 {
        if self.reasons { THINKING_TOKENS } else { 0 }
    }

    fn ask<'a>(&'a self, ask: &'a ModelRequest) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
        self.chat(ask).boxed()
    }

    fn reply_form(&self) -> ReplyForm {
        self.form.get()
    }

    fn offered_models(&self) -> BoxFuture<'_, Result<Vec<OfferedModel>, ModelError>> {
        self.server.offered_models("").boxed()
    }

    fn transcribe<'a>(
        &'a self,
        recording: Recording<'a>,
    ) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
        self.transcribe(recording).boxed()
    }
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
