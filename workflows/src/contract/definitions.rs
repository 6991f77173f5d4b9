//! Declares the activities: name, input and result. The `activities` crate implements them; the
//! SDK's macro requires the bodies here, which are never called.
#![expect(clippy::unimplemented, reason = "the macro wants exactly this body")]

use temporalio_common::ActivityError;
use temporalio_macros::activity_definitions;

use super::{
    AbandonInput, AdmitInput, AnalyzeInput, AnswerInput, BlobsCollected, CarouselDelivered,
    CarouselOpened, CarouselRendered, CollectInput, CompleteInput, Completed, DailyTip,
    DailyTipInput, DeliverInput, DiscardDraftInput, DraftSaved, FetchInput, FindLostInput,
    LoadRevisionInput, LostFound, LostReconciled, OpenInput, PruneInput, QuestionAnswered,
    RaiseAlertInput, ReconcileLostInput, RecordInput, RenderInput, ReportEditInput, ReportEndInput,
    RequestAdmitted, RevisionLoaded, RevisionSaved, RewriteInput, SaveDraftInput,
    SaveRevisionInput, SendFilesInput, ShortenInput, ShowDraftInput, SlideRewritten,
    SlidesShortened, SlidesWritten, SourceMaterial, StatusInput, TablesPruned, TopicAnalyzed,
    TranscribeInput, WriteInput,
};

/// Activities of the ai pool.
pub struct AiActivities;

#[activity_definitions]
impl AiActivities {
    /// Analyses the topic with one provider.
    #[activity(name = "analyze_topic")]
    pub fn analyze_topic(_: AnalyzeInput) -> Result<TopicAnalyzed, ActivityError> {
        unimplemented!()
    }

    /// Writes the slides with one provider.
    #[activity(name = "write_slides")]
    pub fn write_slides(_: WriteInput) -> Result<SlidesWritten, ActivityError> {
        unimplemented!()
    }

    /// Shortens the text of slides with one provider.
    #[activity(name = "shorten_slides")]
    pub fn shorten_slides(_: ShortenInput) -> Result<SlidesShortened, ActivityError> {
        unimplemented!()
    }

    /// Rewrites one slide by the user's instruction with one provider.
    #[activity(name = "rewrite_slide")]
    pub fn rewrite_slide(_: RewriteInput) -> Result<SlideRewritten, ActivityError> {
        unimplemented!()
    }

    /// Answers a question from the knowledge base with one provider.
    #[activity(name = "answer")]
    pub fn answer(_: AnswerInput) -> Result<QuestionAnswered, ActivityError> {
        unimplemented!()
    }

    /// Finds or writes a daily tip with one provider.
    #[activity(name = "wisdom")]
    pub fn daily_tip(_: DailyTipInput) -> Result<DailyTip, ActivityError> {
        unimplemented!()
    }

    /// Reads a web page and stores its text.
    #[activity(name = "fetch_page")]
    pub fn fetch_page(_: FetchInput) -> Result<SourceMaterial, ActivityError> {
        unimplemented!()
    }

    /// Transcribes a recording with one provider.
    #[activity(name = "transcribe")]
    pub fn transcribe(_: TranscribeInput) -> Result<SourceMaterial, ActivityError> {
        unimplemented!()
    }
}

/// Activities of the render pool.
pub struct RenderActivities;

#[activity_definitions]
impl RenderActivities {
    /// Renders all slides; skips those that are stored already.
    #[activity(name = "render_carousel")]
    pub fn render_carousel(_: RenderInput) -> Result<CarouselRendered, ActivityError> {
        unimplemented!()
    }
}

/// Activities of the persistence pool.
pub struct PersistenceActivities;

#[activity_definitions]
impl PersistenceActivities {
    /// Stores the request and reserves the quota.
    #[activity(name = "open_carousel")]
    pub fn open_carousel(_: OpenInput) -> Result<CarouselOpened, ActivityError> {
        unimplemented!()
    }

    /// Stores the draft and the events that led to it.
    #[activity(name = "save_draft")]
    pub fn save_draft(_: SaveDraftInput) -> Result<DraftSaved, ActivityError> {
        unimplemented!()
    }

    /// Stores the end; returns what is stored.
    #[activity(name = "complete_carousel")]
    pub fn complete_carousel(_: CompleteInput) -> Result<Completed, ActivityError> {
        unimplemented!()
    }

    /// Undoes `save_draft`.
    #[activity(name = "discard_draft")]
    pub fn discard_draft(_: DiscardDraftInput) -> Result<(), ActivityError> {
        unimplemented!()
    }

    /// Undoes `open_carousel`: releases the quota and marks the row.
    #[activity(name = "abandon_carousel")]
    pub fn abandon_carousel(_: AbandonInput) -> Result<(), ActivityError> {
        unimplemented!()
    }

