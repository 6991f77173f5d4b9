//! `cargo dev make "TOPIC"`: one carousel, from a topic to files in a folder.

mod make_report;
mod progress;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use activities::{ai::AddressPolicy, delivery::Grants};
use clap::Args;
use domain::{Brief, CarouselId, UserId};
use gateway::{
    carousel_client::CarouselClient,
    carousel_request::RequestRefusal,
    cli::{CarouselArgs, new_id},
};
use render::{Renderer, RendererConfig};
use runtime::{
    failpoint_hooks::FailpointHooks,
    metrics::Metrics,
    settings::Settings,
    shutdown::{self, Shutdown},
    temporal::TemporalTarget,
};
use workers::{Pools, RunningPools, WorkerConfig};
use workflows::{carousel::CarouselResult, destination::DestinationRecord};

use crate::{
    data_folder_lock::{self, DataFolderLock, LockTask},
    session::{DevSession, PortConflict},
    up::SERVER_STOP_TIMEOUT,
};
pub use make_report::MakeReport;
use progress::MakeProgress;

/// The polling interval while another process holds the data folder.
const WAIT: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
pub struct MakeArgs {
    #[command(flatten)]
    pub carousel: CarouselArgs,
    /// The folder for the files; ./out/TOPIC by default.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print one JSON object, on the last line of stdout.
    #[arg(long)]
    pub json: bool,
}

