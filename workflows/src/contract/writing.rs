//! Payloads of the ai pool: carousels first, then edits, questions and daily tips.

use std::time::Duration;

use domain::record::{
    AnalysisRecord, BriefRecord, Citation, DraftRecord, OverflowRecord, SlideRecord,
};
use serde::{Deserialize, Serialize};

use super::{Millis, ModelFailure};
use crate::{
    activity::activities,
    policy::{self, Policy},
};

/// A model call, for events and billing: ai activities return it, persistence stores it. Contains
/// neither prompt nor reply.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelCall {
    /// `analysis`, `slides`, `repair`, `shortening`, `rewriting`, `answer`, `wisdom` or
    /// `transcript`.
    pub purpose: String,
    pub provider: String,
    pub model: String,
    /// The prompt's name and version, `write_slides@1`; empty without a model.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub prompt: String,
    pub started_at: Millis,
    pub finished_at: Millis,
    /// Input tokens.
    pub tokens_in: u32,
    /// Output tokens.
    pub tokens_out: u32,
    /// The cost by our price list, in millionths of a US dollar; 0 if the provider is free or has
    /// no known price.
    #[serde(skip_serializing_if = "is_zero")]
    pub cost_micros: u64,
    /// The kind of failure, `timeout`, `http 500`, …; empty on success.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fault: String,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The total usage of several calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UsageRecord {
    /// Number of calls.
    pub calls: u32,
    /// Input tokens.
    pub tokens_in: u64,
    /// Output tokens.
    pub tokens_out: u64,
    /// The cost by our price list, in millionths of a US dollar.
    pub cost_micros: u64,
}

impl UsageRecord {
    pub fn add(&mut self, calls: &[ModelCall]) {
        for call in calls {
            self.calls = self.calls.saturating_add(1);
            self.tokens_in = self.tokens_in.saturating_add(u64::from(call.tokens_in));
            self.tokens_out = self.tokens_out.saturating_add(u64::from(call.tokens_out));
            self.cost_micros = self.cost_micros.saturating_add(call.cost_micros);
        }
    }

    /// Whether no metered model was called.
    pub fn is_empty(&self) -> bool {
        self.tokens_in == 0 && self.tokens_out == 0 && self.cost_micros == 0
    }
}

/// The calls of an ai activity so far, including earlier attempts. It is in the details of
/// heartbeats, from which the next attempt continues, and of failures, because failed calls cost
/// money, too.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CallsMade {
    /// The calls, in order.
    pub calls: Vec<ModelCall>,
    /// The model's failure, if the attempt failed for that reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Box<ModelFailure>>,
}

/// Input of `fetch_page`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FetchInput {
    /// The page's URL.
    pub link: String,
}

/// Input of `transcribe`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TranscribeInput {
    pub provider: String,
    /// The [`domain::BlobKey`] of the recording.
    pub voice: String,
    /// A [`domain::Language`]'s name: the likely language of the recording.
    pub language: String,
    /// What all calls of this step may cost, in millionths of a US dollar, if that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
}

/// Result of `fetch_page` and `transcribe`: material to write about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceMaterial {
    /// The topic in one line.
    pub topic: String,
    /// The [`domain::BlobKey`] of the text; empty if the topic contains all of it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The model calls of this step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ModelCall>,
}

/// Input of `analyze_topic`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AnalyzeInput {
    pub provider: String,
    pub brief: BriefRecord,
    /// What all calls of this step may cost, in millionths of a US dollar, if that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
}

/// Result of `analyze_topic`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TopicAnalyzed {
    pub analysis: AnalysisRecord,
    /// The model calls of this step.
    pub calls: Vec<ModelCall>,
}

/// Input of `write_slides`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WriteInput {
    pub provider: String,
    pub brief: BriefRecord,
    pub analysis: AnalysisRecord,
    /// Whether the slides are rewritten, in another narrative frame.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// What all calls of this step may cost, in millionths of a US dollar, if that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
}

/// Result of `write_slides`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SlidesWritten {
    pub draft: DraftRecord,
    /// The narrative frame, if it is not the analysis's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub frame: String,
    /// The model calls of this step.
    pub calls: Vec<ModelCall>,
}

