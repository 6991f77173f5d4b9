//! [`ActivityModelCaller`]: makes the model calls of one activity attempt: through the circuit breaker,
//! with a timeout, within the allowance, and records each, failed or not.

use std::time::{Duration, SystemTime};

use domain::failure::{ModelFailure, ModelProblem};
use futures::future::{BoxFuture, FutureExt as _};
use llm::{
    call_failure::CallFailure,
    cost::{self, TokenCount},
    language_model::{CallPurpose, ModelReply, ModelRequest, Recording},
    model_connection::ModelConnection,
    model_error::ModelError,
};
use runtime::settings::Micros;
use workflows::model_calls::ModelCall;
use writer::{ModelCaller, ProviderError, ProviderFuture};

use super::model_call_metrics::ModelCallMetrics;
use crate::activity_run::{ActivityRun, to_millis};

/// Makes and records the model calls of one attempt.
pub(super) struct ActivityModelCaller<'a> {
    run: &'a ActivityRun,
    meters: &'a ModelCallMetrics,
    allowance: Option<Micros>,
}

impl<'a> ActivityModelCaller<'a> {
    /// `allowance` is what all calls of this activity may cost, including those of its earlier
    /// attempts.
    pub(super) fn new(
        run: &'a ActivityRun,
        meters: &'a ModelCallMetrics,
        allowance: Option<Micros>,
    ) -> Self {
        Self { run, meters, allowance }
    }

    async fn call(
        &self,
        line: &ModelConnection,
        calling: PlannedCall<'_>,
        asked: BoxFuture<'_, Result<ModelReply, ModelError>>,
    ) -> Result<ModelReply, ProviderError> {
        let began = self.run.now();
        let rate = line.price(calling.model);
        let most = rate.cost(calling.bound.input, calling.bound.output);
        self.check_allowance(most)?;
        let leave = line.acquire(began).map_err(|rest| {
            let seconds = u32::try_from(rest.as_secs().max(1)).unwrap_or(u32::MAX);
            let failure = ModelFailure {
                provider: line.provider().to_owned(),
                problem: ModelProblem::BreakerOpen,
                wait_seconds: seconds,
                attempt: self.run.attempt,
                ..ModelFailure::default()
            };
            CallFailure {
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
        let answer = match tokio::time::timeout(line.timeout(), asked).await {
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
            }
            Err(error) => {
                call.cost_micros = if error.may_cost() { most } else { 0 };
                call.fault = error.label();
            }
        }
        let took = ended.duration_since(began).unwrap_or_default();
        self.meters.called(&call, line.model().name(), took);
        self.run.finish_call(number, call);
        answer.map_err(|error| error.into_failure(line.provider(), self.run.attempt).into())
    }

    /// Checks that a call's upper bound is within the allowance.
    fn check_allowance(&self, most: Micros) -> Result<(), ProviderError> {
        let Some(allowance) = self.allowance else {
            return Ok(());
        };
        let spent: Micros = self.run.calls().iter().map(|it| it.cost_micros).sum();
        if spent.saturating_add(most) <= allowance {
            return Ok(());
        }
        Err(ProviderError::Budget(
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
            bound: TokenCount::of_request(ask),
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

    fn record_free_call(&self, provider: &str, purpose: CallPurpose, began: SystemTime) {
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

    fn count_unusable_reply(&self, line: &ModelConnection, purpose: CallPurpose, repairing: bool) {
        self.meters.refused(line.provider(), purpose.name(), repairing);
    }

    fn now(&self) -> SystemTime {
        self.run.now()
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
