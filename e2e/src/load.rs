//! `load`: many people write to the bot, evenly or all at once. Measured: how fast each is
//! answered, whether each gets one carousel, and whether the bot exceeds Telegram's limits. Real
//! processes and a real Temporal server; only Telegram is fake, with its limits.

use std::{fmt, time::Duration};

use anyhow::Context as _;
use clap::Args;
use futures::future::join_all;
use testkit::{
    bot_api::{Actor, FakeBotApi, FakeChat, SimulatedAction},
    cluster::{Cluster, ClusterPlan, Member},
};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::cli::{note, print};

/// Telegram's limit of messages a second for a bot.
const PER_SECOND: f64 = 30.0;

const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// The delivery deadline grows by this for each user.
const PER_USER: Duration = Duration::from_secs(5);

/// How many waiting updates are added in one request to the fake.
const PENDING_AT_ONCE: usize = 500;

const PENDING_POLL_INTERVAL: Duration = Duration::from_secs(5);

/// The deadline grows by this for each waiting update: the bot may send 30 messages a second.
const PER_PENDING: Duration = Duration::from_millis(100);

#[derive(Debug, Args)]
pub(crate) struct LoadArgs {
    /// Users per second, one message each; 0 skips this part.
    #[arg(long, default_value_t = 10, value_name = "USERS")]
    rate: u32,
    /// The duration in seconds.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    seconds: u32,
    /// Users who all write at once; 0 skips this part.
    #[arg(long, default_value_t = 200, value_name = "USERS")]
    burst: u32,
    /// Updates that wait at Telegram while the gateway is away, one per user; 0 skips this part.
    #[arg(long, default_value_t = 0, value_name = "UPDATES")]
    pending: u32,
    /// PostgreSQL instead of SQLite.
    #[arg(long)]
    postgres: bool,
}

/// The measurements of one part.
struct LoadResult {
    /// From a user's message to the first answer; ascending.
    answers: Vec<Duration>,
    /// From the first message to the last user's first answer.
    all_answered: Duration,
    /// From the first message to the last carousel's last message.
    all_delivered: Duration,
    /// The number of users without an album.
    lost: usize,
    once: usize,
    more: usize,
    /// The number of requests that Telegram refused with 429.
    refused: usize,
}

/// A request that a busy machine sends late can meet the next second's requests. Without the rate
/// limiter, hundreds are refused.
const REFUSED_MAX: usize = 3;

/// Writes, waits and counts; returns whether every promise was kept.
pub(crate) async fn run(load: LoadArgs) -> anyhow::Result<bool> {
    let mut kept = true;
    if load.rate > 0 {
        let users = load.rate * load.seconds;
        let (cluster, people) = start_cluster(&load, users).await?;
        note(format!("{users} users write, {} a second", load.rate));
        evenly(&people, load.rate).await;
        let found = count(&cluster, &people).await?;
        print(format!("\n## {users} users, {} a second\n\n{found}", load.rate));
        let p99 = found.percentile(99);
        print_aim("the first answer, p99", p99, Duration::from_secs(1));
        kept &= found.kept();
    }
    if load.burst > 0 {
        let (cluster, people) = start_cluster(&load, load.burst).await?;
        note(format!("{} users write at once", load.burst));
        join_all(people.iter().map(send_topic)).await;
        let found = count(&cluster, &people).await?;
        print(format!("\n## {} users at once\n\n{found}", load.burst));
        let within = Duration::from_secs_f64(f64::from(load.burst) / PER_SECOND + 2.0);
        print_aim("all of them answered", found.all_answered, within);
        kept &= found.kept();
    }
    if load.pending > 0 {
        kept &= answer_pending(&load).await?;
    }
    Ok(kept)
}

/// Many updates wait when the gateway starts: each is answered once.
async fn answer_pending(load: &LoadArgs) -> anyhow::Result<bool> {
    let (mut cluster, people) = start_cluster(load, load.pending).await?;
    cluster.kill(Member::Gateway);
    for chunk in people.chunks(PENDING_AT_ONCE) {
        let messages = chunk.iter().map(|person| person.text_message("/myid")).collect();
        cluster.telegram().act(&SimulatedAction::SendTogether { messages }).await;
    }
    note(format!("{} updates wait, and the gateway starts", load.pending));
    let began = Instant::now();
    cluster.start(Member::Gateway).await?;
    let deadline = Duration::from_secs(120) + PER_PENDING * load.pending;
    let answers = |chats: &[FakeChat]| -> Vec<usize> {
        chats.iter().map(|chat| chat.bot_messages().count()).collect()
    };
    let mut counted = Vec::new();
    while began.elapsed() < deadline && counted.iter().filter(|n| **n > 0).count() < people.len() {
        tokio::time::sleep(PENDING_POLL_INTERVAL).await;
        counted = answers(&chats(cluster.telegram(), &people).await);
    }
    let took = began.elapsed();
    let of = |wanted: fn(usize) -> bool| counted.iter().filter(|n| wanted(**n)).count();
    let (once, more) = (of(|n| n == 1), of(|n| n > 1));
    let lost = people.len() - once - more;
    print(format!(
        "\n## {} updates waited at the start\n\n| | |\n|---|---|\n| all answered after | {:.0} s |\n\
         | answers: once, lost, more than once | {once}, {lost}, {more} |",
        load.pending,
        took.as_secs_f64()
    ));
    Ok(lost == 0 && more == 0)
}

