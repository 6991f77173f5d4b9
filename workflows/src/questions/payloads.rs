//! Payloads and activities of questions and daily tips.

use std::time::Duration;

use domain::{
    Offer,
    failure::ModelFailure,
    record::{Citation, is_default},
};
use serde::{Deserialize, Serialize};

use crate::{
    activity::activities,
    model_calls::ModelCall,
    policy::{self, Policy},
};

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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ModelCall>,
}

/// A user waits in a chat for a short answer.
const SHORT_ANSWER: Policy =
    Policy { total_timeout: Some(Duration::from_secs(5 * 60)), ..policy::AI };

/// Input of an `AnswerWorkflow`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AnswerRequest {
    pub user: String,
    pub question: String,
    /// A [`domain::Language`]'s name.
    pub language: String,
    /// The event that caused the request; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cause: String,
    /// Answer with the offline provider only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub offline: bool,
}

/// Result of an `AnswerWorkflow`, and the details of a failed one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AnswerResult {
    /// The answer, or a text that the notes don't cover the question.
    pub text: String,
    /// Whether the notes cover the question.
    pub covered: bool,
    /// The notes that the answer cites.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<Citation>,
    pub provider: String,
    #[serde(skip_serializing_if = "is_default")]
    pub offer: Offer,
    /// The model's failure, if it failed for that reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Box<ModelFailure>>,
}

/// Input of a `WisdomWorkflow`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DailyTipRequest {
    pub user: String,
    /// A [`domain::Language`]'s name.
    pub language: String,
    /// The day, `2026-11-24`.
    pub day: String,
    /// Whether a model writes the tip; otherwise it is a note's text, unchanged.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub by_model: bool,
    /// The event that caused the request; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cause: String,
}

/// Result of a `WisdomWorkflow`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DailyTipResult {
    /// The tip.
    pub text: String,
    /// Its subject.
    pub category: String,
    /// The source as text for people.
    pub source: String,
    pub provider: String,
    #[serde(skip_serializing_if = "is_default")]
    pub offer: Offer,
    /// The model's failure, if it failed for that reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Box<ModelFailure>>,
}

/// Input of `admit_request`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AdmitInput {
    pub user: String,
    /// Distinguishes several requests of one workflow: [`RecordInput::key`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key: String,
    #[serde(skip_serializing_if = "is_default")]
    pub work: RequestKind,
}

/// The kind of model work, which sets its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum RequestKind {
    /// An edit of a draft; it is not serialized.
    #[default]
    #[serde(rename = "")]
    Edit,
    #[serde(rename = "answer")]
    Answer,
    #[serde(rename = "wisdom")]
    DailyTip,
    /// A kind that this version does not know: it can't be admitted.
    #[serde(rename = "unrecognized", other)]
    Unrecognized,
}

/// Result of `admit_request`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestAdmitted {
    /// The permitted providers, in the order of attempts.
    pub providers: Vec<String>,
    /// What the calls may cost, if that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
    /// Whether a reservation exists that `record_request` must settle, even without a model call.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub settles: bool,
}

/// Input of `record_request`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordInput {
    pub user: String,
    /// All calls, failed ones included.
    pub calls: Vec<ModelCall>,
    /// The category of a daily tip; empty if none was produced.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub category: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// The event that caused the request; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cause: String,
    /// Distinguishes several requests of one workflow.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key: String,
}

/// A user waits for the answer, so give up early.
const ADMIT: Policy = Policy {
    total_timeout: Some(Duration::from_secs(5 * 60)),
    ..policy::PERSISTENCE.before_deadline()
};

activities! {
    /// Answers a question from the knowledge base with one provider.
    AnswerQuestion "answer": AnswerInput => QuestionAnswered, SHORT_ANSWER;
    /// Finds or writes a daily tip with one provider.
    FindDailyTip "wisdom": DailyTipInput => DailyTip, SHORT_ANSWER;
    /// Checks access and budget of a request without a carousel; returns the providers.
    AdmitRequest "admit_request": AdmitInput => RequestAdmitted, ADMIT;
    /// Writes the events of a request without a carousel.
    RecordRequest "record_request": RecordInput => (), policy::RECORD;
}
