//! Deterministic orchestration: decides which step runs next, never how it runs.
//!
//! Owns the [`contract`] with the activities, the [`policy`] of each step, the names of task
//! [`queues`] and search attributes, [`CarouselWorkflow`], and the smaller workflows. The
//! dependency list and `clippy.toml` exclude I/O, clocks, randomness and all code of activities.

pub mod broadcast;
pub mod carousel;
pub mod contract;
pub mod maintenance;
pub mod policy;
pub mod privacy;
pub mod queues;
pub mod requests;
pub mod resend;
pub mod revise;
mod rewriting;
pub mod scheduled;
mod shortening;
mod steps;
pub mod story;
pub mod telling;
pub mod visibility;
pub mod web_ui;

pub use broadcast::BroadcastWorkflow;
pub use carousel::CarouselWorkflow;
pub use maintenance::{CollectBlobsWorkflow, PruneWorkflow, ReconcileWorkflow};
pub use privacy::{ExportWorkflow, ForgetWorkflow};
pub use requests::{AnswerWorkflow, WisdomWorkflow};
pub use resend::ResendWorkflow;
pub use revise::RevisionWorkflow;
pub use scheduled::ScheduledWorkflow;
pub use telling::TellWorkflow;
