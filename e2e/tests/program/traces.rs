//! Traces of real processes, received over OTLP.

use std::{collections::BTreeSet, io::Write as _, time::Duration};

use testkit::{
    FakeModelServer, ModelProtocol, ModelResponse, RedisServer,
    bot_api::{Actor, BotApiFault},
    cluster::{Cluster, ClusterPlan, Member, postgres_is_installed},
    eventually,
    otlp::{OtlpReceiver, Trace},
    schedules,
};

use crate::{run, stdout, succeeded};

/// The trace of a carousel in a chat whose first model call fails. `…` is the path above.
const CAROUSEL: &[&str] = &[
    "process updates",
    "process updates > POST sendChatAction",
    "process updates > POST sendMessage",
    "process updates > POST setMessageReaction",
    "process updates > transaction",
    "process updates > START",
    "process updates > START > RUN",
    "process updates > START > RUN > StartActivity:analyze_topic",
    "process updates > START > RUN > StartActivity:analyze_topic > RunActivity:analyze_topic",
    "process updates > START > RUN > StartActivity:analyze_topic > RunActivity:analyze_topic > chat test-model",
    "process updates > START > RUN > StartActivity:complete_carousel",
    "process updates > START > RUN > StartActivity:complete_carousel > RunActivity:complete_carousel",
    "process updates > START > RUN > StartActivity:complete_carousel > RunActivity:complete_carousel > transaction",
    "process updates > START > RUN > StartActivity:deliver_carousel",
    "process updates > START > RUN > StartActivity:deliver_carousel > RunActivity:deliver_carousel",
    "process updates > START > RUN > StartActivity:deliver_carousel > RunActivity:deliver_carousel > POST deleteMessage",
    "process updates > START > RUN > StartActivity:deliver_carousel > RunActivity:deliver_carousel > POST sendChatAction",
    "process updates > START > RUN > StartActivity:deliver_carousel > RunActivity:deliver_carousel > POST sendMediaGroup",
    "process updates > START > RUN > StartActivity:deliver_carousel > RunActivity:deliver_carousel > POST sendMessage",
    "process updates > START > RUN > StartActivity:deliver_carousel > RunActivity:deliver_carousel > transaction",
    "process updates > START > RUN > StartActivity:open_carousel",
    "process updates > START > RUN > StartActivity:open_carousel > RunActivity:open_carousel",
    "process updates > START > RUN > StartActivity:open_carousel > RunActivity:open_carousel > transaction",
    "process updates > START > RUN > StartActivity:render_carousel",
    "process updates > START > RUN > StartActivity:render_carousel > RunActivity:render_carousel",
    "process updates > START > RUN > StartActivity:save_draft",
    "process updates > START > RUN > StartActivity:save_draft > RunActivity:save_draft",
    "process updates > START > RUN > StartActivity:save_draft > RunActivity:save_draft > transaction",
    "process updates > START > RUN > StartActivity:write_slides",
    "process updates > START > RUN > StartActivity:write_slides > RunActivity:write_slides",
    "process updates > START > RUN > StartActivity:write_slides > RunActivity:write_slides > chat test-model",
];

/// Twenty carousels at once share the cores with other tests.
const PATIENCE: Duration = Duration::from_secs(120);

/// A status message is skipped if it would be late, so its spans may be missing.
const MAY_BE_MISSING: &str = "update_status";

struct Observed {
    cluster: Cluster,
    model: FakeModelServer,
    receiver: OtlpReceiver,
}

impl Observed {
    async fn start() -> Self {
        Self::start_with(|plan| plan).await
    }

    async fn start_with(change: impl FnOnce(ClusterPlan) -> ClusterPlan) -> Self {
        let receiver = OtlpReceiver::start().await;
        let model = FakeModelServer::start(ModelProtocol::OpenAi).await;
        let plan = ClusterPlan::new(env!("CARGO_BIN_EXE_e2e")).with(Member::Gateway).bot_api();
        let env = receiver.env().into_iter().chain(model.env());
        let plan = env.fold(plan, |plan, (name, value)| plan.env(name, value));
        // Everything is logged that a debugging operator can enable.
        let plan = plan.env("OPENAI_API_KEY", "sk-canary-key").env("RUST_LOG", "info");
        let cluster = change(plan).start().await.unwrap();
        Self { cluster, model, receiver }
    }

    async fn person(&self, name: &str) -> Actor {
        let telegram = self.cluster.telegram().clone().with_timeout(PATIENCE);
        telegram.person_speaking(name, "en").await
    }

