//! The Temporal server of a cluster: the one that `cargo dev` runs, with its database in a file, so
//! that it survives a kill.

use std::{path::PathBuf, sync::Arc};

use dev::dev_server::{DevServer, DevServerOptions, TemporalPorts};
use runtime::{codec::Codec, temporal::TemporalTarget};

use super::{ClusterError, process::tail, reaper::Reaper};
use crate::{
    signals::{self, Signal},
    temporal::try_find_cli,
};

/// A server, running or not.
#[derive(Debug)]
pub(super) struct ClusterTemporal {
    plan: DevServerOptions,
    server: Option<DevServer>,
    target: Option<TemporalTarget>,
    reaper: Arc<Reaper>,
    /// The output of earlier starts, because each start writes a new file.
    earlier_log: String,
}

impl ClusterTemporal {
    /// A server with its files in `folder`.
    pub(super) async fn new(
        folder: PathBuf,
        ports: TemporalPorts,
        reaper: Arc<Reaper>,
    ) -> Result<Self, ClusterError> {
        let fault = |source| ClusterError::Process { name: "temporal".to_owned(), source };
        let cli = try_find_cli()
            .await
            .map_err(|reason| ClusterError::Missing { what: "Temporal's CLI", reason })?;
        let plan = DevServerOptions {
            cli: std::path::absolute(cli.path).map_err(fault)?,
            folder: Some(folder),
            ports,
            namespace: "default".to_owned(),
            search_attributes: &workflows::visibility::ALL,
            codec: Codec::default(),
            traced: false,
            codec_endpoint: None,
        };
        Ok(Self { plan, server: None, target: None, reaper, earlier_log: String::new() })
    }

    /// Starts it, and waits until it answers.
    pub(super) async fn start(&mut self) -> Result<(), ClusterError> {
        self.earlier_log = self.log();
        let server = DevServer::start(&self.plan).await.map_err(|e| ClusterError::NotReady {
            name: "temporal".to_owned(),
            reason: e.to_string(),
            log: tail(&self.log()),
        })?;
        // If this process is killed before this line, one server is left running; the gap can't be
        // smaller.
        let watched = self.reaper.watch(server.pid());
        watched.map_err(|source| ClusterError::Process { name: "temporal".to_owned(), source })?;
        self.target = Some(server.target().clone());
        self.server = Some(server);
        Ok(())
    }

    /// The server's address, from its first start on.
    pub(super) fn target(&self) -> TemporalTarget {
        let target = self.target.clone();
        target.expect("a cluster starts its Temporal first")
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(DevServer::pid)
    }

    pub(super) fn is_running(&mut self) -> bool {
        self.server.as_mut().is_some_and(DevServer::is_running)
    }

    pub(super) fn kill(&mut self) {
        if let Some(server) = self.server.take() {
            self.forget(server.pid());
            server.kill();
        }
    }

    pub(super) async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            self.forget(server.pid());
            server.stop().await;
        }
    }

    pub(super) fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            signals::send_to_all(pid, signal);
        }
    }

    /// If the list can't be written, there is no reader either.
    fn forget(&self, pid: u32) {
        let _ = self.reaper.unwatch(pid);
    }

    /// The log since the first start.
    pub(super) fn log(&self) -> String {
        let folder = self.plan.folder.as_ref();
        let path = folder.map(|folder| folder.join("temporal.log"));
        let present = path.and_then(|path| std::fs::read_to_string(path).ok());
        format!("{}{}", self.earlier_log, present.unwrap_or_default())
    }
}

impl Drop for ClusterTemporal {
    fn drop(&mut self) {
        self.kill();
    }
}
