//! The gateway between users and workflows: validates requests, starts and cancels workflows,
//! reports progress. It does no work that must survive a restart: workflows do that.
//!
//! A library and a program, so that `cargo dev` runs the same gateway in its own process. Never
//! depends on `activities`.

mod backlog;
pub mod bot;
pub mod carousel_client;
pub mod carousel_request;
pub mod cli;
pub mod codec;
pub mod schedule_client;
pub mod serve;
pub mod small_requests;
pub mod update_failpoint;
