//! The contract between workflows and activities: names, inputs, results, kinds of failure.
//!
//! Payloads are plain, versioned records that decode leniently: new fields have a default, unknown
//! ones are ignored. They become `domain` types in the activities, so a stricter limit never makes
//! an old history unreadable. Histories contain keys, never bytes, and no prompts or model replies
//! except the draft itself.

use domain::record::{
    AnalysisRecord, BlobRecord, BrandRecord, BriefRecord, DraftRecord, SlideRecord,
};
use serde::{Deserialize, Serialize};

mod broadcast;
mod chat;
mod definitions;
mod edit;
mod maintenance;
mod offer;
mod privacy;
mod requests;
mod scheduled;
mod writing;
pub use broadcast::{
    AlbumRecord, BroadcastActivities, BroadcastDeliveryActivities, BroadcastInput,
    BroadcastMessage, BroadcastProgress, BroadcastSent, ConcludeInput, FindRecipientsInput,
    LocalizedTip, OpenBroadcastInput, RecipientRecord, RecipientsFound, SendBroadcastInput,
    broadcast_delivery, broadcasting,
};
pub use chat::{ReportEndInput, ResendInput, StatusInput};
pub use definitions::{
    AiActivities, DeliveryActivities, MaintenanceActivities, PersistenceActivities,
    RenderActivities, ai, delivery, maintenance_definitions, persistence, render,
};
pub use edit::{
    EditInput, EditKind, EditRecord, EditResult, LoadRevisionInput, ReportEditInput,
    RevisionLoaded, RevisionSaved, SaveRevisionInput, SendFilesInput, ShowDraftInput,
};
pub use maintenance::{
    BlobsCollected, CollectInput, CursorRecord, FindLostInput, LostCarousel, LostFound,
    LostReconciled, PruneInput, RaiseAlertInput, ReconcileLostInput, ReconcileResult,
    ReconciledCarousel, StuckCarousel, TablesPruned,
};
pub use offer::Offer;
pub use privacy::{
    DeletedCounts, ExportActivities, ExportInput, ForgetInput, PrivacyActivities, StopWorkInput,
    WorkStopped, exporting, forgetting,
};
pub use requests::{
    AdmitInput, AnswerRequest, AnswerResult, DailyTipRequest, DailyTipResult, RecordInput,
    RequestAdmitted,
};
pub use scheduled::{
    NoticeActivities, NoticeInput, NoticeSent, PauseSubscriptionInput, PrepareScheduledInput,
    ScheduleActivities, ScheduledContent, ScheduledInput, ScheduledResult, SlotRecord, notice,
    schedule,
};
pub use writing::{
    AnalyzeInput, AnswerInput, CallsMade, DailyTip, DailyTipInput, FetchInput, ModelCall,
    Overflows, QuestionAnswered, RewriteInput, ShortenInput, SlideRewritten, SlidesShortened,
    SlidesWritten, SourceMaterial, TopicAnalyzed, TranscribeInput, UsageRecord, WriteInput,
};

pub use domain::{
    failure::{FailureKind, ModelFailure},
    record::{Citation, OverflowRecord},
};

const TELEGRAM: &str = "telegram";

/// Milliseconds since the Unix epoch, UTC.
pub type Millis = i64;

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
    #[serde(skip_serializing_if = "is_nothing")]
    pub review_seconds: u32,
    /// Whether the original images follow the album as files.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub documents: bool,
}

/// Where a carousel is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DestinationRecord {
    /// `folder` or `telegram`.
    pub kind: String,
    /// For `folder`: its path, relative to the delivery pool's `OUTPUT_DIR`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// For `telegram`: Telegram's chat id.
    #[serde(skip_serializing_if = "is_zero")]
    pub chat: i64,
    /// For `telegram`: the topic of a forum; 0 for none.
    #[serde(skip_serializing_if = "is_zero")]
    pub thread: i64,
    /// For `telegram`: the [`domain::Language`] of the bot's texts.
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

/// Prefix of a folder that is a grant's token instead of a path.
const GRANT: &str = "grant:";

impl DestinationRecord {
    pub fn telegram(chat: i64, thread: Option<i32>, language: domain::Language) -> Self {
        Self {
            kind: TELEGRAM.to_owned(),
            chat,
            thread: thread.map_or(0, i64::from),
            language: language.name().to_owned(),
            ..Self::default()
        }
    }

    /// Whether it is a chat, which gets status messages.
    pub fn is_chat(&self) -> bool {
        self.kind == TELEGRAM
    }

    /// A description for operators.
    pub fn description(&self) -> String {
        match self.kind.as_str() {
            TELEGRAM => format!("{} {}", self.kind, self.chat),
            _ if self.grant().is_some() => "the folder that `cargo dev make` was given".to_owned(),
            _ => format!("{} {}", self.kind, self.folder),
        }
    }

    /// The folder of a grant. Only its owner can create the grant, which is valid for one carousel.
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

/// Result of a `CarouselWorkflow`, and the details of a failed or cancelled one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CarouselResult {
    /// A [`domain::Outcome`]'s name.
    pub outcome: String,
    /// The reason, unless it was delivered.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The provider that wrote it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub provider: String,
    /// Number of delivered slides.
    pub slides: u32,
    /// The folder, if it was delivered to one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// The names of the files in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// The user is asked; it never happens silently.
    #[serde(skip_serializing_if = "Offer::is_nothing")]
    pub offer: Offer,
}

/// The answer of the query `progress`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CarouselProgress {
    /// A [`domain::CarouselStage`]'s name.
    pub stage: String,
    /// Completed steps.
    pub done: u32,
    /// Total steps.
    pub total: u32,
    /// Whether a cancel is still possible.
    pub cancellable: bool,
    /// The provider, once it is known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub provider: String,
    /// A [`domain::Outcome`]'s name, once it has ended.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub outcome: String,
    /// The reason of a failure.
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
    /// The provider that wrote it.
    pub provider: String,
    pub analysis: AnalysisRecord,
    pub draft: DraftRecord,
    /// The model calls that no step has recorded yet.
    pub calls: Vec<ModelCall>,
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
    /// A theme's name.
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
    /// `delivered` or `unknown`.
    pub outcome: String,
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
    /// `delivered` or `unknown`.
    pub outcome: String,
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
    /// `failed` or `cancelled`.
    pub outcome: String,
    /// The reason as text for people.
    pub reason: String,
    /// The [`domain::CarouselStage`]'s name in which it failed.
    pub stage: String,
    /// Model calls that no step has recorded yet.
    pub calls: Vec<ModelCall>,
}
