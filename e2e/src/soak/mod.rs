//! `soak`: users make requests while a seeded scheduler kills, freezes, restarts and cuts off every process, and
//! Telegram and the model misbehave. At the end every request is accounted for. A finding prints the seed that repeats
//! the faults.

mod faults;
mod soak_report;
mod users;

use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use clap::Args;
use domain::Language;
use testkit::{
    FakeModelServer, ModelProtocol, ModelResponse, RedisServer,
    cluster::{ClusterPlan, Member},
};
use tokio::time::{Instant, sleep};

use self::{
    faults::{FaultPlan, FaultWorld, PROXIED, PlannedFault},
    soak_report::{SoakReport, SufferedFault},
    users::{SoakRequest, SoakUsers},
};
use crate::{
    cli::{note, print},
    kill::is_idle,
};

/// The deadline for all work after the last fault. A lost worker is noticed by a heartbeat timeout, a lost carousel by
/// `reconcile`, which runs every 5 minutes.
const PATIENCE: Duration = Duration::from_secs(900);

const IDLE_POLL: Duration = Duration::from_secs(1);

/// The deadline for a person to be seen by the fake Bot API.
const CHAT_PATIENCE: Duration = Duration::from_secs(120);

#[derive(Debug, Args)]
pub(crate) struct SoakArgs {
    /// How long there are faults.
    #[arg(long, default_value_t = 30, value_name = "MINUTES", conflicts_with = "seconds")]
    minutes: u64,
    /// The same in seconds.
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<u64>,
    /// Decides all faults and requests. Default: the time.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// The mean time between two requests, in milliseconds.
    #[arg(long, default_value_t = 2_000, value_name = "MILLISECONDS")]
    every: u64,
}

/// Runs the campaign; returns whether every promise was kept.
pub(crate) async fn run(args: SoakArgs) -> anyhow::Result<bool> {
    let seed = args.seed.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        now.map_or(1, |since| since.as_secs())
    });
    let during = args.seconds.map_or(Duration::from_secs(args.minutes * 60), Duration::from_secs);
    note(format!("seed {seed}"));
    let kept = campaign(seed, during, Duration::from_millis(args.every)).await;
    if !matches!(kept, Ok(true)) {
        note(format!(
            "the same faults again: e2e soak --seed {seed} --seconds {}",
            during.as_secs()
        ));
    }
    kept
}

async fn campaign(seed: u64, during: Duration, every: Duration) -> anyhow::Result<bool> {
    let redis = RedisServer::start_or_skip().context("redis-server has to be installed")?;
    let mut world = start(redis).await?;
    note(format!("logs are in {}", world.cluster.folder().display()));
    let telegram = world.cluster.telegram().clone().with_timeout(CHAT_PATIENCE);
    let (desk, client) = (world.cluster.order_desk().await?, world.cluster.client().await?);
    let users = SoakUsers::new(telegram, desk, client.clone(), seed, every);
    let began = Instant::now();
    let users = tokio::spawn(users.run(began + during));

    let mut suffered = Vec::new();
    for planned in FaultPlan::new(seed) {
        sleep(planned.pause).await;
        if began.elapsed() > during {
            break;
        }
        note(format!("{:>6.1} s: {planned}", began.elapsed().as_secs_f64()));
        suffered.push(suffer(&mut world, planned).await?);
    }
    let mut demand = users.await??;
    let seconds = || began.elapsed().as_secs_f64();
    note(format!("{:>6.1} s: waiting for {} requests", seconds(), demand.requests.len()));
    let deadline = Instant::now() + PATIENCE;
    for request in &demand.requests {
        world.cluster.ended(&request.audited, deadline - Instant::now()).await?;
    }
    while Instant::now() < deadline && is_idle(&client).await?.is_none() {
        sleep(IDLE_POLL).await;
    }
    let scheduled = world.cluster.scheduled_carousels().await?;
    demand.requests.extend(scheduled.into_iter().map(|audited| SoakRequest { audited, at: None }));
    note(format!("{:>6.1} s: all work is done", seconds()));
    let left = deadline - Instant::now();
    let audit = world.cluster.audit_when_idle(&demand.audited(), left).await?;
    let stream = world.cluster.stream_when_published(&world.redis).await?;
    note(stream);
    let broken: Vec<String> = demand.unanswered_rewrites().await;
    let report = SoakReport::new(&client, &audit, &demand, &suffered).await?;
    print(report);
    for row in audit.rows.iter().filter(|row| !row.findings.is_empty()) {
        print(format!("{}: {:?}", row.what, row.findings));
    }
    for one in &broken {
        print(one);
    }
    Ok(audit.has_no_findings() && stream.is_complete() && broken.is_empty())
}

async fn suffer(world: &mut FaultWorld, planned: PlannedFault) -> anyhow::Result<SufferedFault> {
    let at = SystemTime::now();
    world.suffer(&planned).await.with_context(|| planned.to_string())?;
    Ok(SufferedFault { fault: planned.fault, at, until: SystemTime::now() })
}

async fn start(redis: RedisServer) -> anyhow::Result<FaultWorld> {
    let program = std::env::current_exe().context("the path of this program")?;
    let model = FakeModelServer::start(ModelProtocol::OpenAi).await;
    model.set_default_response(ModelResponse::Write(Language::En));
    let plan = ClusterPlan::new(program).with(Member::Gateway).postgres().bot_api();
    let plan = PROXIED.into_iter().fold(plan, ClusterPlan::with_chaos_proxy);
    let plan = plan.env("REDIS_URL", redis.url());
    let plan = model.env().into_iter().fold(plan, |plan, (name, value)| plan.env(name, value));
    Ok(FaultWorld { cluster: plan.start().await?, redis, model })
}
