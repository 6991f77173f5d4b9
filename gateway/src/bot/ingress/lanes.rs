//! Schedules chats fairly: lanes with waiting updates take turns, one update each. Pure: updates
//! stay in the table, and the time is an argument.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    time::Duration,
};

use storage::ingress::UpdateLane;
use tokio::time::Instant;

/// Updates that are processed at once. Each mostly waits for the database, Temporal or Telegram.
pub(super) const MAX_CONCURRENT_UPDATES: usize = 256;

/// Lanes kept in memory, at a few hundred bytes each. A scan of the table finds the others when
/// there is room.
pub(super) const MAX_LANES: u64 = 10_000;

/// Replies that one chat gets at once; after that one per second, Telegram's limit per chat.
const BURST: u32 = 20;

/// What a reply costs: Telegram accepts one message per second and chat.
const REPLY_COST: Duration = Duration::from_secs(1);

/// Backoff while a dependency is unavailable.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TurnResult {
    /// An update is finished, with this number of replies.
    Done(u32),
    /// No update waits in the lane, or none that this gateway may process.
    Nothing,
    /// Another part of the first update's request may arrive within this time.
    Wait(Duration),
    /// A dependency is unavailable: the same update is tried again, after the given wait if there
    /// is one.
    RetryLater(Option<Duration>),
}

/// The lanes that have waiting updates.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: HashMap<UpdateLane, LaneState>,
    ready: VecDeque<UpdateLane>,
    delayed: BTreeSet<(Instant, UpdateLane)>,
    at_work: usize,
    /// Per chat, the time at which all its replies are within Telegram's rate.
    paid_until: HashMap<UpdateLane, Instant>,
}

#[derive(Debug, Clone, Copy, Default)]
struct LaneState {
    at_work: bool,
    /// An update arrived while the lane was being processed.
    has_new: bool,
    retries: u32,
}

impl Lanes {
    /// Marks a lane as having a waiting update; `false` if there are too many lanes to remember it.
    pub(super) fn wake(&mut self, lane: UpdateLane) -> bool {
        if let Some(state) = self.lanes.get_mut(&lane) {
            state.has_new = state.at_work;
            return true;
        }
        if self.lanes.len() as u64 >= MAX_LANES {
            return false;
        }
        self.lanes.insert(lane, LaneState::default());
        self.ready.push_back(lane);
        true
    }

    /// The next lane, if fewer than `AT_WORK` updates are being processed.
    pub(super) fn next(&mut self, now: Instant) -> Option<UpdateLane> {
        while let Some((until, lane)) = self.delayed.first().copied()
            && until <= now
        {
            self.delayed.pop_first();
            self.ready.push_back(lane);
        }
        if self.at_work >= MAX_CONCURRENT_UPDATES {
            return None;
        }
        let lane = self.ready.pop_front()?;
        self.at_work += 1;
        let state = self.lanes.entry(lane).or_default();
        (state.at_work, state.has_new) = (true, false);
        Some(lane)
    }

    /// Records how a turn ended.
    pub(super) fn finish_turn(&mut self, lane: UpdateLane, turn: TurnResult, now: Instant) {
        self.at_work = self.at_work.saturating_sub(1);
        let Some(state) = self.lanes.get_mut(&lane) else {
            return;
        };
        state.at_work = false;
        let until = match turn {
            TurnResult::Nothing if state.has_new => now,
            TurnResult::Nothing => {
                self.lanes.remove(&lane);
                return;
            }
            TurnResult::Done(answers) => {
                state.retries = 0;
                self.charge(lane, answers, now)
            }
            TurnResult::Wait(time) => now + time,
            TurnResult::RetryLater(said) => {
                let pause = FIRST_PAUSE * 2_u32.saturating_pow(state.retries.min(10));
                state.retries = state.retries.saturating_add(1);
                now + said.unwrap_or(pause.min(LONGEST_PAUSE))
            }
        };
        if until <= now {
            self.ready.push_back(lane);
        } else {
            self.delayed.insert((until, lane));
        }
    }

    /// Adds a chat's replies to its rate; returns when the chat may have its next turn.
    fn charge(&mut self, lane: UpdateLane, answers: u32, now: Instant) -> Instant {
        let paid = self.paid_until.get(&lane).copied().unwrap_or(now).max(now);
        let paid = paid + REPLY_COST * answers;
        self.paid_until.insert(lane, paid);
        if self.paid_until.len() as u64 > MAX_LANES {
            self.paid_until.retain(|_, until| *until > now);
        }
        // Leave room for one more reply.
        paid.checked_sub(REPLY_COST * (BURST - 1)).unwrap_or(now).max(now)
    }

    /// When the next delayed lane becomes ready.
    pub(super) fn next_ready_at(&self) -> Option<Instant> {
        self.delayed.first().map(|(until, _)| *until)
    }
}

#[cfg(test)]
mod tests {
    use domain::{ChatId, UpdateId};

    use super::*;

    fn chat(id: i64) -> UpdateLane {
        UpdateLane::Chat(ChatId::new(id))
    }

    fn woken(ids: impl IntoIterator<Item = i64>) -> Lanes {
        let mut lanes = Lanes::default();
        for id in ids {
            assert!(lanes.wake(chat(id)));
        }
        lanes
    }

