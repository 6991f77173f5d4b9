//! `attack`: hostile input against real processes. Each scenario measures from outside and compares
//! the result with its limit. A scenario is a file in this folder and a variant of [`AttackScenario`].

mod budget;
mod excluded;
mod file_modes;
mod flood;
mod forget;
mod half_open;
mod page;
mod process_tree;
mod web_ui;

use clap::{Args, ValueEnum};

use crate::cli::{note, print};

#[derive(Debug, Args)]
pub(crate) struct AttackArgs {
    /// Scenarios to run; all if none is named.
    #[arg(value_enum)]
    scenarios: Vec<AttackScenario>,
    /// Smaller loads, as in CI.
    #[arg(long)]
    short: bool,
    /// The number of messages of the person who floods the bot.
    #[arg(long, default_value_t = flood::FLOOD, value_name = "MESSAGES")]
    flood: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum AttackScenario {
    /// The schedules of people who were locked, or removed from the access list.
    Excluded,
    /// One person sends hundreds of messages while ten others write.
    Flood,
    /// Like flood, but the person may not use the bot.
    Stranger,
    /// A person deletes their data; then every store is searched for their words.
    Forget,
    /// 50 carousels at once on a small budget.
    Budget,
    /// Connections that send nothing or half a request.
    HalfOpen,
    /// Topics with markup in the Web UI, checked in a browser.
    Console,
    /// Another user of the same machine.
    Modes,
    /// Links to pages that are designed to overload the parser.
    Page,
    /// SIGTERM while such a page is parsed.
    Sigterm,
}

#[derive(Debug)]
pub(crate) struct AttackRow {
    /// A short description.
    pub(crate) attack: String,
    /// The limit, with its unit.
    pub(crate) limit: String,
    /// The measured value, with its unit.
    pub(crate) measured: String,
    /// Whether the measurement is within the limit.
    pub(crate) held: bool,
}

impl AttackScenario {
    async fn run(self, short: bool, flood: usize) -> anyhow::Result<Vec<AttackRow>> {
        match self {
            Self::Excluded => excluded::run().await,
            Self::Flood => flood::by_a_user(short, flood).await,
            Self::Stranger => flood::by_a_stranger(short, flood).await,
            Self::Forget => forget::run().await,
            Self::Budget => budget::run(short).await,
            Self::HalfOpen => half_open::run(short).await,
            Self::Console => web_ui::run(short).await,
            Self::Modes => file_modes::run().await,
            Self::Page => page::page(short).await,
            Self::Sigterm => page::sigterm().await,
        }
    }
}

/// Runs the scenarios one after the other and prints a table; returns whether every limit held.
pub(crate) async fn run(attack: AttackArgs) -> anyhow::Result<bool> {
    let scenarios = match attack.scenarios.as_slice() {
        [] => AttackScenario::value_variants(),
        named => named,
    };
    print("| attack | limit | measured | held |\n|---|---|---|---|");
    let mut all_held = true;
    for scenario in scenarios {
        note(format!("attack: {scenario:?}"));
        let rows = scenario.run(attack.short, attack.flood).await.unwrap_or_else(|error| {
            note(format!("{scenario:?}: {error:#}"));
            vec![AttackRow {
                attack: format!("{scenario:?}"),
                limit: "it can be tried".to_owned(),
                measured: "it could not, see above".to_owned(),
                held: false,
            }]
        });
        for row in rows {
            let held = if row.held { "yes" } else { "NO" };
            print(format!("| {} | {} | {} | {held} |", row.attack, row.limit, row.measured));
            all_held &= row.held;
        }
    }
    Ok(all_held)
}
