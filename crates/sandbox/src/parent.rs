//! [`Sandbox`]: starts children, sends them input, and kills those that exceed the limits.

use std::{io, process::Stdio, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::Semaphore,
    time::timeout,
};

use crate::{
    ParserProgram,
    child::{ARGUMENT, MAX_INPUT_BYTES, code},
    extracted_text::{ExtractedText, MAX_REPLY_BYTES},
    file_format::{FileFormat, ParserInput},
    unusable_input::UnusableInput,
};

/// Maximum page: 2 MB may be twice as long in UTF-8.
const MAX_PAGE_BYTES: usize = 8 * 1024 * 1024;
/// Maximum file.
pub const MAX_FILE_BYTES: usize = 10 * 1024 * 1024;
const _: () = assert!(MAX_FILE_BYTES <= MAX_INPUT_BYTES && MAX_PAGE_BYTES <= MAX_INPUT_BYTES);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SandboxLimits {
    /// Memory of one child, in bytes: everything except its program's text (`RLIMIT_DATA`).
    pub memory: u64,
    /// Processor time of one child, rounded up to seconds.
    pub cpu_time: Duration,
    /// From the start of a child to its end.
    pub wall_time: Duration,
    /// Maximum concurrent children.
    pub max_children: usize,
    /// How long an input waits for a free child.
    pub queue_timeout: Duration,
}

impl Default for SandboxLimits {
    /// Two children stay below 300 MB together. A page of 2 MB needs a third of that memory and, in
    /// a debug build, a fifth of that time. Waiting and parsing end within one attempt at a page
    /// (30 s, including 10 for the fetch).
    fn default() -> Self {
        Self {
            memory: 128 * 1024 * 1024,
            cpu_time: Duration::from_secs(8),
            wall_time: Duration::from_secs(10),
            max_children: 2,
            queue_timeout: Duration::from_secs(8),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The child can't be started or can't limit itself. Independent of the input: retry.
    #[error("the parser can't be started: {0}")]
    NotStarted(io::Error),
    /// Too many inputs are being parsed. Retry.
    #[error("too many pages and files are being read at once")]
    Busy,
    /// The input exceeded a limit of memory, time or output, or crashed the parser.
    #[error("parsing was stopped: {0}")]
    Stopped(&'static str),
    /// A retry does not help.
    #[error(transparent)]
    Unusable(#[from] UnusableInput),
}

/// Parses in children of this process. Dropping a call kills its child.
#[derive(Debug, Clone)]
pub struct Sandbox {
    program: ParserProgram,
    limits: SandboxLimits,
    turns: Arc<Semaphore>,
}

impl Sandbox {
    /// All clones share the limits.
    pub fn new(program: ParserProgram, limits: SandboxLimits) -> Self {
        Self { program, turns: Arc::new(Semaphore::new(limits.max_children)), limits }
    }

    /// The main text of a page.
    pub async fn article(&self, html: &str) -> Result<ExtractedText, SandboxError> {
        if html.len() > MAX_PAGE_BYTES {
            return Err(SandboxError::Stopped("it is too long"));
        }
        self.extract(ParserInput::Html, html.as_bytes()).await
    }

    /// The text of a file of at most [`MAX_FILE_BYTES`].
    pub async fn file(
        &self,
        format: FileFormat,
        bytes: &[u8],
    ) -> Result<ExtractedText, SandboxError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(SandboxError::Stopped("it is too long"));
        }
        self.extract(ParserInput::File(format), bytes).await
    }

    async fn extract(
        &self,
        format: ParserInput,
        input: &[u8],
    ) -> Result<ExtractedText, SandboxError> {
        let turn = timeout(self.limits.queue_timeout, self.turns.acquire()).await;
        let _turn = turn.map_err(|_| SandboxError::Busy)?;
        let reply = timeout(self.limits.wall_time, self.run(format, input)).await;
        let reply = reply.map_err(|_| SandboxError::Stopped("it took too long"))??;
        ExtractedText::decode(&reply).ok_or(SandboxError::Stopped("its reply makes no sense"))
    }

    async fn run(&self, format: ParserInput, input: &[u8]) -> Result<Vec<u8>, SandboxError> {
        let mut child = self.start(format).map_err(SandboxError::NotStarted)?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(SandboxError::NotStarted(io::Error::other("it has no pipes")));
        };
        // The input stays open until the child has exited: if it closes, the child knows that the
        // parent died.
        let (_stdin, reply) = tokio::join!(write_input(stdin, input), read_reply(stdout));
        let reply = reply.map_err(SandboxError::NotStarted)?;
        if reply.len() > MAX_REPLY_BYTES {
            return Err(SandboxError::Stopped("its reply is too long"));
        }
        let ended = child.wait().await.map_err(SandboxError::NotStarted)?;
        match ended.code().map(u8::try_from) {
            Some(Ok(0)) => Ok(reply),
            Some(Ok(code::LIMIT_REFUSED)) => {
                Err(SandboxError::NotStarted(io::Error::other("it can't limit itself")))
            }
            Some(code) => Err(match code.ok().and_then(UnusableInput::of_code) {
                Some(reason) => reason.into(),
                None => SandboxError::Stopped("it broke the parser"),
            }),
            // Out of memory aborts; out of time is a signal; too deep a recursion is one too.
            None => Err(SandboxError::Stopped("it takes too much memory or time")),
        }
    }

    fn start(&self, format: ParserInput) -> io::Result<Child> {
        let cpu = self.limits.cpu_time.as_secs_f64().ceil();
        Command::new(&self.program.0)
            .args([ARGUMENT, &self.limits.memory.to_string(), &cpu.to_string(), format.name()])
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    }
}

/// Writes the input as far as the child reads it, and returns the pipe: a killed child reads no
/// further.
async fn write_input(mut stdin: ChildStdin, input: &[u8]) -> ChildStdin {
    let length = u32::try_from(input.len()).unwrap_or(u32::MAX);
    if stdin.write_all(&length.to_le_bytes()).await.is_ok() {
        let _ = stdin.write_all(input).await;
    }
    stdin
}

/// Reads the reply, and at most one byte more than allowed.
async fn read_reply(stdout: ChildStdout) -> io::Result<Vec<u8>> {
    let most = u64::try_from(MAX_REPLY_BYTES).unwrap_or(u64::MAX);
    let mut reply = Vec::new();
    stdout.take(most.saturating_add(1)).read_to_end(&mut reply).await?;
    Ok(reply)
}
