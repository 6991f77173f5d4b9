//! Request events over HTTP, in the three modes of CloudEvents' HTTP binding: structured, batch and binary. They are
//! carried out as those from the bus.

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use events::request::{REQUEST_BYTES, RequestEvent};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    ApiState,
    auth::{Caller, EventCaller},
    body::read,
    problem::{ApiProblem, Problem},
};

const STRUCTURED: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";

/// Most events of a batch.
const BATCH_EVENTS: usize = 50;

/// Largest batch, in bytes.
const BATCH_BYTES: usize = 4 * REQUEST_BYTES;

/// What an event's header is called in binary mode.
const BINARY_PREFIX: &str = "ce-";

/// What became of an event.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventAnswer {
    /// The id of the workflow that the event reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    workflow: Option<String>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    problem: Option<Problem>,
}

/// A request event: see docs/api/events.md for its types.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct RequestEventBody {
    /// `1.0`.
    #[schema(pattern = "^1\\.0$")]
    specversion: String,
    /// Your name for the event: the same id is the same request.
    #[schema(min_length = 1, max_length = 200)]
    id: String,
    /// A URI reference of yours.
    #[schema(min_length = 1, example = "/shop/cms")]
    source: String,
    r#type: RequestTypeName,
    /// What is asked for.
    #[schema(value_type = Object)]
    data: Value,
}

/// The type of a request.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) enum RequestTypeName {
    #[serde(rename = "carousel.generate.requested")]
    Generate,
    #[serde(rename = "carousel.cancel.requested")]
    Cancel,
    #[serde(rename = "carousel.revise.requested")]
    Revise,
}

/// Send request events
///
/// CloudEvents 1.0: one event as `application/cloudevents+json`, up to 50 as `application/cloudevents-batch+json`, or one
/// with `ce-` headers and its data as `application/json`. An event that was sent before has no further effect.
#[utoipa::path(
    post,
    path = "/v1/events",
    tag = "events",
    request_body(content(
        (RequestEventBody = "application/cloudevents+json", example = json!({
            "specversion": "1.0", "id": "42", "source": "/shop/cms", "type": "carousel.generate.requested",
            "data": { "topic": "How to name things", "slides": 5 } })),
        (Vec<RequestEventBody> = "application/cloudevents-batch+json", example = json!([{
            "specversion": "1.0", "id": "43", "source": "/shop/cms", "type": "carousel.generate.requested",
            "data": { "topic": "How to test a parser", "slides": 4 } }])),
    )),
    responses(
        (status = 202, description = "The event was carried out", body = EventAnswer),
        (status = 200, description = "What became of each event of a batch, in its order", body = Vec<EventAnswer>),
    ),
)]
pub(super) async fn send(
    State(api): State<ApiState>,
    EventCaller(caller): EventCaller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiProblem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        BATCH => batch(&api, &caller, body).await,
        STRUCTURED => {
            let body = read(body, REQUEST_BYTES).await?;
            let event = text(&body)?;
            one(&api, &caller, event).await
        }
        "application/json" if headers.contains_key("ce-specversion") => {
            let body = read(body, REQUEST_BYTES).await?;
            let event = of_binary(&headers, text(&body)?)?;
            one(&api, &caller, &event).await
        }
        _ => Err(ApiProblem::UnsupportedMediaType(
            "application/cloudevents+json, application/cloudevents-batch+json, or application/json with ce- headers",
        )),
    }
}

async fn one(api: &ApiState, caller: &Caller, event: &str) -> Result<Response, ApiProblem> {
    let event =
        RequestEvent::parse(event).map_err(|error| ApiProblem::Invalid(error.to_string()))?;
    let workflow = Some(carry_out(api, caller, event).await?);
    Ok((StatusCode::ACCEPTED, Json(EventAnswer { workflow, problem: None })).into_response())
}

async fn batch(api: &ApiState, caller: &Caller, body: Body) -> Result<Response, ApiProblem> {
    let body = read(body, BATCH_BYTES).await?;
    let events: Vec<Value> = serde_json::from_slice(&body)
        .map_err(|error| ApiProblem::Malformed(format!("a batch is a JSON array: {error}")))?;
    if events.len() > BATCH_EVENTS {
        return Err(ApiProblem::Invalid(format!("a batch has at most {BATCH_EVENTS} events")));
    }
    // A batch with an invalid event has no effect.
    let parsed = events.iter().enumerate().map(|(index, event)| {
        let parsed = RequestEvent::parse(&event.to_string());
        parsed.map_err(|error| ApiProblem::Invalid(format!("event {}: {error}", index + 1)))
    });
    let events: Vec<RequestEvent> = parsed.collect::<Result<_, _>>()?;
    let mut answers = Vec::with_capacity(events.len());
    for event in events {
        answers.push(match carry_out(api, caller, event).await {
            Ok(workflow) => EventAnswer { workflow: Some(workflow), problem: None },
            // The whole batch can be sent again.
            Err(ApiProblem::Unavailable) => return Err(ApiProblem::Unavailable),
            Err(problem) => EventAnswer { workflow: None, problem: Some(problem.body()) },
        });
    }
    Ok(Json(answers).into_response())
}

async fn carry_out(
    api: &ApiState,
    caller: &Caller,
    event: RequestEvent,
) -> Result<String, ApiProblem> {
    let done = api.events.handle_of(&caller.0, caller.requester(), event);
    Ok(done.await?)
}

fn text(body: &[u8]) -> Result<&str, ApiProblem> {
    std::str::from_utf8(body).map_err(|_| ApiProblem::Malformed("the body is not UTF-8".to_owned()))
}

/// The structured form of an event in binary mode: attributes are headers, the body is the data.
fn of_binary(headers: &HeaderMap, data: &str) -> Result<String, ApiProblem> {
    let data: Value = serde_json::from_str(data)
        .map_err(|error| ApiProblem::Malformed(format!("the data: {error}")))?;
    let mut event = Map::new();
    for (name, value) in headers {
        if let Some(attribute) = name.as_str().strip_prefix(BINARY_PREFIX) {
            let value = value.to_str().map_err(|_| {
                ApiProblem::Malformed(format!("the header {name} has other than visible ASCII"))
            })?;
            event.insert(attribute.to_owned(), Value::from(value));
        }
    }
    event.insert("data".to_owned(), data);
    Ok(Value::Object(event).to_string())
}
