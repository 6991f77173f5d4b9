//! Payloads and activities of a carousel, except those that write its text.
//!
//! Payloads are plain, versioned records that decode leniently: new fields have a default, unknown
//! ones are ignored. They become `domain` types in the activities, so a stricter limit never makes
//! an old history unreadable. Histories contain keys, never bytes, and no prompts or model replies
//! except the draft itself.

use std::time::Duration;

use domain::{
    CarouselStage, Offer, Outcome,
    failure::{FailureCause, FailureKind},
    record::{
        AnalysisRecord, BlobRecord, BrandRecord, BriefRecord, DraftRecord, SlideRecord, is_default,
        known_name,
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    Millis,
    activity::activities,
    destination::DestinationRecord,
    model_calls::{ModelCall, UsageRecord},
    policy::{self, Policy},
    queues,
    webhook::WebhookCalls,
};

/// Input of a `CarouselWorkflow`. The carousel's id is the workflow id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CarouselInput {
    pub user: String,
    pub brief: BriefRecord,
    pub destination: DestinationRecord,
    /// The event that caused the request; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cause: String,
    /// Write with the offline provider only, as [`CarouselResult::offer`] offers.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub offline: bool,
    /// How long the draft waits for review before rendering, in seconds; 0 skips the review.
    #[serde(skip_serializing_if = "is_default")]
    pub review_seconds: u32,
    /// Whether the original images follow the album as files.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub documents: bool,
    /// Whether the list of workflows shows the topic: not if payloads are encrypted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub lists_topic: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_first(generation: &u32) -> bool {
    *generation <= 1
}

/// Result of a `CarouselWorkflow`, and the details of a failed or cancelled one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CarouselResult {
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// The reason, unless it was delivered.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub provider: String,
    /// Number of delivered slides.
    pub slides: u32,
    /// The folder, if it was delivered to one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub folder: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// The user is asked; it never happens silently.
    #[serde(skip_serializing_if = "is_default")]
    pub offer: Offer,
}

/// The answer of the query `progress`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CarouselProgress {
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub stage: Option<CarouselStage>,
    /// Completed steps.
    pub done: u32,
    /// Total steps.
    pub total: u32,
    /// Whether a cancel is still possible.
    pub cancellable: bool,
    /// The provider, once it is known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub provider: String,
    /// Once it has ended.
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// Input of `open_carousel`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OpenInput {
    pub user: String,
    pub brief: BriefRecord,
    /// The event that caused the request.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cause: String,
    /// Write with the offline provider only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub offline: bool,
}

/// Result of `open_carousel`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CarouselOpened {
    /// The permitted providers, in the order of attempts.
    pub providers: Vec<String>,
    /// The result of an earlier workflow with the same id: this one ends with the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<CarouselResult>,
    /// The user's brand when the carousel was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<BrandRecord>,
    /// What its calls may cost, in millionths of a US dollar, if that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
    /// Whether each edit of the draft needs its own admission.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub admits: bool,
}

/// Input of `save_draft`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SaveDraftInput {
    /// Counted from 1.
    pub revision: u32,
    pub provider: String,
    pub analysis: AnalysisRecord,
    pub draft: DraftRecord,
    /// The edit that made it, if one did.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub intent: String,
    /// The model calls that no step has recorded yet.
    pub calls: Vec<ModelCall>,
    /// What the page or the recording turned out to be; with the first draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceRead>,
}

/// What a brief became when its page or its recording was read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceRead {
    pub topic: String,
    /// The [`domain::BlobKey`] of the text; empty if the topic contains all of it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// A [`domain::Language`]'s name.
    pub language: String,
}

/// Result of `save_draft`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DraftSaved {
    /// The provider of the stored draft.
    pub provider: String,
    /// The draft that was already stored, if it differs from the input: the first write wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored: Option<DraftRecord>,
    /// What further calls may cost, if that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
}

/// Input of `render_carousel`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RenderInput {
    pub theme: String,
    /// A [`domain::Format`]'s name.
    pub format: String,
    /// A [`domain::ImageKind`]'s name.
    pub image: String,
    /// A [`domain::Language`]'s name.
    pub language: String,
    pub slides: Vec<SlideRecord>,
    /// The user's brand, if they have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<BrandRecord>,
}

/// Result of `render_carousel`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CarouselRendered {
    /// The images, in order.
    pub pictures: Vec<BlobRecord>,
    /// How many of them were stored already.
    pub reused: u32,
    /// When the workflow asked for the images; 0 in results of older versions.
    pub requested_at: Millis,
    /// When a worker began to draw.
    pub started_at: Millis,
    pub finished_at: Millis,
    /// The rendering back end.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub backend: String,
}

/// Input of `deliver_carousel`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DeliverInput {
    /// The carousel, if it is not the calling workflow's own.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub carousel: String,
    pub revision: u32,
    /// The generation of the delivery: 0 and 1 are the first, automatic one; users request higher
    /// ones.
    #[serde(skip_serializing_if = "is_first")]
    pub generation: u32,
    pub destination: DestinationRecord,
    /// The images, in order.
    pub pictures: Vec<BlobRecord>,
    /// The usage of all model calls; `None` without any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<UsageRecord>,
    /// The back end that rendered the images.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub backend: String,
}

