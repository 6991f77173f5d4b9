//! Deterministic orchestration: decides which step runs next, never how it runs.
//!
//! A folder per feature has its workflows, payloads and activities with their policies. The rest is
//! shared: how an [`activity`] is declared and called, [`policy`], the names of task [`queues`] and search attributes, [`CarouselWorkflow`], and the smaller workflows. The
//! dependency list and `clippy.toml` exclude I/O, clocks, randomness and all code of activities.

pub mod activity;
mod activity_caller;
pub mod broadcast;
pub mod carousel;
pub mod destination;
pub mod edit;
pub mod maintenance;
pub mod model_calls;
pub mod notice;
pub mod policy;
pub mod privacy;
pub mod questions;
pub mod queues;
pub mod schedule;
pub mod visibility;
pub mod web_ui;
pub mod web_ui_texts;
pub mod webhook;

pub use broadcast::BroadcastWorkflow;
pub use carousel::CarouselWorkflow;
pub use carousel::report_end::ReportEndWorkflow;
pub use carousel::resend::ResendWorkflow;
pub use edit::EditWorkflow;
pub use maintenance::{CollectBlobsWorkflow, PruneWorkflow, ReconcileWorkflow};
pub use privacy::{ExportWorkflow, ForgetWorkflow};
pub use questions::{AnswerWorkflow, DailyTipWorkflow};
pub use schedule::ScheduledWorkflow;
pub use webhook::WebhookWorkflow;

/// Milliseconds since the Unix epoch, UTC.
pub type Millis = i64;
