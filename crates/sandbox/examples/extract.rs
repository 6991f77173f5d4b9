//! Prints the text of a PDF or DOCX file as Markdown: `cargo run -p sandbox --example extract -- FILE`.

use std::process::ExitCode;

use sandbox::{FileFormat, extract_without_limits};

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "output for a person")]
fn main() -> ExitCode {
    let path = std::env::args().nth(1).unwrap_or_default();
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) => {
            eprintln!("{path}: {e}");
            return ExitCode::FAILURE;
        }
    };
    let Some(format) = FileFormat::of(&bytes) else {
        eprintln!("{path}: neither PDF nor DOCX");
        return ExitCode::FAILURE;
    };
    match extract_without_limits(format, bytes) {
        Ok(text) => {
            println!("{}", text.to_markdown());
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("{path}: {reason}");
            ExitCode::FAILURE
        }
    }
}
