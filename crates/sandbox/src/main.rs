//! The child alone, for tests: a program that only calls [`sandbox::enter`].

use std::process::ExitCode;

fn main() -> ExitCode {
    match sandbox::enter() {
        Ok(_) => ExitCode::from(2),
        Err(ended) => ended,
    }
}
