//! The progress of a carousel as server-sent events: its stored facts, in order. A fact's number is the event's id, so a
//! client that connects again continues where it was.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode},
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use chrono::{DateTime, Utc};
use domain::{CarouselId, Outcome};
use events::{CoreEvent, carousel::CarouselEvent};
use futures::stream;
use serde::Serialize;
use storage::{
    carousels,
    outbox::{self, StoredEvent},
};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, sleep},
};
use utoipa::ToSchema;

use super::{
    ApiState,
    auth::ReadCaller,
    body::ApiPath,
    problem::ApiProblem,
    views::{CarouselViewStatus, status_of},
};

pub(super) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Interval of looking for new facts.
const PAUSE: Duration = Duration::from_millis(300);

/// Longest stream: shorter than the life of a connection, so that it ends between two events.
const LONGEST: Duration = Duration::from_secs(270);

/// Interval of the comments that keep the connection open.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Facts that are read at once.
const BATCH: u32 = 50;

/// An event of the stream.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct ProgressStreamItem {
    /// For `Last-Event-ID`.
    id: String,
    #[schema(pattern = "^progress$")]
    event: String,
    /// A ProgressEvent as JSON.
    #[schema(content_media_type = "application/json")]
    data: String,
}

/// The `data` of an event.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProgressEvent {
    /// The type of the fact, as in docs/api/events.md.
    #[serde(rename = "type")]
    #[schema(example = "carousel.slides.generated")]
    kind: String,
    time: DateTime<Utc>,
    status: CarouselViewStatus,
    /// The revision that was written, with `carousel.slides.generated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    revision: Option<u32>,
}

/// Read the progress of a carousel
///
/// Server-sent events with the facts about the carousel, from its begin or after `Last-Event-ID`. The stream ends after the
/// last fact. If it ends before, connect again; 204 says that nothing more comes.
#[utoipa::path(
    get,
    path = "/v1/carousels/{id}/progress",
    tag = "carousels",
    params(
        ("id" = String, Path, description = "The carousel's id"),
        ("Last-Event-ID" = Option<i64>, Header, nullable = false, minimum = 0, maximum = 9223372036854775807_i64, description = "The id of the last event that arrived"),
    ),
    responses(
        (status = 200, description = "Events", body = ProgressStreamItem, content_type = "text/event-stream"),
        (status = 204, description = "The carousel has ended, and all events have arrived"),
    ),
)]
pub(super) async fn stream(
    State(api): State<ApiState>,
    ReadCaller(caller): ReadCaller,
    ApiPath(id): ApiPath<String>,
    headers: HeaderMap,
) -> Result<Response, ApiProblem> {
    let after = match headers.get(LAST_EVENT_ID) {
        None => 0,
        Some(last) => {
            let last = last.to_str().ok().and_then(|last| last.parse::<i64>().ok());
            let last = last.filter(|last| *last >= 0);
            last.ok_or_else(|| ApiProblem::Malformed("Last-Event-ID is a number".to_owned()))?
        }
    };
    let id = api.service.own(&caller.requester(), &id).await?.into_id();
    let permit = api.streams.clone().try_acquire_owned().map_err(|_| ApiProblem::Busy)?;
    let until = Instant::now() + LONGEST;
    let mut facts =
        Facts { api, id, after, outcome: None, waiting: VecDeque::new(), until, _permit: permit };
    if facts.read().await? {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let events = stream::unfold(facts, |mut facts| async move {
        let event = facts.next().await?;
        Some((Ok::<_, Infallible>(event), facts))
    });
    let heartbeat = KeepAlive::new().interval(HEARTBEAT);
    Ok(Sse::new(events).keep_alive(heartbeat).into_response())
}

/// The facts that a stream has not sent.
struct Facts {
    api: ApiState,
    id: CarouselId,
    /// The number of the last fact that was read.
    after: i64,
    /// As the facts so far say.
    outcome: Option<Outcome>,
    waiting: VecDeque<StoredEvent>,
    until: Instant,
    _permit: OwnedSemaphorePermit,
}

impl Facts {
    /// The next event; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(fact) = self.waiting.pop_front() {
                return Some(self.event(&fact));
            }
            if Instant::now() >= self.until || self.api.shutdown.has_begun() {
                return None;
            }
            match self.read().await {
                Ok(true) => return None,
                Ok(false) if !self.waiting.is_empty() => {}
                Ok(false) => {
                    tokio::select! {
                        () = self.api.shutdown.begun() => {}
                        () = sleep(PAUSE) => {}
                    }
                }
                Err(error) => {
                    tracing::warn!(carousel.id = %self.id, "progress can't be read: {error}");
                    return None;
                }
            }
        }
    }

    /// Reads the next facts. Returns whether nothing more comes.
    async fn read(&mut self) -> storage::Result<bool> {
        let reader = self.api.service.db.read();
        // Before the facts: the last one is written together with the end.
        let carousel = carousels::find(&reader, &self.id).await?;
        let outcome = carousel.as_ref().and_then(|carousel| carousel.state.outcome());
        let facts = outbox::of_carousel_after(&reader, &self.id, self.after, BATCH).await?;
        if let Some(last) = facts.last() {
            self.after = last.seq;
        }
        self.waiting = facts.into();
        Ok(outcome.is_some() && self.waiting.is_empty())
    }

    fn event(&mut self, fact: &StoredEvent) -> Event {
        let mut revision = None;
        match fact.event().map(|event| event.data) {
            Ok(CoreEvent::Carousel(CarouselEvent::CarouselCompleted(ended))) => {
                self.outcome = Some(ended.outcome);
            }
            Ok(CoreEvent::Carousel(CarouselEvent::CarouselSlidesGenerated(written))) => {
                revision = Some(written.revision);
            }
            // Facts of newer versions too.
            Ok(_) | Err(_) => {}
        }
        let data = ProgressEvent {
            kind: fact.kind.clone(),
            time: fact.time,
            status: status_of(self.outcome),
            revision,
        };
        let data = serde_json::to_string(&data).expect("it is plain data");
        Event::default().id(fact.seq.to_string()).event("progress").data(data)
    }
}
