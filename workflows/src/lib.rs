//! Deterministic orchestration: decides which step runs next, never how it runs.
//!
//! Owns the [`contract`] with the activities, the [`policy`] of each step, the names of task
//! [`queues`] and search attributes, [`CarouselWorkflow`], and the smaller workflows. The
//! dependency list and `clippy.toml` exclude I/O, clocks, randomness and all code of activities.

pub mod activity;
mod activity_caller;
pub mod broadcast;
pub mod carousel;
pub mod contract;
pub mod edit;
mod edit_text;
pub mod maintenance;
pub mod policy;
pub mod privacy;
pub mod queues;
pub mod report_end;
pub mod requests;
pub mod resend;
pub mod scheduled;
mod shorten_text;
pub mod visibility;
pub mod web_ui;
pub mod web_ui_texts;

pub use broadcast::BroadcastWorkflow;
pub use carousel::CarouselWorkflow;
pub use edit::EditWorkflow;
pub use maintenance::{CollectBlobsWorkflow, PruneWorkflow, ReconcileWorkflow};
pub use privacy::{ExportWorkflow, ForgetWorkflow};
pub use report_end::ReportEndWorkflow;
pub use requests::{AnswerWorkflow, DailyTipWorkflow};
pub use resend::ResendWorkflow;
pub use scheduled::ScheduledWorkflow;
