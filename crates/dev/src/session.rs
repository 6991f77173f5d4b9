//! The Temporal server of a command: one that the settings name, a new one, or that of a running
//! `cargo dev`.

use std::path::PathBuf;

use runtime::{settings::Settings, temporal::TemporalTarget};

use crate::{
    data_folder_lock::{self, DataFolderLock, LockTask},
    dev_server::{self, DevServer, DevServerOptions, TemporalPorts},
    temporal_cli::TemporalCli,
    up::DEFAULT_ADDRESS,
};

/// The lock on the data folder, and a Temporal server.
pub(crate) struct DevSession {
    lock: DataFolderLock,
    server: Option<DevServer>,
    target: TemporalTarget,
}

/// What to do if the default port is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PortConflict {
    /// Fail: people expect the server at the configured port.
    Fail,
    /// Use another port: only this process needs to find the server.
    UseOtherPorts,
}

impl DevSession {
    /// Locks the data folder and starts a server or connects to one. Reports its steps to `note`.
    pub(crate) async fn begin(
        settings: &Settings,
        lock: DataFolderLock,
        task: LockTask,
        taken: PortConflict,
        note: &dyn Fn(&str),
    ) -> anyhow::Result<Self> {
        let (server, target) = match &settings.temporal.address {
            Some(address) => {
                note(&format!("using the Temporal at {address} (TEMPORAL_ADDRESS)"));
                (None, TemporalTarget::of(&settings.temporal))
            }
            None => {
                let server = own_server(settings, taken, note).await?;
                let target = server.target().clone();
                (Some(server), target)
            }
        };
        lock.publish_server(
            task,
            data_folder_lock::ServerAddress {
                frontend: target.address.clone(),
                ui: target.ui.clone(),
                namespace: target.namespace.clone(),
            },
        )?;
        Ok(Self { lock, server, target })
    }

    pub(crate) fn target(&self) -> &TemporalTarget {
        &self.target
    }

    /// Whether this process stops the server at its end.
    pub(crate) fn owns_server(&self) -> bool {
        self.server.is_some()
    }

    /// Whether the server runs, if this process owns it.
    pub(crate) fn server_is_alive(&mut self) -> bool {
        self.server.as_mut().is_none_or(DevServer::is_running)
    }

    /// Stops the server if this process owns it, and releases the folder.
    pub(crate) async fn end(self) {
        if let Some(server) = self.server {
            server.stop().await;
        }
        drop(self.lock);
    }
}

async fn own_server(
    settings: &Settings,
    taken: PortConflict,
    note: &dyn Fn(&str),
) -> anyhow::Result<DevServer> {
    let folder = std::path::absolute(&settings.data.dir)?;
    let cli = TemporalCli::find(settings.dev.cli.as_deref(), &cache(settings), note)?;
    note(&format!("Temporal CLI: {} ({})", cli.path.display(), cli.origin));
    let wanted = TemporalPorts { frontend: settings.dev.port, ui: settings.dev.ui_port };
    let mut plan = DevServerOptions {
        cli: cli.path,
        folder: Some(folder),
        ports: wanted,
        namespace: settings.temporal.namespace.clone(),
        search_attributes: &workflows::visibility::ALL,
        codec: settings.temporal.codec.clone(),
        traced: settings.temporal.traced,
        codec_endpoint: gateway::codec::endpoint(settings, DEFAULT_ADDRESS),
    };
    let server = match DevServer::adopt_or_start(&plan).await {
        Err(
            dev_server::DevServerError::PortTaken { port }
            | dev_server::DevServerError::UiPortTaken { port },
        ) if taken == PortConflict::UseOtherPorts => {
            note(&format!("port {port} is in use: the server uses other ports for this run"));
            start_on_free_ports(&mut plan).await?
        }
        other => other?,
    };
    let verb = if server.was_adopted() { "adopted, left by an earlier run" } else { "started" };
    let target = server.target();
    note(&format!("Temporal server: {} ({verb})", target.address));
    Ok(server)
}

/// Starts a server on free ports. A free port may be taken a moment later, so it retries.
async fn start_on_free_ports(plan: &mut DevServerOptions) -> anyhow::Result<DevServer> {
    for _ in 0..3 {
        plan.ports = TemporalPorts::any()?;
        match DevServer::start(plan).await {
            Err(dev_server::DevServerError::NotReady { .. }) => {}
            other => return Ok(other?),
        }
    }
    Ok(DevServer::start(plan).await?)
}

/// The folder for downloaded programs.
fn cache(settings: &Settings) -> PathBuf {
    settings.data.dir.join("bin")
}
