//! [`Desk`]: makes the model calls of one activity attempt: through the circuit breaker, with a
//! timeout, within the allowance, and records each, failed or not.

use std::{sync::Arc, time::Duration};

use domain::failure::{ModelFailure, ModelProblem};
use futures::future::BoxFuture;
use runtime::settings::Micros;
use workflows::contract::ModelCall;

use super::{
    breaker::Breaker,
    cost::{self, Prices, Size},
    meters::Meters,
    model::{Ask, Model, Purpose, Recording, Reply},
    model_error::ModelError,
};
use crate::{
    attempt::{Errand, millis},
    error::Error,
};

/// Makes and records the model calls of one attempt.
pub struct Desk<'a> {
    errand: &'a Errand,
    meters: &'a Meters,
    allowance: Option<Micros>,
}

/// A model with its circuit breaker, prices and timeout, shared by all activities of a process.
pub struct Line {
    model: Arc<dyn Model>,
    breaker: Breaker,
    prices: Prices,
    limit: Duration,
}

impl Line {
    /// A call times out after `limit`.
    pub fn new(model: Arc<dyn Model>, breaker: Breaker, prices: Prices, limit: Duration) -> Self {
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
    pub fn rests(&self, now: std::time::SystemTime) -> Option<Duration> {
        self.breaker.is_open(now)
    }
}

impl<'a> Desk<'a> {
    /// `allowance` is what all calls of this activity may cost, including those of its earlier
    /// attempts.
    pub(super) fn new(errand: &'a Errand, meters: &'a Meters, allowance: Option<Micros>) -> Self {
        Self {
            errand,
            meters,
            allowance,
        }
    }

    /// Calls a model.
    ///
    /// # Errors
    ///
    /// The activity's error: permanent for this provider, or retryable.
    pub(super) async fn ask(&self, line: &Line, ask: &Ask) -> Result<Reply, Error> {
        let calling = Calling {
            purpose: ask.purpose,
            prompt: &ask.prompt,
            model: line.model.name(),
            bound: Size::of_ask(ask),
        };
        self.call(line, calling, line.model.ask(ask)).await
    }

    /// Transcribes a recording.
    ///
    /// # Errors
    ///
    /// As [`Desk::ask`].
    pub(super) async fn listen(&self, line: &Line, to: Recording<'_>) -> Result<Reply, Error> {
        let calling = Calling {
            purpose: Purpose::Transcript,
            prompt: "",
            model: line.model.listener(),
            bound: Size::of_sound(to.bytes.len()),
        };
        self.call(line, calling, line.model.listen(to)).await
    }

    /// Records a call of a provider without a model; it costs nothing.
    pub(super) fn note(&self, provider: &str, purpose: Purpose, began: std::time::SystemTime) {
        let ended = self.errand.now();
        let call = ModelCall {
            purpose: purpose.name().to_owned(),
            provider: provider.to_owned(),
            started_at: millis(began),
            finished_at: millis(ended),
            ..ModelCall::default()
        };
        self.keep(call, "", ended.duration_since(began).unwrap_or_default());
    }

    /// Counts an unusable reply.
    pub(super) fn refused(&self, line: &Line, purpose: Purpose, repairing: bool) {
        self.meters
            .refused(line.provider(), purpose.name(), repairing);
    }

    pub(super) fn now(&self) -> std::time::SystemTime {
        self.errand.now()
    }

    async fn call(
        &self,
        line: &Line,
        calling: Calling<'_>,
        asked: BoxFuture<'_, Result<Reply, ModelError>>,
    ) -> Result<Reply, Error> {
        let began = self.errand.now();
        let rate = line.prices.of(calling.model, line.model.is_metered());
        let most = rate.cost(calling.bound.read, calling.bound.written);
        self.afford(most)?;
        let leave = line.breaker.ask(began).map_err(|rest| {
            let seconds = u32::try_from(rest.as_secs().max(1)).unwrap_or(u32::MAX);
            let failure = ModelFailure {
                provider: line.provider().to_owned(),
                problem: ModelProblem::BreakerOpen,
                wait_seconds: seconds,
                attempt: self.errand.number,
                ..ModelFailure::default()
            };
            Error::Model {
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
            started_at: millis(began),
            finished_at: millis(began),
            fault: UNANSWERED.to_owned(),
            ..ModelCall::default()
        };
        let number = self.errand.called(call.clone());
        let answer = match tokio::time::timeout(line.limit, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(ModelError::Timeout(line.limit)),
        };
        let ended = self.errand.now();
        let ill = answer.as_ref().err().is_some_and(ModelError::is_illness);
        leave.settle(ill, ended);
        call.finished_at = millis(ended);
        match &answer {
            Ok(Reply { usage, .. }) => {
                // The price of the configured model, not of the model that the reply names. A reply
                // without usage costs the upper bound.
                call.cost_micros =
                    cost::taken(usage).map_or(most, |it| rate.cost(it.read, it.written));
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
        self.errand.answered(number, call);
        answer.map_err(|error| error.into_error(line.provider(), self.errand.number))
    }

    /// Checks that a call's upper bound is within the allowance.
    fn afford(&self, most: Micros) -> Result<(), Error> {
        let Some(allowance) = self.allowance else {
            return Ok(());
        };
        let spent: Micros = self.errand.calls().iter().map(|it| it.cost_micros).sum();
        if spent.saturating_add(most) <= allowance {
            return Ok(());
        }
        Err(Error::Budget(
            "today's budget for models does not cover another call: there is a new one at midnight \
             UTC, and our own notes write at any time without one"
                .to_owned(),
        ))
    }

    /// `model` is the configured name: the name in a reply could be anything and is not safe as a
    /// metric label.
    fn keep(&self, call: ModelCall, model: &str, took: Duration) {
        self.meters.called(&call, model, took);
        self.errand.called(call);
    }
}

/// A call about to be made.
struct Calling<'a> {
    purpose: Purpose,
    prompt: &'a str,
    /// The configured name.
    model: &'a str,
    bound: Size,
}

/// The recorded failure of a call without a received answer: it was cancelled, or its process
/// died.
const UNANSWERED: &str = "unanswered";
