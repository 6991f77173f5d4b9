//! `observe`: faults in a cluster that a real Prometheus watches. Each alert has to fire for its
//! fault, reach the owner, and end; each panel of the dashboards and each documented metric has
//! to have data.

mod faults;
mod monitors;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::Args;
use domain::Language;
use metrics::{CATALOGUE, MetricType};
use serde_json::Value;
use testkit::{
    FakeModelServer, ModelProtocol, ModelResponse, RedisServer,
    cluster::{ClusterPlan, Member, postgres_is_installed},
};

use self::{
    faults::{Fault, World},
    monitors::{ALERT_TOKEN, Monitors},
};
use crate::cli::{note, print};

/// The first person of the fake Bot API.
const OWNER: &str = "1000001";

/// The deadline for an alert to fire, and for all to end.
const PATIENCE: Duration = Duration::from_secs(240);

/// The deadline for the messages about the last alert.
const TOLD: Duration = Duration::from_secs(30);

/// Between two looks at what fires.
const LOOK: Duration = Duration::from_secs(1);

/// The dashboards, as they are deployed.
const DASHBOARDS: [(&str, &str); 3] = [
    ("product", include_str!("../../../deploy/grafana/dashboards/vibecoder-product.json")),
    ("pools", include_str!("../../../deploy/grafana/dashboards/vibecoder-pools.json")),
    ("stores", include_str!("../../../deploy/grafana/dashboards/vibecoder-stores.json")),
];

#[derive(Debug, Args)]
pub(crate) struct ObserveArgs {
    /// Only the faults that show within about two minutes. Panels and metrics are listed, and may lack
    /// data.
    #[arg(long)]
    short: bool,
    /// Divides every window and waiting time of the alert rules: 20 makes 15 s of five minutes.
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=60))]
    speed: u32,
}

/// What was seen of the alerts of one name.
struct SeenAlert {
    summaries: BTreeSet<String>,
    first: Instant,
    /// `None` while it fires.
    over: Option<Instant>,
}

type SeenAlerts = BTreeMap<String, SeenAlert>;

/// A fault and when it began.
struct PastFault {
    fault: Fault,
    began: Instant,
    ended: Instant,
}

/// Runs the faults; returns whether each alert fired, reached the owner and ended, and whether
/// everything has data.
pub(crate) async fn run(args: ObserveArgs) -> anyhow::Result<bool> {
    if let Some(missing) = missing_program() {
        print(format!("skipped: {missing}"));
        return Ok(true);
    }
    let began = Instant::now();
    let Some(redis) = RedisServer::start_or_skip() else {
        return Ok(true);
    };
    let mut world = start(args.speed, redis).await?;
    note(format!("logs are in {}", world.cluster.folder().display()));
    // Histograms begin at their first value: an alert sees the increase after it.
    world.people_write(3, "Why tests matter").await;
    // One reply is refused and repaired.
    world.model.script([ModelResponse::Text("Sure, here is your carousel!".to_owned())]);
    world.owner.asks("Why tests matter", "Done").await;
    let mut seen = SeenAlerts::new();
    let mut past = Vec::new();
    let faults: &[Fault] = if args.short { &Fault::SHORT } else { &Fault::ALL };
    for fault in faults {
        past.push(inflict(*fault, &mut world, &mut seen).await?);
    }
    note("waiting until no alert fires");
    let deadline = Instant::now() + PATIENCE;
    let mut still_fires = look(&world, &mut seen).await?;
    while still_fires && Instant::now() < deadline {
        tokio::time::sleep(LOOK).await;
        still_fires = look(&world, &mut seen).await?;
    }
    let alerts = alerts_table(&world, &past, &seen, still_fires).await;
    let panels = panels(&world, began).await?;
    let metrics = missing_metrics(&world).await?;
    let reports = reports(&world).await?;
    print(alerts.0);
    print(panels.0);
    let total = CATALOGUE.len();
    print(format!("{} of {total} documented metrics seen", total - metrics.len()));
    for name in &metrics {
        print(format!("- not seen: {name}"));
    }
    print(reports.0);
    let has_all_data = panels.1 && metrics.is_empty();
    Ok(alerts.1 && reports.1 && (args.short || has_all_data))
}

