//! `cargo dev make "TOPIC"`: one carousel, from a topic to files in a folder.

mod make_report;
mod output_folder;
mod progress;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use activities::{ai::AddressPolicy, delivery::Grants};
use clap::Args;
use domain::{Brief, CarouselId, UserId};
use gateway::{
    carousel_client::{CarouselClient, StartedCarousel},
    carousel_request::RequestRefusal,
    cli::{CarouselArgs, new_id},
};
use render::{Renderer, RendererConfig};
use runtime::{
    failpoint_hooks::FailpointHooks,
    metrics::ProcessMetrics,
    settings::Settings,
    shutdown::{self, Shutdown},
    temporal::TemporalTarget,
};
use sandbox::{Sandbox, SandboxLimits};
use traces::{SpanBuilder, SpanKind};
use workers::{Pools, RunningPools, WorkerConfig};
use workflows::{carousel::CarouselResult, destination::DestinationRecord};

use crate::{
    data_folder_lock::{self, DataFolderLock, LockTask},
    session::{DevSession, PortConflict},
    up::SERVER_STOP_TIMEOUT,
};
pub use make_report::MakeReport;
use output_folder::OutputFolder;
pub use output_folder::OutputFolderError;
use progress::MakeProgress;

/// The polling interval while another process holds the data folder.
const WAIT: Duration = Duration::from_millis(200);

