//! The result table: runs and failures per failpoint.

use std::{collections::BTreeMap, fmt, time::Duration};

use testkit::audit::table;

use super::{KillPoint, kill_run::KillResult};

#[derive(Debug, Default)]
pub(crate) struct KillSummary(BTreeMap<KillPoint, KillSummaryLine>);

#[derive(Debug, Default)]
struct KillSummaryLine {
    killed: String,
    runs: usize,
    lost: usize,
    duplicated: usize,
    unknown: usize,
    broken: usize,
    recovery: Duration,
}

impl KillSummary {
    pub(crate) fn add(&mut self, point: &KillPoint, played: &anyhow::Result<KillResult>) {
        let line = self.0.entry(point.clone()).or_default();
        line.runs += 1;
        match played {
            Ok(played) => {
                line.killed = played.killed.to_string();
                line.lost += played.lost();
                line.duplicated += played.duplicated();
                line.unknown += played.unknown();
                line.broken += usize::from(!played.holds());
                line.recovery = line.recovery.max(played.recovery);
            }
            Err(_) => line.broken += 1,
        }
    }

    pub(crate) fn holds(&self) -> bool {
        self.0.values().all(|line| line.broken == 0)
    }
}

pub(crate) fn word(played: &anyhow::Result<KillResult>) -> &'static str {
    match played {
        Ok(played) if played.holds() => "kept",
        Ok(_) => "BROKEN",
        Err(_) => "could not be played",
    }
}

impl KillSummaryLine {
    fn cells(&self, point: &KillPoint) -> [String; 8] {
        [
            point.to_string(),
            self.killed.clone(),
            self.runs.to_string(),
            self.lost.to_string(),
            self.duplicated.to_string(),
            self.unknown.to_string(),
            format!("{:.1} s", self.recovery.as_secs_f64()),
            if self.broken == 0 { "kept".to_owned() } else { format!("{} BROKEN", self.broken) },
        ]
    }
}

const HEAD: [&str; 8] =
    ["point", "killed", "runs", "lost", "duplicated", "unknown", "recovery", "promise"];

impl fmt::Display for KillSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = vec![HEAD.map(str::to_owned)];
        lines.extend(self.0.iter().map(|(point, line)| line.cells(point)));
        f.write_str(table(&lines).trim_end())
    }
}

#[cfg(test)]
mod tests {
    use testkit::{
        audit::{AuditReport, AuditRow, Finding, FindingClass},
        cluster::Member,
    };

    use super::*;

    /// A kill with this audit row.
    fn played(stored: &str, arrived: &str, wrong: &[FindingClass]) -> anyhow::Result<KillResult> {
        let finding =
            |class: &FindingClass| Finding { class: *class, what: "as planted".to_owned() };
        let row = AuditRow {
            what: "carousel-cli-killed".to_owned(),
            workflow: "completed".to_owned(),
            stored: stored.to_owned(),
            events: 15,
            arrived: arrived.to_owned(),
            findings: wrong.iter().map(finding).collect(),
        };
        Ok(KillResult {
            killed: Member::Gateway.into(),
            expected: vec![("carousel-cli-killed".to_owned(), "delivered")],
            report: AuditReport { rows: vec![row], skipped: 0 },
            recovery: Duration::from_secs(12),
        })
    }

    fn summary(all: &[anyhow::Result<KillResult>]) -> KillSummary {
        let point: KillPoint = "deliver_carousel.after".parse().unwrap();
        let mut summary = KillSummary::default();
        for played in all {
            summary.add(&point, played);
        }
        summary
    }

    #[test]
    fn one_broken_run_fails_the_summary() {
        let kept = || played("delivered", "3 of 3", &[]);
        assert!(summary(&[kept(), kept()]).holds());
        for broken in [
            played("delivered", "0 of 3", &[FindingClass::Lost]),
            played("delivered", "6 of 3", &[FindingClass::Duplicated]),
            played("unknown", "0 of 0 to 3", &[FindingClass::SilentUnknown]),
            played("failed", "0", &[]),
            Err(anyhow::anyhow!("no process reached the point")),
        ] {
            let summary = summary(&[kept(), broken]);
            assert!(!summary.holds(), "{summary}");
            assert!(summary.to_string().contains("1 BROKEN"), "{summary}");
        }
    }

    #[test]
    fn summary_counts_by_point() {
        let lost = || played("delivered", "0 of 3", &[FindingClass::Lost]);
        let table = summary(&[lost(), lost()]).to_string();
        let line = table.lines().last().unwrap();
        let cells: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(cells[..6], ["deliver_carousel.after", "gateway", "2", "2", "0", "0"]);
    }
}
