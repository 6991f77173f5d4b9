//! `cargo dev`: everything a laptop needs in one process, and the Temporal dev server beside it.
//!
//! Owns finding the `temporal` program, starting, adopting and stopping the server, and the lock on
//! a data folder. A library as well as a program, so that tests start servers the same way.

pub mod cli;
pub mod lock;
pub mod make;
pub mod server;
mod session;
pub mod up;
