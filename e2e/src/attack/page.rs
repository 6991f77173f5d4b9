//! `page` and `sigterm`: links to pages that are designed to overload the parser, sent to a real ai
//! pool.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use testkit::{
    FakeWebSite,
    cluster::{Cluster, ClusterPlan},
};
use workers::Pool;

use super::{
    AttackRow,
    process_tree::{self, MemoryWatch},
};
use crate::{cli::note, role::PAGES_AT};

/// The limit of the memory of the process and its parsers, above the idle process.
const MEMORY_MB: u64 = 300;
/// From the order to its refusal: fetching (10 s), waiting in the queue (8 s), parsing (10 s), and
/// Temporal's overhead.
const REFUSED: Duration = Duration::from_secs(35);
/// How long the pool drains before its parser is killed.
const DRAIN: Duration = Duration::from_secs(3);
/// The limit of the shutdown time after the drain.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(5);
/// The expected error text for the user.
const EXPECTED_ERROR: &str = "this page can't be read: send the text itself";

/// Each `<p>` repeats every `<b>` that is still open. The end tags are inside comments, so that a
/// simple count of tags does not detect it. Before the fix, 130 KB took 4 GB and killed the
/// process.
fn misnested() -> String {
    let open: String = (0..1_000).map(|n| format!("<b x={n}><!--</b>-->")).collect();
    format!("<p>{open}{}", "<p>x".repeat(27_000))
}

/// For each element the parser scans all open ones: minutes of CPU time.
fn deep() -> String {
    "<div>".repeat(300_000)
}

async fn cluster(pages: &FakeWebSite) -> anyhow::Result<Cluster> {
    let program = std::env::current_exe().context("the path of this program")?;
    let plan = ClusterPlan::new(program)
        .env(PAGES_AT, pages.address().to_string())
        .env("DRAIN_SECONDS", DRAIN.as_secs().to_string());
    Ok(plan.start().await?)
}

/// Measures memory and time while several of the worst pages arrive at once.
pub(super) async fn page(short: bool) -> anyhow::Result<Vec<AttackRow>> {
    let pages = FakeWebSite::start().await;
    pages.show_html("/misnested", misnested());
    pages.show_html("/deep", deep());
    let cluster = cluster(&pages).await?;
    let ai = cluster.pid(Pool::Ai).context("an ai pool")?;
    let rest = process_tree::memory_mb(ai);
    let watch = MemoryWatch::over(ai);
    let began = Instant::now();
    let mut requests = Vec::new();
    for n in 0..if short { 2 } else { 6 } {
        let path = ["/misnested", "/deep"][n % 2];
        let key = format!("hostile-{n}");
        requests.push(cluster.order_page(&key, &pages.link(path)).await?);
    }
    let mut told = 0;
    let mut first = None;
    for request in &requests {
        let ended = cluster.ended(request, 4 * REFUSED).await?;
        let reason = ended.map(|ended| ended.reason).unwrap_or_default();
        note(format!("{:.1} s: {}: {reason}", began.elapsed().as_secs_f64(), request.id));
        told += usize::from(reason.contains(EXPECTED_ERROR));
        first.get_or_insert(began.elapsed());
    }
    let above = watch.peak_mb().saturating_sub(rest);
    let first = first.unwrap_or_default();
    let alive = cluster.pid(Pool::Ai) == Some(ai) && process_tree::memory_mb(ai) > 0;
    let count = requests.len();
    Ok(vec![
        AttackRow {
            attack: format!("{count} links to the worst pages at once: memory above rest"),
            limit: format!("{MEMORY_MB} MB"),
            measured: format!("{above} MB"),
            held: above <= MEMORY_MB && alive,
        },
        AttackRow {
            attack: "the same: time until the first is refused".to_owned(),
            limit: format!("{} s", REFUSED.as_secs()),
            measured: format!("{:.1} s", first.as_secs_f64()),
            held: first <= REFUSED,
        },
        AttackRow {
            attack: "the same: users with the expected error".to_owned(),
            limit: format!("{count} of {count}"),
            measured: format!("{told} of {count}"),
            held: told == count,
        },
    ])
}

/// Measures the shutdown on SIGTERM while the worst page is parsed.
pub(super) async fn sigterm() -> anyhow::Result<Vec<AttackRow>> {
    let pages = FakeWebSite::start().await;
    pages.show_html("/deep", deep());
    let mut cluster = cluster(&pages).await?;
    let ai = cluster.pid(Pool::Ai).context("an ai pool")?;
    cluster.order_page("hostile", &pages.link("/deep")).await?;
    let began = Instant::now();
    while process_tree::parsers(ai).is_empty() {
        ensure!(began.elapsed() < REFUSED, "no parser started");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let parsers = process_tree::parsers(ai);
    let began = Instant::now();
    let ended = cluster.stop(Pool::Ai).await;
    let took = began.elapsed();
    let left = parsers.iter().filter(|pid| process_tree::memory_mb(**pid) > 0);
    let left = left.count();
    let limit = DRAIN + SHUTDOWN_LIMIT;
    let well = ended.is_some_and(|status| status.success());
    Ok(vec![AttackRow {
        attack: format!(
            "SIGTERM while the worst page is parsed, DRAIN_SECONDS={}",
            DRAIN.as_secs()
        ),
        limit: format!("{} s, no parser left", limit.as_secs()),
        measured: format!("{:.1} s, {left} left", took.as_secs_f64()),
        held: took <= limit && left == 0 && well,
    }])
}