    /// The traces that have these spans, once there are so many.
    async fn traces_with(&self, names: &[&str], count: usize) -> Vec<Trace> {
        eventually("the traces have arrived", async || {
            let mut traces = self.receiver.traces();
            let has = |trace: &Trace, name: &str| trace.named(name).next().is_some();
            traces.retain(|trace| names.iter().all(|name| has(trace, name)));
            (traces.len() >= count).then_some(traces)
        })
        .await
    }

    /// The only trace of a finished carousel.
    async fn carousel_trace(&self) -> Trace {
        self.traces_with(&LAST_SPANS, 1).await.remove(0)
    }
}

/// The last span of each pool in the trace of a carousel. Each process sends its spans on its own, a parent after its
/// children.
const LAST_SPANS: [&str; 5] = [
    "RunWorkflow:CarouselWorkflow",
    "RunActivity:write_slides",
    "RunActivity:render_carousel",
    "RunActivity:deliver_carousel",
    "RunActivity:complete_carousel",
];

/// The paths in a trace, in the short form of [`CAROUSEL`].
fn short_paths(trace: &Trace) -> BTreeSet<String> {
    let short = |path: String| {
        path.replace("StartWorkflow:CarouselWorkflow", "START")
            .replace("RunWorkflow:CarouselWorkflow", "RUN")
    };
    trace.paths().into_iter().map(short).filter(|path| !path.contains(MAY_BE_MISSING)).collect()
}

#[tokio::test]
async fn carousel_with_failed_attempt_is_one_tree() {
    let seen = Observed::start().await;
    seen.model.script([ModelResponse::Answer(503, Vec::new(), "overloaded".to_owned())]);
    seen.person("Ann").await.orders("Why tests matter", 7).await;
    let trace = seen.carousel_trace().await;

    let expected: BTreeSet<String> = CAROUSEL.iter().map(|path| (*path).to_owned()).collect();
    let found = short_paths(&trace);
    assert_eq!(found, expected);

    let attempts: Vec<_> = trace.named("RunActivity:analyze_topic").collect();
    let attribute = |at: usize, name: &str| attempts[at].attributes.get(name).cloned();
    assert_eq!(attempts.len(), 2);
    assert!(attempts[0].failed && !attempts[1].failed);
    assert_eq!(attribute(0, "error.type").as_deref(), Some("Unavailable"));
    assert_eq!(attribute(1, "temporalActivityAttempt").as_deref(), Some("2"));
    let calls: Vec<_> = trace.named("chat test-model").collect();
    assert_eq!(calls[0].attributes["error.type"], "http 503");
    assert_eq!(calls[1].attributes["gen_ai.usage.input_tokens"], "1000");
    assert_eq!(calls[1].attributes["gen_ai.provider.name"], "openai");
    let root = &trace.spans[0];
    assert_eq!((root.service.as_str(), root.name.as_str()), ("gateway", "process updates"));
    assert_eq!(root.attributes["messaging.system"], "telegram");
}

#[tokio::test]
async fn command_line_carousel_on_postgres_is_one_trace() {
    if let Err(missing) = postgres_is_installed() {
        let _ = writeln!(std::io::stderr(), "skipped: {missing}");
        return;
    }
    let seen = Observed::start_with(ClusterPlan::postgres).await;
    let request = seen.cluster.order("traced", "Why tests matter").await.unwrap();
    seen.cluster.ended(&request, PATIENCE).await.unwrap().expect("it ends");
    let trace = seen.carousel_trace().await;
    let roots: Vec<_> = trace.roots().map(|span| span.name.as_str()).collect();
    assert_eq!(roots, ["RunWorkflow:CarouselWorkflow"], "its starter exports no traces");
    let stored = short_paths(&trace);
    let is_stored = |path: &&String| path.ends_with("RunActivity:complete_carousel > transaction");
    assert_eq!(stored.iter().filter(is_stored).count(), 1, "{stored:#?}");
    assert!(trace.named("RunActivity:deliver_carousel").next().is_some());
}

#[tokio::test]
async fn lost_receiver_is_logged_and_stops_nothing() {
    let Observed { cluster, model: _model, receiver } = Observed::start().await;
    drop(receiver);
    cluster.telegram().person("Ann").await.orders("Why tests matter", 7).await;
    let logged = cluster.wait_for_log("spans are lost", PATIENCE).await;
    assert!(logged.is_some());
}

