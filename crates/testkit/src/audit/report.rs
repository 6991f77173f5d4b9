//! What the auditor found, as data and as a table.

use std::fmt;

/// The account of every request.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// One row per request, then one per thing that nobody asked for.
    pub rows: Vec<Row>,
}

/// The account of one request.
#[derive(Debug, Clone)]
pub struct Row {
    /// The carousel, or the place of something that nobody asked for.
    pub what: String,
    /// How its workflow stands.
    pub workflow: String,
    /// How it ended, as it is stored.
    pub stored: String,
    /// How many events there are about it.
    pub events: usize,
    /// How many of its pictures arrived, and how many had to.
    pub arrived: String,
    /// What is wrong; nothing, for a promise that was kept.
    pub findings: Vec<Finding>,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of wrong.
    pub class: Class,
    /// In words.
    pub what: String,
}

/// Kinds of wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Somebody waits for something that will never come.
    Lost,
    /// Something came more often than it was asked for.
    Duplicated,
    /// Nobody knows whether it came, and nobody was told so.
    SilentUnknown,
    /// It failed, and nobody was told why.
    SilentFailure,
    /// It has not come to an end.
    Unfinished,
    /// Two truths contradict each other.
    Contradiction,
    /// Events are missing, doubled, or don't form a chain.
    Events,
    /// The quota was not given back, or given back although it was spent.
    Quota,
    /// A reference leads nowhere, or was left behind.
    References,
}

impl Report {
    /// Whether every promise was kept.
    pub fn holds(&self) -> bool {
        self.rows.iter().all(|row| row.findings.is_empty())
    }

    /// Everything that is wrong.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.rows.iter().flat_map(|row| &row.findings)
    }

    /// How many rows have something of this kind wrong.
    pub fn count(&self, class: Class) -> usize {
        let has = |row: &&Row| row.findings.iter().any(|f| f.class == class);
        self.rows.iter().filter(has).count()
    }

    /// How many requests ended like this, as it is stored.
    pub fn ended(&self, outcome: &str) -> usize {
        self.rows.iter().filter(|row| row.stored == outcome).count()
    }

    /// The account of one request.
    pub fn row(&self, what: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.what == what)
    }
}

impl Class {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lost => "LOST",
            Self::Duplicated => "DUPLICATED",
            Self::SilentUnknown => "SILENT UNKNOWN",
            Self::SilentFailure => "SILENT FAILURE",
            Self::Unfinished => "UNFINISHED",
            Self::Contradiction => "CONTRADICTION",
            Self::Events => "EVENTS",
            Self::Quota => "QUOTA",
            Self::References => "REFERENCES",
        }
    }
}

impl Row {
    fn verdict(&self) -> String {
        if self.findings.is_empty() {
            return "kept".to_owned();
        }
        let told = self
            .findings
            .iter()
            .map(|f| format!("{}: {}", f.class.name(), f.what));
        told.collect::<Vec<_>>().join("; ")
    }

    fn cells(&self) -> [String; 6] {
        [
            self.what.clone(),
            self.workflow.clone(),
            self.stored.clone(),
            self.events.to_string(),
            self.arrived.clone(),
            self.verdict(),
        ]
    }
}

const HEAD: [&str; 6] = [
    "request", "workflow", "database", "events", "arrived", "verdict",
];

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = vec![HEAD.map(str::to_owned)];
        lines.extend(self.rows.iter().map(Row::cells));
        write!(f, "{}", table(&lines))?;
        writeln!(
            f,
            "\n{} requests: {} delivered, {} failed, {} cancelled, {} unknown. \
             Lost {}, duplicated {}, silent unknown {}, other findings {}.",
            self.rows.len(),
            self.ended("delivered"),
            self.ended("failed"),
            self.ended("cancelled"),
            self.ended("unknown"),
            self.count(Class::Lost),
            self.count(Class::Duplicated),
            self.count(Class::SilentUnknown),
            self.findings()
                .filter(|finding| match finding.class {
                    Class::Lost | Class::Duplicated | Class::SilentUnknown => false,
                    Class::SilentFailure
                    | Class::Unfinished
                    | Class::Contradiction
                    | Class::Events
                    | Class::Quota
                    | Class::References => true,
                })
                .count()
        )
    }
}

/// Lines of cells, each column as wide as its widest; the first line is the head.
pub fn table<const N: usize>(lines: &[[String; N]]) -> String {
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: [usize; N] = std::array::from_fn(|column| width(column).unwrap_or(0));
    let mut out = String::new();
    for (n, line) in lines.iter().enumerate() {
        let cells = line
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        let shown = cells.collect::<Vec<_>>().join("  ");
        out.push_str(shown.trim_end());
        out.push('\n');
        if n == 0 {
            let rule = widths.map(|width| "-".repeat(width)).join("  ");
            out.push_str(&rule);
            out.push('\n');
        }
    }
    out
}
