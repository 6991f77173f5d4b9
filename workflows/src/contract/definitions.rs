//! The activities by name, input and result. Their code is in the `activities` crate; the bodies
//! here are what the SDK's macro wants, and are never called.
#![expect(
    missing_docs,
    reason = "what the macro makes carries no docs; see the functions"
)]
#![expect(clippy::unimplemented, reason = "the macro wants exactly this body")]

use temporalio_common::ActivityError;
use temporalio_macros::activity_definitions;

use super::{
    AbandonInput, AdmitInput, Admitted, AnalyzeInput, Analyzed, AnswerInput, Answered,
    BlobsCollected, CollectInput, CompleteInput, Completed, DeliverInput, Delivered,
    DiscardDraftInput, DraftSaved, FetchInput, FindLostInput, LoadRevisionInput, LostFound,
    LostSettled, Material, OpenInput, Opened, PruneInput, Pruned, RaiseAlertInput, RecordInput,
    RenderInput, Rendered, RevisionLoaded, RevisionSaved, RewriteInput, Rewritten, SaveDraftInput,
    SaveRevisionInput, SendFilesInput, SettleLostInput, ShortenInput, Shortened, ShowDraftInput,
    StatusInput, TellChangeInput, TellInput, Thought, TranscribeInput, WisdomInput, WriteInput,
    Written,
};

/// Activities of the ai pool.
pub struct AiActivities;

#[activity_definitions]
impl AiActivities {
    /// Looks at the topic with one provider.
    #[activity(name = "analyze_topic")]
    pub fn analyze_topic(_: AnalyzeInput) -> Result<Analyzed, ActivityError> {
        unimplemented!()
    }

    /// Writes the slides with one provider.
    #[activity(name = "write_slides")]
    pub fn write_slides(_: WriteInput) -> Result<Written, ActivityError> {
        unimplemented!()
    }

    /// Says what slides say in fewer words, with one provider.
    #[activity(name = "shorten_slides")]
    pub fn shorten_slides(_: ShortenInput) -> Result<Shortened, ActivityError> {
        unimplemented!()
    }

    /// Writes one slide anew, as somebody wants it, with one provider.
    #[activity(name = "rewrite_slide")]
    pub fn rewrite_slide(_: RewriteInput) -> Result<Rewritten, ActivityError> {
        unimplemented!()
    }

    /// Answers a question from our notes, with one provider.
    #[activity(name = "answer")]
    pub fn answer(_: AnswerInput) -> Result<Answered, ActivityError> {
        unimplemented!()
    }

    /// Finds a thought of the day, with one provider.
    #[activity(name = "wisdom")]
    pub fn wisdom(_: WisdomInput) -> Result<Thought, ActivityError> {
        unimplemented!()
    }

    /// Reads a page and keeps its text.
    #[activity(name = "fetch_page")]
    pub fn fetch_page(_: FetchInput) -> Result<Material, ActivityError> {
        unimplemented!()
    }

    /// Writes down what is said in a recording, with one provider.
    #[activity(name = "transcribe")]
    pub fn transcribe(_: TranscribeInput) -> Result<Material, ActivityError> {
        unimplemented!()
    }
}

/// Activities of the render pool.
pub struct RenderActivities;

#[activity_definitions]
impl RenderActivities {
    /// Draws all slides; skips those that are stored already.
    #[activity(name = "render_carousel")]
    pub fn render_carousel(_: RenderInput) -> Result<Rendered, ActivityError> {
        unimplemented!()
    }
}

/// Activities of the persistence pool.
pub struct PersistenceActivities;

#[activity_definitions]
impl PersistenceActivities {
    /// Writes down the request and reserves the quota.
    #[activity(name = "open_carousel")]
    pub fn open_carousel(_: OpenInput) -> Result<Opened, ActivityError> {
        unimplemented!()
    }

    /// Stores the draft and the events that led to it.
    #[activity(name = "save_draft")]
    pub fn save_draft(_: SaveDraftInput) -> Result<DraftSaved, ActivityError> {
        unimplemented!()
    }

    /// Writes down the end; returns what is stored.
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

