//! What tests are made with: a Temporal server, a whole house in a temporary folder, and faults on
//! purpose. A dev-dependency only.
//!
//! Nothing here is a stand-in for our own code or for Temporal: the server is the real one, the
//! workers are those that `cargo run -p workers` runs.
#![expect(
    clippy::missing_panics_doc,
    reason = "in a test, a panic is the message"
)]

mod faults;
mod house;
mod ports;
mod temporal;

pub use faults::{Script, ScriptedFaults};
pub use house::{House, HouseBuilder, Shift};
pub use ports::Reservation;
pub use temporal::{Temporal, find_cli};
