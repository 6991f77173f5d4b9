//! The gateway between users and workflows: validates requests, starts and cancels workflows,
//! reports progress. It does no work that must survive a restart: workflows do that.
//!
//! A library and a program, so that `cargo dev` runs the same gateway in its own process. Never
//! depends on `activities`.

mod backlog;
pub mod bot;
pub mod carousels;
pub mod cli;
pub mod codec;
pub mod fault;
pub mod order;
pub mod requests;
pub mod schedules;
pub mod serve;
