//! The child process: limits itself before it reads a byte, parses one input, replies, exits.

use std::{
    ffi::OsString,
    io::{self, Read as _, Write as _},
    process::ExitCode,
};

use rlimit::Resource;

use crate::{ParserProgram, article::Article};

/// The hidden first argument. After it: bytes of memory, seconds of processor time.
pub(crate) const ARGUMENT: &str = "--parse-untrusted";
/// Maximum input: 2 MB of a page may be twice as long in UTF-8.
pub(crate) const MAX_INPUT_BYTES: usize = 8 * 1024 * 1024;

/// Exit codes that the parent knows.
pub(crate) mod code {
    /// The page has no article.
    pub(crate) const NO_ARTICLE: u8 = 3;
    /// The system refused a limit, so nothing was read.
    pub(crate) const LIMIT_REFUSED: u8 = 4;
    /// The parent is gone or uses another protocol.
    pub(crate) const PARENT_GONE: u8 = 5;
}

/// Call this first in `main`: before threads, arguments and settings. Returns the program to start
/// children with.
///
/// # Errors
/// If this process is a child. It has done its work: return the code from `main`.
pub fn enter() -> Result<ParserProgram, ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_none_or(|first| first != ARGUMENT) {
        return Ok(ParserProgram::running());
    }
    let mut number = || -> Option<u64> { parse_number(arguments.next()) };
    let (Some(memory), Some(cpu)) = (number(), number()) else {
        return Err(ExitCode::from(code::PARENT_GONE));
    };
    if limit(memory, cpu).is_err() {
        return Err(ExitCode::from(code::LIMIT_REFUSED));
    }
    Err(ExitCode::from(serve().unwrap_or(code::PARENT_GONE)))
}

fn parse_number(argument: Option<OsString>) -> Option<u64> {
    argument?.to_str()?.parse().ok()
}

/// Limits memory and processor time; forbids files, sockets and core dumps.
fn limit(memory: u64, cpu: u64) -> io::Result<()> {
    for (resource, most) in [
        (Resource::DATA, memory),
        (Resource::CPU, cpu),
        (Resource::CORE, 0),
        (Resource::FSIZE, 0),
        (Resource::NOFILE, 0),
    ] {
        resource.set(most, most)?;
    }
    Ok(())
}

fn serve() -> io::Result<u8> {
    let mut stdin = io::stdin().lock();
    let mut length = [0; 4];
    stdin.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > MAX_INPUT_BYTES {
        return Ok(code::PARENT_GONE);
    }
    let mut input = vec![0; length];
    stdin.read_exact(&mut input)?;
    drop(stdin);
    exit_with_parent()?;
    let html = String::from_utf8_lossy(&input);
    let Some(article) = Article::find(&html) else {
        return Ok(code::NO_ARTICLE);
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(&article.encode())?;
    stdout.flush()?;
    Ok(0)
}

/// The parent keeps its end of the pipe until this process has exited, so an end of input means
/// that the parent died.
fn exit_with_parent() -> io::Result<()> {
    let wait = || {
        let _ = io::stdin().lock().read(&mut [0]);
        std::process::exit(code::PARENT_GONE.into());
    };
    let thread = std::thread::Builder::new().stack_size(64 * 1024);
    thread.spawn(wait).map(drop)
}
