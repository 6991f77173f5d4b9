//! Client for the part of the Bot API that this project uses: requests, classified errors, text
//! escaped by its type, chat texts, and Telegram's limits.
//!
//! The gateway (which receives updates) and the delivery pool (which sends) share it. Each request
//! is one attempt; callers decide about retries. It reads no settings and keeps no state except the
//! connection.

mod bot;
mod fault;
mod html;
mod keyboard;
pub mod limits;
mod phrases;
mod sending;
pub mod talk;

pub use bot::{Bot, Identity, SetupError};
pub use fault::{Fault, Meaning};
pub use html::Html;
pub use keyboard::{Button, CallbackData, CallbackError, Keyboard};
pub use phrases::Phrase;
pub use sending::{Chat, File, Medium, Photo, Sent};

/// Telegram's types, for callers that parse updates.
pub use teloxide_core::types;