fn missing_program() -> Option<String> {
    if !monitors::are_installed() {
        return Some("no Prometheus (Debian: prometheus, prometheus-alertmanager)".to_owned());
    }
    postgres_is_installed().err()
}

async fn start(speed: u32, redis: RedisServer) -> anyhow::Result<World> {
    let program = std::env::current_exe().context("the path of this program")?;
    let model = FakeModelServer::start(ModelProtocol::OpenAi).await;
    model.set_default_response(ModelResponse::Write(Language::En));
    let plan = ClusterPlan::new(program)
        .with(Member::Gateway)
        .postgres()
        .bot_api()
        .env("BOT_ADMINS", OWNER)
        .env("ALERTMANAGER_TOKEN", ALERT_TOKEN)
        .env("AI_PRICES", "test-model=0.4/1.6")
        .env("REDIS_URL", redis.url());
    let plan = model.env().into_iter().fold(plan, |plan, (name, value)| plan.env(name, value));
    let mut cluster = plan.start().await?;
    let owner = cluster.telegram().person_speaking("Olga", "en").await;
    let monitors = Monitors::start(&mut cluster, speed).await?;
    monitors.until_ready().await;
    Ok(World {
        cluster,
        monitors,
        model,
        owner,
        people: 0,
        orders: 0,
        flooders: Vec::new(),
        lock: None,
        redis,
    })
}

/// Begins a fault, waits for its alerts, ends it.
async fn inflict(
    fault: Fault,
    world: &mut World,
    seen: &mut SeenAlerts,
) -> anyhow::Result<PastFault> {
    note(format!("fault: {}", fault.what()));
    // An alert may have fired for an earlier fault.
    for alert in fault.alerts().iter().chain(fault.alerts_afterwards()) {
        seen.remove(*alert);
    }
    if fault.messages() < 2 {
        // It keeps messages from the owner.
        told(world, seen, &over(seen), 2).await;
    }
    let began = Instant::now();
    fault.begin(world).await?;
    until_fired(fault.alerts(), world, seen, Some(fault)).await?;
    if fault.messages() == 2 {
        // The owner gets only the end of an alert that is over before the gateway looks again.
        told(world, seen, fault.alerts(), 1).await;
    }
    fault.end(world).await?;
    let ended = Instant::now();
    until_fired(fault.alerts_afterwards(), world, seen, None).await?;
    Ok(PastFault { fault, began, ended })
}

/// Waits until all of `alerts` have fired, or gives up.
async fn until_fired(
    alerts: &[&str],
    world: &mut World,
    seen: &mut SeenAlerts,
    lasting: Option<Fault>,
) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !alerts.iter().all(|alert| seen.contains_key(*alert)) && Instant::now() < deadline {
        if let Some(fault) = lasting {
            fault.repeat(world).await;
        }
        tokio::time::sleep(LOOK).await;
        look(world, seen).await?;
    }
    Ok(())
}

/// Records what fires now; returns whether anything does.
async fn look(world: &World, seen: &mut SeenAlerts) -> anyhow::Result<bool> {
    let firing = world.monitors.firing().await?;
    let now = Instant::now();
    for alert in &firing {
        let known = seen.entry(alert.name.clone()).or_insert_with(|| {
            note(format!("alert: {} ({})", alert.name, alert.summary));
            SeenAlert { summaries: BTreeSet::new(), first: now, over: None }
        });
        known.summaries.insert(alert.summary.clone());
    }
    for (name, alert) in seen {
        // It may fire again for a later fault.
        if alert.over.is_none() && firing.iter().all(|it| it.name != *name) {
            alert.over = Some(now);
        }
    }
    Ok(!firing.is_empty())
}

/// How many messages the owner got about each alert: one when it fired, one when it was over.
async fn messages(world: &World, seen: &SeenAlerts) -> BTreeMap<String, usize> {
    let chat = world.owner.chat().await;
    let texts: Vec<String> = chat.bot_messages().map(|it| it.text().to_owned()).collect();
    let about = |alert: &SeenAlert| {
        let is_about = |text: &&String| alert.summaries.iter().any(|it| text.contains(it.as_str()));
        texts.iter().filter(is_about).count()
    };
    seen.iter().map(|(name, alert)| (name.clone(), about(alert))).collect()
}