/// Starts a cluster and adds this many people who have not written yet.
async fn start_cluster(load: &LoadArgs, users: u32) -> anyhow::Result<(Cluster, Vec<Actor>)> {
    let program = std::env::current_exe().context("the path of this program")?;
    let plan = ClusterPlan::new(program).with(Member::Gateway).bot_api();
    let plan = if load.postgres { plan.postgres() } else { plan };
    let cluster = plan.start().await?;
    note(format!("logs are in {}", cluster.folder().display()));
    let mut people = Vec::new();
    for n in 1..=users {
        people.push(cluster.telegram().person(&format!("User {n}")).await);
    }
    Ok((cluster, people))
}

/// Sends a topic that is unique per person, so that no picture is stored yet.
async fn send_topic(person: &Actor) -> i64 {
    let topic = format!("Why tests matter, part {}", person.id);
    person.sends_text(&topic).await
}

async fn evenly(people: &[Actor], rate: u32) {
    let mut ticks = interval(Duration::from_secs(1) / rate);
    // Late ticks are caught up, to keep the promised rate.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for person in people {
        ticks.tick().await;
        send_topic(person).await;
    }
}

/// Waits until everyone has their carousel, or for the timeout, and counts.
async fn count(cluster: &Cluster, people: &[Actor]) -> anyhow::Result<LoadResult> {
    let telegram = cluster.telegram();
    let users = u32::try_from(people.len())?;
    let deadline = Instant::now() + Duration::from_secs(120) + PER_USER * users;
    let mut chats = chats(telegram, people).await;
    let mut told = Instant::now();
    while Instant::now() < deadline && !chats.iter().all(is_over) {
        tokio::time::sleep(POLL_INTERVAL).await;
        chats = self::chats(telegram, people).await;
        if told.elapsed() > Duration::from_secs(20) {
            let over = chats.iter().filter(|chat| is_over(chat)).count();
            note(format!("{over} of {users} have their carousel"));
            told = Instant::now();
        }
    }
    let asked = chats.iter().filter_map(asked_at).min().unwrap_or_default();
    let first = chats.iter().filter_map(first_answer);
    let last = chats.iter().filter_map(last_answer).max();
    let since = |at: u64| Duration::from_millis(at.saturating_sub(asked));
    let mut answers: Vec<Duration> = chats
        .iter()
        .filter_map(|chat| Some(Duration::from_millis(first_answer(chat)? - asked_at(chat)?)))
        .collect();
    answers.sort();
    let albums: Vec<usize> = chats.iter().map(|chat| chat.albums().len()).collect();
    let of = |wanted: fn(usize) -> bool| albums.iter().filter(|n| wanted(**n)).count();
    Ok(LoadResult {
        answers,
        all_answered: first.max().map(since).unwrap_or_default(),
        all_delivered: last.map(since).unwrap_or_default(),
        lost: of(|n| n == 0),
        once: of(|n| n == 1),
        more: of(|n| n > 1),
        refused: telegram.calls_over_limit().await.len(),
    })
}

async fn chats(telegram: &FakeBotApi, people: &[Actor]) -> Vec<FakeChat> {
    let mut chats = telegram.snapshot().await.chats;
    chats.retain(|chat| people.iter().any(|person| person.id == chat.id));
    chats
}

/// Whether a carousel's last message was sent and its status message deleted.
fn is_over(chat: &FakeChat) -> bool {
    let mut said = chat.messages.iter().filter(|message| message.is_from_bot());
    let status_is_gone = said.next().is_some_and(|status| !status.is_visible());
    let last = chat.last();
    status_is_gone && last.is_some_and(|last| !last.buttons().is_empty())
}

fn asked_at(chat: &FakeChat) -> Option<u64> {
    let asked = chat.messages.iter().find(|message| !message.is_from_bot());
    asked.map(|message| message.at)
}

fn first_answer(chat: &FakeChat) -> Option<u64> {
    let answers = chat.messages.iter().find(|message| message.is_from_bot());
    answers.map(|message| message.at)
}

fn last_answer(chat: &FakeChat) -> Option<u64> {
    let mut answers = chat.messages.iter().rev();
    let last = answers.find(|message| message.is_from_bot());
    last.map(|message| message.at)
}

impl LoadResult {
    /// Each user got one carousel, and Telegram refused no more requests than a slow machine
    /// explains.
    const fn kept(&self) -> bool {
        self.lost == 0 && self.more == 0 && self.refused <= REFUSED_MAX
    }

    fn percentile(&self, percent: usize) -> Duration {
        let last = self.answers.len().saturating_sub(1);
        let at = (self.answers.len() * percent).div_ceil(100);
        let found = self.answers.get(at.saturating_sub(1).min(last));
        found.copied().unwrap_or_default()
    }
}

impl fmt::Display for LoadResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |duration: Duration| format!("{} ms", duration.as_millis());
        let s = |duration: Duration| format!("{:.1} s", duration.as_secs_f64());
        writeln!(f, "| | |\n|---|---|")?;
        for percent in [50, 90, 99, 100] {
            let found = ms(self.percentile(percent));
            writeln!(f, "| first answer, p{percent} | {found} |")?;
        }
        writeln!(f, "| all answered after | {} |", s(self.all_answered))?;
        writeln!(f, "| all delivered after | {} |", s(self.all_delivered))?;
        writeln!(
            f,
            "| carousels: once, lost, more than once | {}, {}, {} |",
            self.once, self.lost, self.more
        )?;
        write!(f, "| refused by Telegram as too many | {} |", self.refused)
    }
}

/// Prints whether an aim was met. A missed aim depends on the machine and fails no run.
fn print_aim(what: &str, found: Duration, most: Duration) {
    let met = if found <= most { "met" } else { "missed" };
    print(format!(
        "\nAim: {what}, within {:.2} s: {:.2} s, {met}.",
        most.as_secs_f64(),
        found.as_secs_f64()
    ));
}
