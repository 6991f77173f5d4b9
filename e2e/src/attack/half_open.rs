//! `half-open`: connections that send nothing, or half a request, to both ports of a gateway.
//! Measured: how fast other requests are answered meanwhile, and how fast headers that never end
//! are cut off.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use testkit::{
    cluster::{Cluster, ClusterPlan, Member},
    http::HttpRequest,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{sleep, timeout},
};
use url::Url;

use super::AttackRow;

/// The number of connections: in the external tester's report, and in CI.
const CONNECTIONS: [usize; 2] = [1_117, 400];

/// The connections that the attacker keeps open: more than a port accepts.
const KEPT: usize = 400;

/// The limit for the answers to others.
const ANSWERED: Duration = Duration::from_secs(1);

/// The limit until endless headers are cut off: the server's five seconds, plus reserve for a busy
/// machine.
const CUT_OFF: Duration = Duration::from_secs(10);

pub(super) async fn run(short: bool) -> anyhow::Result<Vec<AttackRow>> {
    let program = std::env::current_exe().context("the path of this program")?;
    let plan = ClusterPlan::new(program)
        .without_pools()
        .with(Member::Gateway)
        .bot_api()
        .env("PUBLIC_ADDRESS", "127.0.0.1:0")
        .env("TELEGRAM_WEBHOOK_URL", "http://127.0.0.1:9/telegram")
        .env("TELEGRAM_WEBHOOK_SECRET", "0123456789abcdef0123456789abcdef");
    let cluster = plan.start().await?;
    let operator = logged_address(&cluster, "metrics and health at ")?;
    let public = logged_address(&cluster, "the webhook at ")?;
    let readiness = operator.join("/readyz")?;
    let webhook = public.join("/telegram")?;
    let count = CONNECTIONS[usize::from(short)];

    let mut rows = Vec::new();
    for (port, name) in [(&operator, "operator's"), (&public, "public")] {
        let mut kept = VecDeque::new();
        let mut worst = Duration::ZERO;
        for n in 0..count {
            kept.push_back(half_open(port, n).await?);
            if kept.len() > KEPT {
                kept.pop_front();
            }
            if n % (count / 10) == 0 || n + 1 == count {
                worst = worst.max(answered(HttpRequest::get(readiness.clone()), 200).await?);
                let refused = HttpRequest::post(webhook.clone(), "application/json", "{}");
                worst = worst.max(answered(refused, 401).await?);
            }
        }
        rows.push(AttackRow {
            attack: format!("{count} half-open connections on the {name} port"),
            limit: format!("/readyz and the webhook answer within {ANSWERED:?}"),
            measured: format!("slowest of 22 answers: {} ms", worst.as_millis()),
            held: worst <= ANSWERED,
        });
    }
    let cut = cut_off(&public).await?;
    rows.push(AttackRow {
        attack: "headers sent a byte at a time".to_owned(),
        limit: format!("cut off within {} s", CUT_OFF.as_secs()),
        measured: format!("{:.1} s", cut.as_secs_f64()),
        held: cut <= CUT_OFF,
    });
    Ok(rows)
}

/// The address that the gateway logged after `words`.
fn logged_address(cluster: &Cluster, words: &str) -> anyhow::Result<Url> {
    let log = cluster.log(Member::Gateway);
    let (_, after) =
        log.split_once(words).with_context(|| format!("the gateway did not log “{words}”"))?;
    let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || ":/.".contains(c)));
    Ok(Url::parse(&after[..end.unwrap_or(after.len())])?)
}

async fn connect(port: &Url) -> anyhow::Result<TcpStream> {
    let at = (port.host_str().unwrap_or_default(), port.port().unwrap_or_default());
    Ok(TcpStream::connect(at).await?)
}

/// A connection that sends nothing, or part of its headers.
async fn half_open(port: &Url, n: usize) -> anyhow::Result<TcpStream> {
    let mut stream = connect(port).await?;
    let half = ["", "GET /readyz HTTP/1.1\r\nHost: x\r\nX-"][n % 2];
    // The server may have closed it already to accept another.
    let _ = stream.write_all(half.as_bytes()).await;
    Ok(stream)
}

async fn answered(request: HttpRequest, status: u16) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let answer = request.send(Duration::from_secs(120)).await?;
    ensure!(answer.status == status, "status {} instead of {status}", answer.status);
    Ok(began.elapsed())
}

/// Sends a header byte by byte until the server closes the connection.
async fn cut_off(port: &Url) -> anyhow::Result<Duration> {
    let mut stream = connect(port).await?;
    let began = Instant::now();
    stream.write_all(b"POST /telegram HTTP/1.1\r\nX-").await?;
    let mut byte = [0];
    while began.elapsed() < CUT_OFF * 3 {
        if stream.write_all(b"a").await.is_err() {
            break;
        }
        match timeout(Duration::from_millis(100), stream.read(&mut byte)).await {
            Ok(Ok(0) | Err(_)) => break,
            _ => sleep(Duration::from_millis(100)).await,
        }
    }
    Ok(began.elapsed())
}
