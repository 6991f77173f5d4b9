//! The contract between workflows and activities: names, inputs, results, kinds of failure.
//!
//! Payloads are plain, versioned records. They are never judged while they are decoded (new fields
//! take a default, unknown ones are ignored): they become `domain` types in the activities, so a
//! limit that is tightened never makes an old history unreadable. History carries keys, never
//! bytes; and what a model was asked or answered is no part of it beyond the draft itself.

use domain::record::{
    AnalysisRecord, BlobRecord, BrandRecord, BriefRecord, DraftRecord, SlideRecord,
};
use serde::{Deserialize, Serialize};

mod broadcast;
mod chat;
mod definitions;
mod maintenance;
mod privacy;
mod requests;
mod revise;
mod scheduled;
mod writing;
pub use broadcast::{
    AlbumRecord, BroadcastActivities, BroadcastInput, BroadcastMessage, BroadcastProgress, Cast,
    CastActivities, CastInput, ConcludeInput, FindRecipientsInput, OpenBroadcastInput,
    RecipientRecord, RecipientsFound, SpokenThought, broadcasting, casting,
};
pub use chat::{ResendInput, StatusInput, TellInput};
pub use definitions::{
    AiActivities, DeliveryActivities, MaintenanceActivities, PersistenceActivities,
    RenderActivities, ai, delivery, persistence, render, upkeep,
};
pub use maintenance::{
    BlobsCollected, CollectInput, CursorRecord, FindLostInput, LostCarousel, LostFound,
    LostSettled, PruneInput, Pruned, RaiseAlertInput, Reconciled, SettleLostInput, SettledCarousel,
    StuckCarousel,
};
pub use privacy::{
    Erased, ExportActivities, ExportInput, ForgetInput, PrivacyActivities, StopWorkInput,
    WorkStopped, exporting, forgetting,
};
pub use requests::{
    AdmitInput, Admitted, AnswerRequest, AnswerResult, RecordInput, WisdomRequest, WisdomResult,
};
pub use revise::{
    Change, ChangeRecord, LoadRevisionInput, ReviseInput, Revised, RevisionLoaded, RevisionSaved,
    SaveRevisionInput, SendFilesInput, ShowDraftInput, TellChangeInput,
};
pub use scheduled::{
    NoticeActivities, NoticeInput, NoticeSent, PrepareInput, Prepared, RestInput,
    ScheduleActivities, Scheduled, ScheduledInput, SlotRecord, notice, schedule,
};
pub use writing::{
    AnalyzeInput, Analyzed, AnswerInput, Answered, CallsMade, Citation, FetchInput, Material,
    ModelCall, OverflowRecord, Overflows, RewriteInput, Rewritten, ShortenInput, Shortened,
    Thought, TranscribeInput, UsageRecord, WisdomInput, WriteInput, Written,
};

const TELEGRAM: &str = "telegram";

/// Milliseconds since the Unix epoch, UTC.
pub type Millis = i64;

/// What starts a `CarouselWorkflow`. Its carousel id is the workflow id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CarouselInput {
    /// Who asked.
    pub user: String,
    /// What for.
    pub brief: BriefRecord,
    /// Where it goes.
    pub destination: DestinationRecord,
    /// The event that led to it; empty when none did.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cause: String,
    /// Whether our own notes write it, no model: what [`CarouselResult::offer`] offers.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub offline: bool,
    /// For how long the draft waits to be looked at before it is drawn, in seconds; 0 where nobody
    /// wants to look.
    #[serde(skip_serializing_if = "is_nothing")]
    pub review_seconds: u32,
    /// Whether the originals follow the album as files.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub documents: bool,
}

