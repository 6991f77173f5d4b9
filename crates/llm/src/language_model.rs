//! [`LanguageModel`]: the interface to a language model. One call returns a text or a failure. It knows
//! nothing of slides, and stores neither prompts nor replies.

use futures::future::BoxFuture;

use crate::{model_error::ModelError, reply_schema::Schema};

/// The purpose of a model call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallPurpose {
    /// Analyzing a topic.
    Analysis,
    /// Writing slides.
    Slides,
    /// Repairing an unusable reply.
    Repair,
    /// Shortening slides.
    Shortening,
    /// Rewriting one slide.
    Rewriting,
    /// Answering a question.
    Answer,
    /// Writing a daily tip.
    DailyTip,
    /// Transcribing a recording.
    Transcript,
}

/// A request to a model.
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

/// A turn of a conversation.
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

/// Usage of a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallUsage {
    /// The model that answered, as the server names it.
    pub model: String,
    /// Input tokens.
    pub tokens_in: u32,
    /// Output tokens.
    pub tokens_out: u32,
    /// Seconds of transcribed audio.
    pub seconds: u32,
}

/// A model of one provider. Makes one attempt per call: Temporal owns retries.
pub trait LanguageModel: Send + Sync {
    /// The name in `AI_PROVIDERS`, in events, and on the carousel.
    fn provider(&self) -> &'static str;

    /// The configured model for text.
    fn name(&self) -> &str;

    /// The configured model for transcription.
    fn transcription_model(&self) -> &str {
        self.name()
    }

    /// Whether calls cost money.
    fn is_metered(&self) -> bool;

    /// Sends a request. Dropping the future aborts the call.
    fn ask<'a>(&'a self, ask: &'a ModelRequest) -> BoxFuture<'a, Result<ModelReply, ModelError>>;

    /// Transcribes a recording. A provider without transcription returns an error.
    fn transcribe<'a>(
        &'a self,
        recording: Recording<'a>,
    ) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
        let _ = recording;
        Box::pin(async { Err(ModelError::Deaf) })
    }
}

/// Recorded speech.
#[derive(Debug, Clone, Copy)]
pub struct Recording<'a> {
    pub bytes: &'a [u8],
    /// A file name; its extension tells the format.
    pub file: &'a str,
    /// A hint, `ru` or `en`: the probable language.
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
