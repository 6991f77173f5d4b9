//! What starts the small workflows that make no carousel, what they end with, and the two
//! activities around them.

use serde::{Deserialize, Serialize};

use super::{Citation, ModelCall};

/// What starts an `AnswerWorkflow`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AnswerRequest {
    /// Who asked.
    pub user: String,
    /// What was asked.
    pub question: String,
    /// A [`domain::Language`]'s name.
    pub language: String,
    /// The event that led to it; empty when none did.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cause: String,
    /// Whether our own notes answer by themselves, no model.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub offline: bool,
}

/// What an `AnswerWorkflow` ends with; also the details of one that failed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AnswerResult {
    /// The answer, or in words that our notes don't say.
    pub text: String,
    /// Whether our notes say anything about it.
    pub covered: bool,
    /// The notes that it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<Citation>,
    /// Who answered.
    pub provider: String,
    /// `offline` where every model failed for good: our own notes could answer by themselves.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub offer: String,
}

/// What starts a `WisdomWorkflow`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WisdomRequest {
    /// Who asked.
    pub user: String,
    /// A [`domain::Language`]'s name.
    pub language: String,
    /// The day, `2026-11-24`.
    pub day: String,
    /// Whether a model words it; otherwise it is taken from our notes as it stands there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub by_model: bool,
    /// The event that led to it; empty when none did.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cause: String,
}

/// What a `WisdomWorkflow` ends with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WisdomResult {
    /// The thought.
    pub text: String,
    /// What it is about.
    pub category: String,
    /// Where it comes from, in words.
    pub source: String,
    /// Who worded it.
    pub provider: String,
    /// `offline` where every model failed for good: our own notes have a thought too.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub offer: String,
}

/// Input of `admit_request`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AdmitInput {
    /// Who asks.
    pub user: String,
    /// Which of the requests of one workflow it is, where there are several: [`RecordInput::key`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// What models are asked for: `answer` or `wisdom`; empty for an edit, which takes most.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub work: String,
}

/// Result of `admit_request`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Admitted {
    /// Who may be asked, in the order in which they are tried.
    pub providers: Vec<String>,
    /// What the calls may cost, where that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
    /// Whether something was reserved that `record_request` settles, also where no model was called.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub settles: bool,
}

/// Input of `record_request`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordInput {
    /// Who asked.
    pub user: String,
    /// The calls that were made, those that failed too.
    pub calls: Vec<ModelCall>,
    /// The category of a thought of the day; empty when none was produced.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// Where the thought comes from.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// The event that led to it; empty when none did.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cause: String,
    /// Which of the requests of one workflow it is, where there are several.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key: String,
}
