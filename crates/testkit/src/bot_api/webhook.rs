//! Delivers updates to a bot's webhook: several at a time, each with the secret, repeated with a
//! backoff if the bot refuses one. Telegram keeps a queue per chat and one per person who presses
//! buttons, and sends only the first update of a queue until it is accepted (`WebhookActor` of
//! Telegram's open Bot API server); there is no order between queues.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
    time::Duration,
};

use url::Url;

use super::{fake::Fake, fake_model::QueuedUpdate, fake_state::FakeTime};
use crate::http::HttpRequest;

/// The deadline for the bot's response; Telegram's own is of this order.
const PATIENCE: Duration = Duration::from_secs(60);

/// The backoff after the first refusal, doubled for each further one. Telegram's is longer, which
/// would slow tests down.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct WebhookState {
    pub(super) url: Url,
    secret: Option<String>,
    pub(super) connections: usize,
    in_progress: BTreeSet<i64>,
    refused: BTreeMap<i64, RefusedUpdate>,
    /// The last error: seconds since 1970, and its text.
    pub(super) last_error: Option<(i64, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum UpdateQueue {
    Chat(i64),
    Presses(i64),
    /// A queue of its own.
    Alone(i64),
}

impl UpdateQueue {
    fn of(update: &QueuedUpdate) -> Self {
        let whole = &update.body[&update.kind];
        match update.kind.as_str() {
            "callback_query" => whole["from"]["id"].as_i64().map(Self::Presses),
            _ => whole["chat"]["id"].as_i64().map(Self::Chat),
        }
        .unwrap_or(Self::Alone(update.id))
    }
}

#[derive(Debug)]
struct RefusedUpdate {
    times: u32,
    again_at: Duration,
}

impl WebhookState {
    pub(super) fn new(url: Url, secret: Option<String>, connections: usize) -> Self {
        Self {
            url,
            secret,
            connections,
            in_progress: BTreeSet::new(),
            refused: BTreeMap::new(),
            last_error: None,
        }
    }

    /// The ids of the updates that may be sent now.
    fn due(&self, waiting: &[(i64, UpdateQueue)], now: Duration) -> Vec<i64> {
        let free = self.connections.saturating_sub(self.in_progress.len());
        let mut queues = HashSet::new();
        let first = waiting.iter().filter(|(_, queue)| queues.insert(*queue));
        let due = first.map(|(id, _)| *id).filter(|id| {
            let rested = self.refused.get(id).is_none_or(|r| r.again_at <= now);
            rested && !self.in_progress.contains(id)
        });
        due.take(free).collect()
    }

    /// The time until a refused update is due again.
    fn next_due(&self, now: Duration) -> Option<Duration> {
        let rests = self.refused.iter().filter(|(id, _)| !self.in_progress.contains(id));
        rests.map(|(_, r)| r.again_at.saturating_sub(now)).min()
    }

    fn accept(&mut self, id: i64) {
        self.in_progress.remove(&id);
        self.refused.remove(&id);
    }

    fn refuse(&mut self, id: i64, reason: String, now: FakeTime) {
        self.in_progress.remove(&id);
        let times = self.refused.get(&id).map_or(0, |r| r.times);
        let pause = FIRST_PAUSE * 2_u32.saturating_pow(times.min(10));
        let again_at = now.since + pause.min(LONGEST_PAUSE);
        let refused = RefusedUpdate { times: times + 1, again_at };
        self.refused.insert(id, refused);
        self.last_error = Some((now.date, reason));
    }
}

/// Delivers for as long as the future is polled.
pub(super) async fn deliver(fake: Arc<Fake>) {
    let mut changed = fake.changes();
    loop {
        changed.mark_unchanged();
        for request in due(&fake) {
            let fake = Arc::clone(&fake);
            tokio::spawn(async move { send(&fake, request).await });
        }
        let next = fake.read(|state, now| {
            let webhook = state.webhook.as_ref()?;
            webhook.next_due(now.since)
        });
        let rest = next.unwrap_or(PATIENCE).max(Duration::from_millis(1));
        tokio::select! {
            moved = changed.changed() => if moved.is_err() { return },
            () = tokio::time::sleep(rest) => {}
        }
    }
}

/// Takes the updates that are due, as requests with their `update_id`.
fn due(fake: &Fake) -> Vec<(i64, HttpRequest)> {
    fake.read(|state, now| {
        let waiting: Vec<(i64, UpdateQueue)> = state
            .updates
            .unconfirmed()
            .map(|update| (update.id, UpdateQueue::of(update)))
            .collect();
        let Some(webhook) = &mut state.webhook else {
            return Vec::new();
        };
        let due = webhook.due(&waiting, now.since);
        webhook.in_progress.extend(&due);
        let (url, secret) = (webhook.url.clone(), webhook.secret.clone());
        let mut requests = Vec::new();
        for id in due {
            state.updates.count_delivery(id);
            let update = state.updates.unconfirmed().find(|u| u.id == id);
            let Some(update) = update else { continue };
            let mut request = HttpRequest::post_json(url.clone(), &update.body);
            if let Some(secret) = &secret {
                request = request.header("x-telegram-bot-api-secret-token", secret);
            }
            requests.push((id, request));
        }
        requests
    })
}

async fn send(fake: &Fake, (id, request): (i64, HttpRequest)) {
    let answer = request.send(PATIENCE).await;
    fake.change(|state, now| {
        let taken = match &answer {
            Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
            Ok(answer) => Err(format!("Wrong response from the webhook: {}", answer.status)),
            Err(error) => Err(error.to_string()),
        };
        // The webhook was removed meanwhile, so there is no state to update.
        let Some(webhook) = &mut state.webhook else {
            return;
        };
        match taken {
            Ok(()) => {
                webhook.accept(id);
                state.updates.confirm_one(id, now.moment());
            }
            Err(reason) => webhook.refuse(id, reason, now),
        }
    });
}
