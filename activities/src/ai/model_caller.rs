//! [`ModelCaller`]: makes the model calls of one activity attempt: through the circuit breaker, with a
//! timeout, within the allowance, and records each, failed or not.

use std::{sync::Arc, time::Duration};

use domain::failure::{ModelFailure, ModelProblem};
use futures::future::BoxFuture;
use runtime::settings::Micros;
use workflows::contract::ModelCall;

use super::{
    circuit_breaker::CircuitBreaker,
    cost::{self, Prices, TokenCount},
    language_model::{CallPurpose, LanguageModel, ModelReply, ModelRequest, Recording},
    model_call_metrics::ModelCallMetrics,
    model_error::ModelError,
};
use crate::{
    activity_failure::ActivityFailure,
    activity_run::{ActivityRun, to_millis},
};

/// Makes and records the model calls of one attempt.
pub struct ModelCaller<'a> {
    run: &'a ActivityRun,
    meters: &'a ModelCallMetrics,
    allowance: Option<Micros>,
}

/// A model with its circuit breaker, prices and timeout, shared by all activities of a process.
pub struct ModelConnection {
    model: Arc<dyn LanguageModel>,
    breaker: CircuitBreaker,
    prices: Prices,
    limit: Duration,
}

impl ModelConnection {
    /// A call times out after `limit`.
    pub fn new(
        model: Arc<dyn LanguageModel>,
        breaker: CircuitBreaker,
        prices: Prices,
        limit: Duration,
    ) -> Self {
        Self {
            model,
            breaker,
            prices,
            limit,
        }
    }

    pub fn provider(&self) -> &'static str {
        self.model.provider()
    }

    /// How long the circuit breaker stays open, if it is.
    pub fn breaker_open_for(&self, now: std::time::SystemTime) -> Option<Duration> {
        self.breaker.open_for(now)
    }
}

impl<'a> ModelCaller<'a> {
    /// `allowance` is what all calls of this activity may cost, including those of its earlier
    /// attempts.
    pub(super) fn new(
        run: &'a ActivityRun,
        meters: &'a ModelCallMetrics,
        allowance: Option<Micros>,
    ) -> Self {
        Self {
            run,
            meters,
            allowance,
        }
    }

    /// Calls a model.
    ///
    /// # Errors
    ///
    /// The activity's error: permanent for this provider, or retryable.
    pub(super) async fn ask(
        &self,
        line: &ModelConnection,
        ask: &ModelRequest,
    ) -> Result<ModelReply, ActivityFailure> {
        let calling = PlannedCall {
            purpose: ask.purpose,
            prompt: &ask.prompt,
            model: line.model.name(),
            bound: TokenCount::of_request(ask),
        };
        self.call(line, calling, line.model.ask(ask)).await
    }

    /// Transcribes a recording.
    ///
    /// # Errors
    ///
    /// As [`ModelCaller::acquire`].
    pub(super) async fn transcribe(
        &self,
        line: &ModelConnection,
        to: Recording<'_>,
    ) -> Result<ModelReply, ActivityFailure> {
        let calling = PlannedCall {
            purpose: CallPurpose::Transcript,
            prompt: "",
            model: line.model.transcription_model(),
            bound: TokenCount::of_audio(to.bytes.len()),
        };
        self.call(line, calling, line.model.transcribe(to)).await
    }

    /// Records a call of a provider without a model; it costs nothing.
    pub(super) fn record_free_call(
        &self,
        provider: &str,
        purpose: CallPurpose,
        began: std::time::SystemTime,
    ) {
        let ended = self.run.now();
        let call = ModelCall {
            purpose: purpose.name().to_owned(),
            provider: provider.to_owned(),
            started_at: to_millis(began),
            finished_at: to_millis(ended),
            ..ModelCall::default()
        };
        self.record_call(call, "", ended.duration_since(began).unwrap_or_default());
    }

    /// Counts an unusable reply.
    pub(super) fn count_unusable_reply(
        &self,
        line: &ModelConnection,
        purpose: CallPurpose,
        repairing: bool,
    ) {
        self.meters
            .refused(line.provider(), purpose.name(), repairing);
    }

    pub(super) fn now(&self) -> std::time::SystemTime {
        self.run.now()
    }

    async fn call(
        &self,
        line: &ModelConnection,
        calling: PlannedCall<'_>,
        asked: BoxFuture<'_, Result<ModelReply, ModelError>>,
    ) -> Result<ModelReply, ActivityFailure> {
        let began = self.run.now();
        let rate = line.prices.of(calling.model, line.model.is_metered());
        let most = rate.cost(calling.bound.input, calling.bound.output);
        self.check_allowance(most)?;
        let leave = line.breaker.acquire(began).map_err(|rest| {
            let seconds = u32::try_from(rest.as_secs().max(1)).unwrap_or(u32::MAX);
            let failure = ModelFailure {
                provider: line.provider().to_owned(),
                problem: ModelProblem::BreakerOpen,
                wait_seconds: seconds,
                attempt: self.run.attempt,
                ..ModelFailure::default()
            };
            ActivityFailure::Model {
                failure: Box::new(failure),
                reason: format!(
                    "too many of its calls failed lately, so it is not asked for {seconds} s more"
                ),
                retry: None,
            }
        })?;
        let mut call = ModelCall {
            purpose: calling.purpose.name().to_owned(),
            provider: line.provider().to_owned(),
            model: calling.model.to_owned(),
            prompt: calling.prompt.to_owned(),
            cost_micros: most,
            started_at: to_millis(began),
            finished_at: to_millis(began),
            fault: UNANSWERED.to_owned(),
            ..ModelCall::default()
        };
        let number = self.run.begin_call(call.clone());
        let answer = match tokio::time::timeout(line.limit, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(ModelError::Timeout(line.limit)),
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
            }
            Err(error) => {
                call.cost_micros = if error.may_cost() { most } else { 0 };
                call.fault = error.label();
            }
        }
        let took = ended.duration_since(began).unwrap_or_default();
        self.meters.called(&call, line.model.name(), took);
        self.run.finish_call(number, call);
        answer.map_err(|error| error.into_error(line.provider(), self.run.attempt))
    }

    /// Checks that a call's upper bound is within the allowance.
    fn check_allowance(&self, most: Micros) -> Result<(), ActivityFailure> {
        let Some(allowance) = self.allowance else {
            return Ok(());
        };
        let spent: Micros = self.run.calls().iter().map(|it| it.cost_micros).sum();
        if spent.saturating_add(most) <= allowance {
            return Ok(());
        }
        Err(ActivityFailure::Budget(
            "today's budget for models does not cover another call: there is a new one at midnight \
             UTC, and our own notes write at any time without one"
                .to_owned(),
        ))
    }

    /// `model` is the configured name: the name in a reply could be anything and is not safe as a
    /// metric label.
    fn record_call(&self, call: ModelCall, model: &str, took: Duration) {
        self.meters.called(&call, model, took);
        self.run.begin_call(call);
    }
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