/// The details of a `render_carousel` failure because text does not fit: shorter text may.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Overflows {
    pub overflows: Vec<OverflowRecord>,
}

/// Input of `shorten_slides`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ShortenInput {
    /// The provider that wrote the slides.
    pub provider: String,
    /// A [`domain::Language`]'s name.
    pub language: String,
    /// The slides that overflow, in the order of `overflows`.
    pub slides: Vec<SlideRecord>,
    pub overflows: Vec<OverflowRecord>,
    /// What all calls of this step may cost, in millionths of a US dollar, if that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
}

/// Result of `shorten_slides`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SlidesShortened {
    /// The same slides in the same order, with shorter text.
    pub slides: Vec<SlideRecord>,
    /// The model calls of this step.
    pub calls: Vec<ModelCall>,
}

/// Input of `rewrite_slide`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RewriteInput {
    pub provider: String,
    pub brief: BriefRecord,
    /// All slides of the carousel: the new one must not repeat another.
    pub slides: Vec<SlideRecord>,
    /// Counted from 1.
    pub slide: u32,
    /// The user's instruction.
    pub instruction: String,
    /// What all calls of this step may cost, in millionths of a US dollar, if that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
}

/// Result of `rewrite_slide`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SlideRewritten {
    /// A slide of the same kind.
    pub slide: SlideRecord,
    /// The model calls of this step.
    pub calls: Vec<ModelCall>,
}

/// Input of `answer`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AnswerInput {
    pub provider: String,
    pub question: String,
    /// A [`domain::Language`]'s name.
    pub language: String,
    /// What all calls of this step may cost, in millionths of a US dollar, if that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
}

/// Result of `answer`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct QuestionAnswered {
    /// The answer, or a text that the notes don't cover the question.
    pub text: String,
    /// Whether the notes cover the question.
    pub covered: bool,
    /// The notes that the answer cites.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<Citation>,
    /// The model calls of this step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ModelCall>,
}

/// Input of `wisdom`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DailyTipInput {
    /// `offline` takes the tip from the knowledge base.
    pub provider: String,
    /// A [`domain::Language`]'s name.
    pub language: String,
    /// The user: two users may get different tips.
    pub user: String,
    /// The day, `2026-11-24`: one day and user always give the same tip.
    pub day: String,
    /// What all calls of this step may cost, in millionths of a US dollar, if that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
}

/// Result of `wisdom`: a daily tip.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DailyTip {
    /// The tip as text for people.
    pub text: String,
    /// A subject of the knowledge base, or `maxim`.
    pub category: String,
    /// The source as text for people.
    pub source: String,
    /// The model calls of this step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ModelCall>,
}

/// A page loads within 10 s or not at all. Three attempts, because the user waits for the answer.
const FETCH: Policy = Policy {
    attempt_timeout: Duration::from_secs(30),
    total_timeout: Some(Duration::from_secs(2 * 60)),
    ..policy::AI
};

/// A user waits in a chat for a short answer.
const SHORT_ANSWER: Policy = Policy {
    total_timeout: Some(Duration::from_secs(5 * 60)),
    ..policy::AI
};

activities! {
    /// Reads a web page and stores its text.
    FetchPage "fetch_page": FetchInput => SourceMaterial, FETCH;
    /// Transcribes a recording with one provider.
    Transcribe "transcribe": TranscribeInput => SourceMaterial, policy::AI;
    /// Analyses the topic with one provider.
    AnalyzeTopic "analyze_topic": AnalyzeInput => TopicAnalyzed, policy::AI;
    /// Writes the slides with one provider.
    WriteSlides "write_slides": WriteInput => SlidesWritten, policy::AI;
    /// Shortens the text of slides with one provider.
    ShortenSlides "shorten_slides": ShortenInput => SlidesShortened, policy::AI;
    /// Rewrites one slide by the user's instruction with one provider.
    RewriteSlide "rewrite_slide": RewriteInput => SlideRewritten, policy::AI;
    /// Answers a question from the knowledge base with one provider.
    AnswerQuestion "answer": AnswerInput => QuestionAnswered, SHORT_ANSWER;
    /// Finds or writes a daily tip with one provider.
    FindDailyTip "wisdom": DailyTipInput => DailyTip, SHORT_ANSWER;
}
