//! What tests are made with: a Temporal server, a whole house in a temporary folder, and faults on
//! purpose. A dev-dependency only.
//!
//! Nothing here is a stand-in for our own code or for Temporal: the server is the real one, the
//! workers are those that `cargo run -p workers` runs. Models are played by a [`Peer`], which is
//! ours, and by [`Llmock`], which is not.
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
mod pages;
mod peer;
mod ports;
pub mod signals;
mod temporal;

pub use faults::{Script, ScriptedFaults};
pub use house::{House, HouseBuilder, Shift};
pub use llmock::Llmock;
pub use pages::Pages;
pub use peer::{Act, Peer, Seen, Wire, envelope};
pub use ports::Reservation;
pub use temporal::{Temporal, find_cli};

/// Waits until `look` finds what it looks for, where nothing tells: rows that others write.
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

/// An order of three slides: the fewest, because tests are about other things.
pub fn short(topic: &str) -> gateway::order::Order {
    short_about(gateway::order::Words::Topic(topic.to_owned()))
}

/// The same about something else.
pub fn short_about(words: gateway::order::Words) -> gateway::order::Order {
    let mut order = gateway::order::Order::about(words);
    order.slides = "3".parse().expect("three is a number of slides");
    order
}
