//! A receiver of traces: real OTLP over HTTP, kept in memory, as trees.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, extract::State, http::StatusCode, routing::post};
use bytes::Bytes;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value::Value},
    trace::v1::{Span, status::StatusCode as SpanStatus},
};
use prost::Message as _;
use tokio::{net::TcpListener, task::JoinHandle};

/// A running receiver on this machine. Dropping it ends it.
pub struct OtlpReceiver {
    address: SocketAddr,
    received: Arc<Mutex<Received>>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Received {
    spans: Vec<ReceivedSpan>,
    /// Everything that arrived, as it was encoded.
    bodies: Vec<Bytes>,
}

#[derive(Debug, Clone)]
pub struct ReceivedSpan {
    /// In hexadecimal digits, like the other ids.
    pub trace: String,
    pub id: String,
    /// Empty for the first span of a trace.
    pub parent: String,
    /// The process that made it.
    pub service: String,
    pub name: String,
    pub attributes: BTreeMap<String, String>,
    /// Traces that it is linked to.
    pub links: Vec<String>,
    pub failed: bool,
    /// Since the Unix epoch.
    pub start: Duration,
    pub end: Duration,
}

/// The spans of one trace.
#[derive(Debug, Clone)]
pub struct Trace {
    pub id: String,
    /// In the order of their starts.
    pub spans: Vec<ReceivedSpan>,
}

impl OtlpReceiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let received = Arc::<Mutex<Received>>::default();
        let routes = Router::new().route("/v1/traces", post(take)).with_state(received.clone());
        let serve = async move { axum::serve(listener, routes).await.expect("a server") };
        Self { address, received, serving: tokio::spawn(serve) }
    }

    /// The variables of a process that sends its traces here, soon after each span's end.
    pub fn env(&self) -> [(&'static str, String); 2] {
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", self.address)),
            ("OTEL_BSP_SCHEDULE_DELAY", "200".to_owned()),
        ]
    }

    /// The traces so far, the oldest first.
    pub fn traces(&self) -> Vec<Trace> {
        let spans = self.lock().spans.clone();
        let mut traces: BTreeMap<String, Vec<ReceivedSpan>> = BTreeMap::new();
        for span in spans {
            traces.entry(span.trace.clone()).or_default().push(span);
        }
        let mut traces: Vec<Trace> = traces
            .into_iter()
            .map(|(id, mut spans)| {
                spans.sort_by_key(|span| span.start);
                Trace { id, spans }
            })
            .collect();
        traces.sort_by_key(|trace| trace.spans.first().map(|span| span.start));
        traces
    }

    /// Whether any request contained these bytes.
    pub fn received_text(&self, text: &str) -> bool {
        let holds = |body: &Bytes| body.windows(text.len()).any(|part| part == text.as_bytes());
        self.lock().bodies.iter().any(holds)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OtlpReceiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Trace {
    /// Spans without a parent, or whose parent did not arrive.
    pub fn roots(&self) -> impl Iterator<Item = &ReceivedSpan> {
        let ids: BTreeSet<&str> = self.spans.iter().map(|span| span.id.as_str()).collect();
        self.spans.iter().filter(move |span| !ids.contains(span.parent.as_str()))
    }

    pub fn children<'a>(&'a self, of: &'a ReceivedSpan) -> impl Iterator<Item = &'a ReceivedSpan> {
        self.spans.iter().filter(|span| span.parent == of.id)
    }

    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a ReceivedSpan> {
        self.spans.iter().filter(move |span| span.name == name)
    }

    /// The different paths from a root to a span, `a > b > c`.
    pub fn paths(&self) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        for root in self.roots() {
            self.add_paths(root, root.name.clone(), &mut paths);
        }
        paths
    }

    fn add_paths(&self, span: &ReceivedSpan, path: String, paths: &mut BTreeSet<String>) {
        for child in self.children(span) {
            self.add_paths(child, format!("{path} > {}", child.name), paths);
        }
        paths.insert(path);
    }
}

async fn take(State(received): State<Arc<Mutex<Received>>>, body: Bytes) -> StatusCode {
    let Ok(request) = ExportTraceServiceRequest::decode(body.clone()) else {
        return StatusCode::BAD_REQUEST;
    };
    let mut spans = Vec::new();
    for resource in request.resource_spans {
        let described = resource.resource.unwrap_or_default().attributes;
        let service = read_attributes(described).remove("service.name").unwrap_or_default();
        let scopes = resource.scope_spans.into_iter();
        spans.extend(scopes.flat_map(|scope| scope.spans).map(|span| read(span, &service)));
    }
    let mut received = received.lock().unwrap_or_else(PoisonError::into_inner);
    received.spans.extend(spans);
    received.bodies.push(body);
    StatusCode::OK
}

fn read(span: Span, service: &str) -> ReceivedSpan {
    ReceivedSpan {
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        service: service.to_owned(),
        name: span.name,
        attributes: read_attributes(span.attributes),
        links: span.links.iter().map(|link| hex(&link.trace_id)).collect(),
        failed: span.status.is_some_and(|status| status.code == SpanStatus::Error as i32),
        start: Duration::from_nanos(span.start_time_unix_nano),
        end: Duration::from_nanos(span.end_time_unix_nano),
    }
}

fn read_attributes(attributes: Vec<KeyValue>) -> BTreeMap<String, String> {
    let text = |value: Option<AnyValue>| match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    attributes.into_iter().map(|pair| (pair.key, text(pair.value))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