#[tokio::test]
async fn each_edit_has_its_own_linked_trace() {
    let seen = Observed::start().await;
    let ann = seen.person("Ann").await;
    ann.orders("Why tests matter", 7).await;
    let made = seen.carousel_trace().await;
    let ready = ann.waits_for_text("Done").await;
    // The second edit arrives while the workflow of the first one waits for more.
    ann.presses(&ready, "Rewrite").await;
    ann.waits_for(|chat| (chat.albums().len() == 2).then_some(())).await;
    let themes = ann.presses_for(&ready, "Theme", "Which theme").await;
    ann.presses(&themes, "paper").await;
    ann.waits_for(|chat| (chat.albums().len() == 3).then_some(())).await;

    let edited = [
        "SignalWithStartWorkflow:RevisionWorkflow",
        "RunActivity:load_revision",
        "StartActivity:deliver_carousel",
        "RunActivity:deliver_carousel",
    ];
    let edits = seen.traces_with(&edited, 2).await;
    assert_eq!(edits.len(), 2);
    for edit in &edits {
        assert_eq!(edit.named("RunActivity:load_revision").count(), 1, "{:#?}", edit.paths());
        assert_eq!(edit.named("SignalWithStartWorkflow:RevisionWorkflow").count(), 1);
        assert_eq!(edit.named("POST sendMediaGroup").count(), 1);
        let links: Vec<&String> = edit.spans.iter().flat_map(|span| &span.links).collect();
        assert_eq!(links, [&made.id]);
    }
    assert_eq!(edits[0].named("RunActivity:write_slides").count(), 1);
    assert_eq!(edits[1].named("RunActivity:write_slides").count(), 0);
}

#[tokio::test]
async fn sending_again_is_linked_to_its_carousel() {
    let seen = Observed::start().await;
    let dropped = BotApiFault::accept_then_drop().on("sendMediaGroup");
    seen.cluster.telegram().fault(dropped).await;
    let ann = seen.person("Ann").await;
    ann.sends_text("Why tests matter").await;
    let question = ann.waits_for_message(|message| message.button("Send again").is_some()).await;
    ann.presses(&question, "Send again").await;
    ann.waits_for(|chat| (chat.albums().len() == 2).then_some(())).await;
    let named = async |name: &str| {
        eventually("the trace has arrived", async || {
            seen.receiver.traces().into_iter().find(|trace| trace.named(name).next().is_some())
        })
        .await
    };
    let made = named("RunWorkflow:CarouselWorkflow").await;
    let sent = named("RunWorkflow:ResendWorkflow").await;
    let links: Vec<&String> = sent.spans.iter().flat_map(|span| &span.links).collect();
    assert_eq!(links, [&made.id]);
}

#[tokio::test]
async fn scheduled_carousel_is_one_trace() {
    let seen = Observed::start().await;
    let ann = seen.person("Ann").await;
    ann.asks("/schedule hourly Why tests matter", "every hour").await;
    let client = seen.cluster.client().await.unwrap();
    let listed = async || schedules::find_schedule(&client, "sched-").await.ok().flatten();
    let schedule = eventually("the schedule is listed", listed).await;
    schedules::trigger_schedule(&client, &schedule).await.unwrap();
    ann.waits_for(|chat| (chat.albums().len() == 1).then_some(())).await;

    let names = [&LAST_SPANS[..], &["RunWorkflow:ScheduledWorkflow"]].concat();
    let trace = seen.traces_with(&names, 1).await.remove(0);
    let named = |name: &str| trace.named(name).count();
    assert_eq!(named("RunWorkflow:ScheduledWorkflow"), 1);
    assert_eq!(named("RunWorkflow:CarouselWorkflow"), 1);
    assert_eq!(named("POST sendMediaGroup"), 1);
    assert_eq!(trace.roots().count(), 1, "{:#?}", trace.paths());
}

#[tokio::test]
async fn requested_carousel_is_in_the_trace_of_its_request() {
    let Some(redis) = RedisServer::start_or_skip() else {
        return;
    };
    let seen = Observed::start_with(|plan| {
        plan.env("REDIS_URL", redis.url()).env("EVENT_SOURCES", "/shop/cms 10")
    })
    .await;
    let (trace_id, span_id) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    let event = serde_json::json!({
        "specversion": "1.0",
        "id": "42",
        "source": "/shop/cms",
        "type": "carousel.generate.requested",
        "traceparent": format!("00-{trace_id}-{span_id}-01"),
        "data": {"topic": "Why tests matter"},
    });
    redis.cli(&["xadd", "vibecoder:requests", "*", "event", &event.to_string()]);

    let trace = seen.carousel_trace().await;
    assert_eq!(trace.id, trace_id);
    let paths = short_paths(&trace);
    let run = "process requests > START > RUN > StartActivity:deliver_carousel > RunActivity:deliver_carousel";
    assert!(paths.contains(run), "{paths:#?}");
}

