//! [`Breaker`]: a circuit breaker per provider, shared by all activities of a process. Open means
//! that the next provider is called instead: no call waits here.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use prometheus::IntGauge;

/// Calls older than this do not count.
const WINDOW: Duration = Duration::from_secs(60);
/// Fewer calls than these never open the breaker.
const LEAST_CALLS: usize = 6;
/// Share of failed calls that opens the breaker.
const ILL_SHARE: f64 = 0.5;
/// How long it stays open at first; doubled each time a trial call fails.
const FIRST_REST: Duration = Duration::from_secs(30);
/// Longest time that it stays open.
const LONGEST_REST: Duration = Duration::from_secs(300);

#[derive(Debug)]
pub struct Breaker {
    state: Mutex<State>,
    gauge: IntGauge,
}

#[derive(Debug)]
enum State {
    /// All calls pass; holds the recent ones and whether they failed.
    Closed {
        recent: VecDeque<(SystemTime, bool)>,
    },
    /// No call passes until then.
    Open { until: SystemTime, rest: Duration },
    /// Half-open: one trial call is under way, and its result decides.
    Trying { rest: Duration },
}

/// Permission for one call. Dropping it without a result, as a cancelled call does, counts as
/// neither success nor failure, and the next call becomes the trial.
#[derive(Debug)]
pub struct Leave<'a> {
    breaker: &'a Breaker,
    is_trial: bool,
    settled: bool,
}

impl Breaker {
    /// Starts closed. The gauge shows 0 for closed, 1 for half-open, 2 for open.
    pub fn new(gauge: IntGauge) -> Self {
        gauge.set(0);
        Self {
            state: Mutex::new(State::closed()),
            gauge,
        }
    }

    /// Requests permission for a call.
    ///
    /// # Errors
    ///
    /// How long the breaker stays open.
    pub fn ask(&self, now: SystemTime) -> Result<Leave<'_>, Duration> {
        let mut state = self.lock();
        let is_trial = match *state {
            State::Closed { .. } => false,
            State::Open { until, rest } => {
                let left = until.duration_since(now).unwrap_or_default();
                if !left.is_zero() {
                    return Err(left);
                }
                self.enter(&mut state, State::Trying { rest });
                true
            }
            // The trial call ends soon.
            State::Trying { .. } => return Err(Duration::from_secs(1)),
        };
        Ok(Leave {
            breaker: self,
            is_trial,
            settled: false,
        })
    }

    /// How long the breaker stays open, if it is.
    pub fn is_open(&self, now: SystemTime) -> Option<Duration> {
        match &*self.lock() {
            State::Closed { .. } | State::Trying { .. } => None,
            State::Open { until, .. } => {
                let left = until.duration_since(now).unwrap_or_default();
                (!left.is_zero()).then_some(left)
            }
        }
    }

    fn settle(&self, is_trial: bool, failed: bool, now: SystemTime) {
        let mut state = self.lock();
        let next = match &mut *state {
            State::Trying { rest } if is_trial => Some(if failed {
                State::open(now, (*rest * 2).min(LONGEST_REST))
            } else {
                State::closed()
            }),
            State::Closed { recent } => {
                let outdated =
                    |at: &SystemTime| now.duration_since(*at).is_ok_and(|age| age > WINDOW);
                while recent.front().is_some_and(|(at, _)| outdated(at)) {
                    recent.pop_front();
                }
                recent.push_back((now, failed));
                is_ill(recent).then(|| State::open(now, FIRST_REST))
            }
            // A call that began before the breaker opened says nothing about the present.
            State::Open { .. } | State::Trying { .. } => None,
        };
        if let Some(next) = next {
            self.enter(&mut state, next);
        }
    }

    fn enter(&self, state: &mut State, next: State) {
        self.gauge.set(match next {
            State::Closed { .. } => 0,
            State::Trying { .. } => 1,
            State::Open { .. } => 2,
        });
        *state = next;
    }

    /// The state is consistent at any time, so a poisoned lock is safe to use.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_ill(recent: &VecDeque<(SystemTime, bool)>) -> bool {
    let failed = recent.iter().filter(|(_, failed)| *failed).count();
    #[expect(
        clippy::cast_precision_loss,
        reason = "the calls of one minute are few"
    )]
    let share = failed as f64 / recent.len().max(1) as f64;
    recent.len() >= LEAST_CALLS && share >= ILL_SHARE
}

impl State {
    fn closed() -> Self {
        Self::Closed {
            recent: VecDeque::new(),
        }
    }

    fn open(now: SystemTime, rest: Duration) -> Self {
        Self::Open {
            until: now + rest,
            rest,
        }
    }
}

impl Leave<'_> {
    /// Records the call's result.
    pub fn settle(mut self, failed: bool, now: SystemTime) {
        self.settled = true;
        self.breaker.settle(self.is_trial, failed, now);
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if self.settled || !self.is_trial {
            return;
        }
        let mut state = self.breaker.lock();
        if let State::Trying { rest } = *state {
            // Open until a past moment: the next call becomes the trial.
            let until = SystemTime::UNIX_EPOCH;
            self.breaker.enter(&mut state, State::Open { until, rest });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn breaker() -> Breaker {
        Breaker::new(IntGauge::new("breaker", "b").unwrap())
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000 + seconds)
    }

    fn call(breaker: &Breaker, failed: bool, now: SystemTime) -> bool {
        breaker
            .ask(now)
            .map(|leave| leave.settle(failed, now))
            .is_ok()
    }

    #[test]
    fn few_failures_keep_breaker_closed() {
        let breaker = breaker();
        for second in 0..5 {
            assert!(call(&breaker, true, at(second)));
        }
        assert_eq!(breaker.is_open(at(5)), None);
    }

    #[test]
    fn breaker_opens_at_half_failed_and_closes_after_success() {
        let breaker = breaker();
        for (second, failed) in [true, false, true, false, true, true]
            .into_iter()
            .enumerate()
        {
            assert!(call(&breaker, failed, at(second as u64)));
        }
        assert!(!call(&breaker, false, at(6)));
        assert_eq!(breaker.gauge.get(), 2);
        // Once the time is over, exactly one call passes.
        let leave = breaker.ask(at(36)).unwrap();
        assert_eq!(breaker.gauge.get(), 1);
        assert!(breaker.ask(at(36)).is_err());
        leave.settle(false, at(37));
        assert_eq!(breaker.gauge.get(), 0);
        assert!(call(&breaker, false, at(38)));
    }

    #[test]
    fn failed_trial_doubles_the_open_time() {
        let breaker = breaker();
        for _ in 0..6 {
            call(&breaker, true, at(0));
        }
        assert!(call(&breaker, true, at(31)));
        assert_eq!(breaker.is_open(at(31)), Some(Duration::from_secs(60)));
    }

    #[test]
    fn cancelled_trial_allows_another() {
        let breaker = breaker();
        for _ in 0..6 {
            call(&breaker, true, at(0));
        }
        drop(breaker.ask(at(31)).unwrap());
        assert!(
            call(&breaker, false, at(31)),
            "the next call may be a trial at once"
        );
        assert_eq!(breaker.is_open(at(32)), None);
    }

    #[test]
    fn old_failures_do_not_count() {
        let breaker = breaker();
        for _ in 0..5 {
            call(&breaker, true, at(0));
        }
        assert!(call(&breaker, true, at(120)));
        assert_eq!(breaker.is_open(at(120)), None);
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
            let later = at(now + LONGEST_REST.as_secs() + 1);
            prop_assert!(breaker.ask(later).is_ok());
        }
    }
}
