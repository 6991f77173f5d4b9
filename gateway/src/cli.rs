//! The operator's commands and their output.

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use domain::{
    CarouselId, CarouselStage, ContentLanguage, Format, ImageKind, Language, RequestSource,
    SlideCount, ThemeId, UserId,
};
use render::{Renderer, RendererConfig};
use runtime::{
    codec::Codec,
    failpoint_hooks::FailpointHooks,
    settings::{Needs, Settings},
    temporal::TemporalTarget,
};
use sandbox::{Sandbox, SandboxLimits};
use traces::{SpanBuilder, SpanKind};
use uuid::Uuid;
use workflows::{carousel::CarouselProgress, destination::DestinationRecord};

use crate::{
    carousel_client::{
        CancelResult, CarouselClient, CarouselStatus, ListedCarousel, ProviderChoice,
    },
    carousel_request::{CarouselRequest, CarouselSource, RequestRefusal},
    events_command::EventsArgs,
    failures::{FailuresArgs, Operator, RetryArgs},
    health::HealthArgs,
    rebuild::RebuildArgs,
    rollout,
    small_requests::{AskArgs, TipArgs},
    source_file,
    studio_command::StudioArgs,
    tokens_command::TokensArgs,
};

/// Starts and watches carousels on a Temporal server.
#[derive(Debug, Parser)]
#[command(
    name = "gateway",
    version = runtime::VERSION,
    after_help = "Settings come from the environment and .env; .env.example names all of them."
)]
pub struct GatewayCli {
    #[command(subcommand)]
    pub command: GatewayCommand,
}

#[derive(Debug, Subcommand)]
pub enum GatewayCommand {
    /// Runs the gateway until it receives a signal, and answers health probes.
    Serve,
    /// Starts a carousel and prints its id.
    Start(StartArgs),
    /// Prints the state of a carousel.
    Status {
        /// The id that `start` printed.
        #[arg(value_parser = CarouselId::parse)]
        id: CarouselId,
    },
    /// Answers a question from the knowledge base.
    Ask(AskArgs),
    /// Prints the daily tip.
    Wisdom(TipArgs),
    /// Requests the cancellation of a carousel.
    Cancel {
        /// The id that `start` printed.
        #[arg(value_parser = CarouselId::parse)]
        id: CarouselId,
    },
    /// Shows who polls each task queue and what waits; exits with 1 if a pool has no worker.
    Health(HealthArgs),
    /// Asks the process at HTTP_ADDRESS on this machine, gateway or workers, whether it is ready; exits
    /// with 1 if not. For health checks of containers.
    Ready,
    /// Checks the settings and migrates the database. For the time before a rollout.
    Migrate,
    /// Lists carousels that failed: for whom, why, at which step, and whether trying again helps.
    Failures(FailuresArgs),
    /// Shows a carousel's whole life: row, workflow, deliveries, events, trace.
    Show {
        /// The id that `start`, `list` or `failures` printed.
        #[arg(value_parser = CarouselId::parse)]
        id: CarouselId,
    },
    /// Makes failed carousels again, each once; never one that was delivered.
    Retry(RetryArgs),
    /// Shows stored events: those of a carousel as a tree of causes, or a single one; and dead letters.
    Events(EventsArgs),
    /// Compares the rows of all carousels with their events; exits with 1 if they differ.
    Rebuild(RebuildArgs),
    /// Makes, lists and revokes tokens of the HTTP API.
    Tokens(TokensArgs),
    /// Prints a link to the studio that is signed in; it works once, for ten minutes.
    Studio(StudioArgs),
    /// Serves the tools of an assistant over standard input and output (Model Context Protocol), until they close.
    Mcp,
    /// Creates a key for TEMPORAL_CODEC_KEYS.
    CodecKey {
        /// The key's name, for example the month of its creation.
        id: String,
    },
    /// Lists the newest carousels.
    List {
        /// How many.
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
}

impl GatewayCommand {
    /// The secrets and addresses that the command needs: listing carousels needs no token.
    pub fn needs(&self) -> Needs {
        match self {
            Self::Serve => Needs { models: false, ..Needs::ALL },
            Self::Start(_) => Needs { blobs: true, ..Needs::default() },
            Self::Mcp => Needs { database: true, blobs: true, ..Needs::default() },
            Self::Health(_) => Needs { database: true, blobs: true, bot: true, ..Needs::default() },
            Self::Migrate
            | Self::Failures(_)
            | Self::Show { .. }
            | Self::Retry(_)
            | Self::Rebuild(_)
            | Self::Tokens(_)
            | Self::Studio(_) => Needs { database: true, ..Needs::default() },
            Self::Events(_) => Needs { database: true, bus: true, ..Needs::default() },
            Self::Ready
            | Self::Status { .. }
            | Self::Ask(_)
            | Self::Wisdom(_)
            | Self::Cancel { .. }
            | Self::CodecKey { .. }
            | Self::List { .. } => Needs::default(),
        }
    }
}

/// The options of a carousel; `cargo dev make` takes the same.
#[derive(Debug, Clone, Args)]
pub struct CarouselArgs {
    /// The topic: at most 300 characters.
    #[arg(
        value_name = "TOPIC",
        required_unless_present_any = ["text", "link", "voice"],
        conflicts_with_all = ["text", "link", "voice"]
    )]
    pub topic: Option<String>,
    /// A file to condense instead: text, Markdown, CSV, subtitles, PDF or DOCX; at most 20,000
    /// characters. Of a longer PDF or DOCX, the beginning is used.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["link", "voice"])]
    pub text: Option<PathBuf>,
    /// A web page to condense instead.
    #[arg(long, value_name = "URL", conflicts_with = "voice")]
    pub link: Option<String>,
    /// A recording to transcribe instead: ogg, mp3, m4a, wav, webm or flac, at most 20 MB.
    #[arg(long, value_name = "FILE")]
    pub voice: Option<PathBuf>,
    /// The language: ru or en; with a model any of uk, es, pt, de, fr, it, pl, tr and others. The
    /// default is the language of the topic, text, page or recording; for a mere name, that of this
    /// terminal.
    #[arg(long, value_name = "LANGUAGE")]
    pub lang: Option<ContentLanguage>,
    /// Write with the offline provider, without a model.
    #[arg(long)]
    pub offline: bool,
    /// Make a carousel of questions to ask about the topic, without a model.
    #[arg(long, conflicts_with_all = ["text", "link", "voice"])]
    pub questions: bool,
    /// How many slides, 3 to 10.
    #[arg(long, default_value_t, value_name = "3..10")]
    pub slides: SlideCount,
    #[arg(long, default_value_t, value_parser = ThemeId::parse, help = theme_help())]
    pub theme: ThemeId,
    /// The format: 1080×1350, 1080×1080 or 1080×1920.
    #[arg(long, default_value_t = Format::Portrait, value_name = "4x5|1x1|9x16")]
    pub format: Format,
    /// The image encoding.
    #[arg(long, default_value_t = ImageKind::Jpeg, value_name = "jpeg|png")]
    pub image: ImageKind,
}

