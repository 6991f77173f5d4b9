//! What every call gets: a request id, a trace, a time limit, a measurement and a line in the log.

use std::time::{Duration, Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use traces::{KeyValue, SpanBuilder, SpanKind};
use uuid::Uuid;

use super::{ApiState, problem::ApiProblem};

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// From the end of the headers to the begin of the response, with reading the body. Less than the listener's limit,
/// whose answer has no body.
const TIME_LIMIT: Duration = Duration::from_secs(25);

/// Longest id that a caller may give to a call.
const ID_CHARS: usize = 128;

pub(super) async fn observe(State(api): State<ApiState>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("none", MatchedPath::as_str).to_owned();
    let method = method_name(request.method());
    let id = given_id(request.headers()).unwrap_or_else(|| Uuid::now_v7().to_string());
    let traceparent = request.headers().get("traceparent").and_then(|value| value.to_str().ok());
    let traceparent = traceparent.map(str::to_owned);
    let span = SpanBuilder::from_name(format!("{method} {route}"))
        .with_kind(SpanKind::Server)
        .with_attributes([
            KeyValue::new("http.request.method", method),
            KeyValue::new("http.route", route.clone()),
        ]);
    let answering = async {
        let answered = tokio::time::timeout(TIME_LIMIT, next.run(request)).await;
        let response = answered.unwrap_or_else(|_| ApiProblem::Timeout.into_response());
        let status = i64::from(response.status().as_u16());
        traces::set_attribute(KeyValue::new("http.response.status_code", status));
        (response, traces::trace_id())
    };
    let (mut response, trace_id) =
        traces::run_in_trace_of(traceparent.as_deref(), span, answering).await;
    let status = response.status();
    let class = match status.as_u16() {
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    };
    api.metrics.api_seconds.observe(began.elapsed(), [&route, method, class]);
    tracing::info!(
        request_id = id,
        method,
        route,
        status = status.as_u16(),
        duration_ms = began.elapsed().as_secs_f64() * 1_000.0,
        trace_id = trace_id.unwrap_or_default(),
        "a call of the API"
    );
    let id = HeaderValue::from_str(&id).expect("it has visible characters only");
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// The caller's id, if it is short and has visible characters only.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let is_plain = (1..=ID_CHARS).contains(&id.len()) && id.bytes().all(|c| c.is_ascii_graphic());
    is_plain.then(|| id.to_owned())
}

/// The method as a label: a caller can send any word.
fn method_name(method: &axum::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PATCH" => "PATCH",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
