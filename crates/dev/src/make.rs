//! `cargo dev make "TOPIC"`: one carousel, from a topic to files in a folder.

mod progress;
mod report;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use activities::{ai::Reach, delivery::Grants};
use clap::Args;
use domain::{Brief, CarouselId, UserId};
use gateway::{
    carousels::Carousels,
    cli::{Wish, new_id},
    order::Refusal,
};
use render::{Options, Renderer};
use runtime::{
    faults::Faults,
    metrics::Metrics,
    settings::Settings,
    shutdown::{self, Shutdown},
    temporal::Target,
};
use workers::{Materials, Pools, Running};
use workflows::contract::{CarouselResult, DestinationRecord};

use crate::{
    lock::{self, Lock, Task},
    session::{Session, Taken},
    up::SERVER,
};
use progress::Progress;
pub use report::Report;

/// The polling interval while another process holds the data folder.
const WAIT: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
pub struct Make {
    #[command(flatten)]
    pub wish: Wish,
    /// The folder for the files; ./out/TOPIC by default.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print one JSON object, on the last line of stdout.
    #[arg(long)]
    pub json: bool,
}

/// Why there is no carousel.
#[derive(Debug)]
pub enum Failure {
    /// The request is invalid.
    Usage(Refusal),
    Other(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// Which workers make the carousel.
enum Shop {
    /// Those of a running `cargo dev`.
    Theirs(Box<Target>),
    /// Workers in this process, for this run.
    Ours(Box<Own>),
}

/// Where the files go.
struct Place {
    /// Absolute.
    folder: PathBuf,
    /// The grants of the process that delivers.
    grants: Grants,
}

struct Own {
    session: Session,
    running: Running,
    shutdown: Shutdown,
}

/// Makes one carousel.
///
/// # Errors
/// [`Failure`]. A failed carousel is not an error: the report contains it.
pub async fn run(
    make: Make,
    settings: &Settings,
    parser: sandbox::Program,
) -> Result<Report, Failure> {
    let began = Instant::now();
    let progress = Progress::start(make.json);
    let brief = judge(&make, settings).await?;
    let id = new_id(None)?;
    let folder = match &make.out {
        Some(folder) => folder.clone(),
        // A failure message contains the folder, and Temporal shows it unencrypted.
        None if settings.temporal.codec.encrypts() => settings.data.output_dir.join(id.as_str()),
        None => settings.data.output_dir.join(brief.topic.slug()),
    };
    let place = Place {
        folder: std::path::absolute(folder)?,
        grants: Grants::of(&settings.data.dir),
    };
    // First the saga compensates, then the workers drain, then the server ends.
    let interrupted = Shutdown::on_signals(2 * settings.drain + SERVER + shutdown::MARGIN)?;
    let shop = Shop::open(settings, parser, &progress).await?;
    let made = order(&shop, id, &make, &brief, &place, &progress, &interrupted).await;
    let target = shop.target().clone();
    let stays = shop.outlives_us();
    progress.finish();
    shop.close().await;
    let (id, run_id, result) = made?;
    Ok(Report {
        ui_url: target.ui_link(id.as_str(), Some(&run_id)),
        workflow_id: id.as_str().to_owned(),
        run_id,
        outcome: result.outcome,
        reason: result.reason,
        provider: result.provider,
        offer: result.offer,
        files: report::shown(&result.folder, &result.files),
        duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        server_stays: stays,
    })
}

/// Validates the request before anything is started for it.
async fn judge(make: &Make, settings: &Settings) -> Result<Brief, Failure> {
    let renderer = Renderer::new(&Options {
        font_dir: settings.render.font_dir.clone(),
        ..Options::default()
    })?;
    let blobs = gateway::order::blobs(settings)?;
    let order = make.wish.clone().order()?;
    order
        .judge(&renderer, &blobs)
        .await
        .map_err(|refusal| match refusal {
            Refusal::Storage(e) => Failure::Other(e.into()),
            refusal => Failure::Usage(refusal),
        })
}

/// Starts the workflow and follows it to its end. Ctrl-C cancels it and waits for the compensation.
async fn order(
    shop: &Shop,
    id: CarouselId,
    make: &Make,
    brief: &Brief,
    place: &Place,
    progress: &Progress,
    interrupted: &Shutdown,
) -> anyhow::Result<(CarouselId, String, CarouselResult)> {
    let carousels = Carousels::new(shop.target().connect("make").await?);
    // Revoked at the end of this function.
    let grant = place.grants.give(&id, &place.folder)?;
    let to = DestinationRecord::granted(grant.token());
    let started = carousels
        .start_on(make.wish.writers().into(), &id, &UserId::local(), brief, to)
        .await?;
    progress.say(&format!(
        "workflow: {}",
        shop.target().ui_link(id.as_str(), None)
    ));
    let ended = carousels.ended(&id);
    tokio::pin!(ended);
    let following = progress.follow(&carousels, &id);
    tokio::pin!(following);
    let result = tokio::select! {
        result = &mut ended => result?,
        never = &mut following => match never {},
        () = interrupted.begun() => {
            progress.say("cancelling: what was done is undone first");
            carousels.cancel(&id, "Ctrl-C").await?;
            ended.await?
        }
    };
    Ok((started.id, started.run_id, result))
}

impl Shop {
    /// Uses a running `cargo dev`; waits for a running `make`.
    async fn open(
        settings: &Settings,
        parser: sandbox::Program,
        progress: &Progress,
    ) -> anyhow::Result<Self> {
        let note = |text: &str| progress.say(text);
        let mut waited = false;
        let lock = loop {
            match Lock::take(&settings.data.dir, Task::Make) {
                Ok(lock) => break lock,
                Err(lock::Error::Held {
                    holder: Some(holder),
                    ..
                }) if holder.task == Task::Up => {
                    if let Some(server) = holder.server {
                        note(&format!(
                            "using the running `cargo dev` (process {})",
                            holder.pid
                        ));
                        return Ok(Self::Theirs(Box::new(Target {
                            address: server.frontend,
                            namespace: server.namespace,
                            api_key: settings.temporal.api_key.clone(),
                            ui: server.ui,
                            codec: settings.temporal.codec.clone(),
                        })));
                    }
                }
                Err(lock::Error::Held { .. }) if !waited => {
                    waited = true;
                    note("another `cargo dev make` uses this folder: waiting for its end");
                }
                Err(lock::Error::Held { .. }) => {}
                Err(e) => return Err(e.into()),
            }
            tokio::time::sleep(WAIT).await;
        };
        let session = Session::begin(settings, lock, Task::Make, Taken::Move, &note).await?;
        match start_workers(settings, parser, &session).await {
            Ok((running, shutdown)) => Ok(Self::Ours(Box::new(Own {
                session,
                running,
                shutdown,
            }))),
            Err(e) => {
                session.end().await;
                Err(e)
            }
        }
    }

    fn target(&self) -> &Target {
        match self {
            Self::Theirs(target) => target,
            Self::Ours(own) => own.session.target(),
        }
    }

    /// Whether the Web UI is still available after this process has ended.
    fn outlives_us(&self) -> bool {
        match self {
            Self::Theirs(_) => true,
            Self::Ours(own) => !own.session.owns_server(),
        }
    }

    async fn close(self) {
        let Self::Ours(own) = self else { return };
        own.shutdown.begin();
        if let Err(reason) = own.running.ended().await {
            tracing::warn!("{reason}");
        }
        own.session.end().await;
    }
}

async fn start_workers(
    settings: &Settings,
    parser: sandbox::Program,
    session: &Session,
) -> anyhow::Result<(Running, Shutdown)> {
    let shutdown = Shutdown::default();
    let metrics = Metrics::plain();
    let client = session.target().connect("make").await?;
    let running = workers::start(
        &Pools::all(),
        Materials {
            settings,
            client,
            metrics: &metrics,
            shutdown: shutdown.clone(),
            faults: Faults::none(),
            folders: crate::folders(settings),
            reach: Reach::public(),
            parser,
        },
    )
    .await?;
    Ok((running, shutdown))
}
