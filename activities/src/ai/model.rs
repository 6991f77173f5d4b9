//! A model, as the rest of the pool sees it: it is asked once, and answers with text or says what
//! went wrong. Knows no slides; prompts and replies pass through and are kept nowhere.

use futures::future::BoxFuture;

use super::{schema::Schema, trouble::Trouble};

/// What a model is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Looking at a topic.
    Analysis,
    /// Writing slides.
    Slides,
    /// Mending a reply that was not as it should be.
    Repair,
    /// Saying the same in fewer words.
    Shortening,
    /// Writing one slide anew.
    Rewriting,
    /// Answering a question.
    Answer,
    /// Finding a thought of the day.
    Wisdom,
    /// Writing down what was said.
    Transcript,
}

/// One question to a model.
#[derive(Debug, Clone)]
pub struct Ask {
    /// What for.
    pub purpose: Purpose,
    /// Which prompt it was made from, `write_slides@1`: for the books.
    pub prompt: String,
    /// Who the model is to be, and the rules.
    pub system: String,
    /// The conversation, which ends with something that is asked.
    pub turns: Vec<Turn>,
    /// The shape that the reply must have.
    pub schema: Schema,
}

/// A turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// What we say.
    Ours(String),
    /// What the model said.
    Theirs(String),
}

/// What a model said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reply {
    /// The words: JSON, if all went well.
    pub text: String,
    /// What it took.
    pub usage: Usage,
}

/// What a call took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usage {
    /// Which model answered.
    pub model: String,
    /// Tokens that were read.
    pub tokens_in: u32,
    /// Tokens that were written.
    pub tokens_out: u32,
    /// Seconds of sound that were listened to.
    pub seconds: u32,
}

/// A model of one provider. Makes one attempt per call: Temporal owns retries.
pub trait Model: Send + Sync {
    /// The name in `AI_PROVIDERS`, in events, and on the carousel.
    fn provider(&self) -> &'static str;

    /// Which model it asks.
    fn name(&self) -> &str;

    /// Which model it lets listen.
    fn listener(&self) -> &str {
        self.name()
    }

    /// Whether somebody is paid for it.
    fn is_metered(&self) -> bool;

    /// Asks it. Dropping the future ends the call.
    fn ask<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Result<Reply, Trouble>>;

    /// Writes down what is said in a recording; `file` is its name with the ending that tells its
    /// format, `language` a hint. A provider that has no ears says so.
    fn listen<'a>(&'a self, recording: Recording<'a>) -> BoxFuture<'a, Result<Reply, Trouble>> {
        let _ = recording;
        Box::pin(async { Err(Trouble::Deaf) })
    }
}

/// Something that somebody said.
#[derive(Debug, Clone, Copy)]
pub struct Recording<'a> {
    /// The sound.
    pub bytes: &'a [u8],
    /// A file name whose ending tells the format.
    pub file: &'a str,
    /// What is probably spoken: `ru` or `en`.
    pub language: &'a str,
}

impl Purpose {
    /// The name in events and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Analysis => "analysis",
            Self::Slides => "slides",
            Self::Repair => "repair",
            Self::Shortening => "shortening",
            Self::Rewriting => "rewriting",
            Self::Answer => "answer",
            Self::Wisdom => "wisdom",
            Self::Transcript => "transcript",
        }
    }
}
