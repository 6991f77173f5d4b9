//! The auditor's findings, as data and as a table.

use std::fmt;

#[derive(Debug, Clone, Default)]
pub struct AuditReport {
    /// One row per request, then one per unrequested item.
    pub rows: Vec<AuditRow>,
    /// Carousels that were not compared with their events, because the first ones were pruned or
    /// because they changed meanwhile.
    pub skipped: u64,
}

/// The findings about one request.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// The carousel's id, or the destination of an unrequested item.
    pub what: String,
    pub workflow: String,
    pub stored: String,
    pub events: usize,
    /// How many of its pictures arrived, and how many had to.
    pub arrived: String,
    /// Empty if the request was handled correctly.
    pub findings: Vec<Finding>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub class: FindingClass,
    /// A message for people.
    pub what: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FindingClass {
    /// A result is missing, and nothing will deliver it.
    Lost,
    /// Something arrived more often than requested.
    Duplicated,
    /// The outcome is unknown, and the user was not informed.
    SilentUnknown,
    /// It failed, and no reason was reported.
    SilentFailure,
    /// It has not ended.
    Unfinished,
    /// Two sources contradict each other.
    Contradiction,
    /// Events are missing, duplicated, or don't form a chain.
    Events,
    /// The quota was not released, or was released although it was spent.
    Quota,
    /// A reference is dangling, or was left behind.
    References,
    /// The rows of a carousel differ from its events.
    Rows,
}

impl AuditReport {
    /// Whether there is no finding.
    pub fn has_no_findings(&self) -> bool {
        self.rows.iter().all(|row| row.findings.is_empty())
    }

    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.rows.iter().flat_map(|row| &row.findings)
    }

    pub fn count(&self, class: FindingClass) -> usize {
        let has = |row: &&AuditRow| row.findings.iter().any(|f| f.class == class);
        self.rows.iter().filter(has).count()
    }

    /// The number of requests with this stored outcome.
    pub fn ended(&self, outcome: &str) -> usize {
        self.rows.iter().filter(|row| row.stored == outcome).count()
    }

    pub fn row(&self, what: &str) -> Option<&AuditRow> {
        self.rows.iter().find(|row| row.what == what)
    }
}

impl FindingClass {
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
            Self::Rows => "ROWS",
        }
    }
}

impl AuditRow {
    fn verdict(&self) -> String {
        if self.findings.is_empty() {
            return "kept".to_owned();
        }
        let told = self.findings.iter().map(|f| format!("{}: {}", f.class.name(), f.what));
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

const HEAD: [&str; 6] = ["request", "workflow", "database", "events", "arrived", "verdict"];

impl fmt::Display for AuditReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = vec![HEAD.map(str::to_owned)];
        lines.extend(self.rows.iter().map(AuditRow::cells));
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
            self.count(FindingClass::Lost),
            self.count(FindingClass::Duplicated),
            self.count(FindingClass::SilentUnknown),
            self.findings()
                .filter(|finding| match finding.class {
                    FindingClass::Lost | FindingClass::Duplicated | FindingClass::SilentUnknown =>
                        false,
                    FindingClass::SilentFailure
                    | FindingClass::Unfinished
                    | FindingClass::Contradiction
                    | FindingClass::Events
                    | FindingClass::Quota
                    | FindingClass::References
                    | FindingClass::Rows => true,
                })
                .count()
        )?;
        if self.skipped > 0 {
            let skipped = self.skipped;
            writeln!(f, "{skipped} carousels were not compared with their events.")?;
        }
        Ok(())
    }
}

/// Renders rows of cells, each column as wide as its widest cell; the first row is the header.
pub fn table<const N: usize>(lines: &[[String; N]]) -> String {
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: [usize; N] = std::array::from_fn(|column| width(column).unwrap_or(0));
    let mut out = String::new();
    for (n, line) in lines.iter().enumerate() {
        let cells = line.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
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
