//! [`Sandbox`]: starts children, sends them input, and kills those that exceed the limits.

use std::{io, process::Stdio, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::Semaphore,
    time::timeout,
};

use crate::{
    Program,
    article::{Article, REPLY_BYTES},
    child::{ARGUMENT, INPUT_BYTES, code},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Memory of one child, in bytes: everything except its program's text (`RLIMIT_DATA`).
    pub memory: u64,
    /// Processor time of one child, rounded up to seconds.
    pub cpu: Duration,
    /// From the start of a child to its end.
    pub wall: Duration,
    /// Maximum concurrent children.
    pub at_once: usize,
    /// How long an input waits for a free child.
    pub queue: Duration,
}

impl Default for Limits {
    /// Two children stay below 300 MB together. A page of 2 MB needs a third of that memory and, in
    /// a debug build, a fifth of that time. Waiting and parsing end within one attempt at a page
    /// (30 s, including 10 for the fetch).
    fn default() -> Self {
        Self {
            memory: 128 * 1024 * 1024,
            cpu: Duration::from_secs(8),
            wall: Duration::from_secs(10),
            at_once: 2,
            queue: Duration::from_secs(8),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The child can't be started or can't limit itself. Independent of the input: retry.
    #[error("the parser can't be started: {0}")]
    Start(io::Error),
    /// Too many inputs are being parsed. Retry.
    #[error("too many pages are being read at once")]
    Busy,
    /// The input exceeded a limit of memory, time or output, or crashed the parser.
    #[error("parsing was stopped: {0}")]
    Stopped(&'static str),
    /// The input was parsed and has no article.
    #[error("there is no article in it")]
    NoArticle,
}

/// Parses in children of this process. Dropping a call kills its child.
#[derive(Debug, Clone)]
pub struct Sandbox {
    program: Program,
    limits: Limits,
    turns: Arc<Semaphore>,
}

impl Sandbox {
    /// All clones share the limits.
    pub fn new(program: Program, limits: Limits) -> Self {
        Self {
            program,
            turns: Arc::new(Semaphore::new(limits.at_once)),
            limits,
        }
    }

    /// # Errors
    /// [`Error`].
    pub async fn article(&self, html: &str) -> Result<Article, Error> {
        if html.len() > INPUT_BYTES {
            return Err(Error::Stopped("it is too long"));
        }
        let turn = timeout(self.limits.queue, self.turns.acquire()).await;
        let _turn = turn.map_err(|_| Error::Busy)?;
        let reply = timeout(self.limits.wall, self.run(html.as_bytes())).await;
        let reply = reply.map_err(|_| Error::Stopped("it took too long"))??;
        Article::decode(&reply).ok_or(Error::Stopped("its reply makes no sense"))
    }

    async fn run(&self, input: &[u8]) -> Result<Vec<u8>, Error> {
        let mut child = self.start().map_err(Error::Start)?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::Start(io::Error::other("it has no pipes")));
        };
        // The input stays open until the child has exited: if it closes, the child knows that the
        // parent died.
        let (_stdin, reply) = tokio::join!(feed(stdin, input), hear(stdout));
        let reply = reply.map_err(Error::Start)?;
        if reply.len() > REPLY_BYTES {
            return Err(Error::Stopped("its reply is too long"));
        }
        let ended = child.wait().await.map_err(Error::Start)?;
        match ended.code().map(u8::try_from) {
            Some(Ok(0)) => Ok(reply),
            Some(Ok(code::NO_ARTICLE)) => Err(Error::NoArticle),
            Some(Ok(code::UNLIMITED)) => {
                Err(Error::Start(io::Error::other("it can't limit itself")))
            }
            Some(_) => Err(Error::Stopped("it broke the parser")),
            // Out of memory aborts; out of time is a signal; too deep a recursion is one too.
            None => Err(Error::Stopped("it takes too much memory or time")),
        }
    }

    fn start(&self) -> io::Result<Child> {
        let cpu = self.limits.cpu.as_secs_f64().ceil();
        Command::new(&self.program.0)
            .args([ARGUMENT, &self.limits.memory.to_string(), &cpu.to_string()])
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
async fn feed(mut stdin: ChildStdin, input: &[u8]) -> ChildStdin {
    let length = u32::try_from(input.len()).unwrap_or(u32::MAX);
    if stdin.write_all(&length.to_le_bytes()).await.is_ok() {
        let _ = stdin.write_all(input).await;
    }
    stdin
}

/// Reads the reply, and at most one byte more than allowed.
async fn hear(stdout: ChildStdout) -> io::Result<Vec<u8>> {
    let most = u64::try_from(REPLY_BYTES).unwrap_or(u64::MAX);
    let mut reply = Vec::new();
    stdout
        .take(most.saturating_add(1))
        .read_to_end(&mut reply)
        .await?;
    Ok(reply)
}
