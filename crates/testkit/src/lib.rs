//! Test support: a Temporal server, a whole application in a temporary folder, a cluster of
//! processes, fakes and failpoints. A dev-dependency only.
//!
//! Nothing here replaces our own code or Temporal: the server is the real one, and the workers are
//! those that `cargo run -p workers` runs. [`Peer`] (ours) and [`Llmock`] (third-party) play
//! models.
#![expect(
    clippy::missing_panics_doc,
    reason = "in a test, a panic is the message"
)]

pub mod audit;
pub mod author;
pub mod bot_api;
pub mod chaos;
pub mod cluster;
pub mod failpoints;
mod faults;
mod histories;
mod house;
pub mod http;
mod llmock;
mod model_faults;
mod pages;
mod peer;
mod ports;
pub mod signals;
mod temporal;

pub use faults::{Script, ScriptedFaults};
pub use house::{House, HouseBuilder, Shift};
pub use llmock::Llmock;
pub use model_faults::{MODEL_FAULTS, ModelFault};
pub use pages::Pages;
pub use peer::{Act, Peer, Seen, Wire, envelope};
pub use ports::Reservation;
pub use temporal::{Temporal, find_cli};

/// Polls `look` until it finds something, for rows that other processes write without a
/// notification.
pub async fn eventually<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let finding = async {
        loop {
            if let Some(found) = look().await {
                break found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let found = tokio::time::timeout(std::time::Duration::from_secs(60), finding).await;
    found.unwrap_or_else(|_| panic!("not within a minute: {what}"))
}

/// An order of three slides, the minimum.
pub fn short(topic: &str) -> gateway::order::Order {
    short_about(gateway::order::Words::Topic(topic.to_owned()))
}

/// Like [`short`], from any input.
pub fn short_about(words: gateway::order::Words) -> gateway::order::Order {
    let mut order = gateway::order::Order::about(words);
    order.slides = "3".parse().expect("three is a number of slides");
    order
}