    /// Checks access and budget of a request without a carousel; returns the providers.
    #[activity(name = "admit_request")]
    pub fn admit_request(_: AdmitInput) -> Result<RequestAdmitted, ActivityError> {
        unimplemented!()
    }

    /// Writes the events of a request without a carousel.
    #[activity(name = "record_request")]
    pub fn record_request(_: RecordInput) -> Result<(), ActivityError> {
        unimplemented!()
    }

    /// Loads a revision, or the one that the same edit has already made.
    #[activity(name = "load_revision")]
    pub fn load_revision(_: LoadRevisionInput) -> Result<RevisionLoaded, ActivityError> {
        unimplemented!()
    }

    /// Stores the revision of an edit, its images and its events.
    #[activity(name = "save_revision")]
    pub fn save_revision(_: SaveRevisionInput) -> Result<RevisionSaved, ActivityError> {
        unimplemented!()
    }
}

/// Activities of the delivery pool.
pub struct DeliveryActivities;

#[activity_definitions]
impl DeliveryActivities {
    /// Sends the images.
    #[activity(name = "deliver_carousel")]
    pub fn deliver_carousel(_: DeliverInput) -> Result<CarouselDelivered, ActivityError> {
        unimplemented!()
    }

    /// Updates the status message in the chat.
    #[activity(name = "update_status")]
    pub fn update_status(_: StatusInput) -> Result<(), ActivityError> {
        unimplemented!()
    }

    /// Reports the failure and its reason to the chat.
    #[activity(name = "tell_end")]
    pub fn report_end(_: ReportEndInput) -> Result<(), ActivityError> {
        unimplemented!()
    }

    /// Reports the result of an edit to the chat: the new slide, or the reason of its refusal.
    #[activity(name = "tell_change")]
    pub fn report_edit(_: ReportEditInput) -> Result<(), ActivityError> {
        unimplemented!()
    }

    /// Shows a draft in review.
    #[activity(name = "show_draft")]
    pub fn show_draft(_: ShowDraftInput) -> Result<(), ActivityError> {
        unimplemented!()
    }

    /// Sends the original images of a revision as files.
    #[activity(name = "send_files")]
    pub fn send_files(_: SendFilesInput) -> Result<(), ActivityError> {
        unimplemented!()
    }
}

/// Maintenance activities of the persistence pool.
pub struct MaintenanceActivities;

#[activity_definitions]
impl MaintenanceActivities {
    /// Finds open carousels with an ended or stuck workflow.
    #[activity(name = "find_lost")]
    pub fn find_lost(_: FindLostInput) -> Result<LostFound, ActivityError> {
        unimplemented!()
    }

    /// Completes a lost carousel that was delivered, undoes one that was not.
    #[activity(name = "settle_lost")]
    pub fn reconcile_lost(_: ReconcileLostInput) -> Result<LostReconciled, ActivityError> {
        unimplemented!()
    }

    /// Raises an alert about stuck workflows.
    #[activity(name = "raise_alert")]
    pub fn raise_alert(_: RaiseAlertInput) -> Result<(), ActivityError> {
        unimplemented!()
    }

    /// Deletes unreferenced blobs.
    #[activity(name = "collect_blobs")]
    pub fn collect_blobs(_: CollectInput) -> Result<BlobsCollected, ActivityError> {
        unimplemented!()
    }

    /// Deletes old rows.
    #[activity(name = "prune_tables")]
    pub fn prune_tables(_: PruneInput) -> Result<TablesPruned, ActivityError> {
        unimplemented!()
    }
}

// The macro generates private modules; the activities crate needs these names.
/// Definitions of the ai pool.
pub mod ai {
    pub use super::ai_activities::{
        AnalyzeTopic, Answer, DailyTip, FetchPage, RewriteSlide, ShortenSlides, Transcribe,
        WriteSlides,
    };
}
/// Definitions of the render pool.
pub mod render {
    pub use super::render_activities::RenderCarousel;
}
/// Definitions of the persistence pool.
pub mod persistence {
    pub use super::persistence_activities::{
        AbandonCarousel, AdmitRequest, CompleteCarousel, DiscardDraft, LoadRevision, OpenCarousel,
        RecordRequest, SaveDraft, SaveRevision,
    };
}
/// Definitions of the delivery pool.
pub mod delivery {
    pub use super::delivery_activities::{
        DeliverCarousel, ReportEdit, ReportEnd, SendFiles, ShowDraft, UpdateStatus,
    };
}
/// Definitions of the maintenance activities.
pub mod maintenance_definitions {
    pub use super::maintenance_activities::{
        CollectBlobs, FindLost, PruneTables, RaiseAlert, ReconcileLost,
    };
}
