//! The state behind a lock, with a clock and a version that waiting calls watch.

use std::{
    sync::{Mutex, PoisonError},
    time::{Instant, SystemTime},
};

use tokio::sync::watch;

use super::fake_state::{FakeBotApiOptions, FakeState, FakeTime};

/// The fake's state, shared by all its tasks.
pub(super) struct Fake {
    state: Mutex<FakeState>,
    version: watch::Sender<u64>,
    begun: Instant,
    begun_at: SystemTime,
}

impl Fake {
    pub(super) fn new(options: FakeBotApiOptions) -> Self {
        Self {
            state: Mutex::new(FakeState::new(options)),
            version: watch::Sender::new(0),
            begun: Instant::now(),
            begun_at: SystemTime::now(),
        }
    }

    /// Reads or changes the state without a new version.
    pub(super) fn read<T>(&self, with: impl FnOnce(&mut FakeState, FakeTime) -> T) -> T {
        // A panic in a test must not cause a panic in every later call.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = FakeTime::new(self.begun_at, self.begun.elapsed());
        with(&mut state, now)
    }

    /// Changes the state, and notifies waiting calls.
    pub(super) fn change<T>(&self, with: impl FnOnce(&mut FakeState, FakeTime) -> T) -> T {
        let done = self.read(with);
        self.version.send_modify(|version| *version += 1);
        done
    }

    /// The number of changes.
    pub(super) fn version(&self) -> u64 {
        *self.version.borrow()
    }

    /// Receives the version at every change.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }
}
