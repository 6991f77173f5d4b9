//! [`LanguageModel`]: the interface to a language model. One call returns a text or a failure. It knows
//! nothing of slides, and stores neither prompts nor replies.

use domain::ProviderName;
use futures::future::BoxFuture;
use serde::Deserialize;

use crate::{model_error::ModelError, reply_form::ReplyForm, reply_schema::Schema};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallPurpose {
    /// Analyzing a topic.
    Analysis,
    Slides,
    /// Repairing an unusable reply.
    Repair,
    Shortening,
    Rewriting,
    Answer,
    DailyTip,
    /// Transcribing a recording.
    Transcript,
}

#[derive(Debug, Clone)]
pub struct ModelRequest {
    pub purpose: CallPurpose,
    /// The prompt's id and version, such as `write_slides@1`, for usage records.
    pub prompt: String,
    /// The system prompt: role and rules.
    pub system: String,
    /// The conversation; the last turn is ours.
    pub turns: Vec<ConversationTurn>,
    /// The shape that the reply must have.
    pub schema: Schema,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConversationTurn {
    /// Our text (`user`).
    User(String),
    /// The model's text (`assistant`).
    Assistant(String),
}

/// A model's answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelReply {
    /// JSON, if the model followed the schema.
    pub text: String,
    pub usage: CallUsage,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallUsage {
    /// The model that answered, as the server names it.
    pub model: String,
    pub tokens_in: u32,
    pub tokens_out: u32,
    /// Seconds of transcribed audio.
    pub seconds: u32,
}

/// A model that a server offers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OfferedModel {
    pub id: String,
    /// The day on which the vendor ends it, `YYYY-MM-DD`, if the server says so.
    #[serde(default)]
    pub shutdown_date: Option<String>,
}

/// A model of one provider. Makes one attempt per call: Temporal owns retries.
pub trait LanguageModel: Send + Sync {
    /// The name in `AI_PROVIDERS`, in events, and on the carousel.
    fn provider(&self) -> ProviderName;

    fn name(&self) -> &str;

    fn transcription_model(&self) -> &str {
        self.name()
    }

    /// Whether calls cost money.
    fn is_metered(&self) -> bool;

    /// Output tokens that the model may think with, in addition to its reply.
    fn thinking_tokens(&self) -> u32 {
        0
    }

    /// Sends a request. Dropping the future aborts the call.
    fn ask<'a>(&'a self, ask: &'a ModelRequest) -> BoxFuture<'a, Result<ModelReply, ModelError>>;

    /// The form in which replies are requested. It may change after a call that the server refused.
    fn reply_form(&self) -> ReplyForm {
        ReplyForm::Schema
    }

    /// The models that the server offers.
    fn offered_models(&self) -> BoxFuture<'_, Result<Vec<OfferedModel>, ModelError>>;

    /// Transcribes a recording. A provider without transcription returns an error.
    fn transcribe<'a>(
        &'a self,
        recording: Recording<'a>,
    ) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
        let _ = recording;
        Box::pin(async { Err(ModelError::Deaf) })
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Recording<'a> {
    pub bytes: &'a [u8],
    /// A file name; its extension names the format.
    pub file: &'a str,
    /// A hint, `ru` or `en`; empty if the language is not known.
    pub language: &'a str,
}

impl CallPurpose {
    /// The name in events and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Analysis => "analysis",
            Self::Slides => "slides",
            Self::Repair => "repair",
            Self::Shortening => "shortening",
            Self::Rewriting => "rewriting",
            Self::Answer => "answer",
            Self::DailyTip => "wisdom",
            Self::Transcript => "transcript",
        }
    }
}
