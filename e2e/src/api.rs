//! `api`: a program asks the HTTP API for carousels, evenly. Measured: how fast each call is answered, and whether each is
//! one carousel. Real processes and a real Temporal server.

use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser as _};
use futures::future::try_join_all;
use gateway::cli::GatewayCli;
use runtime::{
    env::Env,
    settings::{Needs, Settings},
};
use sandbox::ParserProgram;
use serde_json::{Value, json};
use testkit::{
    PortReservation,
    cluster::{Cluster, ClusterPlan, Member},
    http::HttpRequest,
};
use tokio::time::{Instant, MissedTickBehavior, interval};
use url::Url;

use crate::cli::{note, print};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// The deadline grows by this for each carousel.
const PER_CAROUSEL: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(crate) struct ApiArgs {
    /// Calls per second.
    #[arg(long, default_value_t = 20)]
    rate: u32,
    /// The duration in seconds.
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    seconds: u32,
    /// PostgreSQL instead of SQLite.
    #[arg(long)]
    postgres: bool,
}

/// A program with a token.
struct ApiCaller {
    carousels: Url,
    token: String,
}

/// Calls, waits and counts; returns whether every call became one delivered carousel.
pub(crate) async fn run(api: ApiArgs, parser: ParserProgram) -> anyhow::Result<bool> {
    let program = std::env::current_exe().context("the path of this program")?;
    let ports = PortReservation::of(1);
    let address = format!("127.0.0.1:{}", ports.port(0));
    let plan = ClusterPlan::new(program).with(Member::Gateway).env("API_ADDRESS", &address);
    let plan = if api.postgres { plan.postgres() } else { plan };
    let cluster = plan.start().await?;
    note(format!("logs are in {}", cluster.folder().display()));
    let caller = ApiCaller {
        carousels: format!("http://{address}/v1/carousels").parse()?,
        token: token(&cluster, parser).await?,
    };
    let calls = api.rate * api.seconds;
    note(format!("{calls} calls, {} a second", api.rate));
    let mut ticks = interval(Duration::from_secs(1) / api.rate);
    // Late ticks are caught up, to keep the promised rate.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let began = Instant::now();
    let mut answers = Vec::new();
    for number in 0..calls {
        ticks.tick().await;
        answers.push(tokio::spawn(caller.create(number)));
    }
    let answers = try_join_all(answers).await?;
    let mut times = answers.into_iter().collect::<anyhow::Result<Vec<Duration>>>()?;
    let called = began.elapsed();
    times.sort();
    let delivered = caller.delivered(calls).await?;
    let all = began.elapsed();
    let percentile = |percent: usize| {
        let at = (times.len() * percent).div_ceil(100).saturating_sub(1);
        times.get(at).copied().unwrap_or_default().as_secs_f64() * 1_000.0
    };
    print(format!(
        "\n## {calls} calls of the API, {} a second\n\n| | |\n|---|---|\n\
         | `POST /v1/carousels`, p50 | {:.1} ms |\n| p90 | {:.1} ms |\n| p99 | {:.1} ms |\n\
         | p100 | {:.1} ms |\n| all answered after | {:.1} s |\n| all delivered after | {:.1} s |\n\
         | carousels: delivered, asked for | {delivered}, {calls} |",
        api.rate,
        percentile(50),
        percentile(90),
        percentile(99),
        percentile(100),
        called.as_secs_f64(),
        all.as_secs_f64(),
    ));
    Ok(delivered == calls)
}

/// A token of the cluster's API.
async fn token(cluster: &Cluster, parser: ParserProgram) -> anyhow::Result<String> {
    let env = Env::of([("DATABASE_URL", cluster.database_url())]);
    let settings = Settings::read_for(&env, Needs { database: true, ..Needs::default() })?;
    let args = ["gateway", "tokens", "create", "load", "--per-day", "1000000"];
    let printed = GatewayCli::parse_from(args).command.run(&settings, parser).await?;
    Ok(printed.trim().to_owned())
}

impl ApiCaller {
    /// Asks for a carousel whose topic is unique, so that no picture is stored yet. Returns the time to the answer.
    fn create(&self, number: u32) -> impl Future<Output = anyhow::Result<Duration>> + use<> {
        let body = json!({ "topic": format!("Why tests matter, part {number}"), "slides": 3 });
        let request = HttpRequest::post_json(self.carousels.clone(), &body)
            .header("authorization", &format!("Bearer {}", self.token))
            .header("idempotency-key", &format!("load-{number}"));
        async move {
            let began = Instant::now();
            let answer = request.send(PATIENCE).await?;
            anyhow::ensure!(answer.status == 201, "call {number}: {}", answer.text());
            Ok(began.elapsed())
        }
    }

    /// Waits until all carousels have ended, and counts the delivered ones.
    async fn delivered(&self, calls: u32) -> anyhow::Result<u32> {
        let deadline = Instant::now() + Duration::from_secs(60) + PER_CAROUSEL * calls;
        loop {
            let (mut ended, mut delivered) = (0, 0);
            let mut cursor: Option<String> = None;
            loop {
                let page = self.page(cursor.as_deref()).await?;
                for carousel in page["data"].as_array().into_iter().flatten() {
                    ended += u32::from(!carousel["ended_at"].is_null());
                    delivered += u32::from(carousel["status"] == "delivered");
                }
                match page["next_cursor"].as_str() {
                    Some(next) => cursor = Some(next.to_owned()),
                    None => break,
                }
            }
            if ended >= calls || Instant::now() > deadline {
                return Ok(delivered);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    async fn page(&self, cursor: Option<&str>) -> anyhow::Result<Value> {
        let mut url = self.carousels.clone();
        url.query_pairs_mut().append_pair("limit", "100");
        if let Some(cursor) = cursor {
            url.query_pairs_mut().append_pair("cursor", cursor);
        }
        let request = HttpRequest::get(url);
        let answer = request.header("authorization", &format!("Bearer {}", self.token));
        answer.send(PATIENCE).await?.json().map_err(anyhow::Error::msg)
    }
}
