//! Traces: where one begins, and its context as text.
//!
//! A process without an exporter (`runtime::telemetry`) makes no span: each function here then does
//! nothing. Spans inside a trace are made by [`span!`]. No prompt, reply, topic, name or token may
//! be an attribute.

use std::future::Future;

use opentelemetry::{
    Context, global,
    trace::{FutureExt as _, SpanContext, TraceContextExt as _, TraceFlags, TraceState},
};

pub use opentelemetry::{
    KeyValue,
    trace::{SpanBuilder, SpanKind},
};

#[doc(hidden)]
pub use tracing;

/// The target of all spans that [`span!`] makes.
pub const TARGET: &str = "trace";

/// A span within the current trace, with the fields of `tracing::debug_span!`. It is exported, and
/// shown in logs only if `RUST_LOG` enables the target `trace`. Without a current trace it is
/// disabled.
#[macro_export]
macro_rules! span {
    ($($arguments:tt)+) => {
        $crate::tracing::debug_span!(target: "trace", $($arguments)+)
    };
}

/// Runs `work` as the first span of a new trace.
pub async fn run_in_new_trace<T>(span: SpanBuilder, work: impl Future<Output = T>) -> T {
    run_below(Context::new(), span, work).await
}

/// Runs `work` as a span in the trace that a request from outside brings as its `traceparent`; without a valid one, as the
/// first span of a new trace.
pub async fn run_in_trace_of<T>(
    traceparent: Option<&str>,
    span: SpanBuilder,
    work: impl Future<Output = T>,
) -> T {
    run_below(traceparent.and_then(remote_parent).unwrap_or_default(), span, work).await
}

async fn run_below<T>(parent: Context, span: SpanBuilder, work: impl Future<Output = T>) -> T {
    let tracer = global::tracer("vibecoder");
    let span = span.start_with_context(&tracer, &parent);
    let context = Context::new().with_span(span);
    // Boxed: the future of a request is large.
    let done = Box::pin(work).with_context(context.clone()).await;
    context.span().end();
    done
}

/// The id of the current trace.
pub fn trace_id() -> Option<String> {
    current().map(|span| span.trace_id().to_string())
}

/// The current span as a W3C `traceparent`.
pub fn traceparent() -> Option<String> {
    current().map(|span| {
        let flags = span.trace_flags().to_u8();
        format!("00-{}-{}-{flags:02x}", span.trace_id(), span.span_id())
    })
}

/// A context in which new spans are children of the span with this `traceparent`.
pub fn remote_parent(traceparent: &str) -> Option<Context> {
    parse(traceparent).map(|span| Context::new().with_remote_span_context(span))
}

/// Links the current span to the span with this `traceparent`.
pub fn link_to(traceparent: &str) {
    if let Some(span) = parse(traceparent) {
        Context::current().span().add_link(span, Vec::new());
    }
}

/// Adds an attribute to the current span.
pub fn set_attribute(attribute: KeyValue) {
    Context::current().span().set_attribute(attribute);
}

/// Whether spans of the current trace are exported.
pub fn is_sampled() -> bool {
    Context::current().span().span_context().is_sampled()
}

fn current() -> Option<SpanContext> {
    let context = Context::current();
    let span = context.span().span_context().clone();
    span.is_valid().then_some(span)
}

/// Reads version 00 of `traceparent`.
fn parse(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let fits = version == "00" && (trace.len(), span.len(), flags.len()) == (32, 16, 2);
    if !fits || parts.next().is_some() {
        return None;
    }
    let trace = u128::from_str_radix(trace, 16).ok()?;
    let span = u64::from_str_radix(span, 16).ok()?;
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let context = SpanContext::new(trace.into(), span.into(), flags, true, TraceState::default());
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn traceparent_is_read_and_written() {
        let _within = remote_parent(PARENT).unwrap().attach();
        assert_eq!(traceparent().as_deref(), Some(PARENT));
        assert_eq!(trace_id().as_deref(), Some("0af7651916cd43dd8448eb211c80319c"));
    }

    #[test]
    fn malformed_traceparent_is_ignored() {
        let zero = PARENT.replace("b7ad6b7169203331", "0000000000000000");
        for wrong in
            ["", "00", &PARENT[1..], &format!("{PARENT}-x"), &zero, &PARENT.replace('f', "g")]
        {
            assert!(remote_parent(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn without_a_trace_there_is_no_context() {
        assert_eq!((traceparent(), trace_id(), is_sampled()), (None, None, false));
    }
}
