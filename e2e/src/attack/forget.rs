//! `forget`: a person uses the bot with words that occur nowhere else, then deletes their data.
//! Measured: the stores that hold one of these words before and after the deletion.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context as _, ensure};
use testkit::{
    bot_api::{Actor, ActorGroup},
    cluster::{Cluster, ClusterPlan, Member, Store, postgres_is_installed},
};
use tokio::time::{Instant, sleep};

use super::AttackRow;
use crate::{
    cli::note,
    kill::{self, WorkflowScenario, is_idle, until},
};

/// The timeout of a person's waits in the chat.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long deleted workflows may stay visible: Temporal deletes them in the background.
const DELETED: Duration = Duration::from_secs(60);

/// The interval between two searches.
const LOOK: Duration = Duration::from_secs(1);

/// The part that all of the person's words have in common.
const CANARY: &str = "quetzal";

/// The person's words, one for each place where the bot accepts words.
const BRAND: &str = "quetzalbrand";
const TOPIC: &str = "quetzaltopic";
const EDIT: &str = "quetzaledit";
const QUESTION: &str = "quetzalask";
const TIMED: &str = "quetzaltimed";
const MATERIAL: &str = "quetzalmaterial";
const SHARED: &str = "quetzalshared";
const DRAFT: &str = "quetzaldraft";
const WORDS: [&str; 8] = [BRAND, TOPIC, EDIT, QUESTION, TIMED, MATERIAL, SHARED, DRAFT];

/// Their name in Telegram, and their message in a group that is not for the bot.
const NAME: &str = "quetzalname";
const OVERHEARD: &str = "quetzaloverheard";

/// The word of another person, who keeps their data.
const OTHER: &str = "kingfishers";

/// Runs on both databases; reports if PostgreSQL is missing.
pub(super) async fn run() -> anyhow::Result<Vec<AttackRow>> {
    let mut rows = against(false).await?;
    match postgres_is_installed() {
        Ok(()) => rows.extend(against(true).await?),
        Err(why) => note(format!("forget: skipped on PostgreSQL: {why}")),
    }
    Ok(rows)
}

async fn against(postgres: bool) -> anyhow::Result<Vec<AttackRow>> {
    let program = std::env::current_exe().context("the path of this program")?;
    let plan = ClusterPlan::new(program)
        .with(Member::Gateway)
        .bot_api()
        .env("OPEN_CAROUSELS", "9")
        .env("RUST_LOG", "debug");
    let plan = if postgres { plan.postgres() } else { plan };
    let cluster = plan.start().await?;
    note(format!("logs are in {}", cluster.folder().display()));
    let telegram = cluster.telegram().clone().with_timeout(PATIENCE);
    let ann = telegram.person_speaking(NAME, "en").await;
    let bob = telegram.person_speaking("Bob", "en").await;
    bob.orders(&format!("Why tests matter, {OTHER}"), 7).await;
    use_everything(&ann, &telegram.group("Makers").await).await?;
    let before = cluster.stores().await?;
    for word in WORDS {
        ensure!(
            !holding(&before, word).is_empty(),
            "{word} is stored nowhere, so its deletion can't be measured"
        );
    }

    kill::forget(&ann).await;
    let after = deleted(&cluster).await?;
    ensure!(!holding(&after, OTHER).is_empty(), "the data of another person is deleted");
    let database = if postgres { "PostgreSQL" } else { "SQLite" };
    Ok(rows(database, ann.id, &before, &after))
}

