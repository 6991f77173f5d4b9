//! [`Metrics`]: all metrics of one process, and [`CATALOGUE`]: the same as a list.

use std::collections::BTreeMap;

use prometheus::{Encoder as _, Registry, TextEncoder};

use crate::series::{Counter, Gauge, Histogram, MetricInfo};

/// Seconds for steps that take milliseconds.
const QUICK: &[f64] = &[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Seconds for answers and requests.
const USUAL: &[f64] = &[0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 90.0];
/// Seconds for whole carousels. 60 is the objective, 2,100 the limit.
const LONG: &[f64] =
    &[0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 300.0, 900.0, 1_800.0, 2_100.0];
/// No buckets: for counters and gauges.
const NONE: &[f64] = &[];

macro_rules! catalogue {
    ($(
        $field:ident: $kind:ident<$n:literal> in $buckets:ident = $name:literal [$($label:literal),*],
        $help:literal,
        odd: $odd:literal;
    )*) => {
        /// All metrics of one process.
        #[derive(Debug)]
        pub struct Metrics {
            registry: Registry,
            $(#[doc = $help] pub $field: $kind<$n>,)*
        }

        /// Every metric of ours, in the order of the docs.
        pub const CATALOGUE: &[MetricInfo] = &[$(MetricInfo {
            name: $name,
            kind: $kind::<$n>::TYPE,
            labels: &[$($label),*],
            help: $help,
            odd: $odd,
        }),*];

        impl Metrics {
            fn register(registry: Registry) -> Result<Self, prometheus::Error> {
                let mut infos = CATALOGUE.iter();
                let mut next = || infos.next().expect("one entry per field");
                Ok(Self {
                    $($field: {
                        // Does not compile with another number of labels.
                        const _: [&str; $n] = [$($label),*];
                        $kind::register(&registry, next(), $buckets)?
                    },)*
                    registry,
                })
            }
        }
    };
}

catalogue! {
    updates: Counter<2> in NONE = "vibecoder_updates_total" ["kind", "outcome"],
    "Updates from Telegram that ended, by kind (message, edited_message, press, any) and outcome (handled, unreadable).",
    odd: "`unreadable` means a kind of update that this version does not know: look at the log, upgrade. No increase at \
          all while people write: look at `vibecoder_dependency_up`.";

    update_retries: Counter<0> in NONE = "vibecoder_update_retries_total" [],
    "Updates whose handling failed and will be repeated.",
    odd: "The database, Temporal or Telegram does not answer: the log names which.";

    first_answer_seconds: Histogram<1> in USUAL = "vibecoder_first_answer_seconds" ["kind"],
    "From storing an update to the end of its handling, which sends the first answer.",
    odd: "Above 1 s: Telegram limits the bot (see `vibecoder_bot_api_seconds`), or the database is slow.";

    bot_api_seconds: Histogram<2> in USUAL = "vibecoder_bot_api_seconds" ["method", "outcome"],
    "Bot API requests, by method and outcome: ok, limited (429), rejected, unreachable, unknown.",
    odd: "`limited`: too many messages, see the waits. `unknown`: Telegram's servers have trouble; deliveries may need \
          a person's decision.";

    bot_api_wait_seconds: Counter<1> in NONE = "vibecoder_bot_api_wait_seconds_total" ["method"],
    "Waits that Telegram's 429 answers asked for, summed.",
    odd: "A steady rise: the bot sends more than Telegram allows. Look for one chat with many requests.";

    activity_seconds: Histogram<2> in USUAL = "vibecoder_activity_seconds" ["activity", "outcome"],
    "Attempts of activities, by outcome: completed, retried, failed, cancelled.",
    odd: "`retried` rises: a dependency is away; `failed`: look at the failures of that activity in the Web UI.";

    activity_retries: Counter<1> in NONE = "vibecoder_activity_retries_total" ["activity"],
    "Attempts of activities after the first one.",
    odd: "Read together with the outcome `retried` of `vibecoder_activity_seconds`.";

    carousels_opened: Counter<1> in NONE = "vibecoder_carousels_opened_total" ["source"],
    "Carousels that were accepted for work, by source.",
    odd: "A jump from one source: a flood, or a schedule that fires too often.";

    carousels_ended: Counter<2> in NONE = "vibecoder_carousels_ended_total" ["source", "outcome"],
    "Carousels that ended, by source and outcome.",
    odd: "`failed` above a few percent: see `vibecoder_carousel_failures_total` for the reasons.";

    carousel_failures: Counter<2> in NONE = "vibecoder_carousel_failures_total" ["stage", "kind"],
    "Failed carousels, by the stage that failed and the kind of failure.",
    odd: "The kind names the cause: each has a phrase in the chat and an entry in the log.";

    carousel_seconds: Histogram<1> in LONG = "vibecoder_carousel_seconds" ["outcome"],
    "From opening a carousel to its end, by outcome.",
    odd: "Compare with `vibecoder_carousel_stage_seconds`: the slow stage has a slow or missing pool.";

    carousel_finish_seconds: Histogram<0> in LONG = "vibecoder_carousel_finish_seconds" [],
    "From asking for the slides to the end of a carousel, with the wait for a worker: the part without models and without \
     waiting for a person.",
    odd: "Above 60 s: the render or the delivery pool is missing or overloaded, or Telegram limits the bot.";

    carousel_stage_seconds: Histogram<1> in LONG = "vibecoder_carousel_stage_seconds" ["stage"],
    "How long a stage took: writing (with the analysis), drawing, delivering.",
    odd: "`writing` depends on models, `drawing` on processors, `delivering` on Telegram.";

    refusals: Counter<1> in NONE = "vibecoder_refusals_total" ["reason"],
    "Requests that a limit refused, by kind of failure: QuotaExceeded, TooManyOpen, BudgetExceeded, \
     AccessRefused.",
    odd: "Quota, budget and access refusals follow the settings. A jump: a flood, or a setting that is too tight.";

    deliveries: Counter<1> in NONE = "vibecoder_deliveries_total" ["outcome"],
    "Requests that the delivery ledger recorded, by outcome: answered, rejected, undelivered, unknown.",
    odd: "`unknown`: the user is asked whether the album arrived. Several in an hour: Telegram has trouble.";

    schedule_runs: Counter<2> in NONE = "vibecoder_schedule_runs_total" ["kind", "outcome"],
    "Runs of schedules, by kind (carousel, daily tip) and outcome: fired, skipped, missed.",
    odd: "`missed`: nobody polled for longer than the catch-up window. `skipped`: paused, limited or without access.";

    model_call_seconds: Histogram<3> in USUAL = "vibecoder_model_call_seconds" ["provider", "purpose", "outcome"],
    "Model calls, by provider, purpose and outcome: answered, failed.",
    odd: "`failed`: see the next metric for the reason.";

    model_failures: Counter<2> in NONE = "vibecoder_model_failures_total" ["provider", "problem"],
    "Failed model calls, by problem.",
    odd: "A wrong key or no money left needs the owner; 429 and 5xx pass by themselves, the next provider takes over.";

    model_tokens: Counter<3> in NONE = "vibecoder_model_tokens_total" ["provider", "model", "direction"],
    "Tokens, by direction: read, written.",
    odd: "A jump per carousel: long texts, or replies that were refused and asked for again.";

    model_cost: Counter<2> in NONE = "vibecoder_model_cost_dollars_total" ["provider", "model"],
    "Cost of model calls by our price list, in US dollars; an estimate.",
    odd: "Faster than planned: set `AI_BUDGET_PER_DAY`, look at `/usage` of the users.";

    model_replies_refused: Counter<3> in NONE = "vibecoder_model_replies_refused_total" ["provider", "purpose", "next"],
    "Replies of models that did not pass our checks, by what happened next: repair, give_up.",
    odd: "`give_up` rises: this model does not fit; try another.";

    model_breaker_state: Gauge<1> in NONE = "vibecoder_model_breaker_state" ["provider"],
    "Circuit breaker of a provider: 0 closed, 1 half-open, 2 open.",
    odd: "2: at least half of the calls of a minute failed. It tries again by itself; the next provider writes meanwhile.";

    slide_draw_seconds: Histogram<0> in QUICK = "vibecoder_slide_draw_seconds" [],
    "Drawing and encoding of one slide, on one thread.",
    odd: "Above 0.5 s: too few processors for `RENDER_THREADS`.";

    slides_drawn: Counter<2> in NONE = "vibecoder_slides_drawn_total" ["theme", "format"],
    "Slides that were drawn, by theme and format.",
    odd: "Shows which themes people like.";

    slides_reused: Counter<0> in NONE = "vibecoder_slides_reused_total" [],
    "Slides that were not drawn because their pictures were stored already.",
    odd: "Repeated attempts and edits reuse slides; nothing to do.";

    image_bytes: Counter<1> in NONE = "vibecoder_image_bytes_total" ["format"],
    "Bytes of encoded slides, by file format.",
    odd: "Grows the blob store; `RETENTION_DAYS` bounds it.";

    events: Counter<1> in NONE = "vibecoder_events_total" ["type"],
    "Events that were published, by type; each counts once over all processes.",
    odd: "No increase while the outbox grows: the relay does not run.";

    outbox_events: Gauge<0> in NONE = "vibecoder_outbox_events" [],
    "Unpublished events in the outbox, counted up to 10,000.",
    odd: "Grows: no persistence pool runs the relay, or the database is slow.";

    outbox_oldest_seconds: Gauge<0> in NONE = "vibecoder_outbox_oldest_seconds" [],
    "Age of the oldest unpublished event; 0 if there is none.",
    odd: "Above 60 s: the relay stands still; look at the log of the persistence pool.";

    relay_lag_seconds: Histogram<0> in QUICK = "vibecoder_relay_lag_seconds" [],
    "From writing an event to its publication.",
    odd: "The relay looks every half second when it is idle. Seconds: the database is slow.";

    bus_facts: Counter<0> in NONE = "vibecoder_bus_facts_total" [],
    "Facts that were added to the stream in Redis, repeated ones included.",
    odd: "No increase while the outbox grows: Redis is away, full or read-only; the log of the persistence pool says which.";

    bus_facts_dropped: Counter<0> in NONE = "vibecoder_bus_facts_dropped_total" [],
    "Facts that left the stream in Redis before every group had acknowledged them, because the stream was too long.",
    odd: "A consumer group has stopped reading: start it, or remove the group with `XGROUP DESTROY vibecoder:facts NAME`.";

    api_seconds: Histogram<3> in QUICK = "vibecoder_api_seconds" ["route", "method", "status"],
    "Calls of the HTTP API until their response began, by route, method and class of the status.",
    odd: "`5xx` rises: the database, the blob store or Temporal does not answer. Many `4xx`: a client has a wrong token, or \
          reaches a limit.";

    bus_request_seconds: Histogram<1> in USUAL = "vibecoder_bus_request_seconds" ["outcome"],
    "From the arrival of a request event on the stream in Redis to its answer, by outcome: routed, dead.",
    odd: "`dead` rises: `gateway events dead` shows the reasons. Above 1 s: the gateway was down, or its log says what it \
          waits for.";

    bus_waiting_requests: Gauge<0> in NONE = "vibecoder_bus_waiting_requests" [],
    "Requests on the stream in Redis that are not answered.",
    odd: "Grows: the gateway's log says what it waits for.";

    bus_dead_letters: Gauge<0> in NONE = "vibecoder_bus_dead_letters" [],
    "Requests that were not carried out and are kept for an operator, at most about 10,000.",
    odd: "Look at `gateway events dead`; after the cause is mended, `gateway events requeue ID` tries one again.";

    database_wait_seconds: Histogram<0> in QUICK = "vibecoder_database_wait_seconds" [],
    "How long a write transaction waited for its connection.",
    odd: "Above 0.1 s: the pool is too small, or transactions are slow.";

    database_transaction_seconds: Histogram<1> in QUICK = "vibecoder_database_transaction_seconds" ["outcome"],
    "Write transactions, by outcome: committed, rolled_back.",
    odd: "`rolled_back` also counts refusals, such as a used quota. A jump: the database is away; the log has the error.";

    database_conflicts: Counter<0> in NONE = "vibecoder_database_conflicts_total" [],
    "Write transactions that were repeated because of a conflict.",
    odd: "A few are normal on PostgreSQL.";

    database_connections: Gauge<2> in NONE = "vibecoder_database_connections" ["role", "state"],
    "Connections of this process, by program and state: used, idle, limit.",
    odd: "`used` stays at `limit`: see `vibecoder_database_wait_seconds`.";

    task_queue_backlog: Gauge<2> in NONE = "vibecoder_task_queue_backlog" ["queue", "tasks"],
    "Tasks that wait in a task queue, as Temporal estimates.",
    odd: "Grows: too few workers of this pool.";

    task_queue_oldest_seconds: Gauge<2> in NONE = "vibecoder_task_queue_oldest_seconds" ["queue", "tasks"],
    "Age of the oldest waiting task.",
    odd: "Above 60 s: too few workers of this pool, or none.";

    task_queue_pollers: Gauge<2> in NONE = "vibecoder_task_queue_pollers" ["queue", "tasks"],
    "Workers that polled a task queue in the last 90 s.",
    odd: "0: start the pool, or give it more slots if all are taken; `gateway health` names the pollers.";

    workflows_stuck: Counter<0> in NONE = "vibecoder_workflows_stuck_total" [],
    "Workflows whose task had failed for five minutes; each check, every five minutes, counts them again.",
    odd: "A bug, or workers of an older version: see the workflow's last failure in the Web UI.";

    lost_carousels_settled: Counter<1> in NONE = "vibecoder_lost_carousels_settled_total" ["outcome"],
    "Lost carousels that reconciliation closed, by outcome.",
    odd: "Each was a workflow that ended without telling the database: terminated by hand, or timed out.";

    dependency_up: Gauge<1> in NONE = "vibecoder_dependency_up" ["dependency"],
    "Whether the last readiness check of a dependency succeeded: 1 or 0.",
    odd: "0: `/readyz` has the reason.";

    dependency_seconds: Gauge<1> in NONE = "vibecoder_dependency_check_seconds" ["dependency"],
    "How long the last readiness check of a dependency took.",
    odd: "Seconds: the dependency is overloaded or far away.";

    build_info: Gauge<2> in NONE = "vibecoder_build_info" ["version", "role"],
    "Always 1; the labels say what runs.",
    odd: "Several versions for longer than a rollout: finish it.";

    tokio_workers: Gauge<0> in NONE = "vibecoder_tokio_workers" [],
    "Threads of the async runtime.",
    odd: "Nothing to do.";

    tokio_tasks: Gauge<0> in NONE = "vibecoder_tokio_tasks" [],
    "Live async tasks.",
    odd: "Grows without end: a leak.";

    tokio_queue: Gauge<0> in NONE = "vibecoder_tokio_queue" [],
    "Async tasks that wait in the runtime's global queue.",
    odd: "Stays above 100: the processors are too busy.";

    tokio_busy_seconds: Counter<0> in NONE = "vibecoder_tokio_busy_seconds_total" [],
    "Time that the async runtime's threads were busy, summed.",
    odd: "Near one second per second and thread: too few processors.";
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Metrics without values.
    ///
    /// # Panics
    ///
    /// If two entries of the catalogue have one name, which a test rules out.
    pub fn new() -> Self {
        Self::register(Registry::new()).expect("the catalogue's names are valid and distinct")
    }

    /// Shows rare counters as 0 from the start: an alert sees only the increase of a counter that it
    /// has seen before.
    pub fn start_rare_counters(&self) {
        self.workflows_stuck.start([]);
        self.deliveries.start(["unknown"]);
        self.bus_facts_dropped.start([]);
        self.bus_request_seconds.start(["dead"]);
        self.schedule_runs.start(["carousel", "missed"]);
        for outcome in ["delivered", "failed", "cancelled", "unknown"] {
            self.lost_carousels_settled.start([outcome]);
        }
    }

    /// The counters of the event `metrics.collected`, by name, summed over their labels.
    pub fn totals(&self) -> BTreeMap<String, u64> {
        let named: [(&str, u64); 9] = [
            ("vibecoder_updates_total", self.updates.total()),
            ("vibecoder_update_retries_total", self.update_retries.total()),
            ("vibecoder_carousels_opened_total", self.carousels_opened.total()),
            ("vibecoder_carousels_ended_total", self.carousels_ended.total()),
            ("vibecoder_carousel_failures_total", self.carousel_failures.total()),
            ("vibecoder_refusals_total", self.refusals.total()),
            ("vibecoder_deliveries_total", self.deliveries.total()),
            ("vibecoder_activity_retries_total", self.activity_retries.total()),
            ("vibecoder_model_failures_total", self.model_failures.total()),
        ];
        named.into_iter().map(|(name, total)| (name.to_owned(), total)).collect()
    }

    /// Where collectors of a process register: of its CPU time, memory and files.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// All values, in Prometheus' text format.
    ///
    /// # Errors
    ///
    /// If a collector returns an invalid metric.
    pub fn encode(&self) -> Result<String, prometheus::Error> {
        let mut page = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut page)?;
        Ok(String::from_utf8_lossy(&page).into_owned())
    }
}