/// The help of `--theme`, with the names of all themes.
fn theme_help() -> String {
    let themes = render::built_in_themes();
    let names: Vec<&str> = themes.iter().map(ThemeId::as_str).collect();
    format!("The theme: {}", names.join(", "))
}

/// `gateway start`.
#[derive(Debug, Args)]
pub struct StartArgs {
    #[command(flatten)]
    pub carousel: CarouselArgs,
    /// The folder to write to, below the delivery pool's OUTPUT_DIR; the carousel's id by default.
    #[arg(long, value_name = "DIR")]
    pub out: Option<String>,
    /// A key for this request: two requests with one key make one carousel.
    #[arg(long, value_name = "NAME")]
    pub key: Option<String>,
}

impl CarouselArgs {
    pub fn writers(&self) -> ProviderChoice {
        ProviderChoice::offline_if(self.offline)
    }

    /// The parsed request.
    ///
    /// # Errors
    /// [`RequestRefusal::File`] if the file can't be read, or has no usable text.
    pub async fn request(self, sandbox: &Sandbox) -> Result<CarouselRequest, RequestRefusal> {
        let read = |path: &Path| {
            std::fs::read(path)
                .map_err(|e| RequestRefusal::File(format!("{}: {e}", path.display())))
        };
        let mut cut_from = None;
        let source = if let Some(path) = self.text {
            let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
            let read = source_file::read(&read(&path)?, ending, sandbox).await;
            let refusal = |e| RequestRefusal::File(format!("{}: {e}", path.display()));
            let file = read.map_err(refusal)?;
            cut_from = file.cut_from;
            Some(CarouselSource::Text(file.text))
        } else if let Some(path) = self.voice {
            let ending = path.extension().and_then(|e| e.to_str());
            Some(CarouselSource::Voice(read(&path)?, ending.unwrap_or_default().to_owned()))
        } else {
            self.link.map(CarouselSource::Link)
        };
        Ok(CarouselRequest {
            topic: self.topic.unwrap_or_default(),
            source,
            language: self.lang,
            usual_language: terminal_language(),
            slides: self.slides,
            theme: self.theme,
            format: self.format,
            image: self.image,
            questions: self.questions,
            cut_from,
        })
    }
}

