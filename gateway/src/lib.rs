//! The border to people: it judges what they ask, starts and stops workflows on their behalf, and
//! tells them how it goes. Does no work that must survive: that is the workflows'.
//!
//! A library as well as a program, so that `cargo dev` runs the same gateway in its own process.
//! Never depends on `activities`.

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
