//! `attack`: hostile input against real processes. Each scenario measures from outside and compares with
//! its limit. A scenario is a file beside this one and a variant of [`Scenario`].

mod budget;
mod console;
mod excluded;
mod flood;
mod half_open;
mod modes;
mod page;
mod tree;

use clap::{Args, ValueEnum};

use crate::cli::{note, print};

/// `attack`.
#[derive(Debug, Args)]
pub(crate) struct Attack {
    /// Scenarios to run; all if none is named.
    #[arg(value_enum)]
    scenarios: Vec<Scenario>,
    /// Smaller loads, as CI runs them.
    #[arg(long)]
    short: bool,
}

/// What can be attacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// The schedules of people who were locked, or taken off the access list.
    Excluded,
    /// One person writes 300 messages while ten others write.
    Flood,
    /// The same, by one whom the bot is not for.
    Stranger,
    /// 50 carousels at once on a small budget.
    Budget,
    /// Connections that send nothing or half a request.
    HalfOpen,
    /// Topics that try to draw in the Web UI, seen in a browser.
    Console,
    /// Another user of the same machine.
    Modes,
    /// Links to pages that are made to hurt the parser.
    Page,
    /// SIGTERM while such a page is parsed.
    Sigterm,
}

/// One attack as measured.
#[derive(Debug)]
pub(crate) struct Row {
    /// The attack, in a few words.
    pub(crate) attack: String,
    /// What is promised, with its unit.
    pub(crate) limit: String,
    /// What was measured, with its unit.
    pub(crate) measured: String,
    /// Whether the measurement is within the limit.
    pub(crate) held: bool,
}

impl Scenario {
    async fn run(self, short: bool) -> anyhow::Result<Vec<Row>> {
        match self {
            Self::Excluded => excluded::run().await,
            Self::Flood => flood::by_a_user(short).await,
            Self::Stranger => flood::by_a_stranger(short).await,
            Self::Budget => budget::run(short).await,
            Self::HalfOpen => half_open::run(short).await,
            Self::Console => console::run(short).await,
            Self::Modes => modes::run().await,
            Self::Page => page::page(short).await,
            Self::Sigterm => page::sigterm().await,
        }
    }
}

/// Runs the scenarios one after the other and prints a table; gives whether every limit held.
pub(crate) async fn run(attack: Attack) -> anyhow::Result<bool> {
    let scenarios = match attack.scenarios.as_slice() {
        [] => Scenario::value_variants(),
        named => named,
    };
    print("| attack | limit | measured | held |\n|---|---|---|---|");
    let mut all_held = true;
    for scenario in scenarios {
        note(format!("attack: {scenario:?}"));
        let rows = scenario.run(attack.short).await.unwrap_or_else(|error| {
            note(format!("{scenario:?}: {error:#}"));
            vec![Row {
                attack: format!("{scenario:?}"),
                limit: "it can be tried".to_owned(),
                measured: "it could not, see above".to_owned(),
                held: false,
            }]
        });
        for row in rows {
            let held = if row.held { "yes" } else { "NO" };
            print(format!(
                "| {} | {} | {} | {held} |",
                row.attack, row.limit, row.measured
            ));
            all_held &= row.held;
        }
    }
    Ok(all_held)
}