/// Where a carousel goes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DestinationRecord {
    /// `folder` or `telegram`.
    pub kind: String,
    /// For `folder`: its path. A relative one lies below the delivery pool's `OUTPUT_DIR`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// For `telegram`: the chat, in Telegram's numbering.
    #[serde(skip_serializing_if = "is_zero")]
    pub chat: i64,
    /// For `telegram`: the topic of a forum; 0 for none.
    #[serde(skip_serializing_if = "is_zero")]
    pub thread: i64,
    /// For `telegram`: the [`domain::Language`] that we speak there.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub language: String,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_first(generation: &u32) -> bool {
    *generation <= 1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_nothing(number: &u32) -> bool {
    *number == 0
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// What a folder begins with that is not a path but a grant's token.
const GRANT: &str = "grant:";

impl DestinationRecord {
    /// A chat in Telegram.
    pub fn telegram(chat: i64, thread: Option<i32>, language: domain::Language) -> Self {
        Self {
            kind: TELEGRAM.to_owned(),
            chat,
            thread: thread.map_or(0, i64::from),
            language: language.name().to_owned(),
            ..Self::default()
        }
    }

    /// Whether it is a chat, in which something can be said on the way.
    pub fn is_chat(&self) -> bool {
        self.kind == TELEGRAM
    }

    /// What an operator reads.
    pub fn shown(&self) -> String {
        match self.kind.as_str() {
            TELEGRAM => format!("{} {}", self.kind, self.chat),
            _ if self.grant().is_some() => "the folder that `cargo dev make` was given".to_owned(),
            _ => format!("{} {}", self.kind, self.folder),
        }
    }

    /// The folder that a grant names: only its owner could give it, and for one carousel.
    pub fn granted(token: &str) -> Self {
        Self::folder(format!("{GRANT}{token}"))
    }

    /// The grant's token, if it is one.
    pub fn grant(&self) -> Option<&str> {
        self.folder.strip_prefix(GRANT)
    }

    /// A folder on the delivery worker's disk.
    pub fn folder(path: impl Into<String>) -> Self {
        Self {
            kind: "folder".to_owned(),
            folder: path.into(),
            ..Self::default()
        }
    }
}

/// What a `CarouselWorkflow` ends with; also the details of one that failed or was cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CarouselResult {
    /// A [`domain::Outcome`]'s name.
    pub outcome: String,
    /// Why, where it is not simply done.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who wrote it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub provider: String,
    /// How many slides were sent.
    pub slides: u32,
    /// Where they went, when it was a folder.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// The names of the files in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// `offline` where every model failed for good and our own notes could write it instead: to be
    /// asked, never done in silence.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub offer: String,
}

/// The answer of the query `progress`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// A [`domain::Stage`]'s name.
    pub stage: String,
    /// Steps that are done.
    pub done: u32,
    /// Steps in all.
    pub total: u32,
    /// Whether a cancel still comes in time.
    pub cancellable: bool,
    /// Who writes, once that is known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub provider: String,
    /// A [`domain::Outcome`]'s name, once it is over.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub outcome: String,
    /// What went wrong, once something did.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// Input of `open_carousel`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OpenInput {
    /// Who asked.
    pub user: String,
    /// What for.
    pub brief: BriefRecord,
    /// The event that led to it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cause: String,
    /// Whether our own notes are to write it, no model.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub offline: bool,
}

/// Result of `open_carousel`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Opened {
    /// Who may write, in the order in which they are tried.
    pub providers: Vec<String>,
    /// How an earlier workflow of the same id ended, when one did: this one ends the same way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<CarouselResult>,
    /// Whose carousel it is, where they have said; as it was when the carousel was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<BrandRecord>,
    /// What its calls may cost, in millionths of a US dollar, where that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
    /// Whether each wish about its draft has to be admitted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub admits: bool,
}

/// Input of `save_draft`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SaveDraftInput {
    /// Counted from 1.
    pub revision: u32,
    /// Who wrote it.
    pub provider: String,
    /// What came to light.
    pub analysis: AnalysisRecord,
    /// The words.
    pub draft: DraftRecord,
    /// The calls it took.
    pub calls: Vec<ModelCall>,
}

/// Result of `save_draft`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DraftSaved {
    /// Who wrote what is stored.
    pub provider: String,
    /// What was stored already, where it differs from what was given: the first write wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored: Option<DraftRecord>,
    /// What further calls may cost, where that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<u64>,
}

/// Input of `render_carousel`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RenderInput {
    /// A theme's name.
    pub theme: String,
    /// A [`domain::Format`]'s name.
    pub format: String,
    /// A [`domain::ImageKind`]'s name.
    pub image: String,
    /// A [`domain::Language`]'s name.
    pub language: String,
    /// The words.
    pub slides: Vec<SlideRecord>,
    /// Whose carousel it is, where they have said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<BrandRecord>,
}