#[tokio::test]
async fn encrypted_carousel_is_the_same_tree() {
    let key = runtime::codec::Codec::new_key("2026-11").unwrap();
    let seen = Observed::start_with(|plan| plan.env("TEMPORAL_CODEC_KEYS", key.expose())).await;
    seen.model.script([ModelResponse::Answer(503, Vec::new(), "overloaded".to_owned())]);
    seen.person("Ann").await.orders("Why tests matter", 7).await;
    let expected: BTreeSet<String> = CAROUSEL.iter().map(|path| (*path).to_owned()).collect();
    assert_eq!(short_paths(&seen.carousel_trace().await), expected);
}

#[tokio::test]
async fn twenty_carousels_make_twenty_separate_traces() {
    let seen = Observed::start().await;
    let mut people = Vec::new();
    for n in 0..20 {
        people.push(seen.person(&format!("User {n}")).await);
    }
    for person in &people {
        person.sends_text(&format!("Why tests matter, part {}", person.id)).await;
    }
    for person in &people {
        person.waits_for_text("Done").await;
    }
    let traces = seen.traces_with(&[&LAST_SPANS[..], &["process updates"]].concat(), 20).await;
    assert_eq!(traces.len(), 20);
    for trace in &traces {
        let about = trace.spans.iter().filter_map(|span| span.attributes.get("temporalWorkflowID"));
        let about: BTreeSet<&String> = about.collect();
        assert_eq!(about.len(), 1, "one workflow: {about:?}");
        assert_eq!(trace.named("POST sendMediaGroup").count(), 1);
        assert_eq!(trace.roots().count(), 1, "{:#?}", trace.paths());
    }
}

#[tokio::test]
async fn private_texts_are_in_no_span_metric_or_log() {
    let seen = Observed::start().await;
    let reply = ModelResponse::WriteField(
        domain::Language::En,
        "/title",
        "A canaryreply about tests".to_owned(),
    );
    seen.model.set_default_response(reply);
    let ann = seen.person("Canaryname").await;
    ann.orders("Why canarytopic tests matter", 7).await;
    // A failure quotes what failed.
    let refused = ModelResponse::Answer(400, Vec::new(), "canaryreply is refused".to_owned());
    seen.model.set_default_response(refused);
    ann.asks("Why another canarytopic matters", "was not made").await;
    seen.carousel_trace().await;
    seen.traces_with(&["RunActivity:abandon_carousel"], 1).await;

    let prompt = seen.model.requests()[0].prompt_text();
    let prompt: String = prompt.chars().take(40).collect();
    let token = seen.cluster.telegram().token().to_owned();
    let secret = token.split_once(':').unwrap().1;
    let canaries =
        ["canarytopic", "canaryreply", "Canaryname", "sk-canary-key", &prompt, &token, secret];
    let stores = seen.cluster.stores().await.unwrap();
    let pages: Vec<_> = stores.iter().filter(|store| store.name.ends_with("/metrics")).collect();
    assert!(!pages.is_empty());
    for canary in canaries {
        assert!(!seen.receiver.received_text(canary), "{canary} is in a span");
        for member in seen.cluster.member_ids() {
            // The fake Bot API prints the token for a person who wants to use it.
            if member.member == Member::BotApi {
                continue;
            }
            let log = seen.cluster.log(member);
            let line = log.lines().find(|line| line.contains(canary));
            assert_eq!(line, None, "{canary} is in the log of {member}");
        }
        for page in &pages {
            assert!(!page.holds(&canary.to_lowercase()), "{canary} is in {}", page.name);
        }
    }
}

#[tokio::test]
async fn log_lines_name_trace_carousel_and_attempt() {
    let seen = Observed::start().await;
    seen.model.script([ModelResponse::Answer(503, Vec::new(), "overloaded".to_owned())]);
    seen.person("Ann").await.orders("Why tests matter", 7).await;
    let trace = seen.carousel_trace().await;
    let members = seen.cluster.member_ids();
    let logs: String = members.into_iter().map(|member| seen.cluster.log(member)).collect();
    let line = logs.lines().find(|line| line.contains("error.kind")).unwrap();
    assert!(line.contains(&trace.id), "{line}");
    assert!(line.contains("carousel-tg-") && line.contains("attempt"), "{line}");
}

#[test]
fn trace_command_prints_the_tree_with_the_failed_attempt() {
    let traced = run(&["trace"]);
    succeeded(&traced);
    let told = stdout(&traced);
    for words in [
        "s from the update to the album",
        "RunActivity:analyze_topic  [error Unavailable]",
        "RunActivity:analyze_topic  [attempt 2]",
        "POST sendMediaGroup",
    ] {
        assert!(told.contains(words), "{words} is missing from\n{told}");
    }
}
