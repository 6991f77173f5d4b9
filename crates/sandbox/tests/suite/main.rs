//! The sandbox from its caller's side, and its children from the system's side.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]
#![cfg(target_os = "linux")]

mod children;
mod damaged_files;
mod files;
mod hostile;
mod limits;
#[expect(unreachable_pub, reason = "the file is a public module of testkit")]
#[path = "../../../testkit/src/office_files.rs"]
mod office_files;
mod typical_pages;

use std::time::Duration;

use sandbox::{ParserProgram, Sandbox, SandboxLimits};

fn parser() -> ParserProgram {
    ParserProgram::at(env!("CARGO_BIN_EXE_parse-untrusted"))
}

/// Limits under which a debug build ends soon. Each test has its own memory limit, to recognize its
/// children.
fn limits(mark: u64) -> SandboxLimits {
    SandboxLimits {
        memory: SandboxLimits::default().memory + mark * 4_096,
        cpu_time: Duration::from_secs(1),
        // The machine may build and test at the same time.
        wall_time: Duration::from_secs(20),
        queue_timeout: Duration::from_secs(60),
        ..SandboxLimits::default()
    }
}

fn sandbox(mark: u64) -> Sandbox {
    Sandbox::new(parser(), limits(mark))
}
