//! Events that a process writes about itself: `health.checked` when the state of a dependency changes
//! and every five minutes, `metrics.collected` every minute. A process without a database writes
//! none: Prometheus and `gateway health` see it.

use std::{collections::BTreeMap, fmt::Display, sync::Arc, time::Duration};

use events::{
    CoreEvent, Event, EventContext, EventJournal, EventSource, Timestamp,
    analytics::{HealthChecked, MetricsCollected},
};
use futures::future::join_all;
use metrics::Metrics;

use crate::{
    http::{Check, DependencyState},
    shutdown::Shutdown,
};

/// Pause between checks: a change is reported after at most this time.
const CHECK_EVERY: Duration = Duration::from_secs(30);

/// The counters are reported at every second check.
const CHECKS_PER_SNAPSHOT: u32 = 2;

/// An unchanged state is reported at every tenth check.
const CHECKS_PER_REPETITION: u32 = 10;

/// Events that wait while the database is away; older ones are dropped.
const WAITING_MAX: usize = 200;

/// The `status` of a dependency that answers.
const OK: &str = "ok";

/// What one process reports.
pub struct ProcessReports {
    /// Its name in the events, such as `gateway@host:42`; see [`process_name`].
    pub process: String,
    pub source: EventSource,
    /// Part of every event.
    pub environment: String,
    pub checks: Vec<Check>,
    /// `None` if other reports of this process include them.
    pub counters: Option<Arc<Metrics>>,
}

/// `role@host:pid`, unique over all machines.
pub fn process_name(role: &str) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = match host.trim() {
        "" => "localhost",
        name => name,
    };
    format!("{role}@{host}:{}", std::process::id())
}

/// The reports between two checks.
#[derive(Default)]
struct ReportState {
    checks: u32,
    /// The status of each dependency in its last report.
    reported: BTreeMap<&'static str, String>,
    /// Not written yet, oldest first.
    waiting: Vec<Event>,
}

impl ProcessReports {
    /// Checks and reports until `shutdown` begins. `write` stores events; what it refuses is offered
    /// again at the next check.
    pub async fn run<W, Fut, E>(self, write: W, shutdown: Shutdown)
    where
        W: Fn(Vec<Event>) -> Fut,
        Fut: Future<Output = Result<(), E>>,
        E: Display,
    {
        let mut state = ReportState::default();
        loop {
            tokio::select! {
                () = shutdown.begun() => return,
                () = tokio::time::sleep(CHECK_EVERY) => {}
            }
            self.check(&mut state, &write).await;
        }
    }

    async fn check<W, Fut, E>(&self, state: &mut ReportState, write: &W)
    where
        W: Fn(Vec<Event>) -> Fut,
        Fut: Future<Output = Result<(), E>>,
        E: Display,
    {
        let found = join_all(self.checks.iter().map(Check::run)).await;
        let due = state.due(&found, self.counters.as_deref());
        state.waiting.extend(self.events(due, std::time::SystemTime::now().into()));
        let dropped = state.waiting.len().saturating_sub(WAITING_MAX);
        state.waiting.drain(..dropped);
        if state.waiting.is_empty() {
            return;
        }
        match write(state.waiting.clone()).await {
            Ok(()) => state.waiting.clear(),
            Err(reason) => tracing::debug!("reports of this process wait: {reason}"),
        }
    }

    fn events(&self, due: Vec<CoreEvent>, at: Timestamp) -> Vec<Event> {
        let context = EventContext {
            correlation: format!("process {}", self.process),
            environment: self.environment.clone(),
            subject: Some(self.process.clone()),
            ..EventContext::default()
        };
        let request = format!("{} {}", self.process, at.timestamp_micros());
        let mut journal = EventJournal::for_request(&request, self.source.clone(), context, None);
        for event in due {
            journal.record(at, event);
        }
        // They happened together: none is the cause of the next.
        let events = journal.events().iter().cloned();
        events.map(|event| Event { causation: None, ..event }).collect()
    }
}

