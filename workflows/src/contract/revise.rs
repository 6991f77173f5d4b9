//! Payloads of changing a carousel that is there: one slide's words, the look, the whole text.

use domain::record::{
    AnalysisRecord, BlobRecord, BrandRecord, BriefRecord, DraftRecord, SlideRecord,
};
use serde::{Deserialize, Serialize};

use super::{DestinationRecord, ModelCall, Rendered, is_nothing};

/// What starts a `RevisionWorkflow`; its id is `revise-<carousel>`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReviseInput {
    /// Whose it is.
    pub user: String,
    /// Which carousel.
    pub carousel: String,
    /// Changes that an earlier run of this workflow was given and did not come to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<ChangeRecord>,
}

/// What a `RevisionWorkflow` ends with, and what its query `revised` says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Revised {
    /// Wishes that came true.
    pub changes: u32,
    /// Wishes that did not.
    pub refused: u32,
}

/// The signal `change`: somebody wants something to be different.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeRecord {
    /// Names the wish: asked for twice under one name, it is done once.
    pub intent: String,
    /// A [`Change`]'s name.
    pub change: String,
    /// Which slide, counted from 1; 0 where it is about all.
    #[serde(skip_serializing_if = "is_nothing")]
    pub slide: u32,
    /// For `reword`: the slide with its new words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<SlideRecord>,
    /// For `instruct`: what is to be different.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub instruction: String,
    /// For `restyle`: a theme's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub theme: String,
    /// For `send` and `files`: which revision; 0 for the current one.
    #[serde(skip_serializing_if = "is_nothing")]
    pub revision: u32,
    /// Where what comes of it goes.
    pub destination: DestinationRecord,
}

/// What can be different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A slide has these words.
    Reword,
    /// A slide is written anew as somebody says.
    Instruct,
    /// All slides are drawn in another theme.
    Restyle,
    /// All slides are written anew.
    Rewrite,
    /// The album of a revision is sent.
    Send,
    /// The originals of a revision are sent as files.
    Files,
    /// The draft is good: it is drawn. Only while a draft waits to be looked at.
    Draw,
}

impl Change {
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

    /// Whether it is about what the slides say, not about how they look or where they go.
    pub const fn is_about_words(self) -> bool {
        matches!(self, Self::Reword | Self::Instruct | Self::Rewrite)
    }

    /// Whether models write what is new.
    pub const fn asks_models(self) -> bool {
        matches!(self, Self::Instruct | Self::Rewrite)
    }

    /// Reads a name; `None` for what is none.
    pub fn parse(name: &str) -> Option<Self> {
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
    /// Which carousel.
    pub carousel: String,
    /// The wish that it is loaded for.
    pub intent: String,
    /// Which revision; 0 for the current one.
    #[serde(skip_serializing_if = "is_nothing")]
    pub revision: u32,
    /// Whether a model is to be asked, which the user's budget has to allow.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub writes: bool,
}

/// Result of `load_revision`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RevisionLoaded {
    /// What was asked for, with the theme in which this revision is drawn.
    pub brief: BriefRecord,
    /// Which revision it is: the one that the wish has led to before, or the wanted one.
    pub revision: u32,
    /// Whether the wish has led to it before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub done: bool,
    /// Its words.
    pub draft: DraftRecord,
    /// The look at the topic that they grew from.
    pub analysis: AnalysisRecord,
    /// Who wrote them.
    pub provider: String,
    /// Who may write, in the order in which they are tried.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<String>,
    /// Its pictures.
    pub pictures: Vec<BlobRecord>,
    /// Whose carousel it is, as it is today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<BrandRecord>,
    /// What the calls may cost, where that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
    /// Whether something was reserved that the wish's last step settles, also where no model was called.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub settles: bool,
}

/// Input of `save_revision`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SaveRevisionInput {
    /// Which carousel.
    pub carousel: String,
    /// The wish that led to it.
    pub intent: String,
    /// The theme in which it is drawn.
    pub theme: String,
    /// Its words.
    pub draft: DraftRecord,
    /// The look at the topic that they grew from.
    pub analysis: AnalysisRecord,
    /// Who wrote them.
    pub provider: String,
    /// The calls it took.
    pub calls: Vec<ModelCall>,
    /// Its pictures.
    pub rendered: Rendered,
}

/// Result of `save_revision`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RevisionSaved {
    /// Its number.
    pub revision: u32,
}

/// Input of `show_draft`: a draft that waits to be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ShowDraftInput {
    /// Which revision.
    pub revision: u32,
    /// Where to show it.
    pub destination: DestinationRecord,
    /// Whether it is only said that it waits one more hour.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub closing: bool,
}

/// Input of `send_files`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SendFilesInput {
    /// Which carousel.
    pub carousel: String,
    /// Which revision.
    pub revision: u32,
    /// The wish: the same wish twice sends each file once.
    pub intent: String,
    /// Where to.
    pub destination: DestinationRecord,
    /// The pictures, in order.
    pub pictures: Vec<BlobRecord>,
}

/// Input of `tell_change`: what came of a wish, said in the chat.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TellChangeInput {
    /// Which carousel.
    pub carousel: String,
    /// The wish.
    pub intent: String,
    /// Where to say it.
    pub destination: DestinationRecord,
    /// The revision that came of it; 0 where none did.
    #[serde(skip_serializing_if = "is_nothing")]
    pub revision: u32,
    /// Which slide is new, counted from 1.
    #[serde(skip_serializing_if = "is_nothing")]
    pub slide: u32,
    /// How it looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<BlobRecord>,
    /// Why nothing came of it: a [`super::FailureKind`]'s name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The same in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
}
