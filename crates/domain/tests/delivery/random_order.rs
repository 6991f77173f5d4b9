//! Property test: a fake chat that counts what arrived, attempts that send, die and report late,
//! repeated taps, and the ledger, in random order.

use domain::{
    AttemptId,
    delivery::{
        Delivery, DeliveryInput, DeliveryState, MessageRecord, PartSize, RejectionKind,
        RepeatPolicy, SendReport, TransitionResult,
    },
};
use proptest::{prelude::*, test_runner::TestCaseError};

/// A step of the test. Indexes wrap around the number of existing items.
#[derive(Debug, Clone)]
enum DeliveryStep {
    /// A new attempt claims the newest generation.
    Claim,
    /// An attempt that holds the delivery makes its request.
    Send(usize, RequestResult),
    /// An attempt reports its result; reports may be repeated and late.
    Report(usize),
    /// An attempt dies, with or without a result.
    Die(usize),
    /// Another process finds that the sending attempt is dead.
    FindDead,
    /// A person taps “Send again” for the generation after the newest, or for the newest one.
    Tap { repeated: bool },
}

#[derive(Debug, Clone, Copy)]
enum RequestResult {
    /// This many messages arrive (at most the number sent), and the response says so.
    Answered(u8),
    /// This many messages arrive, and there is no response.
    Silent(u8),
    /// No connection, or 429.
    Undelivered,
    /// 4xx.
    Rejected,
}

/// Reads 40 steps from 80 bytes. Ten numbers are generated ten times faster than 40 steps. Failures
/// shrink towards zeros; a zero is a `Come`.
fn steps(numbers: &[u64; 10]) -> Vec<DeliveryStep> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    bytes.chunks_exact(2).map(|pair| step(pair[0], pair[1])).collect()
}

fn step(what: u8, how: u8) -> DeliveryStep {
    let who = usize::from(how & 3);
    let count = if how & 4 == 0 { 10 } else { how >> 5 };
    match what {
        0..70 => DeliveryStep::Claim,
        70..105 => DeliveryStep::Send(who, RequestResult::Answered(count)),
        105..120 => DeliveryStep::Send(who, RequestResult::Silent(count)),
        120..135 => DeliveryStep::Send(who, RequestResult::Undelivered),
        135..142 => DeliveryStep::Send(who, RequestResult::Rejected),
        142..205 => DeliveryStep::Report(who),
        205..215 => DeliveryStep::Die(who),
        215..225 => DeliveryStep::FindDead,
        225..=255 => DeliveryStep::Tap { repeated: how & 8 != 0 },
    }
}

/// One attempt, as its process knows it.
struct SendingAttempt {
    attempt: AttemptId,
    generation: usize,
    /// How many messages had arrived at the claim.
    from: u8,
    /// The result of its request, after it was made.
    saw: Option<RequestResult>,
}

struct DeliveryModel {
    size: u8,
    /// One row per generation.
    ledger: Vec<Delivery>,
    /// Per generation: the number of messages known to have arrived when it was made.
    carried: Vec<u8>,
    /// Per generation and message: how often it arrived.
    chat: Vec<[u8; 10]>,
    /// Per generation: how often it became `sent`.
    sent: Vec<u32>,
    senders: Vec<SendingAttempt>,
    attempts: u32,
    /// Accepted taps, by the generation they name.
    taps: Vec<usize>,
}

impl DeliveryModel {
    fn new(size: u8) -> Self {
        let part = Delivery::new(PartSize::new(size.into()).unwrap(), RepeatPolicy::Never);
        let mut world = Self {
            size,
            ledger: Vec::new(),
            carried: Vec::new(),
            chat: Vec::new(),
            sent: Vec::new(),
            senders: Vec::new(),
            attempts: 0,
            taps: Vec::new(),
        };
        world.open(part);
        world
    }

    fn open(&mut self, row: Delivery) {
        self.carried.push(row.arrived());
        self.ledger.push(row);
        self.chat.push([0; 10]);
        self.sent.push(0);
    }

    fn apply(&mut self, generation: usize, input: &DeliveryInput) {
        if let Ok(TransitionResult::Changed(transition)) = self.ledger[generation].apply(input) {
            assert_eq!(*transition.from(), self.ledger[generation]);
            self.ledger[generation] = transition.to().clone();
            if matches!(transition.to().state(), DeliveryState::Sent { .. }) {
                self.sent[generation] += 1;
            }
        }
    }

    fn newest(&self) -> usize {
        self.ledger.len() - 1
    }

    fn take(&mut self, step: &DeliveryStep) {
        match step {
            DeliveryStep::Claim => self.claim(),
            DeliveryStep::Send(who, fate) => self.send(*who, *fate),
            DeliveryStep::Report(who) => self.report(*who),
            DeliveryStep::Die(who) if !self.senders.is_empty() => {
                let who = who % self.senders.len();
                self.senders.remove(who);
            }
            DeliveryStep::Die(_) => {}
            DeliveryStep::FindDead => self.apply(self.newest(), &DeliveryInput::AttemptDied),
            DeliveryStep::Tap { repeated } => {
                let again = usize::from(!repeated);
                self.tap(self.newest() + again);
            }
        }
    }

