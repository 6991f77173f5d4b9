//! The child process: limits itself before it reads a byte, parses one input, replies, exits.

use std::{
    ffi::OsString,
    io::{self, Read as _, Write as _},
    process::ExitCode,
};

use rlimit::Resource;

use crate::{
    ParserProgram, article, extract_without_limits, extracted_text::ExtractedText,
    file_format::ParserInput, unusable_input::UnusableInput,
};

/// The hidden first argument. After it: bytes of memory, seconds of processor time, the format.
pub(crate) const ARGUMENT: &str = "--parse-untrusted";
/// Maximum input.
pub(crate) const MAX_INPUT_BYTES: usize = 16 * 1024 * 1024;

/// Exit codes that the parent knows, besides those of [`UnusableInput`].
pub(crate) mod code {
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
    let (memory, cpu) = (arguments.next(), arguments.next());
    let (Some(memory), Some(cpu)) = (parse_number(memory), parse_number(cpu)) else {
        return Err(ExitCode::from(code::PARENT_GONE));
    };
    let format = arguments.next().as_ref().and_then(|name| ParserInput::named(name.to_str()?));
    if limit(memory, cpu).is_err() {
        return Err(ExitCode::from(code::LIMIT_REFUSED));
    }
    let format = format.unwrap_or(ParserInput::Html);
    Err(ExitCode::from(serve(format).unwrap_or(code::PARENT_GONE)))
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

fn serve(format: ParserInput) -> io::Result<u8> {
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
    let text = match parse(format, input) {
        Ok(text) => text,
        Err(reason) => return Ok(reason.code()),
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(&text.encode())?;
    stdout.flush()?;
    Ok(0)
}

fn parse(format: ParserInput, input: Vec<u8>) -> Result<ExtractedText, UnusableInput> {
    match format {
        ParserInput::Html => article::extract(&String::from_utf8_lossy(&input)),
        ParserInput::File(format) => extract_without_limits(format, input),
    }
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
