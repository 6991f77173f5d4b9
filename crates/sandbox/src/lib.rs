//! Untrusted formats (HTML now) are parsed in a child process: its memory and processor time are limited,
//! it can open nothing, it gets no environment, and one wall-clock limit kills it. Owns the child, its
//! limits and the pipes to it; what is fetched, and what becomes of the words, is the caller's.
//!
//! The child is the same program, started again with a hidden first argument. So a program that parses
//! calls [`enter`] first thing in `main`:
//!
//! ```no_run
//! # use std::process::ExitCode;
//! fn main() -> ExitCode {
//!     let parser = match sandbox::enter() {
//!         Ok(parser) => parser,
//!         Err(ended) => return ended,
//!     };
//!     let sandbox = sandbox::Sandbox::new(parser, sandbox::Limits::default());
//!     // …
//! #   drop(sandbox);
//! #   ExitCode::SUCCESS
//! }
//! ```

mod article;
mod child;
mod parent;

use std::path::PathBuf;

pub use article::Article;
pub use child::enter;
pub use parent::{Error, Limits, Sandbox};

/// A program whose `main` begins with [`enter`].
#[derive(Debug, Clone)]
pub struct Program(PathBuf);

impl Program {
    /// Another program than the one that runs, for tests: a test binary has no `main` of its own.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// This one. Linux knows it even after its file was replaced by a newer build.
    fn running() -> Self {
        let this = PathBuf::from("/proc/self/exe");
        if this.exists() {
            Self(this)
        } else {
            Self(std::env::current_exe().unwrap_or_default())
        }
    }
}