/// How long a cancelled carousel may take to undo its steps before the command ends without it.
const CANCEL_PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub struct MakeArgs {
    #[command(flatten)]
    pub carousel: CarouselArgs,
    /// The folder for the files. If it contains something already, a new folder in it. The default is
    /// a new folder in ./out.
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

enum MakeWorkers {
    /// Those of a running `cargo dev`.
    Running(Box<TemporalTarget>),
    /// Workers in this process, for this run.
    Own(Box<OwnWorkers>),
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
    let progress = MakeProgress::start();
    let brief = validate(&make, settings, &parser, &progress).await?;
    let id = new_id(None)?;
    let folder = reserve_folder(&make, settings, &brief, &id)?;
    let made = run_in(&folder, id, &make, &brief, settings, parser, &progress).await;
    progress.finish();
    folder.discard_if_empty();
    let Made { id, run_id, result, ui_url } = made?;
    Ok(MakeReport {
        ui_url,
        workflow_id: id.as_str().to_owned(),
        run_id,
        outcome: result.outcome,
        reason: result.reason,
        provider: result.provider,
        offer: result.offer,
        files: make_report::display_paths(&result.folder, &result.files),
        duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        material: brief.offline_material(),
        only_slides: (result.slides > 0 && result.slides < u32::from(brief.slides.get()))
            .then_some(result.slides),
    })
}

/// A carousel that ended.
struct Made {
    id: CarouselId,
    run_id: String,
    result: CarouselResult,
    /// Its page in the Web UI.
    ui_url: String,
}

/// A new folder for the carousel.
fn reserve_folder(
    make: &MakeArgs,
    settings: &Settings,
    brief: &Brief,
    id: &CarouselId,
) -> Result<OutputFolder, MakeError> {
    // A failure message contains the folder, and Temporal shows it unencrypted.
    let encrypts = settings.temporal.codec.encrypts();
    let name = if encrypts { id.as_str().to_owned() } else { brief.topic.slug() };
    Ok(match &make.out {
        Some(folder) => OutputFolder::in_or_as(&std::path::absolute(folder)?, &name)?,
        None => OutputFolder::new_in(&std::path::absolute(&settings.data.output_dir)?, &name)?,
    })
}

/// Starts workers if none run, makes the carousel and stops them.
async fn run_in(
    folder: &OutputFolder,
    id: CarouselId,
    make: &MakeArgs,
    brief: &Brief,
    settings: &Settings,
    parser: sandbox::ParserProgram,
    progress: &MakeProgress,
) -> anyhow::Result<Made> {
    // First the saga compensates, then the workers drain, then the server ends.
    let interrupted = Shutdown::on_signals(
        CANCEL_PATIENCE + settings.drain + SERVER_STOP_TIMEOUT + shutdown::MARGIN,
    )?;
    let shop = MakeWorkers::open(settings, parser, progress, &interrupted).await?;
    let grants = Grants::of(&settings.data.dir);
    let span = SpanBuilder::from_name("cargo dev make").with_kind(SpanKind::Client);
    let made = order(&shop, id, make, brief, folder.path(), &grants, progress, &interrupted);
    let made = traces::run_in_new_trace(span, made).await;
    shop.close().await;
    made
}

/// Validates the request before anything is started for it.
async fn validate(
    make: &MakeArgs,
    settings: &Settings,
    parser: &sandbox::ParserProgram,
    progress: &MakeProgress,
) -> Result<Brief, MakeError> {
    let renderer = Renderer::new(&RendererConfig {
        font_dir: settings.render.font_dir.clone(),
        ..RendererConfig::default()
    })?;
    let blobs = gateway::carousel_request::blobs(settings)?;
    let refused = |refusal| match refusal {
        RequestRefusal::Storage(e) => MakeError::Other(e.into()),
        refusal => MakeError::Usage(refusal),
    };
    let sandbox = Sandbox::new(parser.clone(), SandboxLimits::default());
    let order = make.carousel.clone().request(&sandbox).await.map_err(refused)?;
    if let Some(notice) = order.cut_notice() {
        progress.print_line(&notice);
    }
    order.validate(&renderer, &blobs).await.map_err(refused)
}

/// Starts the workflow and follows it to its end. Ctrl-C cancels it and waits for the compensation,
/// and so does a step that fails again and again.
#[expect(clippy::too_many_arguments, reason = "the parts of one run, each used once")]
async fn order(
    shop: &MakeWorkers,
    id: CarouselId,
    make: &MakeArgs,
    brief: &Brief,
    folder: &Path,
    grants: &Grants,
    progress: &MakeProgress,
    interrupted: &Shutdown,
) -> anyhow::Result<Made> {
    let carousels = CarouselClient::new(shop.target().connect("make").await?);
    // Revoked at the end of this function.
    let grant = grants.issue(&id, folder)?;
    let to = DestinationRecord::granted(grant.token());
    let started = carousels
        .start_with(make.carousel.writers().into(), &id, &UserId::local(), brief, to)
        .await?;
    if shop.server_stays() {
        progress.print_line(&format!("workflow: {}", shop.target().ui_link(id.as_str(), None)));
    }
    let ended = carousels.wait_for_end(&id);
    tokio::pin!(ended);
    let stuck = progress.follow_until_stuck(&carousels, &id);
    tokio::pin!(stuck);
    let why = tokio::select! {
        result = &mut ended => return Ok(shop.made(started, result?)),
        reason = &mut stuck => reason,
        () = interrupted.begun() => "interrupted".to_owned(),
    };
    progress.print_line(&format!("{why}: cancelling, finished steps are undone"));
    carousels.request_cancel(&id, &why).await?;
    match tokio::time::timeout(CANCEL_PATIENCE, ended).await {
        Ok(result) => {
            let result = result?;
            let reason = if result.reason.is_empty() { why } else { result.reason };
            Ok(shop.made(started, CarouselResult { reason, ..result }))
        }
        Err(_) => anyhow::bail!(
            "{why}. The carousel is not stopped yet: {}",
            if shop.server_stays() {
                "its workers go on with it; see its page in the Web UI"
            } else {
                "the next `cargo dev` or `cargo dev make` with this data folder ends it"
            }
        ),
    }
}

impl MakeWorkers {
    /// Uses a running `cargo dev`; waits for a running `make`.
    async fn open(
        settings: &Settings,
        parser: sandbox::ParserProgram,
        progress: &MakeProgress,
        interrupted: &Shutdown,
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
                        note(&format!(
                            "using the running `cargo dev` (process {}) with its settings: models, \
                             keys and limits of this terminal are not used",
                            holder.pid
                        ));
                        return Ok(Self::Running(Box::new(TemporalTarget {
                            address: server.frontend,
                            namespace: server.namespace,
                            api_key: settings.temporal.api_key.clone(),
                            ui: server.ui,
                            codec: settings.temporal.codec.clone(),
                            traced: settings.temporal.traced,
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
            tokio::select! {
                () = tokio::time::sleep(WAIT) => {}
                () = interrupted.begun() => anyhow::bail!("interrupted"),
            }
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

    fn made(&self, started: StartedCarousel, result: CarouselResult) -> Made {
        let StartedCarousel { id, run_id, .. } = started;
        Made { ui_url: self.target().ui_link(id.as_str(), Some(&run_id)), id, run_id, result }
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
    let metrics = ProcessMetrics::plain("make");
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
