//! [`CircuitBreaker`]: a circuit breaker per provider, shared by all activities of a process. Open means
//! that the next provider is called instead: no call waits here.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use metrics::GaugeValue;

/// Calls older than this do not count.
const WINDOW: Duration = Duration::from_secs(60);
/// Fewer calls than these never open the breaker.
const LEAST_CALLS: usize = 6;
/// Share of failed calls that opens the breaker.
const OPENING_SHARE: f64 = 0.5;
/// How long it stays open at first; doubled each time a trial call fails.
const FIRST_OPEN_TIME: Duration = Duration::from_secs(30);
const LONGEST_OPEN_TIME: Duration = Duration::from_secs(300);

#[derive(Debug)]
pub struct CircuitBreaker {
    state: Mutex<BreakerState>,
    gauge: GaugeValue,
}

#[derive(Debug)]
enum BreakerState {
    /// All calls pass; holds the recent ones and whether they failed.
    Closed { recent: VecDeque<(SystemTime, bool)> },
    /// No call passes until then.
    Open { until: SystemTime, open_time: Duration },
    /// Half-open: one trial call is under way, and its result decides.
    HalfOpen { rest: Duration },
}

/// Permission for one call. Dropping it without a result, as a cancelled call does, counts as
/// neither success nor failure, and the next call becomes the trial.
#[derive(Debug)]
pub struct Permit<'a> {
    breaker: &'a CircuitBreaker,
    is_trial: bool,
    settled: bool,
}

impl CircuitBreaker {
    /// Starts closed. The gauge shows 0 for closed, 1 for half-open, 2 for open.
    pub fn new(gauge: GaugeValue) -> Self {
        gauge.set(0.0);
        Self { state: Mutex::new(BreakerState::closed()), gauge }
    }

    /// Requests permission for a call.
    ///
    /// # Errors
    ///
    /// How long the breaker stays open.
    pub fn acquire(&self, now: SystemTime) -> Result<Permit<'_>, Duration> {
        let mut state = self.lock();
        let is_trial = match *state {
            BreakerState::Closed { .. } => false,
            BreakerState::Open { until, open_time: rest } => {
                let left = until.duration_since(now).unwrap_or_default();
                if !left.is_zero() {
                    return Err(left);
                }
                self.enter(&mut state, BreakerState::HalfOpen { rest });
                true
            }
            // The trial call ends soon.
            BreakerState::HalfOpen { .. } => return Err(Duration::from_secs(1)),
        };
        Ok(Permit { breaker: self, is_trial, settled: false })
    }

    /// How long the breaker stays open, if it is.
    pub fn open_for(&self, now: SystemTime) -> Option<Duration> {
        match &*self.lock() {
            BreakerState::Closed { .. } | BreakerState::HalfOpen { .. } => None,
            BreakerState::Open { until, .. } => {
                let left = until.duration_since(now).unwrap_or_default();
                (!left.is_zero()).then_some(left)
            }
        }
    }

    fn record_result(&self, is_trial: bool, failed: bool, now: SystemTime) {
        let mut state = self.lock();
        let next = match &mut *state {
            BreakerState::HalfOpen { rest } if is_trial => Some(if failed {
                BreakerState::open(now, (*rest * 2).min(LONGEST_OPEN_TIME))
            } else {
                BreakerState::closed()
            }),
            BreakerState::Closed { recent } => {
                let outdated =
                    |at: &SystemTime| now.duration_since(*at).is_ok_and(|age| age > WINDOW);
                while recent.front().is_some_and(|(at, _)| outdated(at)) {
                    recent.pop_front();
                }
                recent.push_back((now, failed));
                should_open(recent).then(|| BreakerState::open(now, FIRST_OPEN_TIME))
            }
            // A call that began before the breaker opened says nothing about the present.
            BreakerState::Open { .. } | BreakerState::HalfOpen { .. } => None,
        };
        if let Some(next) = next {
            self.enter(&mut state, next);
        }
    }

    fn enter(&self, state: &mut BreakerState, next: BreakerState) {
        self.gauge.set(match next {
            BreakerState::Closed { .. } => 0.0,
            BreakerState::HalfOpen { .. } => 1.0,
            BreakerState::Open { .. } => 2.0,
        });
        *state = next;
    }

    /// The state is consistent at any time, so a poisoned lock is safe to use.
    fn lock(&self) -> MutexGuard<'_, BreakerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn should_open(recent: &VecDeque<(SystemTime, bool)>) -> bool {
    let failed = recent.iter().filter(|(_, failed)| *failed).count();
    #[expect(clippy::cast_precision_loss, reason = "the calls of one minute are few")]
    let share = failed as f64 / recent.len().max(1) as f64;
    recent.len() >= LEAST_CALLS && share >= OPENING_SHARE
}

