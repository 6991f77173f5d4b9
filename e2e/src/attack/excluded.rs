//! `excluded`: a person has a schedule and then loses access: locked by an administrator, or
//! removed from the access list. Their schedule still fires. Measured: model calls and albums.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use testkit::{
    FakeModelServer, ModelProtocol,
    bot_api::{Actor, FakeBotApi},
    cluster::{Cluster, ClusterPlan, Member},
};
use workers::Pool;

use super::AttackRow;
use crate::kill::{is_idle, is_paused, trigger_first, until};

/// The user id of the first person of every fake Bot API.
const OWNER: i64 = 1_000_001;

/// The timeout of a person's waits in the chat.
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) async fn run() -> anyhow::Result<Vec<AttackRow>> {
    let program = std::env::current_exe().context("the path of this program")?;
    let model = FakeModelServer::start(ModelProtocol::OpenAi).await;
    let mut plan = ClusterPlan::new(program)
        .with(Member::Gateway)
        .bot_api()
        .env("BOT_ADMINS", OWNER.to_string());
    for (name, value) in model.env() {
        plan = plan.env(name, value);
    }
    let mut cluster = plan.start().await?;
    let telegram = cluster.telegram().clone().with_timeout(PATIENCE);
    let owner = telegram.person_speaking("Owner", "en").await;
    let ann = telegram.person_speaking("Ann", "en").await;
    ensure!(owner.id == OWNER, "the fake Telegram counts people from another number");

    // A run with access first: it shows that the counters below work.
    ann.asks("/schedule hourly Why tests matter", "every hour, Why tests matter").await;
    trigger_first(&cluster.client().await?, "sched-").await?;
    ann.waits_for_text("Done. What next?").await;
    ensure!(model.calls() > 0, "the model got no call");

    owner.asks(&format!("/ban {} for 1d attack", ann.id), "is banned until").await;
    let locked = fires(&cluster, &telegram, &model, "a locked person's schedule fires").await?;

    owner.sends_text(&format!("/unban {}", ann.id)).await;
    ann.waits_for_text("You can use the bot again").await;
    resumes(&ann).await;
    for seat in [Member::Gateway, Member::Pool(Pool::Persistence), Member::Pool(Pool::Delivery)] {
        cluster.env(seat, "BOT_ALLOWED", &OWNER.to_string());
        cluster.restart(seat).await?;
    }
    let removed = fires(&cluster, &telegram, &model, "a removed person's schedule fires").await?;
    Ok(vec![locked, removed])
}

async fn resumes(person: &Actor) {
    let list = person.asks("/schedule", "you could not use the bot when it was due").await;
    person.presses_for(&list, "Resume", "Resumed").await;
}

/// Triggers the schedule and counts the effects until it is paused.
async fn fires(
    cluster: &Cluster,
    telegram: &FakeBotApi,
    model: &FakeModelServer,
    attack: &str,
) -> anyhow::Result<AttackRow> {
    let counted = async || (model.calls(), telegram.calls_of("sendMediaGroup").await.len());
    let before = counted().await;
    let client = cluster.client().await?;
    // A trigger is skipped while the schedule's previous run is open.
    until(|| is_idle(&client)).await?;
    let schedule = trigger_first(&client, "sched-").await?;
    until(|| is_paused(&client, &schedule)).await?;
    let after = counted().await;
    let (calls, albums) = (after.0 - before.0, after.1 - before.1);
    Ok(AttackRow {
        attack: attack.to_owned(),
        limit: "0 model calls, 0 albums; the schedule is paused".to_owned(),
        measured: format!("{calls} model calls, {albums} albums; paused"),
        held: (calls, albums) == (0, 0),
    })
}
