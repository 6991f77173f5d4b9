//! Client for the part of the Bot API that this project uses: requests, classified errors, text
//! escaped by its type, chat texts, and Telegram's limits.
//!
//! The gateway (which receives updates) and the delivery pool (which sends) share it. Each request
//! is one attempt; callers decide about retries. It reads no settings and keeps no state except the
//! connection.

pub mod action;
mod bot;
pub mod bot_api_limits;
mod html;
mod keyboard;
mod message_types;
pub mod messages;
mod phrases;
mod send_error;
pub mod units;

pub use bot::{Bot, BotIdentity, BotSetupError, InlineAnswer, InlineArticle, WebhookStatus};
pub use html::Html;
pub use keyboard::{ButtonEffect, CallbackData, CallbackError, CopyText, InlineButton, Keyboard};
pub use message_types::{ChatRef, Medium, OutgoingFile, Photo};
pub use phrases::Phrase;
pub use send_error::{Effect, SendError, send_report};

/// Telegram's types, for callers that parse updates.
pub use teloxide_core::types;
