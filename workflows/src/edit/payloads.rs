//! Payloads and activities of edits.

use domain::{
    failure::{FailureKind, ModelFailure},
    record::{AnalysisRecord, BlobRecord, BrandRecord, BriefRecord, DraftRecord, SlideRecord},
};
use serde::{Deserialize, Serialize};

use crate::{
    activity::activities,
    carousel::{CarouselRendered, is_nothing},
    destination::DestinationRecord,
    model_calls::ModelCall,
    policy,
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
    /// Applied edits.
    pub changes: u32,
    /// Refused edits.
    pub refused: u32,
}

/// Payload of the signal `change`: a requested edit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EditRecord {
    /// The edit's name: two requests with one name apply it once.
    pub intent: String,
    /// A [`EditKind`]'s name.
    pub change: String,
    /// The slide, from 1; 0 if the edit is not about one slide.
    #[serde(skip_serializing_if = "is_nothing")]
    pub slide: u32,
    /// For `reword`: the slide with its new text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<SlideRecord>,
    /// For `instruct`: the instruction to the model.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub instruction: String,
    /// For `restyle`: a theme's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub theme: String,
    /// For `send` and `files`: the revision; 0 for the current one.
    #[serde(skip_serializing_if = "is_nothing")]
    pub revision: u32,
    /// Where the result is sent.
    pub destination: DestinationRecord,
}

impl EditRecord {
    /// `None` for a kind that this version does not know.
    pub fn kind(&self) -> Option<EditKind> {
        EditKind::parse(&self.change)
    }
}

/// The kind of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditKind {
    /// Replace a slide's text.
    Reword,
    /// Rewrite a slide by the user's instruction.
    Instruct,
    /// Render all slides in another theme.
    Restyle,
    /// Rewrite all slides.
    Rewrite,
    /// Send the album of a revision.
    Send,
    /// Send the original images of a revision as files.
    Files,
    /// Accept the draft and render it. Only during review.
    Draw,
}

impl EditKind {
    /// The name in the history.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reword => "reword",
            Self::Instruct => "instruct",
            Self::Restyle => "restyle",
            Self::Rewrite => "rewrite",
            Self::Send => "send",
            Self::Files => "files",
            Self::Draw => "draw",
        }
    }

    /// Whether it changes the text, not the theme or the delivery.
    pub const fn is_about_words(self) -> bool {
        matches!(self, Self::Reword | Self::Instruct | Self::Rewrite)
    }

    /// Whether it calls models.
    pub const fn asks_models(self) -> bool {
        matches!(self, Self::Instruct | Self::Rewrite)
    }

    fn parse(name: &str) -> Option<Self> {
        let all = [
            Self::Reword,
            Self::Instruct,
            Self::Restyle,
            Self::Rewrite,
            Self::Send,
            Self::Files,
            Self::Draw,
        ];
        all.into_iter().find(|change| change.name() == name)
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
    #[serde(skip_serializing_if = "is_nothing")]
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
}

/// Input of `tell_change`: the result of an edit, for the chat.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReportEditInput {
    pub carousel: String,
    /// The edit.
    pub intent: String,
    pub destination: DestinationRecord,
    /// The new revision; 0 if there is none.
    #[serde(skip_serializing_if = "is_nothing")]
    pub revision: u32,
    /// The edited slide, from 1.
    #[serde(skip_serializing_if = "is_nothing")]
    pub slide: u32,
    /// The slide's new image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<BlobRecord>,
    /// The kind of failure if the edit was refused.
    #[serde(skip_serializing_if = "FailureKind::is_unrecognized")]
    pub kind: FailureKind,
    /// The model's failure, if that is the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Box<ModelFailure>>,
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
    /// The model calls of this step.
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