impl ReportState {
    /// What this check has to report.
    fn due(&mut self, found: &[DependencyState], counters: Option<&Metrics>) -> Vec<CoreEvent> {
        let repeats = self.checks.is_multiple_of(CHECKS_PER_REPETITION);
        self.checks += 1;
        let mut due = Vec::new();
        for one in found {
            let status = if one.is_up { OK.to_owned() } else { one.detail.clone() };
            let is_new = self.reported.get(one.name).is_none_or(|known| *known != status);
            if is_new || repeats {
                self.reported.insert(one.name, status.clone());
                let (component, latency_ms) = (one.name.to_owned(), one.latency_ms());
                due.push(HealthChecked { component, status, latency_ms }.into());
            }
        }
        if let Some(metrics) = counters
            && self.checks.is_multiple_of(CHECKS_PER_SNAPSHOT)
        {
            due.push(MetricsCollected { counters: metrics.totals() }.into());
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use std::{
        cell::{Cell, RefCell},
        collections::BTreeSet,
        future::ready,
        sync::atomic::{AtomicBool, Ordering},
    };

    use events::analytics::AnalyticsEvent;

    use super::*;

    /// Reports of a process with one dependency, a database, and what was written.
    struct Reported {
        reports: ProcessReports,
        state: ReportState,
        is_down: Arc<AtomicBool>,
        /// Whether the database refuses to write.
        refuses: Cell<bool>,
        written: RefCell<Vec<Event>>,
    }

    impl Reported {
        fn new(metrics: Metrics) -> Self {
            let is_down = Arc::new(AtomicBool::new(false));
            let probed = is_down.clone();
            let probe = move || {
                let is_down = probed.load(Ordering::Relaxed);
                async move { if is_down { Err("connection refused".to_owned()) } else { Ok(()) } }
            };
            let reports = ProcessReports {
                process: "gateway@host:1".to_owned(),
                source: EventSource::GATEWAY,
                environment: "test".to_owned(),
                checks: vec![Check::new("database", probe)],
                counters: Some(Arc::new(metrics)),
            };
            Self {
                reports,
                state: ReportState::default(),
                is_down,
                refuses: Cell::new(false),
                written: RefCell::default(),
            }
        }

        async fn checks(&mut self, times: u32) {
            let write = |events: Vec<Event>| {
                if self.refuses.get() {
                    return ready(Err("away".to_owned()));
                }
                self.written.borrow_mut().extend(events);
                ready(Ok(()))
            };
            for _ in 0..times {
                self.reports.check(&mut self.state, &write).await;
            }
        }

        /// The database is away: its check fails, and nothing can be written.
        fn set_away(&self, is_away: bool) {
            self.is_down.store(is_away, Ordering::Relaxed);
            self.refuses.set(is_away);
        }

        fn health(&self) -> Vec<String> {
            let written = self.written.borrow();
            let shown = written.iter().filter_map(|event| match &event.data {
                CoreEvent::Analytics(AnalyticsEvent::HealthChecked(it)) => {
                    Some(format!("{}: {}", it.component, it.status))
                }
                _ => None,
            });
            shown.collect()
        }

        fn snapshots(&self) -> Vec<BTreeMap<String, u64>> {
            let written = self.written.borrow();
            let shown = written.iter().filter_map(|event| match &event.data {
                CoreEvent::Analytics(AnalyticsEvent::MetricsCollected(it)) => {
                    Some(it.counters.clone())
                }
                _ => None,
            });
            shown.collect()
        }
    }

    #[tokio::test]
    async fn change_is_reported_when_it_can_be_written() {
        let mut process = Reported::new(Metrics::new());
        process.checks(3).await;
        assert_eq!(process.health(), ["database: ok"], "an unchanged state is not repeated");
        process.set_away(true);
        process.checks(2).await;
        assert_eq!(process.health(), ["database: ok"], "nothing can be written");
        process.set_away(false);
        process.checks(1).await;
        let changes = ["database: ok", "database: connection refused", "database: ok"];
        assert_eq!(process.health(), changes);
        process.checks(5).await;
        assert_eq!(process.health().len(), 4, "repeated at the eleventh check, after 5 minutes");
        let written = process.written.borrow();
        let ids: BTreeSet<_> = written.iter().map(|event| &event.id).collect();
        assert_eq!(ids.len(), written.len());
        assert!(written.iter().all(|event| event.causation.is_none()));
    }

    #[tokio::test]
    async fn counters_are_reported_at_every_second_check() {
        let metrics = Metrics::new();
        metrics.carousels_opened.inc(["telegram"]);
        metrics.carousels_opened.inc(["cli"]);
        let mut process = Reported::new(metrics);
        process.checks(4).await;
        let snapshots = process.snapshots();
        assert_eq!(snapshots.len(), 2);
        assert_eq!(snapshots[0]["vibecoder_carousels_opened_total"], 2, "summed over its labels");
        assert_eq!(snapshots[0]["vibecoder_updates_total"], 0);
    }

    #[tokio::test]
    async fn waiting_reports_are_bounded() {
        let mut process = Reported::new(Metrics::new());
        process.refuses.set(true);
        process.checks(1_000).await;
        process.refuses.set(false);
        process.checks(1).await;
        assert_eq!(process.written.borrow().len(), WAITING_MAX);
    }
}
