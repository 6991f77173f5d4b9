//! Shutdown as a value that is passed to everything that has to stop, and its deadline.

use std::{future::Future, io, sync::mpsc, thread, time::Duration};

use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{Signal, SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

/// The time to end after the drain: 25 s and this are less than the 30 s that container platforms
/// allow.
pub const MARGIN: Duration = Duration::from_secs(4);
/// How long work on the blocking threads (a partly written file) may continue after `main` has
/// returned.
const BLOCKING_GRACE: Duration = Duration::from_secs(1);

/// A request to stop, shared by everything in a process.
#[derive(Debug, Clone, Default)]
pub struct Shutdown(CancellationToken);

/// Runs a program's `main` on all cores. After it has returned, blocking threads get one second.
///
/// # Panics
/// If the system has no threads left.
pub fn run<T>(main: impl Future<Output = T>) -> T {
    let runtime = Runtime::new().expect("a process that starts has threads");
    let done = runtime.block_on(main);
    runtime.shutdown_timeout(BLOCKING_GRACE);
    done
}

impl Shutdown {
    /// A shutdown that begins when the process gets SIGTERM, SIGINT (Ctrl-C) or SIGHUP. After
    /// `limit`, or at a second signal, the process exits at once: a dedicated thread handles
    /// signals, so no other work can delay it.
    ///
    /// # Errors
    /// If the operating system refuses a signal handler or a thread.
    pub fn on_signals(limit: Duration) -> io::Result<Self> {
        let shutdown = Self::default();
        let begin = shutdown.clone();
        let (ready, is_ready) = mpsc::sync_channel(1);
        let listen = move || {
            let heard = Builder::new_current_thread().enable_all().build();
            let heard = heard.and_then(|heard| {
                let _within = heard.enter();
                Ok((Signals::register()?, heard))
            });
            match heard {
                Ok((signals, heard)) => {
                    let _ = ready.send(Ok(()));
                    heard.block_on(signals.end_process(&begin, limit));
                }
                Err(error) => drop(ready.send(Err(error))),
            }
        };
        thread::Builder::new().name("signals".to_owned()).spawn(listen)?;
        is_ready.recv().map_err(io::Error::other)??;
        Ok(shutdown)
    }

    pub fn begin(&self) {
        self.0.cancel();
    }

    pub fn has_begun(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until it begins.
    pub async fn begun(&self) {
        self.0.cancelled().await;
    }
}

/// The signals that stop a process.
struct Signals([Signal; 3]);

impl Signals {
    fn register() -> io::Result<Self> {
        Ok(Self([
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    async fn any(&mut self) {
        let [term, int, hup] = &mut self.0;
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
            _ = hup.recv() => {}
        }
    }

    async fn end_process(mut self, begin: &Shutdown, limit: Duration) {
        self.any().await;
        tracing::info!("stopping: work in progress may finish; a second signal exits at once");
        begin.begin();
        tokio::select! {
            () = self.any() => {}
            () = tokio::time::sleep(limit) => {
                let limit = limit.as_secs();
                tracing::error!("not stopped within {limit} s: exiting");
            }
        }
        std::process::exit(i32::from(crate::exit::FAILED));
    }
}