/// Waits until the owner has got so many messages about each of `alerts`, or gives up.
async fn told(
    world: &World,
    seen: &SeenAlerts,
    alerts: &[&str],
    count: usize,
) -> BTreeMap<String, usize> {
    let deadline = Instant::now() + TOLD;
    loop {
        let messages = messages(world, seen).await;
        let is_told = |alert: &&str| messages.get(*alert).is_none_or(|told| *told >= count);
        if alerts.iter().all(is_told) || Instant::now() > deadline {
            return messages;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The alerts that are over.
fn over(seen: &SeenAlerts) -> Vec<&str> {
    seen.iter().filter(|(_, alert)| alert.over.is_some()).map(|(name, _)| name.as_str()).collect()
}

/// The table of faults and alerts, and whether each alert did what it has to.
async fn alerts_table(
    world: &World,
    past: &[PastFault],
    seen: &SeenAlerts,
    still_fires: bool,
) -> (String, bool) {
    let told = told(world, seen, &over(seen), 2).await;
    let mut table = "| fault | alert | fires after | over after | messages to the owner |\n\
                     |---|---|---|---|---|\n"
        .to_owned();
    let mut is_good = !still_fires;
    for PastFault { fault, began, ended } in past {
        let during = fault.alerts().iter().map(|alert| (alert, began));
        let afterwards = fault.alerts_afterwards().iter().map(|alert| (alert, ended));
        for (alert, since) in during.chain(afterwards) {
            let told = told.get(*alert).copied().unwrap_or_default();
            is_good &= seen.contains_key(*alert) && told >= fault.messages();
            let cells = match seen.get(*alert) {
                None => "never | | ".to_owned(),
                Some(alert) => {
                    let fires = alert.first.saturating_duration_since(*since).as_secs();
                    let over = alert.over.map_or("never".to_owned(), |over| {
                        format!("{} s", over.saturating_duration_since(*ended).as_secs())
                    });
                    format!("{fires} s | {over} | {told}")
                }
            };
            table.push_str(&format!("| {} | `{alert}` | {cells} |\n", fault.what()));
        }
    }
    (table, is_good)
}

/// Which panels have data, and whether all have.
async fn panels(world: &World, began: Instant) -> anyhow::Result<(String, bool)> {
    let seconds = began.elapsed().as_secs();
    let mut missing = Vec::new();
    let mut count = 0;
    for (name, dashboard) in DASHBOARDS {
        let dashboard: Value = serde_json::from_str(dashboard)?;
        for panel in dashboard["panels"].as_array().context("panels")? {
            let targets = panel["targets"].as_array().context("targets")?;
            let mut has_data = false;
            for target in targets {
                let expression = target["expr"].as_str().context("an expression")?;
                has_data |= world.monitors.has_data(expression, seconds).await?;
            }
            count += 1;
            if !has_data {
                missing.push(format!("\n- no data: {name}, {}", panel["title"]));
            }
        }
    }
    let line = format!("{} of {count} panels have data", count - missing.len());
    Ok((line + &missing.concat(), missing.is_empty()))
}

async fn missing_metrics(world: &World) -> anyhow::Result<Vec<&'static str>> {
    let names = world.monitors.names().await?;
    let is_missing = |name: &str, kind: MetricType| {
        let series =
            if kind == MetricType::Histogram { format!("{name}_count") } else { name.to_owned() };
        !names.contains(&series)
    };
    let missing = CATALOGUE.iter().filter(|info| is_missing(info.name, info.kind));
    Ok(missing.map(|info| info.name).collect())
}

/// The events that processes write about themselves, and whether each process with a database has.
async fn reports(world: &World) -> anyhow::Result<(String, bool)> {
    let mut lines = Vec::new();
    let mut is_good = true;
    for process in ["gateway", "persistence", "delivery"] {
        let health = world.cluster.count_reports("health.checked", process).await?;
        let metrics = world.cluster.count_reports("metrics.collected", process).await?;
        is_good &= health > 0 && metrics > 0;
        lines.push(format!("{process}: {health} `health.checked`, {metrics} `metrics.collected`"));
    }
    Ok((lines.join("\n"), is_good))
}
