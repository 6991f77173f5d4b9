//! [`RequestReader`]: reads requests from the bus and answers them.

use std::{sync::Arc, time::Duration};

use bus::{DeadLetters, QueuedRequest, RedisBus, RequestQueue};
use metrics::Metrics;
use runtime::{settings::RequestSourceSettings, shutdown::Shutdown};
use uuid::Uuid;

use super::EventRequestHandler;

/// Pauses after failed attempts: the first, and the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// How often a request is delivered to readers that die before it becomes a dead letter.
const DELIVERIES: usize = 5;

/// How often a request is attempted that fails although everything it needs answers.
const ATTEMPTS: u32 = 5;

/// Reads requests one after the other until its shutdown begins. While Redis, Temporal, the database or the blob store
/// is away, it waits.
pub struct RequestReader {
    pub handler: EventRequestHandler,
    /// Who may send requests.
    pub sources: Vec<RequestSourceSettings>,
    pub bus: RedisBus,
    pub metrics: Arc<Metrics>,
    pub shutdown: Shutdown,
}

/// The end of a request.
enum Answer {
    Routed(String),
    Dead(String),
    /// The process stops first; another reader continues.
    Left,
}

impl RequestReader {
    pub async fn run(self) {
        let mut queue = RequestQueue::new(self.bus.clone(), format!("gateway-{}", Uuid::now_v7()));
        let mut pause = FIRST_PAUSE;
        while !self.shutdown.has_begun() {
            let next = tokio::select! {
                () = self.shutdown.begun() => break,
                next = queue.next() => next,
            };
            match next {
                Ok(requests) => {
                    pause = FIRST_PAUSE;
                    self.answer_all(&queue, &requests).await;
                }
                Err(error) => {
                    tracing::warn!("requests are not read: {error}");
                    self.wait(&mut pause).await;
                }
            }
        }
    }

    async fn answer_all(&self, queue: &RequestQueue, requests: &[QueuedRequest]) {
        for (n, request) in requests.iter().enumerate() {
            let answered = match self.answer(queue, &requests[n..]).await {
                Answer::Left => return,
                Answer::Routed(workflow) => {
                    tracing::info!(entry = request.entry, workflow, "a request was carried out");
                    self.metrics.bus_request_seconds.observe(request.age(), ["routed"]);
                    queue.answered(request).await
                }
                Answer::Dead(reason) => {
                    tracing::warn!(entry = request.entry, reason, "a request became a dead letter");
                    self.metrics.bus_request_seconds.observe(request.age(), ["dead"]);
                    queue.refuse(request, &reason).await
                }
            };
            if let Err(error) = answered {
                // It is delivered again, which has no further effect.
                tracing::warn!(entry = request.entry, "a request was not acknowledged: {error}");
            }
        }
    }

    /// Carries out the first of `requests`, which all wait for this reader.
    async fn answer(&self, queue: &RequestQueue, requests: &[QueuedRequest]) -> Answer {
        let Some(request) = requests.first() else {
            return Answer::Left;
        };
        let Some(json) = &request.event else {
            return Answer::Dead(format!(
                "the entry has no field “{}” with text",
                bus::EVENT_FIELD
            ));
        };
        if request.deliveries > DELIVERIES {
            return Answer::Dead(format!("{DELIVERIES} readers died while they handled it"));
        }
        let mut pause = FIRST_PAUSE;
        let mut attempts = 0;
        loop {
            let error = match self.handler.handle(&self.sources, json).await {
                Ok(workflow) => return Answer::Routed(workflow),
                Err(failure) if failure.is_final() => return Answer::Dead(failure.to_string()),
                Err(failure) => failure,
            };
            if self.handler.is_available().await {
                attempts += 1;
                if attempts >= ATTEMPTS {
                    return Answer::Dead(format!("it failed {ATTEMPTS} times: {error}"));
                }
            }
            tracing::warn!(entry = request.entry, "a request waits: {error}");
            self.wait(&mut pause).await;
            if self.shutdown.has_begun() {
                return Answer::Left;
            }
            if let Err(error) = queue.keep(requests).await {
                tracing::debug!("requests may go to another reader: {error}");
            }
        }
    }

    /// Waits, and doubles the next pause.
    async fn wait(&self, pause: &mut Duration) {
        tokio::select! {
            () = self.shutdown.begun() => {}
            () = tokio::time::sleep(*pause) => {}
        }
        *pause = (*pause * 2).min(LONGEST_PAUSE);
    }
}

/// Counts what waits on the bus, for the metrics page.
pub(crate) async fn sample(bus: RedisBus, ours: Arc<Metrics>) {
    let waiting = RequestQueue::backlog(&bus).await;
    let dead = DeadLetters::new(bus).count().await;
    match (waiting, dead) {
        (Ok(waiting), Ok(dead)) => {
            ours.bus_waiting_requests.set(metrics::count(waiting), []);
            ours.bus_dead_letters.set(metrics::count(dead), []);
        }
        (Err(error), _) | (_, Err(error)) => tracing::debug!("the bus was not measured: {error}"),
    }
}
