//! Rate-limited log lines for events that external clients can cause: the first at once, then one a
//! minute with the number of events.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Time between two lines.
const EVERY: Duration = Duration::from_secs(60);

/// One kind of log line.
#[derive(Debug, Default)]
pub(super) struct SampledLog(Mutex<SampleState>);

#[derive(Debug, Default)]
struct SampleState {
    said: Option<Instant>,
    since: u64,
}

impl SampledLog {
    /// Counts an event. If a line is due: the number of events since the last line, including this
    /// one.
    pub(super) fn count(&self) -> Option<u64> {
        self.count_at(Instant::now())
    }

    fn count_at(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.since += 1;
        if state.said.is_some_and(|said| now < said + EVERY) {
            return None;
        }
        state.said = Some(now);
        Some(std::mem::take(&mut state.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousand_refusals_log_two_lines() {
        let refused = SampledLog::default();
        let began = Instant::now();
        assert_eq!(refused.count_at(began), Some(1));
        for _ in 0..999 {
            assert_eq!(refused.count_at(began + EVERY / 2), None);
        }
        assert_eq!(refused.count_at(began + EVERY), Some(1_000));
    }
}
