//! The Bot API as this house uses it: the few requests that a carousel bot makes, every fault put
//! into the class that decides what happens next, text escaped by its type, and Telegram's limits.
//!
//! Shared by the gateway, which hears, and the delivery pool, which sends. Decides nothing about
//! retries: each request is one attempt. Reads no settings and keeps no state but the connection.

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

/// Telegram's types, for whoever reads updates.
pub use teloxide::types;