/// Result of `deliver_carousel`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CarouselDelivered {
    /// Delivered or unknown.
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Why the outcome is unknown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The folder, if it was delivered to one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// The names of the files in it, images first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
}

/// Input of `complete_carousel`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CompleteInput {
    pub revision: u32,
    pub rendered: CarouselRendered,
    /// Delivered or unknown.
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Why the outcome is unknown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Model calls that no step has recorded yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ModelCall>,
}

/// Result of `complete_carousel`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Completed {
    /// The result that was already stored, if it differs from the input: the first write wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<CarouselResult>,
    /// The owner's webhooks that are told, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhooks: Option<WebhookCalls>,
}

/// Input of `discard_draft`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DiscardDraftInput {
    pub revision: u32,
}

/// Input of `abandon_carousel`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AbandonInput {
    /// Failed or cancelled.
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// The reason as text for people.
    pub reason: String,
    /// The stage in which it failed.
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub stage: Option<CarouselStage>,
    /// Model calls that no step has recorded yet.
    pub calls: Vec<ModelCall>,
    /// The kind of failure; [`FailureKind::Unrecognized`] if it was cancelled.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: FailureKind,
}

/// Result of `abandon_carousel`. Earlier versions answer null.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CarouselAbandoned {
    /// The owner's webhooks that are told, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhooks: Option<WebhookCalls>,
}

/// Ten slides take a tenth of a second; an attempt of 30 s means an overloaded machine. Three
/// attempts reach other machines.
const RENDER: Policy = Policy {
    queue: queues::RENDER,
    attempt_timeout: Duration::from_secs(30),
    total_timeout: None,
    max_attempts: 3,
    initial_interval: Duration::from_millis(500),
    max_interval: Duration::from_secs(5),
    ..policy::AI
};

/// An attempt outlasts the longest HTTP timeout and the time to record the result, so that a send
/// is never abandoned while it may still arrive. It can't be cancelled once it has begun: a partly
/// sent album can't be taken back.
const DELIVER: Policy = Policy { attempt_timeout: Duration::from_secs(180), ..policy::MESSAGE };

/// A late status is useless, and a failed one does no harm.
const STATUS: Policy = Policy {
    attempt_timeout: Duration::from_secs(15),
    total_timeout: Some(Duration::from_secs(15)),
    max_attempts: 1,
    max_interval: Duration::from_secs(1),
    ..policy::MESSAGE
};

/// An undo is retried without limit: giving up would leave data behind.
const UNDO: Policy = Policy { total_timeout: None, ..policy::RECORD };

/// Input of a `ResendWorkflow`: sends a delivery with an unknown outcome again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ResendInput {
    pub user: String,
    pub carousel: String,
    pub revision: u32,
    /// The generation that the user requested.
    pub generation: u32,
    pub destination: DestinationRecord,
    /// The images of the album, in order.
    pub pictures: Vec<BlobRecord>,
}

/// Input of `update_status`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StatusInput {
    pub destination: DestinationRecord,
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub stage: Option<CarouselStage>,
    pub topic: String,
}

/// Input of `tell_end`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReportEndInput {
    pub destination: DestinationRecord,
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    #[serde(flatten)]
    pub cause: FailureCause,
    /// The reason as text for developers.
    pub reason: String,
    #[serde(skip_serializing_if = "is_default")]
    pub offer: Offer,
    /// The carousel, if it is not the calling workflow's own.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub carousel: String,
}

/// Input of `show_draft`: a draft in review.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ShowDraftInput {
    pub revision: u32,
    pub destination: DestinationRecord,
    /// Only reminds that the review ends in one hour.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub closing: bool,
}

/// Input of `send_files`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SendFilesInput {
    pub carousel: String,
    pub revision: u32,
    /// The edit: one edit sends each file once.
    pub intent: String,
    pub destination: DestinationRecord,
    /// The images, in order.
    pub pictures: Vec<BlobRecord>,
}

activities! {
    /// Stores the request and reserves the quota.
    OpenCarousel "open_carousel": OpenInput => CarouselOpened,
        policy::PERSISTENCE.before_deadline();
    /// Stores the draft and the events that led to it.
    SaveDraft "save_draft": SaveDraftInput => DraftSaved,
        policy::PERSISTENCE.before_deadline();
    /// Renders all slides; skips those that are stored already.
    RenderCarousel "render_carousel": RenderInput => CarouselRendered, RENDER;
    /// Sends the images.
    DeliverCarousel "deliver_carousel": DeliverInput => CarouselDelivered, DELIVER;
    /// Sends the original images of a revision as files.
    SendFiles "send_files": SendFilesInput => (), DELIVER;
    /// Stores the end; returns what is stored.
    CompleteCarousel "complete_carousel": CompleteInput => Completed, policy::RECORD;
    /// Undoes `save_draft`, and what `complete_carousel` may have begun.
    DiscardDraft "discard_draft": DiscardDraftInput => (), UNDO;
    /// Undoes `open_carousel`: releases the quota and marks the row.
    AbandonCarousel "abandon_carousel": AbandonInput => CarouselAbandoned, UNDO;
    /// Updates the status message in the chat.
    UpdateStatus "update_status": StatusInput => (), STATUS;
    /// Reports the failure and its reason to the chat.
    ReportEnd "tell_end": ReportEndInput => (), policy::MESSAGE;
    /// Shows a draft in review.
    ShowDraft "show_draft": ShowDraftInput => (), policy::MESSAGE;
}