/// Why there is no carousel.
#[derive(Debug)]
pub enum MakeError {
    /// The request is invalid.
    Usage(RequestRefusal),
    Other(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for MakeError {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// Which workers make the carousel.
enum MakeWorkers {
    /// Those of a running `cargo dev`.
    Running(Box<TemporalTarget>),
    /// Workers in this process, for this run.
    Own(Box<OwnWorkers>),
}

/// Where the files go.
struct MakeOutput {
    /// Absolute.
    folder: PathBuf,
    /// The grants of the process that delivers.
    grants: Grants,
}

struct OwnWorkers {
    session: DevSession,
    running: RunningPools,
    shutdown: Shutdown,
}

/// Makes one carousel.
///
/// # Errors
/// [`MakeError`]. A failed carousel is not an error: the report contains it.
pub async fn run(
    make: MakeArgs,
    settings: &Settings,
    parser: sandbox::ParserProgram,
) -> Result<MakeReport, MakeError> {
    let began = Instant::now();
    let progress = MakeProgress::start(make.json);
    let brief = validate(&make, settings).await?;
    let id = new_id(None)?;
    let folder = match &make.out {
        Some(folder) => folder.clone(),
        // A failure message contains the folder, and Temporal shows it unencrypted.
        None if settings.temporal.codec.encrypts() => settings.data.output_dir.join(id.as_str()),
        None => settings.data.output_dir.join(brief.topic.slug()),
    };
    let place =
        MakeOutput { folder: std::path::absolute(folder)?, grants: Grants::of(&settings.data.dir) };
    // First the saga compensates, then the workers drain, then the server ends.
    let interrupted =
        Shutdown::on_signals(2 * settings.drain + SERVER_STOP_TIMEOUT + shutdown::MARGIN)?;
    let shop = MakeWorkers::open(settings, parser, &progress).await?;
    let made = order(&shop, id, &make, &brief, &place, &progress, &interrupted).await;
    let target = shop.target().clone();
    let stays = shop.server_stays();
    progress.finish();
    shop.close().await;
    let (id, run_id, result) = made?;
    Ok(MakeReport {
        ui_url: target.ui_link(id.as_str(), Some(&run_id)),
        workflow_id: id.as_str().to_owned(),
        run_id,
        outcome: result.outcome,
        reason: result.reason,
        provider: result.provider,
        offer: result.offer,
        files: make_report::display_paths(&result.folder, &result.files),
        duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        server_stays: stays,
    })
}

/// Validates the request before anything is started for it.
async fn validate(make: &MakeArgs, settings: &Settings) -> Result<Brief, MakeError> {
    let renderer = Renderer::new(&RendererConfig {
        font_dir: settings.render.font_dir.clone(),
        ..RendererConfig::default()
    })?;
    let blobs = gateway::carousel_request::blobs(settings)?;
    let order = make.carousel.clone().request()?;
    order.validate(&renderer, &blobs).await.map_err(|refusal| match refusal {
        RequestRefusal::Storage(e) => MakeError::Other(e.into()),
        refusal => MakeError::Usage(refusal),
    })
}

/// Starts the workflow and follows it to its end. Ctrl-C cancels it and waits for the compensation.
async fn order(
    shop: &MakeWorkers,
    id: CarouselId,
    make: &MakeArgs,
    brief: &Brief,
    place: &MakeOutput,
    progress: &MakeProgress,
    interrupted: &Shutdown,
) -> anyhow::Result<(CarouselId, String, CarouselResult)> {
    let carousels = CarouselClient::new(shop.target().connect("make").await?);
    // Revoked at the end of this function.
    let grant = place.grants.issue(&id, &place.folder)?;
    let to = DestinationRecord::granted(grant.token());
    let started = carousels
        .start_with(make.carousel.writers().into(), &id, &UserId::local(), brief, to)
        .await?;
    progress.print_line(&format!("workflow: {}", shop.target().ui_link(id.as_str(), None)));
    let ended = carousels.wait_for_end(&id);
    tokio::pin!(ended);
    let following = progress.follow(&carousels, &id);
    tokio::pin!(following);
    let result = tokio::select! {
        result = &mut ended => result?,
        never = &mut following => match never {},
        () = interrupted.begun() => {
            progress.print_line("cancelling: what was done is undone first");
            carousels.cancel(&id, "Ctrl-C").await?;
            ended.await?
        }
    };
    Ok((started.id, started.run_id, result))
}

impl MakeWorkers {
    /// Uses a running `cargo dev`; waits for a running `make`.
    async fn open(
        settings: &Settings,
        parser: sandbox::ParserProgram,
        progress: &MakeProgress,
    ) -> anyhow::Result<Self> {
        let note = |text: &str| progress.print_line(text);
        let mut waited = false;
        let lock = loop {
            match DataFolderLock::take(&settings.data.dir, LockTask::Make) {
                Ok(lock) => break lock,
                Err(data_folder_lock::LockError::Held { holder: Some(holder), .. })
                    if holder.task == LockTask::Up =>
                {
                    if let Some(server) = holder.server {
                        note(&format!("using the running `cargo dev` (process {})", holder.pid));
                        return Ok(Self::Running(Box::new(TemporalTarget {
                            address: server.frontend,
                            namespace: server.namespace,
                            api_key: settings.temporal.api_key.clone(),
                            ui: server.ui,
                            codec: settings.temporal.codec.clone(),
                        })));
                    }
                }
                Err(data_folder_lock::LockError::Held { .. }) if !waited => {
                    waited = true;
                    note("another `cargo dev make` uses this folder: waiting for its end");
                }
                Err(data_folder_lock::LockError::Held { .. }) => {}
                Err(e) => return Err(e.into()),
            }
            tokio::time::sleep(WAIT).await;
        };
        let session =
            DevSession::begin(settings, lock, LockTask::Make, PortConflict::UseOtherPorts, &note)
                .await?;
        match start_workers(settings, parser, &session).await {
            Ok((running, shutdown)) => {
                Ok(Self::Own(Box::new(OwnWorkers { session, running, shutdown })))
            }
            Err(e) => {
                session.end().await;
                Err(e)
            }
        }
    }

    fn target(&self) -> &TemporalTarget {
        match self {
            Self::Running(target) => target,
            Self::Own(own) => own.session.target(),
        }
    }

    /// Whether the Web UI is still available after this process has ended.
    fn server_stays(&self) -> bool {
        match self {
            Self::Running(_) => true,
            Self::Own(own) => !own.session.owns_server(),
        }
    }

    async fn close(self) {
        let Self::Own(own) = self else { return };
        own.shutdown.begin();
        if let Err(reason) = own.running.ended().await {
            tracing::warn!("{reason}");
        }
        own.session.end().await;
    }
}

async fn start_workers(
    settings: &Settings,
    parser: sandbox::ParserProgram,
    session: &DevSession,
) -> anyhow::Result<(RunningPools, Shutdown)> {
    let shutdown = Shutdown::default();
    let metrics = Metrics::plain();
    let client = session.target().connect("make").await?;
    let running = workers::start(
        &Pools::all(),
        WorkerConfig {
            settings,
            client,
            metrics: &metrics,
            shutdown: shutdown.clone(),
            failpoints: FailpointHooks::none(),
            folders: crate::folders(settings),
            address_policy: AddressPolicy::public(),
            parser,
        },
    )
    .await?;
    Ok((running, shutdown))
}