/// The language of this terminal's locale.
fn terminal_language() -> Language {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    match locale {
        Some(locale) if locale.starts_with("ru") => Language::Ru,
        Some(_) | None => Language::En,
    }
}

/// A new id for a carousel from the command line.
///
/// # Errors
/// If `key` contains characters that an id must not contain.
pub fn new_id(key: Option<&str>) -> Result<CarouselId, domain::IdError> {
    match key {
        Some(key) => CarouselId::new(RequestSource::Cli, key),
        None => CarouselId::new(RequestSource::Cli, &Uuid::now_v7().to_string()),
    }
}

impl GatewayCommand {
    /// Runs the command and returns what to print.
    ///
    /// # Errors
    /// The message is for the operator.
    pub async fn run(
        self,
        settings: &Settings,
        parser: sandbox::ParserProgram,
    ) -> anyhow::Result<String> {
        let target = TemporalTarget::of(&settings.temporal);
        let connect = async || -> anyhow::Result<CarouselClient> {
            Ok(CarouselClient::new(target.connect("gateway").await?))
        };
        match self {
            Self::Serve => {
                crate::serve::run(settings, FailpointHooks::none(), parser).await?;
                Ok(String::new())
            }
            Self::Start(start) => {
                let carousels = connect().await?;
                let run = start.run(&carousels, &target, settings, parser);
                traces::run_in_new_trace(command_span("gateway start"), run).await
            }
            Self::Ask(ask) => {
                let run = ask.run(target.connect("gateway").await?);
                traces::run_in_new_trace(command_span("gateway ask"), run).await
            }
            Self::Wisdom(wisdom) => {
                let run = wisdom.run(target.connect("gateway").await?);
                traces::run_in_new_trace(command_span("gateway wisdom"), run).await
            }
            Self::Status { id } => {
                let status = connect().await?.status(&id).await?;
                Ok(show_status(&id, &status, &target))
            }
            Self::Cancel { id } => {
                let cancelled = connect().await?.cancel(&id, "cancelled by an operator").await?;
                Ok(show_cancelled(&id, &cancelled))
            }
            Self::Health(health) => {
                Ok(health.run(&target.connect("gateway").await?, settings).await?)
            }
            Self::Ready => rollout::ready(settings).await,
            Self::Migrate => rollout::migrate(settings).await,
            Self::Failures(asked) => {
                Operator::connect(settings, &target).await?.failures(&asked).await
            }
            Self::Show { id } => Operator::connect(settings, &target).await?.show(&id).await,
            Self::Retry(asked) => Operator::connect(settings, &target).await?.retry(asked).await,
            Self::Events(events) => events.run(settings).await,
            Self::Rebuild(rebuild) => rebuild.run(settings).await,
            Self::Tokens(tokens) => tokens.run(settings).await,
            Self::Studio(studio) => studio.run(settings).await,
            Self::Mcp => {
                let client = target.connect("gateway").await?;
                crate::api::serve_stdio(settings, client).await?;
                Ok(String::new())
            }
            Self::CodecKey { id } => new_key(&id),
            Self::List { limit } => Ok(show_list(&connect().await?.list(limit).await?)),
        }
    }
}

/// The first span of a command's trace.
fn command_span(name: &'static str) -> SpanBuilder {
    SpanBuilder::from_name(name).with_kind(SpanKind::Client)
}

fn new_key(id: &str) -> anyhow::Result<String> {
    let key = Codec::new_key(id)
        .context("a key's id is 1 to 64 letters, digits, “.”, “_” and “-”, such as 2026-11")?;
    Ok(format!("{}\n", key.expose()))
}

