//! The account of a campaign: one row per kind of fault.

use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, SystemTime},
};

use runtime::describe::describe;
use temporalio_client::Client;
use testkit::audit::{AuditReport, AuditRow, FindingClass, table};

use super::{faults::SoakFault, users::SoakDemand};

/// A fault that was injected.
pub(super) struct SufferedFault {
    pub(super) fault: SoakFault,
    pub(super) at: SystemTime,
    pub(super) until: SystemTime,
}

pub(super) struct SoakReport {
    rows: BTreeMap<String, FaultRow>,
    all: FaultRow,
    rewrites: usize,
}

/// What became of the requests that were open during a kind of fault.
#[derive(Default)]
struct FaultRow {
    runs: usize,
    requests: usize,
    lost: usize,
    duplicated: usize,
    other: usize,
    unknown: usize,
    failed: usize,
    /// From the beginning of the fault to the end of each request.
    settled_after: Vec<Duration>,
}

/// The times of a request's workflow.
struct RequestLife<'a> {
    row: Option<&'a AuditRow>,
    from: SystemTime,
    until: SystemTime,
}

impl SoakReport {
    pub(super) async fn new(
        client: &Client,
        audit: &AuditReport,
        demand: &SoakDemand,
        suffered: &[SufferedFault],
    ) -> anyhow::Result<Self> {
        let mut lives = Vec::new();
        for request in &demand.requests {
            let described = describe(client, &request.audited.id).await?;
            let info = described.and_then(|found| found.raw().workflow_execution_info.clone());
            let info = info.unwrap_or_default();
            let time = |time: Option<_>| time.and_then(|time| SystemTime::try_from(time).ok());
            let now = SystemTime::now();
            lives.push(RequestLife {
                row: audit.row(&request.audited.id),
                from: request.at.or_else(|| time(info.start_time)).unwrap_or(now),
                until: time(info.close_time).unwrap_or(now),
            });
        }
        let mut rows: BTreeMap<String, FaultRow> = BTreeMap::new();
        for fault in suffered {
            let row = rows.entry(fault.fault.kind()).or_default();
            row.runs += 1;
            for life in &lives {
                if life.from < fault.until && fault.at < life.until {
                    row.count(life, fault.at);
                }
            }
        }
        let mut all = FaultRow { runs: suffered.len(), ..FaultRow::default() };
        for life in &lives {
            all.count(life, life.from);
        }
        Ok(Self { rows, all, rewrites: demand.rewrites() })
    }
}

impl FaultRow {
    fn count(&mut self, life: &RequestLife<'_>, since: SystemTime) {
        self.requests += 1;
        self.settled_after.push(life.until.duration_since(since).unwrap_or_default());
        let Some(row) = life.row else {
            self.lost += 1;
            return;
        };
        let has = |class| usize::from(row.findings.iter().any(|found| found.class == class));
        self.lost += has(FindingClass::Lost);
        self.duplicated += has(FindingClass::Duplicated);
        let is_other = |class| !matches!(class, FindingClass::Lost | FindingClass::Duplicated);
        self.other += usize::from(row.findings.iter().any(|found| is_other(found.class)));
        self.unknown += usize::from(row.stored == "unknown");
        self.failed += usize::from(row.stored == "failed");
    }

    fn cells(&self, kind: &str) -> [String; 11] {
        let mut times = self.settled_after.clone();
        times.sort();
        let at = |percent: usize| {
            let index = (times.len() * percent).div_ceil(100).saturating_sub(1);
            times.get(index).map_or("–".to_owned(), |time| format!("{:.1}", time.as_secs_f64()))
        };
        [
            kind.to_owned(),
            self.runs.to_string(),
            self.requests.to_string(),
            self.lost.to_string(),
            self.duplicated.to_string(),
            self.other.to_string(),
            self.unknown.to_string(),
            self.failed.to_string(),
            at(50),
            at(99),
            at(100),
        ]
    }
}

const HEAD: [&str; 11] = [
    "fault",
    "runs",
    "open requests",
    "lost",
    "duplicated",
    "other findings",
    "unknown",
    "failed",
    "settled after, p50, s",
    "p99",
    "max",
];

impl fmt::Display for SoakReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = vec![HEAD.map(str::to_owned)];
        lines.extend(self.rows.iter().map(|(kind, row)| row.cells(kind)));
        lines.push(self.all.cells("all requests, from their beginning"));
        writeln!(f, "{}", table(&lines))?;
        write!(
            f,
            "{} faults, {} requests, {} rewrites",
            self.all.runs, self.all.requests, self.rewrites
        )
    }
}