    fn claim(&mut self) {
        self.attempts += 1;
        let attempt = AttemptId::parse(&format!("attempt-{}", self.attempts)).unwrap();
        let generation = self.newest();
        let claim = DeliveryInput::Claim { attempt: attempt.clone() };
        self.apply(generation, &claim);
        if self.ledger[generation].is_held_by(&attempt) {
            let from = self.ledger[generation].arrived();
            self.senders.push(SendingAttempt { attempt, generation, from, saw: None });
        }
    }

    /// An attempt sends once, even after it was presumed dead.
    fn send(&mut self, who: usize, fate: RequestResult) {
        let count = self.senders.len();
        let Some(sender) = self.senders.get_mut(who % count.max(1)) else {
            return;
        };
        if sender.saw.is_some() {
            return;
        }
        let rest = self.size - sender.from;
        let arriving = match fate {
            RequestResult::Answered(n) | RequestResult::Silent(n) => n.min(rest),
            RequestResult::Undelivered | RequestResult::Rejected => 0,
        };
        for message in sender.from..sender.from + arriving {
            self.chat[sender.generation][usize::from(message)] += 1;
        }
        sender.saw = Some(match fate {
            RequestResult::Answered(_) => RequestResult::Answered(arriving),
            RequestResult::Silent(_) => RequestResult::Silent(arriving),
            RequestResult::Undelivered | RequestResult::Rejected => fate,
        });
    }

    fn report(&mut self, who: usize) {
        let Some(sender) = self.senders.get(who % self.senders.len().max(1)) else {
            return;
        };
        let Some(saw) = sender.saw else { return };
        let (attempt, reason) = (sender.attempt.clone(), String::new());
        let report = match saw {
            RequestResult::Answered(messages) => {
                SendReport::Answered(vec![MessageRecord::default(); messages.into()])
            }
            RequestResult::Silent(_) => SendReport::Unknown,
            RequestResult::Undelivered => SendReport::Undelivered(reason),
            RequestResult::Rejected => SendReport::Rejected { reason, kind: RejectionKind::Other },
        };
        let input = DeliveryInput::Reported { attempt, report };
        self.apply(sender.generation, &input);
    }

    fn tap(&mut self, generation: usize) {
        if generation == 0 {
            return;
        }
        if generation <= self.newest() {
            // The row exists already: the tap is a repeat.
            self.taps.push(generation);
        } else if let Ok(row) = self.ledger[generation - 1].next_generation() {
            self.open(row);
            self.taps.push(generation);
        }
    }

    /// The invariants, checked after every step.
    fn check_invariants(&self) -> Result<(), TestCaseError> {
        for (generation, row) in self.ledger.iter().enumerate() {
            let chat = &self.chat[generation][..usize::from(self.size)];
            prop_assert!(self.sent[generation] <= 1, "sent twice: {row:?}");
            prop_assert!(chat.iter().all(|times| *times <= 1), "a message came twice: {chat:?}");
            let carried = self.carried[generation];
            let came = chat.iter().filter(|times| **times > 0).count();
            let known = usize::from(row.arrived() - carried);
            match row.state() {
                DeliveryState::Sent { .. } => {
                    let all = usize::from(self.size - carried);
                    prop_assert!(came >= all, "{came} came and all are called sent: {row:?}");
                }
                // Messages of a failed or pending delivery that are not recorded as arrived did not
                // arrive.
                DeliveryState::Failed { .. } | DeliveryState::Pending { .. } => {
                    prop_assert_eq!(came, known, "{:?}", row);
                }
                DeliveryState::Sending { .. } | DeliveryState::Unknown { .. } => {
                    prop_assert!(came >= known, "{row:?}");
                }
            }
        }
        let mut asked = self.taps.clone();
        asked.sort_unstable();
        asked.dedup();
        prop_assert_eq!(asked.len(), self.newest(), "one generation for each tap, and no other");
        Ok(())
    }

    /// From here on every request succeeds; the delivery must end as `sent`.
    fn finish_successfully(&mut self) -> Result<(), TestCaseError> {
        for _ in 0..4 {
            match self.ledger[self.newest()].state() {
                DeliveryState::Sent { .. } => return Ok(()),
                DeliveryState::Unknown { .. } | DeliveryState::Failed { .. } => {
                    self.tap(self.newest() + 1);
                }
                DeliveryState::Pending { .. } | DeliveryState::Sending { .. } => {}
            }
            self.claim();
            let last = self.senders.len().saturating_sub(1);
            self.send(last, RequestResult::Answered(10));
            self.report(last);
            self.check_invariants()?;
        }
        prop_assert!(false, "it is stuck: {:?}", self.ledger[self.newest()]);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100_000))]

    #[test]
    fn no_message_is_duplicated_or_lost_in_any_order(size in 1_u8..=10, numbers in any::<[u64; 10]>()) {
        let mut world = DeliveryModel::new(size);
        for step in &steps(&numbers) {
            world.take(step);
            world.check_invariants()?;
        }
        world.finish_successfully()?;
    }
}