    #[test]
    fn chats_take_turns_with_one_update_each() {
        let now = Instant::now();
        let mut lanes = woken([1, 2, 1, 1]);
        assert_eq!(lanes.next(now), Some(chat(1)));
        assert_eq!(lanes.next(now), Some(chat(2)));
        assert_eq!(lanes.next(now), None, "each is at work");
        lanes.finish_turn(chat(1), TurnResult::Done(1), now);
        lanes.wake(chat(3));
        lanes.finish_turn(chat(2), TurnResult::Done(1), now);
        let order: Vec<_> = std::iter::from_fn(|| lanes.next(now)).collect();
        assert_eq!(order, [chat(1), chat(3), chat(2)]);
    }

    #[test]
    fn waiting_lane_has_its_next_turn_after_the_wait() {
        let now = Instant::now();
        let mut lanes = woken([1, 2]);
        let (wait, soon) = (Duration::from_millis(250), now + Duration::from_millis(250));
        assert_eq!(lanes.next(now), Some(chat(1)));
        lanes.finish_turn(chat(1), TurnResult::Wait(wait), now);
        assert_eq!((lanes.next(now), lanes.next(now)), (Some(chat(2)), None));
        assert_eq!(lanes.next_ready_at(), Some(soon));
        assert_eq!(lanes.next(soon), Some(chat(1)));
    }

    #[test]
    fn update_during_the_last_turn_is_kept() {
        let now = Instant::now();
        let mut lanes = woken([1]);
        lanes.next(now);
        lanes.wake(chat(1));
        lanes.finish_turn(chat(1), TurnResult::Nothing, now);
        assert_eq!(lanes.next(now), Some(chat(1)));
        lanes.finish_turn(chat(1), TurnResult::Nothing, now);
        assert_eq!((lanes.next(now), lanes.lanes.len()), (None, 0));
        assert!(lanes.wake(chat(1)));
        assert_eq!(lanes.next(now), Some(chat(1)));
    }

    #[test]
    fn waiting_chat_does_not_delay_others() {
        let now = Instant::now();
        let minute = Duration::from_secs(60);
        let mut lanes = woken([1, 2]);
        lanes.next(now);
        lanes.finish_turn(chat(1), TurnResult::RetryLater(Some(minute)), now);
        lanes.wake(chat(1));
        assert_eq!(lanes.next(now), Some(chat(2)));
        assert_eq!(lanes.next(now + minute / 2), None);
        assert_eq!(lanes.next_ready_at(), Some(now + minute));
        assert_eq!(lanes.next(now + minute), Some(chat(1)));
    }

    #[test]
    fn backoff_grows_until_a_turn_succeeds() {
        let mut now = Instant::now();
        let mut lanes = woken([1]);
        let mut pauses = Vec::new();
        for _ in 0..7 {
            assert_eq!(lanes.next(now), Some(chat(1)));
            lanes.finish_turn(chat(1), TurnResult::RetryLater(None), now);
            let rested = lanes.next_ready_at().unwrap();
            pauses.push((rested - now).as_millis());
            now = rested;
        }
        assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
        lanes.next(now);
        lanes.finish_turn(chat(1), TurnResult::Done(0), now);
        lanes.next(now);
        lanes.finish_turn(chat(1), TurnResult::RetryLater(None), now);
        assert_eq!(lanes.next_ready_at(), Some(now + FIRST_PAUSE));
    }

    #[test]
    fn chat_gets_twenty_replies_then_one_per_second() {
        let now = Instant::now();
        let mut lanes = woken([1]);
        for n in 1..=BURST {
            assert_eq!(lanes.next(now), Some(chat(1)), "answer {n}");
            lanes.finish_turn(chat(1), TurnResult::Done(1), now);
        }
        assert_eq!(lanes.next(now), None);
        let second = now + REPLY_COST;
        assert_eq!(lanes.next_ready_at(), Some(second));
        assert_eq!(lanes.next(second), Some(chat(1)));
        lanes.finish_turn(chat(1), TurnResult::Done(0), second);
        assert_eq!(lanes.next(second), Some(chat(1)), "what is not answered is free");
        lanes.finish_turn(chat(1), TurnResult::Nothing, second);
        // The rate is kept when the lane is removed, and expires in time.
        lanes.wake(chat(1));
        assert_eq!(lanes.next(second), Some(chat(1)));
        lanes.finish_turn(chat(1), TurnResult::Done(1), second);
        assert_eq!(lanes.next(second), None);
    }

    #[test]
    fn memory_and_work_are_bounded() {
        let now = Instant::now();
        let all = i64::try_from(MAX_LANES).unwrap();
        let mut lanes = woken(0..all);
        assert!(!lanes.wake(chat(all)) && lanes.wake(chat(0)));
        let at_work = std::iter::from_fn(|| lanes.next(now)).count();
        assert_eq!(at_work, MAX_CONCURRENT_UPDATES);
        lanes.finish_turn(chat(0), TurnResult::Nothing, now);
        assert!(lanes.wake(UpdateLane::Single(UpdateId::new(1))));
        assert!(lanes.next(now).is_some() && lanes.next(now).is_none());
    }
}
