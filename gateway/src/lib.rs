//! The gateway between users and workflows: validates requests, starts and cancels workflows,
//! reports progress. It does no work that must survive a restart: workflows do that.
//!
//! A library and a program, so that `cargo dev` runs the same gateway in its own process. Never
//! depends on `activities`.

mod alerts;
pub mod api;
pub mod bot;
pub mod carousel_client;
pub mod carousel_request;
pub mod cli;
pub mod codec;
pub mod event_requests;
mod event_tree;
mod events_command;
mod failures;
pub mod health;
pub mod rebuild;
pub mod requests;
mod rollout;
pub mod schedule_client;
pub mod serve;
mod skipped_times;
pub mod small_requests;
pub mod source_file;
mod studio;
pub mod studio_command;
pub mod task_queues;
mod theme_sample;
mod tokens_command;
pub mod update_failpoint;
