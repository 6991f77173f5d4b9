//! Parses untrusted formats (HTML, PDF, DOCX) in a child process: its memory and processor time are
//! limited, it can open nothing, it gets no environment, and a wall-clock limit kills it. Owns the
//! child, its limits and the pipes to it. The caller fetches the input and uses the text.
//!
//! The child is the same program, started with a hidden first argument. So a program that parses
//! calls [`enter`] first in `main`:
//!
//! ```no_run
//! # use std::process::ExitCode;
//! fn main() -> ExitCode {
//!     let parser = match sandbox::enter() {
//!         Ok(parser) => parser,
//!         Err(ended) => return ended,
//!     };
//!     let sandbox = sandbox::Sandbox::new(parser, sandbox::SandboxLimits::default());
//!     // …
//! #   drop(sandbox);
//! #   ExitCode::SUCCESS
//! }
//! ```

mod article;
mod child;
mod docx;
mod escaped_markdown;
mod extracted_text;
mod file_format;
mod parent;
mod pdf;
mod unusable_input;

use std::path::PathBuf;

pub use child::enter;
pub use extracted_text::ExtractedText;
pub use file_format::FileFormat;
pub use parent::{MAX_FILE_BYTES, Sandbox, SandboxError, SandboxLimits};
pub use unusable_input::UnusableInput;

/// Parses a file in this process, without limits: for fuzzing. Programs use [`Sandbox::file`].
///
/// # Errors
/// [`UnusableInput`] if there is no text in it.
pub fn extract_without_limits(
    format: FileFormat,
    bytes: Vec<u8>,
) -> Result<ExtractedText, UnusableInput> {
    match format {
        FileFormat::Pdf => pdf::extract(bytes),
        FileFormat::Docx => docx::extract(&bytes),
        FileFormat::OldOffice => Err(UnusableInput::OldFormat),
    }
}

/// A program with a `main` that starts with [`enter`].
#[derive(Debug, Clone)]
pub struct ParserProgram(PathBuf);

impl ParserProgram {
    /// Another program than the running one, for tests: a test binary has no `main` of its own.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The running program. Linux finds it even after its file was replaced by a newer build.
    fn running() -> Self {
        let this = PathBuf::from("/proc/self/exe");
        if this.exists() { Self(this) } else { Self(std::env::current_exe().unwrap_or_default()) }
    }
}
