//! `excluded`: a person has a schedule and then loses access: locked by an administrator, or
//! removed from the access list. Their schedule still fires. Measured: model calls and albums.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use testkit::{
    Peer, Wire,
    bot_api::{BotApi, Person},
    cluster::{Cluster, Member, Plan},
};
use workers::Pool;

use super::Row;
use crate::kill::{rest, rests, strike, until};

/// The user id of the first person of every fake Bot API.
const OWNER: i64 = 1_000_001;

/// The timeout of a person's waits in the chat.
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) async fn run() -> anyhow::Result<Vec<Row>> {
    let program = std::env::current_exe().context("the path of this program")?;
    let model = Peer::start(Wire::OpenAi).await;
    let mut plan = Plan::new(program)
        .with(Member::Gateway)
        .bot_api()
        .env("BOT_ADMINS", OWNER.to_string());
    for (name, value) in model.env() {
        plan = plan.env(name, value);
    }
    let mut cluster = plan.start().await?;
    let telegram = cluster.telegram().clone().patient(PATIENCE);
    let owner = telegram.person_speaking("Owner", "en").await;
    let ann = telegram.person_speaking("Ann", "en").await;
    ensure!(
        owner.id == OWNER,
        "the fake Telegram counts people from another number"
    );

    // A run with access first: it shows that the counters below work.
    ann.says("/schedule hourly Why tests matter").await;
    ann.hears_text("every hour, Why tests matter").await;
    strike(&cluster.client().await?, "sched-").await?;
    ann.hears_text("Done. What next?").await;
    ensure!(model.calls() > 0, "the model got no call");

    owner.says(&format!("/ban {} for 1d attack", ann.id)).await;
    owner.hears_text("is locked until").await;
    let locked = fires(
        &cluster,
        &telegram,
        &model,
        "a locked person's schedule fires",
    )
    .await?;

    owner.says(&format!("/unban {}", ann.id)).await;
    ann.hears_text("You can use the bot again").await;
    resumes(&ann).await;
    for seat in [
        Member::Gateway,
        Member::Pool(Pool::Persistence),
        Member::Pool(Pool::Delivery),
    ] {
        cluster.env(seat, "BOT_ALLOWED", &OWNER.to_string());
        cluster.restart(seat).await?;
    }
    let removed = fires(
        &cluster,
        &telegram,
        &model,
        "a removed person's schedule fires",
    )
    .await?;
    Ok(vec![locked, removed])
}

async fn resumes(person: &Person) {
    person.says("/schedule").await;
    let list = person
        .hears_text("you could not use the bot when it was due")
        .await;
    person.presses(&list, "Go on").await;
    person.hears_text("Going on").await;
}

/// Triggers the schedule and counts the effects until it is paused.
async fn fires(
    cluster: &Cluster,
    telegram: &BotApi,
    model: &Peer,
    attack: &str,
) -> anyhow::Result<Row> {
    let counted = async || {
        (
            model.calls(),
            telegram.calls_of("sendMediaGroup").await.len(),
        )
    };
    let before = counted().await;
    let client = cluster.client().await?;
    // A trigger is skipped while the schedule's previous run is open.
    until(|| rest(&client)).await?;
    let schedule = strike(&client, "sched-").await?;
    until(|| rests(&client, &schedule)).await?;
    let after = counted().await;
    let (calls, albums) = (after.0 - before.0, after.1 - before.1);
    Ok(Row {
        attack: attack.to_owned(),
        limit: "0 model calls, 0 albums; the schedule is paused".to_owned(),
        measured: format!("{calls} model calls, {albums} albums; paused"),
        held: (calls, albums) == (0, 0),
    })
}
