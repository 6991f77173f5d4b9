//! `price`: the processor time of a carousel without traces, with a tenth of them and with all, and
//! what each process uses when idle.

use std::{fmt::Display, ops::Range};

use anyhow::Context as _;
use clap::Args;
use testkit::{
    FakeModelServer, ModelProtocol,
    cluster::{Cluster, ClusterPlan, Member, MemberId},
    otlp::OtlpReceiver,
};

use crate::cli::{note, print};

/// Carousels before the measurement, so that caches and connections are warm.
const WARM_UP: u32 = 3;

/// Each carousel has another combination of these.
pub(crate) const THEMES: [&str; 8] =
    ["aurora", "neon", "paper", "minimal", "brutal", "editorial", "terminal", "galaxy"];
pub(crate) const FORMATS: [&str; 3] = ["4x5", "1x1", "9x16"];

/// Linux counts processor time in these units, on every architecture that we support.
const TICKS_PER_SECOND: f64 = 100.0;

#[derive(Debug, Args)]
pub(crate) struct PriceArgs {
    /// Carousels per measurement.
    #[arg(long, default_value_t = 30, value_name = "N")]
    carousels: u32,
    /// Measurements of each kind, in turns.
    #[arg(long, default_value_t = 3, value_name = "N")]
    rounds: u32,
    /// Seconds without work; 0 for no measurement.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    idle: u64,
}

/// How many traces are sent.
#[derive(Debug, Clone, Copy)]
enum Tracing {
    Off,
    Tenth,
    All,
}

impl Tracing {
    const EACH: [Self; 3] = [Self::Off, Self::Tenth, Self::All];

    const fn label(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Tenth => "10 %",
            Self::All => "100 %",
        }
    }

    /// `None` without traces.
    const fn ratio(self) -> Option<&'static str> {
        match self {
            Self::Off => None,
            Self::Tenth => Some("0.1"),
            Self::All => Some("1"),
        }
    }
}

/// Prints the tables.
pub(crate) async fn run(args: PriceArgs) -> anyhow::Result<bool> {
    let mut seconds = [const { Vec::new() }; Tracing::EACH.len()];
    for round in 1..=args.rounds {
        for (tracing, measured) in Tracing::EACH.into_iter().zip(&mut seconds) {
            let used = measure(tracing, args.carousels).await?;
            note(format!("round {round}, traces {}: {:.1} ms", tracing.label(), used * 1e3));
            measured.push(used);
        }
    }
    print(
        "| traces | processor time per carousel, ms: median (lowest to highest) | compared with off |",
    );
    print("|---|---|---|");
    let base = median(&mut seconds[0]);
    for (tracing, measured) in Tracing::EACH.into_iter().zip(&mut seconds) {
        let middle = median(measured);
        print(format!(
            "| {} | {:.1} ({:.1} to {:.1}) | {:+.1} % |",
            tracing.label(),
            middle * 1e3,
            measured.first().copied().unwrap_or_default() * 1e3,
            measured.last().copied().unwrap_or_default() * 1e3,
            (middle / base - 1.0) * 100.0,
        ));
    }
    if args.idle > 0 {
        print(rest(args.idle).await?);
    }
    Ok(true)
}

/// Seconds of processor time per carousel, over all our processes.
async fn measure(tracing: Tracing, carousels: u32) -> anyhow::Result<f64> {
    let receiver = OtlpReceiver::start().await;
    let model = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let mut env: Vec<(&str, String)> = model.env().into();
    if let Some(ratio) = tracing.ratio() {
        env.extend(receiver.env());
        env.push(("OTEL_BSP_SCHEDULE_DELAY", "5000".to_owned()));
        env.push(("OTEL_TRACES_SAMPLER", "parentbased_traceidratio".to_owned()));
        env.push(("OTEL_TRACES_SAMPLER_ARG", ratio.to_owned()));
    }
    let cluster = start(env).await?;
    order(&cluster, 0..WARM_UP).await;
    let before = all_seconds(&cluster)?;
    order(&cluster, WARM_UP..WARM_UP + carousels).await;
    let after = all_seconds(&cluster)?;
    Ok((after - before) / f64::from(carousels))
}

/// The table of each idle process.
async fn rest(seconds: u64) -> anyhow::Result<String> {
    let model = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let cluster = start(model.env().into()).await?;
    order(&cluster, 0..WARM_UP).await;
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    let mut rows = Vec::new();
    for role in roles(&cluster) {
        rows.push((role, processor_seconds(&cluster, role)?));
    }
    tokio::time::sleep(std::time::Duration::from_secs(seconds)).await;
    let mut table = "\n| idle process | of a core | memory |\n|---|---|---|\n".to_owned();
    for (role, before) in rows {
        let used = processor_seconds(&cluster, role)? - before;
        let memory = memory(&cluster, role).await?;
        #[expect(clippy::cast_precision_loss, reason = "a minute or an hour")]
        let share = used / seconds as f64 * 100.0;
        table.push_str(&format!("| {role} | {share:.2} % | {:.0} MB |\n", memory / 1e6));
    }
    Ok(table)
}

async fn start(env: Vec<(&str, String)>) -> anyhow::Result<Cluster> {
    let program = std::env::current_exe().context("the path of this program")?;
    let plan = ClusterPlan::new(program).with(Member::Gateway).bot_api();
    let plan = env.into_iter().fold(plan, |plan, (name, value)| plan.env(name, value));
    Ok(plan.start().await?)
}

/// One carousel after the other, each by another person and in another look, so that every slide is
/// drawn.
async fn order(cluster: &Cluster, numbers: Range<u32>) {
    for n in numbers {
        let at = n as usize;
        let (theme, format) =
            (THEMES[at % THEMES.len()], FORMATS[at / THEMES.len() % FORMATS.len()]);
        let person = cluster.telegram().person_speaking(&format!("User {n}"), "en").await;
        person.asks(&format!("Why tests matter, {theme}, {format}"), "Done").await;
    }
}

fn roles(cluster: &Cluster) -> Vec<MemberId> {
    let mut roles = cluster.member_ids();
    roles.retain(|role| matches!(role.member, Member::Pool(_) | Member::Gateway));
    roles
}

fn all_seconds(cluster: &Cluster) -> anyhow::Result<f64> {
    roles(cluster).into_iter().map(|role| processor_seconds(cluster, role)).sum()
}

fn processor_seconds(cluster: &Cluster, role: MemberId) -> anyhow::Result<f64> {
    let pid = cluster.pid(role).with_context(|| format!("{role} does not run"))?;
    seconds_of_process(pid)
}

/// The processor time of a process so far, to a hundredth of a second: its metric has whole seconds.
pub(crate) fn seconds_of_process(pid: impl Display) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in brackets may contain spaces. Then: state, …, utime and stime as numbers 14 and 15.
    let (_, rest) = stat.rsplit_once(')').context("the name of the process")?;
    let ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / TICKS_PER_SECOND)
}

async fn memory(cluster: &Cluster, role: MemberId) -> anyhow::Result<f64> {
    let page = cluster.metrics_page(role).await?;
    let line = page.lines().find_map(|line| line.strip_prefix("process_resident_memory_bytes "));
    Ok(line.with_context(|| format!("{role} does not show its memory"))?.parse()?)
}

/// Sorts the values.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
