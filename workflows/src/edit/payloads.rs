//! Payloads and activities of edits.

use domain::{
    failure::FailureCause,
    named,
    record::{
        AnalysisRecord, BlobRecord, BrandRecord, BriefRecord, DraftRecord, SlideRecord, is_default,
        known_name,
    },
};
use serde::{Deserialize, Serialize};
use temporalio_workflow::WorkflowContextKey;

use crate::{
    activity::activities, carousel::CarouselRendered, destination::DestinationRecord,
    model_calls::ModelCall, policy, webhook::WebhookCalls,
};

/// Input of a `RevisionWorkflow`; its id is `revise-<carousel>`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EditInput {
    pub user: String,
    pub carousel: String,
    /// Edits that an earlier run received and did not apply.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<EditRecord>,
}

/// Result of a `RevisionWorkflow`, and the answer of its query `revised`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EditResult {
    pub changes: u32,
    pub refused: u32,
}

/// Payload of the signal `change`: a requested edit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EditRecord {
    /// The edit's name: two requests with one name apply it once.
    pub intent: String,
    /// `None` for a kind that this version does not know.
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub change: Option<EditKind>,
    /// The slide, from 1; 0 if the edit is not about one slide.
    #[serde(skip_serializing_if = "is_default")]
    pub slide: u32,
    /// For `reword`: the slide with its new text. For `add`: the new slide, which follows `slide`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<SlideRecord>,
    /// For `instruct`: the instruction to the model.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub instruction: String,
    /// For `restyle`: a theme's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub theme: String,
    /// For `arrange`: the slides that stay, from 1, in their new order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<u32>,
    /// For `caption`: the new caption.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub caption: String,
    /// For `caption`: the new hashtags, without `#`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hashtags: Vec<String>,
    /// For `send`, `files` and `restore`: the revision; 0 for the current one.
    #[serde(skip_serializing_if = "is_default")]
    pub revision: u32,
    /// The revision that the edit was chosen for; it is refused for another one. 0 for any.
    #[serde(skip_serializing_if = "is_default")]
    pub base: u32,
    /// Where the result is sent.
    pub destination: DestinationRecord,
    /// The message in that chat that the result replaces; 0 for none.
    #[serde(skip_serializing_if = "is_default")]
    pub message: i64,
    /// The span that requested it, as a W3C `traceparent`; empty without traces.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub traceparent: String,
}

/// The span that a step belongs to, as a W3C `traceparent`, if that is not the one that started the
/// workflow. The workflow pool reads it when it schedules an activity.
pub struct RequestTrace;

impl WorkflowContextKey for RequestTrace {
    type Value = String;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EditKind {
    /// Replace a slide's text.
    Reword,
    /// Rewrite a slide, or all slides, by the user's instruction.
    Instruct,
    /// Remove slides or change their order.
    Arrange,
    /// Insert the user's own slide.
    Add,
    /// Replace the caption and the hashtags.
    Caption,
    /// Go back to an earlier revision.
    Restore,
    /// Render all slides in another theme.
    Restyle,
    Rewrite,
    /// Send the album of a revision.
    Send,
    /// Send the original images of a revision as files.
    Files,
    /// Accept the draft and render it. Only during review.
    Draw,
}

named!(EditKind, "kind of edit", {
    Reword => "reword",
    Instruct => "instruct",
    Arrange => "arrange",
    Add => "add",
    Caption => "caption",
    Restore => "restore",
    Restyle => "restyle",
    Rewrite => "rewrite",
    Send => "send",
    Files => "files",
    Draw => "draw",
});

impl EditKind {
    /// Whether it calls models.
    pub const fn asks_models(self) -> bool {
        matches!(self, Self::Instruct | Self::Rewrite)
    }
}

/// Input of `load_revision`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LoadRevisionInput {
    pub carousel: String,
    /// The edit that needs it.
    pub intent: String,
    /// 0 for the current one.
    #[serde(skip_serializing_if = "is_default")]
    pub revision: u32,
    /// Whether the edit calls a model, which the user's budget must allow.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub writes: bool,
}

/// Result of `load_revision`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RevisionLoaded {
    /// The brief, with the theme of this revision.
    pub brief: BriefRecord,
    /// The revision that the edit has already made, or the requested one.
    pub revision: u32,
    /// Whether the edit has already made it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub done: bool,
    pub draft: DraftRecord,
    /// The topic analysis that the draft is based on.
    pub analysis: AnalysisRecord,
    /// The provider that wrote the draft.
    pub provider: String,
    /// The permitted providers, in the order of attempts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<String>,
    pub pictures: Vec<BlobRecord>,
    /// The user's current brand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<BrandRecord>,
    /// What the calls may cost, if that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
    /// Whether a reservation exists that the edit's last step must settle, even without a model
    /// call.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub settles: bool,
}

/// Input of `save_revision`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SaveRevisionInput {
    pub carousel: String,
    /// The edit that made it.
    pub intent: String,
    pub theme: String,
    pub draft: DraftRecord,
    /// The topic analysis that the draft is based on.
    pub analysis: AnalysisRecord,
    /// The provider that wrote the draft.
    pub provider: String,
    /// The model calls that no step has recorded yet.
    pub calls: Vec<ModelCall>,
    pub rendered: CarouselRendered,
}

/// Result of `save_revision`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RevisionSaved {
    pub revision: u32,
    /// The owner's webhooks that are told, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhooks: Option<WebhookCalls>,
}

/// Input of `tell_change`: the result of an edit, for the chat.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReportEditInput {
    pub carousel: String,
    pub intent: String,
    pub destination: DestinationRecord,
    /// The message in that chat that the result replaces; 0 for none.
    #[serde(skip_serializing_if = "is_default")]
    pub message: i64,
    /// What was changed, if something was.
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub change: Option<EditKind>,
    /// The new revision; 0 if there is none.
    #[serde(skip_serializing_if = "is_default")]
    pub revision: u32,
    /// The edited slide, from 1.
    #[serde(skip_serializing_if = "is_default")]
    pub slide: u32,
    /// The slide's new image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<BlobRecord>,
    /// Why the edit was refused.
    #[serde(flatten)]
    pub cause: FailureCause,
    /// The reason as text for developers.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
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
    pub calls: Vec<ModelCall>,
}

activities! {
    /// Loads a revision, or the one that the same edit has already made.
    LoadRevision "load_revision": LoadRevisionInput => RevisionLoaded,
        policy::PERSISTENCE.before_deadline();
    /// Stores the revision of an edit, its images and its events.
    SaveRevision "save_revision": SaveRevisionInput => RevisionSaved,
        policy::PERSISTENCE.before_deadline();
    /// Reports the result of an edit to the chat: the new slide, or the reason of its refusal.
    ReportEdit "tell_change": ReportEditInput => (), policy::MESSAGE;
    /// Rewrites one slide by the user's instruction with one provider.
    RewriteSlide "rewrite_slide": RewriteInput => SlideRewritten, policy::AI;
}
