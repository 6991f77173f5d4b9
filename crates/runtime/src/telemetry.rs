//! Logs: human-readable on a terminal, JSON otherwise. Traces: over OTLP, if a receiver is set.

mod exporter;

use std::{io::IsTerminal as _, time::Duration};

use opentelemetry::{KeyValue, global, trace::TracerProvider as _};
use opentelemetry_sdk::{
    Resource,
    trace::{BatchSpanProcessor, Sampler, SdkTracerProvider},
};
use temporalio_sdk::opentelemetry::WorkflowIdGenerator;
use tracing::{Metadata, subscriber::Interest};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{LevelFilter, dynamic_filter_fn},
    fmt,
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::settings::{LogFormat, TraceSettings};

/// The filter if `RUST_LOG` is empty: our own steps, and warnings of other crates. The SDK warns
/// about each failed poll, which is noise while a server is down, so only its errors are logged.
const DEFAULT_FILTER: &str = "info,temporalio_sdk_core=error,temporalio_client=error,\
                              temporalio_sdk=warn,sqlx=warn";

/// Targets that are never logged, even if `RUST_LOG` enables them: genai logs requests to models and
/// their replies, and no prompt or reply may be logged.
const NEVER_LOGGED: [&str; 1] = ["genai=off"];

/// How long a process that ends waits for its last spans to be sent.
const LAST_EXPORT: Duration = Duration::from_secs(3);

type Error = Box<dyn std::error::Error>;
type AnyLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Running logs and traces. Call [`Telemetry::end`] last in `main`.
#[must_use = "the last spans are sent by `end`"]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

/// Starts logging to stderr, and traces if `traces` is set, as the service `service`. Call it once,
/// first in `main`, in a runtime with several threads.
///
/// # Errors
/// If `filter` can't be parsed, no HTTP client can be made, or logging was started before.
pub fn start(
    filter: Option<&str>,
    format: LogFormat,
    traces: Option<&TraceSettings>,
    service: &str,
) -> Result<Telemetry, Error> {
    let mut layers = vec![log_layer(filter, format)?];
    let traces = traces.map(|settings| provider(settings, service)).transpose()?;
    layers.extend(traces.as_ref().map(trace_layer));
    tracing_subscriber::registry().with(layers).try_init()?;
    if let Some(provider) = &traces {
        global::set_tracer_provider(provider.clone());
    }
    Ok(Telemetry { traces })
}

impl Telemetry {
    /// Sends the spans that have ended so far.
    pub async fn flush(&self) {
        if let Some(provider) = self.traces.clone() {
            let flushed = tokio::task::spawn_blocking(move || provider.force_flush()).await;
            if let Ok(Err(error)) = flushed {
                tracing::warn!("spans were not sent: {error}");
            }
        }
    }

    /// Sends the last spans. It waits at most 3 s.
    pub async fn end(self) {
        if let Some(provider) = self.traces {
            let end = move || provider.shutdown_with_timeout(LAST_EXPORT);
            if let Ok(Err(error)) = tokio::task::spawn_blocking(end).await {
                tracing::warn!("the last spans were not sent: {error}");
            }
        }
    }
}

fn log_layer(filter: Option<&str>, format: LogFormat) -> Result<AnyLayer, Error> {
    let mut filter = EnvFilter::try_new(filter.unwrap_or(DEFAULT_FILTER))?;
    for directive in NEVER_LOGGED {
        filter = filter.add_directive(directive.parse()?);
    }
    let human = match format {
        LogFormat::Human => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    let layer = fmt::layer().with_writer(std::io::stderr);
    Ok(if human {
        layer.with_target(false).compact().with_filter(filter).boxed()
    } else {
        layer.json().flatten_event(true).with_filter(filter).boxed()
    })
}

fn provider(settings: &TraceSettings, service: &str) -> Result<SdkTracerProvider, Error> {
    let rate = Sampler::TraceIdRatioBased(settings.sampler.ratio);
    let sampler =
        if settings.sampler.follows_parent { Sampler::ParentBased(Box::new(rate)) } else { rate };
    let own = [
        ("service.namespace", "bible-vibecoder"),
        ("service.version", crate::VERSION),
        ("deployment.environment.name", &settings.environment),
    ];
    let set = settings.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let attributes = own.into_iter().chain(set);
    let resource = Resource::builder_empty()
        .with_service_name(settings.service.clone().unwrap_or_else(|| service.to_owned()))
        .with_attributes(attributes.map(|(k, v)| KeyValue::new(k.to_owned(), v.to_owned())))
        .build();
    Ok(SdkTracerProvider::builder()
        .with_sampler(sampler)
        // A workflow's span has the same id when the workflow is replayed.
        .with_id_generator(WorkflowIdGenerator::default())
        .with_span_processor(BatchSpanProcessor::builder(exporter::build(settings)?).build())
        .with_resource(resource)
        .build())
}

/// Exports what [`traces::span!`] makes within a sampled trace; other spans are for logs only.
fn trace_layer(provider: &SdkTracerProvider) -> AnyLayer {
    let is_ours =
        |metadata: &Metadata<'_>| metadata.is_span() && metadata.target() == traces::TARGET;
    let filter = dynamic_filter_fn(move |metadata, _| is_ours(metadata) && traces::is_sampled())
        .with_callsite_filter(move |metadata| {
            if is_ours(metadata) { Interest::sometimes() } else { Interest::never() }
        })
        .with_max_level_hint(LevelFilter::DEBUG);
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("vibecoder"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_filter(filter)
        .boxed()
}
