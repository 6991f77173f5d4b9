//! `trace`: a person orders a carousel, the model's first answer is an error, and the trace of it
//! is printed as a tree with times. Real processes that send real OTLP.

use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use testkit::{
    FakeModelServer, ModelProtocol, ModelResponse,
    cluster::{ClusterPlan, Member},
    eventually,
    otlp::{OtlpReceiver, ReceivedSpan, Trace},
};

use crate::cli::{note, print};

/// The Bot API request that sends the album.
const ALBUM: &str = "POST sendMediaGroup";

/// The last span of each pool and of the gateway. Each process sends its spans on its own, a parent after its children.
const LAST_SPANS: [&str; 6] = [
    "process updates",
    "RunWorkflow:CarouselWorkflow",
    "RunActivity:write_slides",
    "RunActivity:render_carousel",
    "RunActivity:deliver_carousel",
    "RunActivity:complete_carousel",
];

/// Attributes that a reader needs besides the name.
const SHOWN: [(&str, &str); 5] = [
    ("temporalActivityAttempt", "attempt"),
    ("purpose", "for"),
    ("gen_ai.usage.input_tokens", "tokens read"),
    ("gen_ai.usage.output_tokens", "tokens written"),
    ("error.type", "error"),
];

#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    /// Leaves out spans that are shorter than this, in milliseconds.
    #[arg(long, default_value_t = 1, value_name = "MS")]
    min: u64,
}

/// Prints the trace; returns whether it covers everything from the update to the album.
pub(crate) async fn run(args: TraceArgs) -> anyhow::Result<bool> {
    let program = std::env::current_exe().context("the path of this program")?;
    let receiver = OtlpReceiver::start().await;
    let model = FakeModelServer::start(ModelProtocol::OpenAi).await;
    model.set_default_response(ModelResponse::Write(domain::Language::En));
    model.script([ModelResponse::Answer(503, Vec::new(), "overloaded".to_owned())]);
    let env = receiver.env().into_iter().chain(model.env());
    let plan = ClusterPlan::new(program).with(Member::Gateway).bot_api();
    let plan = env.fold(plan, |plan, (name, value)| plan.env(name, value));
    let cluster = plan.start().await?;
    note(format!("logs are in {}", cluster.folder().display()));
    let ann = cluster.telegram().person("Ann").await;
    ann.orders("Why tests matter", 7).await;
    let trace = eventually("the trace has arrived", async || {
        let traces = receiver.traces();
        let has = |trace: &Trace, name| trace.named(name).next().is_some();
        traces.into_iter().find(|trace| LAST_SPANS.iter().all(|name| has(trace, name)))
    })
    .await;
    print(show(&trace, Duration::from_millis(args.min)));
    let retried =
        trace.spans.iter().any(|span| span.failed && span.name.starts_with("RunActivity:"));
    let whole = trace.roots().count() == 1 && trace.named(ALBUM).next().is_some();
    Ok(retried && whole)
}

/// The tree: when each span began, how long it took, and what it is.
fn show(trace: &Trace, min: Duration) -> String {
    let began = trace.spans.first().map(|span| span.start).unwrap_or_default();
    let album = trace.named(ALBUM).map(|span| span.end).max().unwrap_or(began);
    let mut out = format!(
        "trace {}: {} spans, {} s from the update to the album\n\n   at, s  took, s\n",
        trace.id,
        trace.spans.len(),
        seconds(album.saturating_sub(began)),
    );
    let mut hidden = 0;
    for root in trace.roots() {
        hidden += show_span(trace, root, (began, min), 0, &mut out);
    }
    if hidden > 0 {
        out.push_str(&format!("\n{hidden} spans under {} ms are not shown\n", min.as_millis()));
    }
    out
}

/// Returns how many spans were left out.
fn show_span(
    trace: &Trace,
    span: &ReceivedSpan,
    (began, min): (Duration, Duration),
    depth: usize,
    out: &mut String,
) -> usize {
    let took = span.end.saturating_sub(span.start);
    let inside = trace.children(span);
    if took < min && !span.failed {
        return 1 + inside
            .map(|child| show_span(trace, child, (began, min), 0, &mut String::new()))
            .sum::<usize>();
    }
    let notes = SHOWN.iter().filter_map(|(name, shown)| {
        let value = span.attributes.get(*name)?;
        (value != "1" || *shown != "attempt").then(|| format!("{shown} {value}"))
    });
    let notes: Vec<String> = notes.collect();
    let notes = if notes.is_empty() { String::new() } else { format!("  [{}]", notes.join(", ")) };
    out.push_str(&format!(
        "{:>8}{:>9}  {}{}{notes}  ({})\n",
        seconds(span.start.saturating_sub(began)),
        seconds(took),
        "  ".repeat(depth),
        span.name,
        span.service,
    ));
    inside.map(|child| show_span(trace, child, (began, min), depth + 1, out)).sum()
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}
