//! Measures the relay with Redis beside the relay without: `cargo run --release -p bus --example bus_bench`.
//!
//! Needs `redis-server`. The database is a SQLite file, or the one at DATABASE_URL, whose events it publishes.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints its figures, and panics"
)]

#[path = "../../testkit/src/redis_server.rs"]
#[expect(unreachable_pub, dead_code, reason = "shared with the tests")]
mod redis_server;

use std::{
    fs,
    time::{Duration, Instant},
};

use bus::{FACTS, FactsPublisher, RedisBus};
use chrono::Utc;
use events::{Event, EventContext, EventId, EventSource, persistence::HistoryLogged};
use redis_server::RedisServer;
use storage::{
    Database, DatabaseOptions,
    outbox::{self, EventPublisher, InProcessPublisher, OutboxRelay, RelayOptions, RelayPass},
};

/// Events per round of the first measurement.
const ROUND: u32 = 5_000;
/// Rounds with Redis, and as many without, alternating.
const ROUNDS: u32 = 4;
/// The load of the second and third measurement.
const PER_SECOND: u32 = 100;
const LAG_SECONDS: u32 = 30;
const OUTAGE_SECONDS: u32 = 60;
/// The pause of an idle relay in the persistence pool.
const IDLE_PAUSE: Duration = Duration::from_millis(500);

/// The kernel's unit of CPU time.
const TICKS_PER_SECOND: f64 = 100.0;

struct Bench {
    db: Database,
    relay: OutboxRelay,
    written: u32,
}

impl Bench {
    /// Writes events in transactions of ten, as activities do.
    async fn write(&mut self, count: u32) {
        for _ in 0..count.div_ceil(10) {
            let events: Vec<Event> = (0..10).map(|_| self.event()).collect();
            outbox::append_alone(self.db.clone(), events).await.unwrap();
        }
    }

    fn event(&mut self) -> Event {
        self.written += 1;
        let carousel = format!("carousel-cli-bench-{}-{}", std::process::id(), self.written / 20);
        let context = EventContext {
            correlation: carousel.clone(),
            environment: "bench".to_owned(),
            ..EventContext::default()
        };
        let id = EventId::for_step(&carousel, "bench", self.written);
        let data = HistoryLogged { action: "bench".to_owned() };
        Event::new(id, EventSource::PERSISTENCE, Utc::now(), context, data)
    }

    /// One pass; how many events it published, and whether more wait.
    async fn pass<P: EventPublisher<Error: std::fmt::Debug>>(&self, to: &P) -> (usize, bool) {
        match self.relay.pass(to, Utc::now()).await.unwrap() {
            RelayPass::Worked { published, more, stopped: None, .. } => (published, more),
            other => panic!("{other:?}"),
        }
    }

    async fn drain<P: EventPublisher<Error: std::fmt::Debug>>(&self, to: &P) -> usize {
        let mut total = 0;
        loop {
            let (published, more) = self.pass(to).await;
            total += published;
            if !more {
                return total;
            }
        }
    }
}

#[tokio::main]
async fn main() {
    let Some(mut redis) = RedisServer::start_or_skip() else { return };
    let folder = tempfile::tempdir().unwrap();
    let sqlite = || format!("sqlite://{}", folder.path().join("bench.db").display());
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| sqlite());
    let db = Database::open(&url, &DatabaseOptions::default()).await.unwrap();
    let bus = RedisBus::new(&redis.url().parse().unwrap()).unwrap();
    let stream = FactsPublisher::new(bus, db.clone());
    let relay = OutboxRelay::new(db.clone(), "bench", RelayOptions::default());
    let mut bench = Bench { db, relay, written: 0 };
    // The first batch is compared with the stream.
    bench.write(10).await;
    bench.drain(&stream).await;

    throughput(&mut bench, &stream, &redis).await;
    lag(&mut bench, &stream).await;

    redis.kill();
    bench.write(PER_SECOND * OUTAGE_SECONDS).await;
    redis.start();
    let _ = bench.relay.pass(&stream, Utc::now()).await.unwrap();
    let begun = Instant::now();
    let published = bench.drain(&stream).await;
    println!(
        "after an outage of {OUTAGE_SECONDS} s at {PER_SECOND} events/s: {published} events in {:.2} s",
        begun.elapsed().as_secs_f64()
    );
    println!("entries on the stream: {}", redis.cli(&["xlen", FACTS]));
}

/// Rounds with and without Redis, alternating, in one run.
async fn throughput(bench: &mut Bench, stream: &FactsPublisher, redis: &RedisServer) {
    let mut sums = [(0, 0.0, 0.0), (0, 0.0, 0.0)];
    let server = cpu(redis.pid());
    for _ in 0..ROUNDS {
        for (kind, sum) in sums.iter_mut().enumerate() {
            bench.write(ROUND).await;
            let (begun, used) = (Instant::now(), cpu(std::process::id()));
            let published = match kind {
                0 => bench.drain(&InProcessPublisher).await,
                _ => bench.drain(stream).await,
            };
            sum.0 += published;
            sum.1 += begun.elapsed().as_secs_f64();
            sum.2 += cpu(std::process::id()) - used;
        }
    }
    let server = cpu(redis.pid()) - server;
    let [local, bus] = sums;
    let micros = |(events, _, cpu): (usize, f64, f64)| cpu * 1e6 / events as f64;
    let rate = |(events, seconds, _): (usize, f64, f64)| events as f64 / seconds;
    println!("| | local | Redis |\n|---|---|---|");
    println!("| events per second | {:.0} | {:.0} |", rate(local), rate(bus));
    println!("| CPU of the relay per event, µs | {:.0} | {:.0} |", micros(local), micros(bus));
    println!("| CPU of Redis per event, µs | | {:.0} |", server * 1e6 / bus.0 as f64);
    println!("| ratio of time | 1 | {:.2} |", rate(local) / rate(bus));
}

/// From writing an event to its entry on the stream, at a steady load.
async fn lag(bench: &mut Bench, stream: &FactsPublisher) {
    let begun = Instant::now();
    let mut lags = Vec::new();
    let mut waiting = Vec::new();
    let mut next_pass = Instant::now();
    let interval = Duration::from_secs(1) / PER_SECOND;
    for n in 0..PER_SECOND * LAG_SECONDS {
        let event = bench.event();
        waiting.push(Instant::now());
        outbox::append_alone(bench.db.clone(), vec![event]).await.unwrap();
        if next_pass <= Instant::now() {
            let (published, _) = bench.pass(stream).await;
            let now = Instant::now();
            lags.extend(waiting.drain(..published).map(|written| now - written));
            next_pass = now + IDLE_PAUSE;
        }
        tokio::time::sleep_until((begun + interval * (n + 1)).into()).await;
    }
    bench.drain(stream).await;
    lags.sort();
    let at = |share: f64| lags[(lags.len() as f64 * share) as usize].as_millis();
    println!(
        "lag at {PER_SECOND} events/s: p50 {} ms, p99 {} ms, of {} events",
        at(0.5),
        at(0.99),
        lags.len()
    );
}

/// The CPU time of a process so far, in seconds.
fn cpu(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // After the name, which may contain spaces: the 12th and 13th field are user and system time.
    let fields = stat.rsplit_once(')').unwrap().1;
    let ticks = fields.split_whitespace().skip(11).take(2).map(|n| n.parse::<f64>().unwrap());
    ticks.sum::<f64>() / TICKS_PER_SECOND
}
