//! Shutdown as a value that is passed to whoever has to stop.

use tokio_util::sync::CancellationToken;

/// A request to stop, shared by everything in a process.
#[derive(Debug, Clone, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// A shutdown that begins when the process gets SIGTERM, SIGINT (Ctrl-C) or SIGHUP. A second
    /// signal ends the process at once, for whoever does not want to wait.
    ///
    /// # Errors
    /// When the operating system refuses a signal handler.
    pub fn on_signals() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut term = signal(SignalKind::terminate())?;
        let mut int = signal(SignalKind::interrupt())?;
        let mut hup = signal(SignalKind::hangup())?;
        let shutdown = Self::default();
        let begin = shutdown.clone();
        tokio::spawn(async move {
            let mut any = async || {
                tokio::select! {
                    _ = term.recv() => {}
                    _ = int.recv() => {}
                    _ = hup.recv() => {}
                }
            };
            any().await;
            tracing::info!("stopping: what has begun may finish, a second signal ends it at once");
            begin.begin();
            any().await;
            std::process::exit(i32::from(crate::exit::FAILED));
        });
        Ok(shutdown)
    }

    /// Begins it.
    pub fn begin(&self) {
        self.0.cancel();
    }

    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until it begins.
    pub async fn begun(&self) {
        self.0.cancelled().await;
    }

    /// A shutdown that begins with this one, and can begin alone.
    #[must_use]
    pub fn child(&self) -> Self {
        Self(self.0.child_token())
    }
}
