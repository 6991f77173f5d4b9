//! [`ActivityModelCaller`]: makes the model calls of one activity attempt: through the circuit breaker,
//! with a timeout, within the allowance, and records each, failed or not.

use std::time::{Duration, SystemTime};

use domain::{
    ProviderName,
    failure::{FailureKind, ModelFailure, ModelProblem},
};
use futures::future::{BoxFuture, FutureExt as _};
use llm::{
    cost::{self, TokenCount},
    language_model::{CallPurpose, ModelReply, ModelRequest, Recording},
    model_connection::ModelConnection,
    model_error::ModelError,
};
use runtime::settings::Micros;
use tracing::{Instrument as _, Span, field::Empty};
use workflows::model_calls::ModelCall;
use writer::{ModelCaller, ProviderFuture};

use crate::activity_run::{ActivityRun, to_millis};

/// Makes and records the model calls of one attempt.
pub(super) struct ActivityModelCaller<'a> {
    run: &'a ActivityRun,
    allowance: Option<Micros>,
}

impl<'a> ActivityModelCaller<'a> {
    /// `allowance` is what all calls of this activity may cost, including those of its earlier
    /// attempts.
    pub(super) fn new(run: &'a ActivityRun, allowance: Option<Micros>) -> Self {
        Self { run, allowance }
    }

    async fn call(
        &self,
        line: &ModelConnection,
        calling: PlannedCall<'_>,
        asked: BoxFuture<'_, Result<ModelReply, ModelError>>,
    ) -> Result<ModelReply, ModelError> {
        let began = self.run.now();
        let rate = line.price(calling.model);
        let most = rate.cost(calling.bound.input, calling.bound.output);
        self.check_allowance(most)?;
        let leave = line.acquire(began).map_err(|rest| {
            let seconds = u32::try_from(rest.as_secs().max(1)).unwrap_or(u32::MAX);
            let failure = ModelFailure {
                problem: ModelProblem::BreakerOpen,
                wait_seconds: seconds,
                ..ModelFailure::default()
            };
            let reason = format!(
                "too many of its calls failed lately, so it is not asked for {seconds} s more"
            );
            ModelError::Unable { failure: Box::new(failure), reason }
        })?;
        let mut call = ModelCall {
            purpose: calling.purpose.name().to_owned(),
            provider: line.provider().name().to_owned(),
            model: calling.model.to_owned(),
            prompt: calling.prompt.to_owned(),
            cost_micros: most,
            started_at: to_millis(began),
            finished_at: to_millis(began),
            fault: UNANSWERED.to_owned(),
            ..ModelCall::default()
        };
        let number = self.run.begin_call(call.clone());
        let span = model_call_span(&call);
        let waiting = tokio::time::timeout(line.timeout(), asked).instrument(span.clone());
        let answer = match waiting.await {
            Ok(answer) => answer,
            Err(_) => Err(ModelError::Timeout(line.timeout())),
        };
        let ended = self.run.now();
        let ill = answer.as_ref().err().is_some_and(ModelError::is_illness);
        leave.record_result(ill, ended);
        call.finished_at = to_millis(ended);
        match &answer {
            Ok(ModelReply { usage, .. }) => {
                // The price of the configured model, not of the model that the reply names. A reply
                // without usage costs the upper bound.
                call.cost_micros =
                    cost::tokens_used(usage).map_or(most, |it| rate.cost(it.input, it.output));
                call.model.clone_from(&usage.model);
                (call.tokens_in, call.tokens_out) = (usage.tokens_in, usage.tokens_out);
                call.fault = String::new();
                span.record("gen_ai.usage.input_tokens", call.tokens_in);
                span.record("gen_ai.usage.output_tokens", call.tokens_out);
            }
            Err(error) => {
                call.cost_micros = if error.may_cost() { most } else { 0 };
                call.fault = error.label();
                call.service_failed = ill;
                span.record("error.type", &call.fault);
            }
        }
        drop(span);
        let took = ended.duration_since(began).unwrap_or_default();
        self.measure(&call, line.model().name(), took);
        self.run.finish_call(number, call);
        answer
    }

