//! Fault injection: on which calls, how much of the effect happens, and what is answered.
//!
//! Effect and answer are separate because a bot sees only the answer: it has to find out whether a
//! message arrived.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{error_response::ErrorResponse, fake_model::ChatId};

/// A fault, and the calls that it applies to: by default the next call of any method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotApiFault {
    method: Option<String>,
    chat: Option<ChatId>,
    /// Matching calls that pass before the first fault.
    spared: u32,
    /// How many calls it applies to; unlimited if `None`.
    times: Option<u32>,
    effect: EffectPart,
    answer: FaultResponse,
    delay: Duration,
}

/// How much of a call's effect happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum EffectPart {
    None,
    /// The first n messages.
    Part(usize),
    Whole,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FaultResponse {
    /// The true result.
    Honest,
    /// An error response of Telegram.
    Refusal {
        code: u16,
        description: String,
        retry_after: Option<u64>,
    },
    /// An HTML page of a proxy in between.
    Html,
    HalfJson,
    /// The connection is reset before the first byte of the response.
    Cut,
    /// No response for as long as the caller waits.
    Silence,
}

impl BotApiFault {
    /// 429, with this `retry_after`.
    pub fn too_many(wait: Duration) -> Self {
        Self::refused(ErrorResponse::too_many(wait))
    }

    /// A 5xx without the effect; the bot can't know that.
    pub fn server_error(code: u16) -> Self {
        Self::refused(ErrorResponse::server(code))
    }

    /// A 5xx, although the effect happened.
    pub fn accept_then_error(code: u16) -> Self {
        Self { effect: EffectPart::Whole, ..Self::server_error(code) }
    }

    /// The effect happens, then the connection is reset before the first byte of the response.
    pub fn accept_then_drop() -> Self {
        Self::new(EffectPart::Whole, FaultResponse::Cut)
    }

    /// The connection is reset without the effect; the bot can't know that.
    pub fn cut() -> Self {
        Self::new(EffectPart::None, FaultResponse::Cut)
    }

    /// The effect happens, and there is never a response.
    pub fn accept_then_silence() -> Self {
        Self::new(EffectPart::Whole, FaultResponse::Silence)
    }

    /// Only the first `arrived` items of an album arrive, and the response reports them.
    pub fn partial_album(arrived: usize) -> Self {
        Self::new(EffectPart::Part(arrived), FaultResponse::Honest)
    }

    /// Only the first `arrived` items of an album arrive, and the connection is reset.
    pub fn partial_album_then_drop(arrived: usize) -> Self {
        Self::new(EffectPart::Part(arrived), FaultResponse::Cut)
    }

    /// Only the first `arrived` items of an album arrive, and the response is a 5xx.
    pub fn partial_album_then_error(arrived: usize, code: u16) -> Self {
        Self { effect: EffectPart::Part(arrived), ..Self::server_error(code) }
    }

    /// Success after a delay. The effect happens at the end of the delay.
    pub fn slow(delay: Duration) -> Self {
        Self { delay, ..Self::new(EffectPart::Whole, FaultResponse::Honest) }
    }

    /// 403: the person has blocked the bot.
    pub fn forbidden() -> Self {
        Self::refused(ErrorResponse::forbidden("bot was blocked by the user"))
    }

    /// 400 with this description (without the leading `Bad Request: `).
    pub fn bad_request(reason: &str) -> Self {
        Self::refused(ErrorResponse::bad(reason))
    }

    /// 401: Telegram does not know the token.
    pub fn unauthorized() -> Self {
        Self::refused(ErrorResponse::unauthorized())
    }

    /// 409: another `getUpdates` call runs.
    pub fn conflict() -> Self {
        Self::refused(ErrorResponse::other_poller())
    }

    /// 502 with an HTML page, without the effect.
    pub fn html() -> Self {
        Self::new(EffectPart::None, FaultResponse::Html)
    }

    /// The effect happens, and the response has half of the JSON.
    pub fn half_json() -> Self {
        Self::new(EffectPart::Whole, FaultResponse::HalfJson)
    }

    /// Only on calls of this method.
    #[must_use]
    pub fn on(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only on calls with this chat id.
    #[must_use]
    pub fn in_chat(mut self, chat: ChatId) -> Self {
        self.chat = Some(chat);
        self
    }

    /// Only on the `n`-th matching call from now on, counted from 1.
    #[must_use]
    pub fn nth(mut self, n: u32) -> Self {
        self.spared = n.saturating_sub(1);
        self.times = Some(1);
        self
    }

    /// On this many calls.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// On every matching call.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    fn new(effect: EffectPart, answer: FaultResponse) -> Self {
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

    fn refused(refusal: ErrorResponse) -> Self {
        let ErrorResponse { code, description, retry_after, .. } = refusal;
        let answer = FaultResponse::Refusal { code, description, retry_after };
        Self::new(EffectPart::None, answer)
    }

    fn matches(&self, method: &str, chat: Option<ChatId>) -> bool {
        let named = self.method.as_deref();
        named.is_none_or(|named| named.eq_ignore_ascii_case(method))
            && self.chat.is_none_or(|named| chat == Some(named))
    }
}

#[derive(Debug, Clone)]
pub(super) struct AppliedFault {
    pub(super) effect: EffectPart,
    pub(super) answer: FaultResponse,
    pub(super) delay: Duration,
}

/// The pending faults, in the order in which they were added.
#[derive(Debug, Default)]
pub(super) struct PendingFaults(Vec<BotApiFault>);

impl PendingFaults {
    pub(super) fn add(&mut self, fault: BotApiFault) {
        if fault.times != Some(0) {
            self.0.push(fault);
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault of this call: the first one that matches and is due.
    pub(super) fn next(&mut self, method: &str, chat: Option<ChatId>) -> Option<AppliedFault> {
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
        let play =
            AppliedFault { effect: fault.effect, answer: fault.answer.clone(), delay: fault.delay };
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
    fn fault_applies_only_to_matching_call() {
        let mut faults = PendingFaults::default();
        faults.add(BotApiFault::cut().on("sendMediaGroup").in_chat(7).nth(2));
        let mut played = |method, chat| faults.next(method, chat).is_some();
        assert!(!played("sendMessage", Some(7)));
        assert!(!played("sendMediaGroup", Some(8)));
        assert!(!played("sendMediaGroup", Some(7)), "the first is spared");
        assert!(played("sendmediagroup", Some(7)));
        assert!(!played("sendMediaGroup", Some(7)), "once");
    }

    #[test]
    fn faults_queue_and_can_be_unlimited() {
        let mut faults = PendingFaults::default();
        faults.add(BotApiFault::server_error(500).times(2));
        faults.add(BotApiFault::conflict().always());
        let mut codes = Vec::new();
        for _ in 0..4 {
            match faults.next("getMe", None).unwrap().answer {
                FaultResponse::Refusal { code, .. } => codes.push(code),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(codes, [500, 500, 409, 409]);
        faults.clear();
        assert!(faults.next("getMe", None).is_none());
    }
}