impl StartArgs {
    async fn run(
        self,
        carousels: &CarouselClient,
        target: &TemporalTarget,
        settings: &Settings,
        parser: sandbox::ParserProgram,
    ) -> anyhow::Result<String> {
        let id = new_id(self.key.as_deref())?;
        let renderer = Renderer::new(&RendererConfig {
            font_dir: settings.render.font_dir.clone(),
            ..RendererConfig::default()
        })?;
        let blobs = crate::carousel_request::blobs(settings)?;
        let writers = self.carousel.writers();
        let sandbox = Sandbox::new(parser, SandboxLimits::default());
        let request = self.carousel.request(&sandbox).await?;
        let cut = request.cut_notice().map(|notice| notice + "\n").unwrap_or_default();
        let brief = request.validate(&renderer, &blobs).await?;
        let folder = self.out.unwrap_or_else(|| id.as_str().to_owned());
        let to = DestinationRecord::folder(folder);
        let started =
            carousels.start_with(writers.into(), &id, &UserId::local(), &brief, to).await?;
        let verb = if started.fresh { "started" } else { "was started before" };
        Ok(format!(
            "{cut}{id}\n{verb}; watch it with\n  cargo run -p gateway -- status {id}\n  {}\n",
            target.ui_link(id.as_str(), Some(&started.run_id)),
        ))
    }
}

fn show_status(id: &CarouselId, status: &CarouselStatus, target: &TemporalTarget) -> String {
    let mut out = format!("{id}\n{}\n", status.summary);
    match &status.progress {
        Some(CarouselProgress { outcome: Some(outcome), reason, .. }) => {
            out.push_str(outcome.name());
            if !reason.is_empty() {
                out.push_str(&format!(": {reason}"));
            }
            out.push('\n');
        }
        Some(p) => {
            let stage = p.stage.map_or("in an unknown stage", CarouselStage::name);
            out.push_str(&format!("{stage} ({} of {} steps done)\n", p.done, p.total));
        }
        None => out.push_str(&format!(
            "{}; no worker of the workflow pool answers: is `cargo run -p workers` running?\n",
            status.status.to_lowercase()
        )),
    }
    for trouble in &status.retrying {
        out.push_str(&format!(
            "  {}, attempt {}: {}\n",
            trouble.activity, trouble.attempt, trouble.reason
        ));
    }
    out.push_str(&format!("{}\n", target.ui_link(id.as_str(), Some(&status.run_id))));
    out
}

fn show_cancelled(id: &CarouselId, cancelled: &CancelResult) -> String {
    match cancelled {
        CancelResult::Done => format!("{id} is cancelled, and what was done is undone\n"),
        CancelResult::Requested => {
            format!("{id} will be cancelled as soon as its workers answer; see `status {id}`\n")
        }
        CancelResult::TooLate => format!("too late: {id} is being delivered, or was\n"),
        CancelResult::AlreadyEnded(how) => format!("nothing to cancel: {id} is over ({how})\n"),
    }
}

fn show_list(lines: &[ListedCarousel]) -> String {
    if lines.is_empty() {
        return "no carousels yet: try `cargo run -p gateway -- start \"How to name things\"`\n"
            .to_owned();
    }
    let width = lines.iter().map(|line| line.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for line in lines {
        let age = line.started.and_then(|at| SystemTime::now().duration_since(at).ok());
        out.push_str(&format!(
            "{:width$}  {:<9}  {:>8}  {}\n",
            line.id,
            line.outcome,
            age.map(show_age).unwrap_or_default(),
            line.topic,
        ));
    }
    out
}

/// `12 s ago`, in the largest unit that fits.
fn show_age(age: Duration) -> String {
    match age.as_secs() {
        s @ 0..60 => format!("{s} s ago"),
        s @ 60..3_600 => format!("{} m ago", s / 60),
        s @ 3_600..86_400 => format!("{} h ago", s / 3_600),
        s => format!("{} d ago", s / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verify_cli() {
        use clap::CommandFactory as _;
        GatewayCli::command().debug_assert();
    }

    #[test]
    fn exactly_one_source_is_required() {
        let parse = |args: &[&str]| {
            GatewayCli::try_parse_from(["gateway", "start"].iter().chain(args).copied()).is_ok()
        };
        assert!(parse(&["topic"]) && parse(&["--text", "file"]));
        assert!(parse(&["topic", "--lang", "de"]));
        assert!(parse(&["--link", "https://a"]) && parse(&["--voice", "a.ogg", "--offline"]));
        assert!(!parse(&[]) && !parse(&["topic", "--text", "file"]));
        assert!(!parse(&["topic", "--link", "x"]) && !parse(&["--text", "f", "--voice", "v"]));
        assert!(!parse(&["topic", "--slides", "11"]) && !parse(&["topic", "--lang", "deutsch"]));
    }

    #[test]
    fn ages_use_the_largest_fitting_unit() {
        let age = |seconds| show_age(Duration::from_secs(seconds));
        assert_eq!(
            [age(5), age(61), age(7_300), age(200_000)],
            ["5 s ago", "1 m ago", "2 h ago", "2 d ago"]
        );
    }
}