/// Result of `render_carousel`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rendered {
    /// The pictures, in order.
    pub pictures: Vec<BlobRecord>,
    /// How many of them were there already.
    pub reused: u32,
    /// When drawing began.
    pub started_at: Millis,
    /// When it was done.
    pub finished_at: Millis,
    /// What drew them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub backend: String,
}

/// Input of `deliver_carousel`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DeliverInput {
    /// Which carousel, where it is not the one whose workflow this is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub carousel: String,
    /// Which revision.
    pub revision: u32,
    /// Which try at it that a person asked for; 0 and 1 are the one that nobody had to ask for.
    #[serde(skip_serializing_if = "is_first")]
    pub generation: u32,
    /// Where to.
    pub destination: DestinationRecord,
    /// The pictures, in order.
    pub pictures: Vec<BlobRecord>,
    /// What the words took; none where no model was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<UsageRecord>,
    /// What drew the pictures.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub backend: String,
}

/// Result of `deliver_carousel`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Delivered {
    /// `delivered` or `unknown`.
    pub outcome: String,
    /// Why nobody can say whether it arrived.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The folder, when it was one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// The names of the files in it, pictures first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
}

/// Input of `complete_carousel`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CompleteInput {
    /// Which revision.
    pub revision: u32,
    /// What was drawn.
    pub rendered: Rendered,
    /// `delivered` or `unknown`.
    pub outcome: String,
    /// Why nobody can say whether it arrived.
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
    /// How it had ended before, where that differs from what was given: the first write wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<CarouselResult>,
}

/// Input of `discard_draft`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DiscardDraftInput {
    /// Which revision.
    pub revision: u32,
}

/// Input of `abandon_carousel`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AbandonInput {
    /// `failed` or `cancelled`.
    pub outcome: String,
    /// Why, in words.
    pub reason: String,
    /// Where: a [`domain::Stage`]'s name.
    pub stage: String,
    /// Model calls that no step has recorded yet.
    pub calls: Vec<ModelCall>,
}

/// Why an activity fails: the type of its failure in the history. Exactly one place,
/// `activities/src/error.rs`, maps errors to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The request itself is wrong.
    InvalidInput,
    /// The user has had today's carousels.
    QuotaExceeded,
    /// The user has spent today's budget for models: our own notes need none.
    BudgetExceeded,
    /// A provider can't do it, now or ever: the next one is asked.
    ProviderFailed,
    /// A page or a recording can't be used.
    SourceRefused,
    /// A slide can't be drawn as it is written.
    SlideRefused,
    /// Something that should be stored is not.
    Missing,
    /// The carousel is over: a late step has nothing more to do.
    Over,
    /// The destination can't take it.
    DestinationRefused,
    /// A dependency is away for now.
    Unavailable,
    /// Nobody can be written to there any more: the bot was stopped, or the chat is gone.
    ChatClosed,
    /// The person may not use the product.
    AccessRefused,
}

impl FailureKind {
    /// The name in the history.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidInput => "InvalidInput",
            Self::QuotaExceeded => "QuotaExceeded",
            Self::BudgetExceeded => "BudgetExceeded",
            Self::ProviderFailed => "ProviderFailed",
            Self::SourceRefused => "SourceRefused",
            Self::SlideRefused => "SlideRefused",
            Self::Missing => "Missing",
            Self::Over => "Over",
            Self::DestinationRefused => "DestinationRefused",
            Self::Unavailable => "Unavailable",
            Self::ChatClosed => "ChatClosed",
            Self::AccessRefused => "AccessRefused",
        }
    }

    /// Whether another attempt may end better.
    pub const fn is_retryable(self) -> bool {
        match self {
            Self::Unavailable => true,
            Self::InvalidInput
            | Self::Missing
            | Self::Over
            | Self::QuotaExceeded
            | Self::BudgetExceeded
            | Self::ProviderFailed
            | Self::SourceRefused
            | Self::SlideRefused
            | Self::DestinationRefused
            | Self::ChatClosed
            | Self::AccessRefused => false,
        }
    }
}
