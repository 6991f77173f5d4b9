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

pub mod author;
mod faults;
mod house;
mod llmock;
mod pages;
mod peer;
mod ports;
mod temporal;

pub use faults::{Script, ScriptedFaults};
pub use house::{House, HouseBuilder, Shift};
pub use llmock::Llmock;
pub use pages::Pages;
pub use peer::{Act, Peer, Seen, Wire, envelope};
pub use ports::Reservation;
pub use temporal::{Temporal, find_cli};