    /// Says who may answer a request that makes no carousel.
    #[activity(name = "admit_request")]
    pub fn admit_request(_: AdmitInput) -> Result<Admitted, ActivityError> {
        unimplemented!()
    }

    /// Writes the events of a request that makes no carousel.
    #[activity(name = "record_request")]
    pub fn record_request(_: RecordInput) -> Result<(), ActivityError> {
        unimplemented!()
    }

    /// Reads a revision, or the one that a wish has led to before.
    #[activity(name = "load_revision")]
    pub fn load_revision(_: LoadRevisionInput) -> Result<RevisionLoaded, ActivityError> {
        unimplemented!()
    }

    /// Stores a revision that somebody asked for, its pictures and its events.
    #[activity(name = "save_revision")]
    pub fn save_revision(_: SaveRevisionInput) -> Result<RevisionSaved, ActivityError> {
        unimplemented!()
    }
}

/// Activities of the delivery pool.
pub struct DeliveryActivities;

#[activity_definitions]
impl DeliveryActivities {
    /// Sends the pictures.
    #[activity(name = "deliver_carousel")]
    pub fn deliver_carousel(_: DeliverInput) -> Result<Delivered, ActivityError> {
        unimplemented!()
    }

    /// Says in the chat how far it is.
    #[activity(name = "update_status")]
    pub fn update_status(_: StatusInput) -> Result<(), ActivityError> {
        unimplemented!()
    }

    /// Says in the chat that it did not work out, and why.
    #[activity(name = "tell_end")]
    pub fn tell_end(_: TellInput) -> Result<(), ActivityError> {
        unimplemented!()
    }

    /// Says in the chat what came of a wish: the new slide, or why there is none.
    #[activity(name = "tell_change")]
    pub fn tell_change(_: TellChangeInput) -> Result<(), ActivityError> {
        unimplemented!()
    }

    /// Shows a draft that waits to be looked at.
    #[activity(name = "show_draft")]
    pub fn show_draft(_: ShowDraftInput) -> Result<(), ActivityError> {
        unimplemented!()
    }

    /// Sends the originals of a revision as files.
    #[activity(name = "send_files")]
    pub fn send_files(_: SendFilesInput) -> Result<(), ActivityError> {
        unimplemented!()
    }
}

/// Activities of the persistence pool that belong to no carousel in the making.
pub struct MaintenanceActivities;

#[activity_definitions]
impl MaintenanceActivities {
    /// Looks for open carousels whose workflow is over or stuck.
    #[activity(name = "find_lost")]
    pub fn find_lost(_: FindLostInput) -> Result<LostFound, ActivityError> {
        unimplemented!()
    }

    /// Completes a lost carousel that arrived, undoes one that did not.
    #[activity(name = "settle_lost")]
    pub fn settle_lost(_: SettleLostInput) -> Result<LostSettled, ActivityError> {
        unimplemented!()
    }

    /// Says which workflows are stuck.
    #[activity(name = "raise_alert")]
    pub fn raise_alert(_: RaiseAlertInput) -> Result<(), ActivityError> {
        unimplemented!()
    }

    /// Takes blobs that nothing refers to.
    #[activity(name = "collect_blobs")]
    pub fn collect_blobs(_: CollectInput) -> Result<BlobsCollected, ActivityError> {
        unimplemented!()
    }

    /// Deletes rows that are over for long.
    #[activity(name = "prune_tables")]
    pub fn prune_tables(_: PruneInput) -> Result<Pruned, ActivityError> {
        unimplemented!()
    }
}

// The macro puts the definitions into private modules; activities implement them by these names.
/// Definitions of the ai pool.
pub mod ai {
    pub use super::ai_activities::{
        AnalyzeTopic, Answer, FetchPage, RewriteSlide, ShortenSlides, Transcribe, Wisdom,
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
        DeliverCarousel, SendFiles, ShowDraft, TellChange, TellEnd, UpdateStatus,
    };
}
/// Definitions of what looks after the house.
pub mod upkeep {
    pub use super::maintenance_activities::{
        CollectBlobs, FindLost, PruneTables, RaiseAlert, SettleLost,
    };
}