    /// Checks that a call's upper bound is within the allowance.
    fn check_allowance(&self, most: Micros) -> Result<(), ModelError> {
        let Some(allowance) = self.allowance else {
            return Ok(());
        };
        let spent: Micros = self.run.calls().iter().map(|it| it.cost_micros).sum();
        if spent.saturating_add(most) <= allowance {
            return Ok(());
        }
        let reason = "today's budget for models does not cover another call: there is a new one \
                      at midnight UTC, and our own notes write at any time without one";
        Err(ModelError::Request { kind: FailureKind::BudgetExceeded, reason: reason.to_owned() })
    }

    /// `model` is the configured name: the name in a reply could be anything and is not safe as a
    /// metric label.
    fn record_call(&self, call: ModelCall, model: &str, took: Duration) {
        self.measure(&call, model, took);
        self.run.begin_call(call);
    }

    fn measure(&self, call: &ModelCall, model: &str, took: Duration) {
        let (metrics, provider) = (self.run.metrics(), call.provider.as_str());
        let outcome = if call.fault.is_empty() { "answered" } else { "failed" };
        metrics.model_call_seconds.observe(took, [provider, &call.purpose, outcome]);
        if !call.fault.is_empty() {
            metrics.model_failures.inc([provider, &call.fault]);
        }
        for (direction, tokens) in [("read", call.tokens_in), ("written", call.tokens_out)] {
            if tokens > 0 {
                metrics.model_tokens.add(f64::from(tokens), [provider, model, direction]);
            }
        }
        if call.cost_micros > 0 {
            #[expect(clippy::cast_precision_loss, reason = "a call costs far less than billions")]
            let dollars = call.cost_micros as f64 / 1_000_000.0;
            metrics.model_cost.add(dollars, [provider, model]);
        }
    }
}

impl ModelCaller for ActivityModelCaller<'_> {
    fn ask<'a>(
        &'a self,
        line: &'a ModelConnection,
        ask: &'a ModelRequest,
    ) -> ProviderFuture<'a, ModelReply> {
        let calling = PlannedCall {
            purpose: ask.purpose,
            prompt: &ask.prompt,
            model: line.model().name(),
            bound: TokenCount::of_request(ask).thinking(line.model().thinking_tokens()),
        };
        self.call(line, calling, line.model().ask(ask)).boxed()
    }

    fn transcribe<'a>(
        &'a self,
        line: &'a ModelConnection,
        recording: Recording<'a>,
    ) -> ProviderFuture<'a, ModelReply> {
        let calling = PlannedCall {
            purpose: CallPurpose::Transcript,
            prompt: "",
            model: line.model().transcription_model(),
            bound: TokenCount::of_audio(recording.bytes.len()),
        };
        self.call(line, calling, line.model().transcribe(recording)).boxed()
    }

    fn record_free_call(&self, provider: ProviderName, purpose: CallPurpose, began: SystemTime) {
        let ended = self.run.now();
        let call = ModelCall {
            purpose: purpose.name().to_owned(),
            provider: provider.name().to_owned(),
            started_at: to_millis(began),
            finished_at: to_millis(ended),
            ..ModelCall::default()
        };
        self.record_call(call, "", ended.duration_since(began).unwrap_or_default());
    }

    fn count_unusable_reply(&self, line: &ModelConnection, purpose: CallPurpose, repairing: bool) {
        let next = if repairing { "repair" } else { "give_up" };
        let labels = [line.provider().name(), purpose.name(), next];
        self.run.metrics().model_replies_refused.inc(labels);
    }

    fn now(&self) -> SystemTime {
        self.run.now()
    }
}

/// Neither the prompt nor the reply is an attribute.
fn model_call_span(call: &ModelCall) -> Span {
    let operation = if call.prompt.is_empty() { "transcribe" } else { "chat" };
    traces::span!(
        "model_call",
        otel.name = format!("{operation} {}", call.model),
        otel.kind = "client",
        gen_ai.operation.name = operation,
        gen_ai.provider.name = call.provider,
        gen_ai.request.model = call.model,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        purpose = call.purpose,
        "error.type" = Empty,
    )
}

/// A call about to be made.
struct PlannedCall<'a> {
    purpose: CallPurpose,
    prompt: &'a str,
    /// The configured name.
    model: &'a str,
    bound: TokenCount,
}

/// The recorded failure of a call without a received answer: it was cancelled, or its process
/// died.
const UNANSWERED: &str = "unanswered";
