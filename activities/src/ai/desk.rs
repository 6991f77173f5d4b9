//! [`Desk`]: where one attempt of an ai activity works. It is how a provider reaches its model: behind
//! the breaker, with a limit on time, counted, whatever comes of it.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use workflows::contract::ModelCall;

use super::{
    breaker::Breaker,
    cost::Prices,
    meters::Meters,
    model::{Ask, Model, Purpose, Recording, Reply, Usage},
    trouble::Trouble,
};
use crate::{
    attempt::{Errand, millis},
    error::Error,
};

/// One attempt's place of work.
pub struct Desk<'a> {
    errand: &'a Errand,
    meters: &'a Meters,
}

/// A model with its breaker and its conditions, shared by all activities of a process.
pub struct Line {
    model: Arc<dyn Model>,
    breaker: Breaker,
    prices: Prices,
    limit: Duration,
}

impl Line {
    /// A line to `model`; a call ends after `limit`.
    pub fn new(model: Arc<dyn Model>, breaker: Breaker, prices: Prices, limit: Duration) -> Self {
        Self {
            model,
            breaker,
            prices,
            limit,
        }
    }

    /// Whose model it is.
    pub fn provider(&self) -> &'static str {
        self.model.provider()
    }

    /// For how long it is not asked, if it is not.
    pub fn rests(&self, now: std::time::SystemTime) -> Option<Duration> {
        self.breaker.is_open(now)
    }
}

impl<'a> Desk<'a> {
    pub(super) fn new(errand: &'a Errand, meters: &'a Meters) -> Self {
        Self { errand, meters }
    }

    /// Asks a model.
    ///
    /// # Errors
    /// What the activity fails with: permanent for this provider, or worth another attempt.
    pub(super) async fn ask(&self, line: &Line, ask: &Ask) -> Result<Reply, Error> {
        let asking = line.model.ask(ask);
        self.call(line, ask.purpose, &ask.prompt, asking).await
    }

    /// Lets a model listen.
    ///
    /// # Errors
    /// As [`Desk::ask`].
    pub(super) async fn listen(&self, line: &Line, to: Recording<'_>) -> Result<Reply, Error> {
        let listening = line.model.listen(to);
        self.call(line, Purpose::Transcript, "", listening).await
    }

    /// A call of somebody who has no model: it is in the books, and took nothing.
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

    /// A reply can't be used.
    pub(super) fn refused(&self, line: &Line, purpose: Purpose, repairing: bool) {
        self.meters
            .refused(line.provider(), purpose.name(), repairing);
    }

    /// What time it is.
    pub(super) fn now(&self) -> std::time::SystemTime {
        self.errand.now()
    }

    async fn call(
        &self,
        line: &Line,
        purpose: Purpose,
        prompt: &str,
        calling: BoxFuture<'_, Result<Reply, Trouble>>,
    ) -> Result<Reply, Error> {
        let began = self.errand.now();
        let leave = line.breaker.ask(began).map_err(|rest| {
            Error::Provider(format!(
                "too many of its calls failed lately, so it is not asked for {} s more",
                rest.as_secs().max(1)
            ))
        })?;
        let answer = match tokio::time::timeout(line.limit, calling).await {
            Ok(answer) => answer,
            Err(_) => Err(Trouble::Timeout(line.limit)),
        };
        let ended = self.errand.now();
        let ill = answer.as_ref().err().is_some_and(Trouble::is_illness);
        leave.settle(ill, ended);
        let usage = match &answer {
            Ok(reply) => reply.usage.clone(),
            Err(_) => Usage {
                model: line.model.name().to_owned(),
                ..Usage::default()
            },
        };
        let call = ModelCall {
            purpose: purpose.name().to_owned(),
            provider: line.provider().to_owned(),
            cost_micros: line.prices.of(&usage, line.model.is_metered()),
            model: usage.model,
            prompt: prompt.to_owned(),
            started_at: millis(began),
            finished_at: millis(ended),
            tokens_in: usage.tokens_in,
            tokens_out: usage.tokens_out,
            fault: answer
                .as_ref()
                .err()
                .map(Trouble::label)
                .unwrap_or_default(),
        };
        let took = ended.duration_since(began).unwrap_or_default();
        self.keep(call, line.model.name(), took);
        answer.map_err(|trouble| trouble.into_error(self.errand.number))
    }

    /// `model` as it is configured: what a server calls itself could be anything, and is no label.
    fn keep(&self, call: ModelCall, model: &str, took: Duration) {
        self.meters.called(&call, model, took);
        self.errand.called(call);
    }
}
