//! Payloads and activities that read a carousel's source and write its text: the ai pool.

use std::time::Duration;

use domain::record::{AnalysisRecord, BriefRecord, DraftRecord, OverflowRecord, SlideRecord};
use serde::{Deserialize, Serialize};

use crate::{
    activity::activities,
    model_calls::ModelCall,
    policy::{self, Policy},
};

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
    /// A [`domain::Language`]'s name: the language of the recording, or empty if it is not known.
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
    /// The [`domain::Language`] that it is written in; empty if it shows none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub language: String,
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
    pub calls: Vec<ModelCall>,
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
    pub calls: Vec<ModelCall>,
}

/// A page loads within 10 s or not at all. Three attempts, because the user waits for the answer.
const FETCH: Policy = Policy {
    attempt_timeout: Duration::from_secs(30),
    total_timeout: Some(Duration::from_secs(2 * 60)),
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
}
