//! A fake Bot API: a real HTTP server that records all calls of a bot, enforces Telegram's limits,
//! and injects faults on request.
//!
//! [`BotApi`] is the test's handle: for a server in its own process ([`BotApi::start`]) or in
//! another one ([`BotApi::at`]). Both are driven over HTTP, so a test reads the same either way,
//! and a person can do the same with `curl` or on the server's page.
//!
//! ```no_run
//! # async fn example() {
//! use testkit::bot_api::{BotApi, Fault};
//!
//! let telegram = BotApi::start().await;
//! let ann = telegram.person("Ann").await;
//! ann.says("/start").await;                       // the bot under test answers …
//! let hello = ann.hears(|chat| chat.last().cloned()).await;
//! telegram.fault(Fault::accept_then_drop().on("sendMediaGroup")).await;
//! ann.presses(&hello, "Draw").await;
//! # }
//! ```
//!
//! **Deviations**, each on purpose: a webhook may be plain HTTP on this machine; each chat has a
//! message id sequence of its own; photos keep the uploaded bytes instead of being re-encoded;
//! albums hold photos or documents only; a webhook's response is not read as a call. What is not
//! emulated is refused with 404, never ignored.
//!
//! The state is in memory. To simulate a Telegram that is down, put [`crate::chaos`] in between.

mod act;
mod client;
mod control;
mod fake;
mod fault;
mod limits;
mod line;
mod markup;
mod methods;
mod model;
mod page;
mod people;
mod polling;
mod refusal;
mod request;
mod server;
mod updates;
mod webhook;
mod wire;
mod world;

pub use act::{Act, Said};
pub use client::BotApi;
pub use control::{ChatSnapshot, Menu, Snapshot};
pub use fault::Fault;
pub use limits::Limits;
pub use model::{
    Action, Answered, Button, Call, Chat, ChatId, ChatKind, Content, Edit, File, Message, Moment,
    Press, Pressed, Sender, Standing, Update, Words,
};
pub use people::{Group, Person};
pub use world::Options;
