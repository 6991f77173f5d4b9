//! Faults on demand: on which calls, how much of the effect happens, and what is answered.
//!
//! The three are told apart because a bot can't see the second: whether a message arrived is what
//! it has to find out from an answer that may be anything, or nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{model::ChatId, refusal::Refusal};

/// A fault, and the calls that it is played on: by default the next one of any method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    method: Option<String>,
    chat: Option<ChatId>,
    /// Calls that match and pass before the first that does not.
    spared: u32,
    /// How often it is played; for ever where none is said.
    times: Option<u32>,
    effect: Effect,
    answer: Answer,
    delay: Duration,
}

/// How much of what a call asks for happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Effect {
    /// Nothing.
    None,
    /// The first so many messages.
    Part(usize),
    /// All of it.
    Whole,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    /// What happened.
    Honest,
    /// An error of Telegram's.
    Refusal {
        code: u16,
        description: String,
        retry_after: Option<u64>,
    },
    /// A page of a proxy in between.
    Html,
    /// Half of the JSON.
    HalfJson,
    /// The connection is reset before a byte of the answer.
    Cut,
    /// Nothing, for as long as the caller waits.
    Silence,
}

impl Fault {
    /// 429, come back after this time.
    pub fn too_many(wait: Duration) -> Self {
        Self::refused(Refusal::too_many(wait))
    }

    /// A 5xx, and nothing happened: which the bot can't know.
    pub fn server_error(code: u16) -> Self {
        Self::refused(Refusal::server(code))
    }

    /// A 5xx, and it happened all the same.
    pub fn accept_then_error(code: u16) -> Self {
        Self {
            effect: Effect::Whole,
            ..Self::server_error(code)
        }
    }

    /// It happens, then the connection is cut before a byte of the answer.
    pub fn accept_then_drop() -> Self {
        Self::new(Effect::Whole, Answer::Cut)
    }

    /// The connection is cut, and nothing happened: which the bot can't know.
    pub fn cut() -> Self {
        Self::new(Effect::None, Answer::Cut)
    }

    /// It happens, and nothing is ever answered.
    pub fn accept_then_silence() -> Self {
        Self::new(Effect::Whole, Answer::Silence)
    }

    /// Only the first `arrived` items of an album arrive, and the answer says so.
    pub fn partial_album(arrived: usize) -> Self {
        Self::new(Effect::Part(arrived), Answer::Honest)
    }

    /// Only the first `arrived` items of an album arrive, and the connection is cut.
    pub fn partial_album_then_drop(arrived: usize) -> Self {
        Self::new(Effect::Part(arrived), Answer::Cut)
    }

    /// Only the first `arrived` items of an album arrive, and a 5xx is answered.
    pub fn partial_album_then_error(arrived: usize, code: u16) -> Self {
        Self {
            effect: Effect::Part(arrived),
            ..Self::server_error(code)
        }
    }

    /// All is well, but late. What happens, happens at the end of the wait.
    pub fn slow(delay: Duration) -> Self {
        Self {
            delay,
            ..Self::new(Effect::Whole, Answer::Honest)
        }
    }

    /// 403: the person has blocked the bot.
    pub fn forbidden() -> Self {
        Self::refused(Refusal::forbidden("bot was blocked by the user"))
    }

    /// 400, in these words (without the leading `Bad Request: `).
    pub fn bad_request(reason: &str) -> Self {
        Self::refused(Refusal::bad(reason))
    }

    /// 409: somebody else polls.
    pub fn conflict() -> Self {
        Self::refused(Refusal::other_poller())
    }

    /// 502 with a page of HTML, and nothing happened.
    pub fn html() -> Self {
        Self::new(Effect::None, Answer::Html)
    }

    /// It happens, and half of the answer's JSON comes back.
    pub fn half_json() -> Self {
        Self::new(Effect::Whole, Answer::HalfJson)
    }

    /// Only on calls of this method.
    #[must_use]
    pub fn on(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only on calls that name this chat.
    #[must_use]
    pub fn in_chat(mut self, chat: ChatId) -> Self {
        self.chat = Some(chat);
        self
    }

    /// Only on the `n`-th of the calls that match from now on, counted from 1.
    #[must_use]
    pub fn nth(mut self, n: u32) -> Self {
        self.spared = n.saturating_sub(1);
        self.times = Some(1);
        self
    }

    /// On so many calls.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// On every call that matches.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    /// And late.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    fn new(effect: Effect, answer: Answer) -> Self {
        Self {
            method: None,
            chat: None,
            spared: 0,
            times: Some(1),
            effect,
            answer,
            delay: Duration::ZERO,
        }
    }

    fn refused(refusal: Refusal) -> Self {
        let Refusal {
            code,
            description,
            retry_after,
        } = refusal;
        let answer = Answer::Refusal {
            code,
            description,
            retry_after,
        };
        Self::new(Effect::None, answer)
    }

    fn matches(&self, method: &str, chat: Option<ChatId>) -> bool {
        let named = self.method.as_deref();
        named.is_none_or(|named| named.eq_ignore_ascii_case(method))
            && self.chat.is_none_or(|named| chat == Some(named))
    }
}

/// What is played on one call.
#[derive(Debug, Clone)]
pub(super) struct Play {
    pub(super) effect: Effect,
    pub(super) answer: Answer,
    pub(super) delay: Duration,
}

/// The faults that are still to come, in the order in which they were asked for.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        if fault.times != Some(0) {
            self.0.push(fault);
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// What is played on this call: the first fault that matches and is due.
    pub(super) fn next(&mut self, method: &str, chat: Option<ChatId>) -> Option<Play> {
        let due = self.0.iter_mut().position(|fault| {
            if !fault.matches(method, chat) {
                return false;
            }
            if fault.spared > 0 {
                fault.spared -= 1;
                return false;
            }
            true
        })?;
        let fault = &mut self.0[due];
        let play = Play {
            effect: fault.effect,
            answer: fault.answer.clone(),
            delay: fault.delay,
        };
        if let Some(times) = &mut fault.times {
            *times -= 1;
            if *times == 0 {
                self.0.remove(due);
            }
        }
        Some(play)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_played_on_the_call_that_it_names_and_on_no_other() {
        let mut faults = Faults::default();
        faults.add(Fault::cut().on("sendMediaGroup").in_chat(7).nth(2));
        let mut played = |method, chat| faults.next(method, chat).is_some();
        assert!(!played("sendMessage", Some(7)));
        assert!(!played("sendMediaGroup", Some(8)));
        assert!(!played("sendMediaGroup", Some(7)), "the first is spared");
        assert!(played("sendmediagroup", Some(7)));
        assert!(!played("sendMediaGroup", Some(7)), "once");
    }

    #[test]
    fn faults_queue_up_and_some_never_end() {
        let mut faults = Faults::default();
        faults.add(Fault::server_error(500).times(2));
        faults.add(Fault::conflict().always());
        let mut codes = Vec::new();
        for _ in 0..4 {
            match faults.next("getMe", None).unwrap().answer {
                Answer::Refusal { code, .. } => codes.push(code),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(codes, [500, 500, 409, 409]);
        faults.clear();
        assert!(faults.next("getMe", None).is_none());
    }
}
