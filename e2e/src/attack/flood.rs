//! `flood` and `stranger`: one person sends hundreds of messages while ten others write at
//! intervals. Measured: how long the others wait for their answers.

use std::time::Duration;

use anyhow::Context as _;
use futures::future::join_all;
use testkit::{
    PortReservation,
    bot_api::{Actor, FakeChat},
    cluster::{Cluster, ClusterPlan, Member},
};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{AttackRow, process_tree::MemoryWatch};
use crate::cli::note;

/// The default number of messages of the flooding person.
pub(super) const FLOOD: usize = 300;

const OTHER_PEOPLE: usize = 10;

/// The interval between two messages of each other person. Together they stay far below Telegram's
/// limits.
const PAUSE: Duration = Duration::from_secs(2);

/// The limit of the 99th percentile of answer times.
const LIMIT: Duration = Duration::from_secs(1);

/// The timeout after which an answer counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);

/// The time for one message of the flood to be acknowledged: a webhook takes them one by one.
const PER_MESSAGE: Duration = Duration::from_millis(20);

/// How the gateway gets updates.
#[derive(Debug, Clone, Copy)]
enum UpdateTransport {
    Polling,
    Webhook,
}

impl UpdateTransport {
    const fn name(self) -> &'static str {
        match self {
            Self::Polling => "polling",
            Self::Webhook => "webhook",
        }
    }
}

/// The flooding person may use the bot.
pub(super) async fn by_a_user(short: bool, flood: usize) -> anyhow::Result<Vec<AttackRow>> {
    let mut rows = Vec::new();
    for way in [UpdateTransport::Polling, UpdateTransport::Webhook] {
        let found = play(way, rounds(short), flood, false).await?;
        rows.push(found.row(format!("{flood} messages of one person, {}", way.name())));
    }
    Ok(rows)
}

/// The flooding person may not use the bot.
pub(super) async fn by_a_stranger(short: bool, flood: usize) -> anyhow::Result<Vec<AttackRow>> {
    let mut rows = Vec::new();
    for way in [UpdateTransport::Polling, UpdateTransport::Webhook] {
        let attack = format!("{flood} messages of a stranger, {}", way.name());
        let found = play(way, rounds(short), flood, true).await?;
        rows.push(found.row(attack.clone()));
        rows.push(AttackRow {
            attack: format!("{attack}: refusals"),
            limit: "1 message".to_owned(),
            measured: format!("{} messages", found.flooded),
            held: found.flooded == 1,
        });
    }
    Ok(rows)
}

const fn rounds(short: bool) -> usize {
    if short { 4 } else { 15 }
}

/// The measurements of one run.
struct FloodResult {
    /// From a message of another person to its answer; ascending.
    answers: Vec<Duration>,
    /// The number of expected answers.
    asked: usize,
    /// The answers to the flooding person so far.
    flooded: usize,
    /// The updates that are not acknowledged to Telegram.
    waiting: usize,
    /// The peak memory of the gateway.
    peak_mb: u64,
}

impl FloodResult {
    fn row(&self, attack: String) -> AttackRow {
        let at = (self.answers.len() * 99).div_ceil(100).saturating_sub(1);
        let p99 = self.answers.get(at).copied().unwrap_or(PATIENCE);
        let lost = self.asked - self.answers.len();
        AttackRow {
            attack,
            limit: format!("others' answers: p99 {} ms", LIMIT.as_millis()),
            measured: format!(
                "p99 {} ms of {}, {lost} lost, {} not acknowledged, gateway {} MB",
                p99.as_millis(),
                self.asked,
                self.waiting,
                self.peak_mb
            ),
            held: p99 <= LIMIT && lost == 0 && self.waiting == 0,
        }
    }
}

async fn play(
    way: UpdateTransport,
    rounds: usize,
    flood: usize,
    stranger: bool,
) -> anyhow::Result<FloodResult> {
    // Reserved until the end: the public port that Telegram calls.
    let ports = PortReservation::of(1);
    let cluster = plan(way, stranger, ports.port(0))?.start().await?;
    note(format!("logs are in {}", cluster.folder().display()));
    let telegram = cluster.telegram();
    let mut others = Vec::new();
    for n in 0..OTHER_PEOPLE {
        others.push(telegram.person(&format!("Person {n}")).await);
    }
    let eve = telegram.person("Eve").await;
    let gateway = cluster.pid(Member::Gateway).context("a gateway")?;
    let watch = MemoryWatch::over(gateway);
    let flooding = async {
        for n in 0..flood {
            eve.sends_text(&format!("/help {n}")).await;
        }
    };
    tokio::join!(flooding, write(&others, rounds));
    let mut found = count(&cluster, &others, &eve, (rounds, flood)).await;
    found.peak_mb = watch.peak_mb();
    drop(ports);
    Ok(found)
}

/// Only a gateway: these messages need no pool.
fn plan(way: UpdateTransport, stranger: bool, port: u16) -> anyhow::Result<ClusterPlan> {
    let program = std::env::current_exe().context("the path of this program")?;
    let mut plan = ClusterPlan::new(program).without_pools().with(Member::Gateway).bot_api();
    if let UpdateTransport::Webhook = way {
        let address = format!("127.0.0.1:{port}");
        plan = plan
            .env("TELEGRAM_WEBHOOK_URL", format!("http://{address}/telegram"))
            .env("TELEGRAM_WEBHOOK_SECRET", "e2e-attack-e2e-attack")
            .env("PUBLIC_ADDRESS", address);
    }
    if stranger {
        // The fake numbers people from here.
        let invited = (1..=OTHER_PEOPLE).map(|n| (1_000_000 + n).to_string());
        plan = plan.env("BOT_ALLOWED", invited.collect::<Vec<_>>().join(","));
    }
    Ok(plan)
}

/// Each person writes `rounds` messages, with the people slightly offset in time.
async fn write(people: &[Actor], rounds: usize) {
    let each = PAUSE / u32::try_from(people.len()).unwrap_or(1);
    let mut ticks = interval(each);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut writing = Vec::new();
    for _ in 0..rounds {
        for person in people {
            ticks.tick().await;
            let person = person.clone();
            writing.push(tokio::spawn(async move { person.sends_text("/myid").await }));
        }
    }
    join_all(writing).await;
}

async fn count(
    cluster: &Cluster,
    others: &[Actor],
    eve: &Actor,
    (rounds, flood): (usize, usize),
) -> FloodResult {
    let telegram = cluster.telegram();
    let flood = u32::try_from(flood).unwrap_or(u32::MAX);
    let deadline = Instant::now() + PATIENCE + PER_MESSAGE.saturating_mul(flood);
    loop {
        let mut answers = Vec::new();
        for other in others {
            answers.extend(waits(&other.chat().await));
        }
        let (asked, updates) = (others.len() * rounds, telegram.updates().await);
        let waiting = updates.iter().filter(|update| update.confirmed_at.is_none());
        let waiting = waiting.count();
        let over = answers.len() == asked && waiting == 0;
        if over || Instant::now() > deadline {
            answers.sort();
            let flooded = eve.chat().await.bot_messages().count();
            return FloodResult { answers, asked, flooded, waiting, peak_mb: 0 };
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The time from each message of a person to its answer; answers come in the order of the messages.
fn waits(chat: &FakeChat) -> Vec<Duration> {
    let (said, asked): (Vec<_>, Vec<_>) =
        chat.messages.iter().partition(|message| message.is_from_bot());
    let pairs = asked.iter().zip(said);
    pairs.map(|(asked, said)| Duration::from_millis(said.at.saturating_sub(asked.at))).collect()
}
