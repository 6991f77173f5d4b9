//! `cargo run -p e2e -- role|kill|outage|containers|upgrade|day|load|api|attack|write|trace|soak|price`: the end-to-end tests as a program.
//!
//! One binary implements every role, so that failpoints and fakes are compiled once; it kills,
//! disconnects and audits clusters of its own copies.

mod api;
mod attack;
mod cli;
mod containers;
mod day;
mod kill;
mod load;
mod observe;
mod outage;
mod price;
mod role;
mod soak;
mod trace;
mod upgrade;
mod write;

use std::process::ExitCode;

use clap::Parser as _;
use cli::E2eCli;

fn main() -> ExitCode {
    match sandbox::enter() {
        Ok(parser) => runtime::shutdown::run(E2eCli::parse().command.run(parser)),
        Err(ended) => ended,
    }
}