fn rows(database: &str, account: i64, before: &[Store], after: &[Store]) -> Vec<AttackRow> {
    let attack = format!("/forget, then a search of every store, {database}");
    let names: BTreeSet<&str> =
        [NAME, OVERHEARD].iter().flat_map(|word| holding(before, word)).collect();
    let left = holding(after, CANARY);
    let numbers = [format!("tg-{account}"), format!("-{account}-")];
    let numbered: BTreeSet<&str> = numbers
        .iter()
        .flat_map(|number| holding(after, number))
        // The deletion's own history keeps the number. Logs name carousels by ids that contain it.
        .filter(|store| !store.starts_with("workflow forget-") && !store.ends_with(".log"))
        .collect();
    let list = |stores: Vec<&str>| format!("{} {}", stores.len(), stores.join(", "));
    let names: Vec<&str> = names.into_iter().collect();
    let numbered: Vec<&str> = numbered.into_iter().collect();
    vec![
        AttackRow {
            attack: format!("{attack}: stores with words of theirs"),
            limit: "0".to_owned(),
            held: left.is_empty(),
            measured: format!(
                "{} of {} before, {} of {} after",
                holding(before, CANARY).len(),
                before.len(),
                list(left),
                after.len()
            ),
        },
        AttackRow {
            attack: format!("{attack}: stores with their number besides the deletion's history"),
            limit: "0".to_owned(),
            held: numbered.is_empty(),
            measured: list(numbered),
        },
        AttackRow {
            attack: format!("stores with their name or what was not for the bot, {database}"),
            limit: "0 before /forget too".to_owned(),
            held: names.is_empty(),
            measured: list(names),
        },
    ]
}

fn holding<'a>(stores: &'a [Store], word: &str) -> Vec<&'a str> {
    let found = stores.iter().filter(|store| store.holds(word));
    found.map(|store| store.name.as_str()).collect()
}

/// All stores after the deletion and a run of the blob collector. Searches again while Temporal
/// deletes in the background.
async fn deleted(cluster: &Cluster) -> anyhow::Result<Vec<Store>> {
    let client = cluster.client().await?;
    until(|| is_idle(&client)).await?;
    WorkflowScenario::CollectBlobs.run(client, String::new()).await?;
    let deadline = Instant::now() + DELETED;
    loop {
        let stores = cluster.stores().await?;
        if holding(&stores, CANARY).is_empty() || Instant::now() > deadline {
            return Ok(stores);
        }
        sleep(LOOK).await;
    }
}

/// Uses every feature that accepts words; the last carousel is a draft that waits for its review.
async fn use_everything(ann: &Actor, group: &ActorGroup) -> anyhow::Result<()> {
    let settings = ann.asks("/settings", "Settings").await;
    ann.presses_for(&settings, "Name", "Send").await;
    ann.asks(BRAND, "Saved").await;

    let ready = ann.asks(&format!("Why tests matter, {TOPIC}"), "Done. What next?").await;
    let menu = ann.presses_for(&ready, "Edit a slide", "Which slide").await;
    let third = menu.buttons().get(2).and_then(|row| row.first()).cloned();
    let third = third.context("there is no third slide")?;
    ann.presses_for(&menu, &third.text, "Slide 3 of").await;
    ann.asks(&format!("Small steps\nOne {EDIT}, one change, one commit."), "Slide 3 is updated")
        .await;

    ann.asks(&format!("/ask Why does {QUESTION} write tests?"), "our notes").await;
    ann.asks(&format!("/schedule weekly mon 09:00 All about {TIMED}"), TIMED).await;

    let text = format!(
        "Why {MATERIAL} matters. Tests find errors early. A test says at once what broke. \
         Write one for each bug. Run all of them before a release. Delete a test that nobody \
         understands. A slow test is run rarely."
    );
    ann.sends_document("notes.txt", "text/plain", text.as_bytes()).await;
    ann.waits_for(|chat| (chat.albums().len() >= 2).then_some(())).await;

    ann.sends_text_in(group, OVERHEARD).await;
    ann.sends_text_in(group, &format!("/carousel Why tests matter, {SHARED}")).await;
    group.waits_for(|chat| (!chat.albums().is_empty()).then_some(())).await;

    let settings = ann.asks("/settings", "Draft before drawing: no").await;
    ann.presses_for(&settings, "Draft", "Draft before drawing: yes").await;
    ann.asks(&format!("Why tests matter, {DRAFT}"), "Draft\n").await;
    Ok(())
}