impl BreakerState {
    fn closed() -> Self {
        Self::Closed { recent: VecDeque::new() }
    }

    fn open(now: SystemTime, open_time: Duration) -> Self {
        Self::Open { until: now + open_time, open_time }
    }
}

impl Permit<'_> {
    /// Records the call's result.
    pub fn record_result(mut self, failed: bool, now: SystemTime) {
        self.settled = true;
        self.breaker.record_result(self.is_trial, failed, now);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.settled || !self.is_trial {
            return;
        }
        let mut state = self.breaker.lock();
        if let BreakerState::HalfOpen { rest } = *state {
            // Open until a past moment: the next call becomes the trial.
            let until = SystemTime::UNIX_EPOCH;
            self.breaker.enter(&mut state, BreakerState::Open { until, open_time: rest });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn breaker() -> CircuitBreaker {
        CircuitBreaker::new(metrics::Metrics::new().model_breaker_state.of(["test"]))
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000 + seconds)
    }

    fn call(breaker: &CircuitBreaker, failed: bool, now: SystemTime) -> bool {
        breaker.acquire(now).map(|leave| leave.record_result(failed, now)).is_ok()
    }

    #[test]
    fn few_failures_keep_breaker_closed() {
        let breaker = breaker();
        for second in 0..5 {
            assert!(call(&breaker, true, at(second)));
        }
        assert_eq!(breaker.open_for(at(5)), None);
    }

    #[test]
    fn breaker_opens_at_half_failed_and_closes_after_success() {
        let breaker = breaker();
        for (second, failed) in [true, false, true, false, true, true].into_iter().enumerate() {
            assert!(call(&breaker, failed, at(second as u64)));
        }
        assert!(!call(&breaker, false, at(6)));
        assert_eq!(breaker.gauge.get(), 2.0);
        // Once the time is over, exactly one call passes.
        let leave = breaker.acquire(at(36)).unwrap();
        assert_eq!(breaker.gauge.get(), 1.0);
        assert!(breaker.acquire(at(36)).is_err());
        leave.record_result(false, at(37));
        assert_eq!(breaker.gauge.get(), 0.0);
        assert!(call(&breaker, false, at(38)));
    }

    #[test]
    fn failed_trial_doubles_the_open_time() {
        let breaker = breaker();
        for _ in 0..6 {
            call(&breaker, true, at(0));
        }
        assert!(call(&breaker, true, at(31)));
        assert_eq!(breaker.open_for(at(31)), Some(Duration::from_secs(60)));
    }

    #[test]
    fn cancelled_trial_allows_another() {
        let breaker = breaker();
        for _ in 0..6 {
            call(&breaker, true, at(0));
        }
        drop(breaker.acquire(at(31)).unwrap());
        assert!(call(&breaker, false, at(31)), "the next call may be a trial at once");
        assert_eq!(breaker.open_for(at(32)), None);
    }

    #[test]
    fn old_failures_do_not_count() {
        let breaker = breaker();
        for _ in 0..5 {
            call(&breaker, true, at(0));
        }
        assert!(call(&breaker, true, at(120)));
        assert_eq!(breaker.open_for(at(120)), None);
    }

    proptest! {
        #[test]
        fn breaker_eventually_allows_a_call(
            calls in proptest::collection::vec((any::<bool>(), 0u64..100), 0..60),
        ) {
            let breaker = breaker();
            let mut now = 0;
            for (failed, pause) in calls {
                now += pause;
                call(&breaker, failed, at(now));
            }
            let later = at(now + LONGEST_OPEN_TIME.as_secs() + 1);
            prop_assert!(breaker.acquire(later).is_ok());
        }
    }
}
