//! The users of a campaign: they write in chats, order on the command line, have schedules, and let finished carousels
//! be rewritten.

use std::time::{Duration, SystemTime};

use fastrand::Rng;
use temporalio_client::Client;
use testkit::{
    audit::{AuditedRequest, offers_resend},
    bot_api::{Actor, FakeBotApi, FakeChat},
    cluster::OrderDesk,
    schedules,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::kill;

/// How long an operator waits before they repeat an order that was not accepted.
const REPEAT_AFTER: Duration = Duration::from_secs(1);

/// How long one call of an operator may take.
const CALL_PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct SoakUsers {
    pub(super) telegram: FakeBotApi,
    pub(super) desk: OrderDesk,
    pub(super) client: Client,
    pub(super) rng: Rng,
    /// The mean time between two requests.
    pub(super) every: Duration,
    requests: Vec<SoakRequest>,
    people: Vec<Actor>,
    rewrites: Vec<RewritePress>,
    operators: JoinSet<SoakRequest>,
}

/// A request that was accepted.
#[derive(Debug, Clone)]
pub(super) struct SoakRequest {
    pub(super) audited: AuditedRequest,
    /// When; `None` for the run of a schedule, which begins with its workflow.
    pub(super) at: Option<SystemTime>,
}

/// A press of "Rewrite" under a finished carousel.
struct RewritePress {
    person: Actor,
    /// Messages of the bot in the chat at that time.
    seen: usize,
}

/// What the users asked for.
pub(super) struct SoakDemand {
    pub(super) requests: Vec<SoakRequest>,
    rewrites: Vec<RewritePress>,
}

impl SoakUsers {
    pub(super) fn new(
        telegram: FakeBotApi,
        desk: OrderDesk,
        client: Client,
        seed: u64,
        every: Duration,
    ) -> Self {
        Self {
            telegram,
            desk,
            client,
            // Another sequence than that of the faults.
            rng: Rng::with_seed(!seed),
            every,
            requests: Vec::new(),
            people: Vec::new(),
            rewrites: Vec::new(),
            operators: JoinSet::new(),
        }
    }

    /// Makes requests until this time, and waits until all of them are accepted.
    pub(super) async fn run(mut self, until: Instant) -> anyhow::Result<SoakDemand> {
        let mut n = 0;
        while Instant::now() < until {
            n += 1;
            match self.rng.u32(0..100) {
                0..20 => self.orders_on_command_line(n),
                20..30 => self.lets_rewrite().await,
                30..36 => self.schedules(n).await,
                36..40 => self.triggers_schedule().await,
                _ => self.writes(n).await,
            }
            let twice = u64::try_from(self.every.as_millis())? * 2;
            let next = Instant::now() + Duration::from_millis(self.rng.u64(0..=twice));
            sleep_until(next).await;
        }
        while let Some(accepted) = self.operators.join_next().await {
            self.requests.push(accepted?);
        }
        Ok(SoakDemand { requests: self.requests, rewrites: self.rewrites })
    }

    async fn person(&self, n: u32) -> Actor {
        self.telegram.person_speaking(&format!("User {n}"), "en").await
    }

    async fn writes(&mut self, n: u32) {
        let person = self.person(n).await;
        let topic = format!("Why tests matter, part {n}");
        let audited = kill::order(&self.telegram, &person, &topic).await;
        self.requests.push(SoakRequest { audited, at: Some(SystemTime::now()) });
        self.people.push(person);
    }

    /// Repeats an order under one key until it is accepted.
    fn orders_on_command_line(&mut self, n: u32) {
        let desk = self.desk.clone();
        self.operators.spawn(async move {
            let (key, topic) = (format!("soak-{n}"), format!("Why tests matter, part {n}"));
            loop {
                let order = timeout(CALL_PATIENCE, desk.order(&key, &topic));
                if let Ok(Ok(audited)) = order.await {
                    return SoakRequest { audited, at: Some(SystemTime::now()) };
                }
                sleep(REPEAT_AFTER).await;
            }
        });
    }

    /// A person who has a finished carousel, and no rewrite yet, presses "Rewrite".
    async fn lets_rewrite(&mut self) {
        for at in 0..self.people.len() {
            let chat = self.people[at].chat().await;
            let done = chat.bot_messages().find(|message| message.button("Rewrite").is_some());
            if let Some(done) = done {
                let person = self.people.swap_remove(at);
                person.presses(done, "Rewrite").await;
                self.rewrites.push(RewritePress { person, seen: chat.bot_messages().count() });
                return;
            }
        }
    }

    async fn schedules(&mut self, n: u32) {
        let person = self.person(n).await;
        person.sends_text("/schedule daily 09:00 Why tests matter").await;
    }

    /// A schedule is due. While Temporal is away nothing is due.
    async fn triggers_schedule(&mut self) {
        let due = async {
            let schedule = schedules::find_schedule(&self.client, "sched-").await.ok()??;
            schedules::trigger_schedule(&self.client, &schedule).await.ok()
        };
        let _ = timeout(CALL_PATIENCE, due).await;
    }
}

impl SoakDemand {
    pub(super) fn audited(&self) -> Vec<AuditedRequest> {
        self.requests.iter().map(|request| request.audited.clone()).collect()
    }

    pub(super) fn rewrites(&self) -> usize {
        self.rewrites.len()
    }

    /// The rewrites without an answer: no second album, no question about an unknown delivery, and no message that says
    /// why there is none.
    pub(super) async fn unanswered_rewrites(&self) -> Vec<String> {
        let mut unanswered = Vec::new();
        for RewritePress { person, seen } in &self.rewrites {
            let chat = person.chat().await;
            if !is_answered(&chat, *seen) {
                unanswered.push(format!("the rewrite of {} has no answer", chat.title));
            }
        }
        unanswered
    }
}

fn is_answered(chat: &FakeChat, seen: usize) -> bool {
    let mut later = chat.bot_messages().skip(seen);
    chat.albums().len() == 2
        || later.any(|message| offers_resend(message) || !message.buttons().is_empty())
}
