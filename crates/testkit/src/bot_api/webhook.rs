//! Delivering updates to a bot's webhook: several at a time, each with the secret, again after a
//! while when the bot does not take it. Telegram keeps a queue for each chat and one for each person
//! who presses buttons, and sends the first of a queue alone until it is taken (`WebhookActor` of
//! Telegram's open Bot API server); between queues there is no order.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
    time::Duration,
};

use url::Url;

use super::{fake::Fake, model::Update, world::Now};
use crate::http::Request;

/// How long a bot may take to answer; Telegram's own patience is of this order.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pause after the first refusal, doubled for each further one. Telegram waits longer; tests
/// should not.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Where updates go, and how that went.
#[derive(Debug)]
pub(super) struct Webhook {
    pub(super) url: Url,
    secret: Option<String>,
    pub(super) connections: usize,
    under_way: BTreeSet<i64>,
    refused: BTreeMap<i64, Refused>,
    /// When it went wrong last, in seconds since 1970, and how.
    pub(super) last_error: Option<(i64, String)>,
}

/// Where an update waits for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Queue {
    Chat(i64),
    Presses(i64),
    /// One of its own.
    Alone(i64),
}

impl Queue {
    fn of(update: &Update) -> Self {
        let whole = &update.body[&update.kind];
        match update.kind.as_str() {
            "callback_query" => whole["from"]["id"].as_i64().map(Self::Presses),
            _ => whole["chat"]["id"].as_i64().map(Self::Chat),
        }
        .unwrap_or(Self::Alone(update.id))
    }
}

/// An update that the bot did not take.
#[derive(Debug)]
struct Refused {
    times: u32,
    again_at: Duration,
}

impl Webhook {
    pub(super) fn new(url: Url, secret: Option<String>, connections: usize) -> Self {
        Self {
            url,
            secret,
            connections,
            under_way: BTreeSet::new(),
            refused: BTreeMap::new(),
            last_error: None,
        }
    }

    /// Which of these updates, with their queues, may be sent now.
    fn due(&self, waiting: &[(i64, Queue)], now: Duration) -> Vec<i64> {
        let free = self.connections.saturating_sub(self.under_way.len());
        let mut queues = HashSet::new();
        let first = waiting.iter().filter(|(_, queue)| queues.insert(*queue));
        let due = first.map(|(id, _)| *id).filter(|id| {
            let rested = self.refused.get(id).is_none_or(|r| r.again_at <= now);
            rested && !self.under_way.contains(id)
        });
        due.take(free).collect()
    }

    /// How long until one that was refused is due again.
    fn next_due(&self, now: Duration) -> Option<Duration> {
        let rests = self
            .refused
            .iter()
            .filter(|(id, _)| !self.under_way.contains(id));
        rests.map(|(_, r)| r.again_at.saturating_sub(now)).min()
    }

    fn took(&mut self, id: i64) {
        self.under_way.remove(&id);
        self.refused.remove(&id);
    }

    fn refused(&mut self, id: i64, reason: String, now: Now) {
        self.under_way.remove(&id);
        let times = self.refused.get(&id).map_or(0, |r| r.times);
        let pause = FIRST_PAUSE * 2_u32.saturating_pow(times.min(10));
        let again_at = now.since + pause.min(LONGEST_PAUSE);
        let refused = Refused {
            times: times + 1,
            again_at,
        };
        self.refused.insert(id, refused);
        self.last_error = Some((now.date, reason));
    }
}

/// Delivers for as long as it is polled.
pub(super) async fn deliver(fake: Arc<Fake>) {
    let mut changed = fake.changes();
    loop {
        changed.mark_unchanged();
        for request in due(&fake) {
            let fake = Arc::clone(&fake);
            tokio::spawn(async move { send(&fake, request).await });
        }
        let next = fake.look(|world, now| {
            let webhook = world.webhook.as_ref()?;
            webhook.next_due(now.since)
        });
        let rest = next.unwrap_or(PATIENCE).max(Duration::from_millis(1));
        tokio::select! {
            moved = changed.changed() => if moved.is_err() { return },
            () = tokio::time::sleep(rest) => {}
        }
    }
}

/// Takes what is due and gives it as requests, with the number of the update.
fn due(fake: &Fake) -> Vec<(i64, Request)> {
    fake.look(|world, now| {
        let waiting: Vec<(i64, Queue)> = world
            .updates
            .waiting()
            .map(|update| (update.id, Queue::of(update)))
            .collect();
        let Some(webhook) = &mut world.webhook else {
            return Vec::new();
        };
        let due = webhook.due(&waiting, now.since);
        webhook.under_way.extend(&due);
        let (url, secret) = (webhook.url.clone(), webhook.secret.clone());
        let mut requests = Vec::new();
        for id in due {
            world.updates.handed(id);
            let update = world.updates.waiting().find(|u| u.id == id);
            let Some(update) = update else { continue };
            let mut request = Request::post_json(url.clone(), &update.body);
            if let Some(secret) = &secret {
                request = request.header("x-telegram-bot-api-secret-token", secret);
            }
            requests.push((id, request));
        }
        requests
    })
}

async fn send(fake: &Fake, (id, request): (i64, Request)) {
    let answer = request.send(PATIENCE).await;
    fake.change(|world, now| {
        let taken = match &answer {
            Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
            Ok(answer) => Err(format!(
                "Wrong response from the webhook: {}",
                answer.status
            )),
            Err(error) => Err(error.to_string()),
        };
        // A webhook that was replaced meanwhile has nothing to remember.
        let Some(webhook) = &mut world.webhook else {
            return;
        };
        match taken {
            Ok(()) => {
                webhook.took(id);
                world.updates.confirm_one(id, now.moment());
            }
            Err(reason) => webhook.refused(id, reason, now),
        }
    });
}
