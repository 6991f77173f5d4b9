//! What the ai pool is asked and what it answers: carousels first, then the other writing.

use domain::record::{AnalysisRecord, BriefRecord, DraftRecord, SlideRecord};
use serde::{Deserialize, Serialize};

use super::Millis;

/// A model call that happened, for the events and the bill: ai activities return it, persistence
/// writes it. Neither prompt nor reply is part of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelCall {
    /// `analysis`, `slides`, `repair`, `shortening`, `rewriting`, `answer`, `wisdom` or `transcript`.
    pub purpose: String,
    /// Who was asked.
    pub provider: String,
    /// Which of its models.
    pub model: String,
    /// The prompt and its version, `write_slides@1`; empty without a model.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub prompt: String,
    /// When it was asked.
    pub started_at: Millis,
    /// When it had answered.
    pub finished_at: Millis,
    /// Tokens that were read.
    pub tokens_in: u32,
    /// Tokens that were written.
    pub tokens_out: u32,
    /// What it cost by our price list, in millionths of a US dollar; 0 where nobody asks for money
    /// or no price is known.
    #[serde(skip_serializing_if = "is_zero")]
    pub cost_micros: u64,
    /// Why there was no answer, where there was none: `timeout`, `http 500`, …
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

/// What many calls took together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UsageRecord {
    /// How many calls there were.
    pub calls: u32,
    /// Tokens that were read.
    pub tokens_in: u64,
    /// Tokens that were written.
    pub tokens_out: u64,
    /// What they cost by our price list, in millionths of a US dollar.
    pub cost_micros: u64,
}

impl UsageRecord {
    /// Adds these calls.
    pub fn add(&mut self, calls: &[ModelCall]) {
        for call in calls {
            self.calls = self.calls.saturating_add(1);
            self.tokens_in = self.tokens_in.saturating_add(u64::from(call.tokens_in));
            self.tokens_out = self.tokens_out.saturating_add(u64::from(call.tokens_out));
            self.cost_micros = self.cost_micros.saturating_add(call.cost_micros);
        }
    }

    /// Whether no model was called that has a meter.
    pub fn is_nothing(&self) -> bool {
        self.tokens_in == 0 && self.tokens_out == 0 && self.cost_micros == 0
    }
}

/// What an ai activity has called so far, its earlier attempts included: the details of its
/// heartbeats, from which the next attempt goes on counting, and of its failure, since what was
/// called for nothing is paid for all the same.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CallsMade {
    /// The calls, in the order in which they were made.
    pub calls: Vec<ModelCall>,
}

/// Input of `fetch_page`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FetchInput {
    /// The page's address.
    pub link: String,
}

/// Input of `transcribe`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TranscribeInput {
    /// Who is asked.
    pub provider: String,
    /// The [`domain::BlobKey`] of the recording.
    pub voice: String,
    /// A [`domain::Language`]'s name: what is probably spoken.
    pub language: String,
    /// What all calls of this step may cost, in millionths of a US dollar, where that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
}

/// Result of `fetch_page` and `transcribe`: something to write about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Material {
    /// What it is about, in a line.
    pub topic: String,
    /// The [`domain::BlobKey`] of the text; empty when the topic says it all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The calls it took.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ModelCall>,
}

/// Input of `analyze_topic`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AnalyzeInput {
    /// Who is asked.
    pub provider: String,
    /// What for.
    pub brief: BriefRecord,
    /// What all calls of this step may cost, in millionths of a US dollar, where that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
}

/// Result of `analyze_topic`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Analyzed {
    /// What came to light.
    pub analysis: AnalysisRecord,
    /// The calls it took.
    pub calls: Vec<ModelCall>,
}

/// Input of `write_slides`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WriteInput {
    /// Who is asked.
    pub provider: String,
    /// What for.
    pub brief: BriefRecord,
    /// What came to light.
    pub analysis: AnalysisRecord,
    /// Whether they were written before: this time in another frame.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// What all calls of this step may cost, in millionths of a US dollar, where that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
}

/// Result of `write_slides`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Written {
    /// The words.
    pub draft: DraftRecord,
    /// The narrative frame that they are told in, where it is not the analysis's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub frame: String,
    /// The calls it took.
    pub calls: Vec<ModelCall>,
}

/// Words that do not fit their place on a slide: what the renderer measured.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OverflowRecord {
    /// Which slide, counted from 1.
    pub slide: u32,
    /// Which words, as the renderer names them.
    pub what: String,
    /// What they would take, in pixels.
    pub needs: u32,
    /// What there is, in pixels.
    pub has: u32,
}

/// The details of a `render_carousel` that refused because words do not fit: shorter ones may.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Overflows {
    /// Every slide that overflows.
    pub overflows: Vec<OverflowRecord>,
}

/// Input of `shorten_slides`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ShortenInput {
    /// Who is asked: whoever wrote them.
    pub provider: String,
    /// A [`domain::Language`]'s name.
    pub language: String,
    /// The slides that overflow, in the order of `overflows`.
    pub slides: Vec<SlideRecord>,
    /// What the renderer measured.
    pub overflows: Vec<OverflowRecord>,
    /// What all calls of this step may cost, in millionths of a US dollar, where that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
}

/// Result of `shorten_slides`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Shortened {
    /// The same slides in the same order, with fewer words.
    pub slides: Vec<SlideRecord>,
    /// The calls it took.
    pub calls: Vec<ModelCall>,
}

/// Input of `rewrite_slide`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RewriteInput {
    /// Who is asked.
    pub provider: String,
    /// What the carousel is about.
    pub brief: BriefRecord,
    /// All its slides: the new one must not repeat another.
    pub slides: Vec<SlideRecord>,
    /// Which one, counted from 1.
    pub slide: u32,
    /// What is to be different.
    pub instruction: String,
    /// What all calls of this step may cost, in millionths of a US dollar, where that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
}

/// Result of `rewrite_slide`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rewritten {
    /// The slide, of the same kind.
    pub slide: SlideRecord,
    /// The calls it took.
    pub calls: Vec<ModelCall>,
}

/// Input of `answer`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AnswerInput {
    /// Who is asked.
    pub provider: String,
    /// What was asked.
    pub question: String,
    /// A [`domain::Language`]'s name.
    pub language: String,
    /// What all calls of this step may cost, in millionths of a US dollar, where that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
}

/// Result of `answer`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Answered {
    /// The answer, or in words that our notes don't say.
    pub text: String,
    /// Whether our notes say anything about it.
    pub covered: bool,
    /// The notes that it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<Citation>,
    /// The calls it took.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ModelCall>,
}

/// A note of ours that something rests on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Citation {
    /// Its id.
    pub note: String,
    /// Its title, in the language of what rests on it.
    pub title: String,
}

/// Input of `wisdom`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WisdomInput {
    /// Who is asked; `offline` takes it from our notes.
    pub provider: String,
    /// A [`domain::Language`]'s name.
    pub language: String,
    /// For whom: two people need not get the same.
    pub user: String,
    /// The day, `2026-11-24`: the same day gives the same thought.
    pub day: String,
    /// What all calls of this step may cost, in millionths of a US dollar, where that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
}

/// Result of `wisdom`: a thought of the day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Thought {
    /// The thought, ready to be read.
    pub text: String,
    /// What it is about: a subject of our notes, or `maxim`.
    pub category: String,
    /// Where it comes from, in words.
    pub source: String,
    /// The calls it took.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ModelCall>,
}
