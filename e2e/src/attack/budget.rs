//! `budget`: one user orders fifty carousels at once with a budget of $0.0005. The cost is measured
//! at the model server, per call.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use domain::Outcome;
use testkit::{
    FakeModelServer, ModelProtocol,
    cluster::{ClusterPlan, postgres_is_installed},
};
use workers::Pool;

use super::AttackRow;
use crate::cli::note;

/// The number of orders; a short run has fewer.
const ORDERS: usize = 50;
const SHORT: usize = 12;

/// In millionths of a US dollar: the budget, the price of each call at the fake server (1,000
/// tokens read and 500 written at 0.40 and 1.60 dollars per million), and the reserved bound of one
/// call (`activities/src/ai/cost.rs`: slides without a source, with a repair).
const BUDGET: usize = 500;
const CALL_PRICE: usize = 1_200;
const CALL_BOUND: usize = 21_200;

const PATIENCE: Duration = Duration::from_secs(180);

/// Runs on both databases; reports if PostgreSQL is missing.
pub(super) async fn run(short: bool) -> anyhow::Result<Vec<AttackRow>> {
    let orders = if short { SHORT } else { ORDERS };
    let mut rows = vec![against(orders, false).await?];
    match postgres_is_installed() {
        Ok(()) => rows.push(against(orders, true).await?),
        Err(why) => note(format!("budget: skipped on PostgreSQL: {why}")),
    }
    Ok(rows)
}

async fn against(orders: usize, postgres: bool) -> anyhow::Result<AttackRow> {
    let peer = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let program = std::env::current_exe().context("the path of this program")?;
    let mut plan = ClusterPlan::new(program)
        .env("AI_PRICES", "test-model=0.40/1.60,gpt-transcribe=2.5/0")
        .env("AI_BUDGET_PER_DAY", "0.0005");
    for (name, value) in peer.env() {
        plan = plan.env(name, value);
    }
    let plan = if postgres { plan.postgres() } else { plan };
    let cluster = plan.start().await?;
    // All orders wait for the same worker, which then gets them at once.
    cluster.pause(Pool::Workflow);
    let mut requests = Vec::new();
    for n in 1..=orders {
        let topic = format!("Why tests matter, part {n}");
        requests.push(cluster.order(&format!("budget-{n}"), &topic).await?);
    }
    cluster.resume(Pool::Workflow);
    let mut delivered = 0;
    for request in &requests {
        let ended = cluster.ended(request, PATIENCE).await?;
        let ended = ended.with_context(|| format!("{} is not over", request.id))?;
        delivered += usize::from(ended.outcome == Some(Outcome::Delivered));
        ensure!(
            ended.outcome == Some(Outcome::Delivered) || ended.reason.contains("budget for models"),
            "{} failed for another reason: {}",
            request.id,
            ended.reason
        );
    }
    let spent = peer.calls() * CALL_PRICE;
    let database = if postgres { "PostgreSQL" } else { "SQLite" };
    Ok(AttackRow {
        attack: format!("{orders} carousels at once, budget $0.0005, {database}"),
        limit: format!("${} (the budget and one call)", dollars(BUDGET + CALL_BOUND)),
        measured: format!("${}, {delivered} delivered", dollars(spent)),
        held: spent <= BUDGET + CALL_BOUND && delivered > 0,
    })
}

fn dollars(micros: usize) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}
