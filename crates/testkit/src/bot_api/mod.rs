//! A fake Bot API: a real HTTP server that records all calls of a bot, enforces Telegram's limits,
//! and injects faults on request.
//!
//! [`FakeBotApi`] is the test's handle: for a server in its own process ([`FakeBotApi::start`]) or in
//! another one ([`FakeBotApi::at`]). Both are driven over HTTP, so a test reads the same either way,
//! and a person can do the same with `curl` or on the server's page.
//!
//! ```no_run
//! # async fn example() {
//! use testkit::bot_api::{BotApiFault, FakeBotApi};
//!
//! let telegram = FakeBotApi::start().await;
//! let ann = telegram.person("Ann").await;
//! ann.sends_text("/start").await;                       // the bot under test answers …
//! let hello = ann.waits_for(|chat| chat.last().cloned()).await;
//! telegram.fault(BotApiFault::accept_then_drop().on("sendMediaGroup")).await;
//! ann.presses(&hello, "Draw").await;
//! # }
//! ```
//!
//! **Deviations**, each on purpose: a webhook may be plain HTTP on this machine; each chat has a
//! message id sequence of its own; photos keep the uploaded bytes instead of being re-encoded;
//! albums hold photos or documents only; a webhook's response is not read as a call. What is not
//! emulated is refused with 404, never ignored.
//!
//! The state is in memory. To simulate a Telegram that is down, put [`crate::chaos_proxy`] in between.

mod actors;
mod bot_api_objects;
mod client;
mod connection;
mod control_api;
mod error_response;
mod fake;
mod fake_model;
mod fake_state;
mod fault_injection;
pub mod judge;
mod markup;
mod methods;
mod page;
mod polling;
mod request;
mod server;
mod simulated_actions;
mod telegram_limits;
mod updates;
mod webhook;

pub use actors::{Actor, ActorGroup};
pub use client::FakeBotApi;
pub use control_api::{ChatSnapshot, CommandMenu, Snapshot};
pub use fake_model::{
    BotMembership, ButtonAction, ButtonPress, CallOutcome, ChatId, ChatKind, FakeButton, FakeChat,
    FakeFile, FakeInlineQuery, FakeMessage, FormattedText, MessageContent, MessageEdit,
    MillisSinceStart, QueuedUpdate, RecordedCall, RecordedChatAction, Sender,
};
pub use fake_state::FakeBotApiOptions;
pub use fault_injection::BotApiFault;
pub use simulated_actions::{PersonMessage, SimulatedAction};
pub use telegram_limits::TelegramLimits;
