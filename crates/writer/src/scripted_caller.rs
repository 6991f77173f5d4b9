//! A [`ModelCaller`] for tests: scripted replies, and a record of the requests.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use futures::future::{BoxFuture, FutureExt as _, ready};
use llm::{
    circuit_breaker::CircuitBreaker,
    cost::Prices,
    language_model::{CallPurpose, CallUsage, LanguageModel, ModelReply, ModelRequest, Recording},
    model_connection::ModelConnection,
    model_error::ModelError,
};
use prometheus::IntGauge;

use crate::{ModelCaller, ProviderFuture, Writer};

/// Answers the requests with the texts of `reply`, in order.
pub(crate) struct ScriptedCaller<F> {
    reply: F,
    asked: Mutex<Vec<ModelRequest>>,
}

impl<F: Fn(usize, &ModelRequest) -> String + Send + Sync> ScriptedCaller<F> {
    /// `reply` gets the number of earlier requests and the request.
    pub(crate) fn new(reply: F) -> Self {
        Self { reply, asked: Mutex::default() }
    }

    /// The requests since the last call of this function.
    pub(crate) fn take_requests(&self) -> Vec<ModelRequest> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl<F: Fn(usize, &ModelRequest) -> String + Send + Sync> ModelCaller for ScriptedCaller<F> {
    fn ask<'a>(
        &'a self,
        _: &'a ModelConnection,
        request: &'a ModelRequest,
    ) -> ProviderFuture<'a, ModelReply> {
        let mut asked = self.asked.lock().unwrap();
        let text = (self.reply)(asked.len(), request);
        asked.push(request.clone());
        let usage = CallUsage::default();
        ready(Ok(ModelReply { text, usage })).boxed()
    }

    fn transcribe<'a>(
        &'a self,
        _: &'a ModelConnection,
        _: Recording<'a>,
    ) -> ProviderFuture<'a, ModelReply> {
        ready(Err(ModelError::Deaf.into_failure("scripted", 1).into())).boxed()
    }

    fn record_free_call(&self, _: &str, _: CallPurpose, _: SystemTime) {}

    fn count_unusable_reply(&self, _: &ModelConnection, _: CallPurpose, _: bool) {}

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

/// A model that a [`ScriptedCaller`] never calls.
struct UncalledModel;

impl LanguageModel for UncalledModel {
    fn provider(&self) -> &'static str {
        "scripted"
    }

    fn name(&self) -> &str {
        "scripted"
    }

    fn is_metered(&self) -> bool {
        false
    }

    fn ask<'a>(&'a self, _: &'a ModelRequest) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
        ready(Err(ModelError::Unreachable)).boxed()
    }
}

/// A writer whose calls a [`ScriptedCaller`] answers.
pub(crate) fn writer() -> Writer {
    let breaker = CircuitBreaker::new(IntGauge::new("breaker", "b").unwrap());
    let timeout = Duration::from_secs(5);
    let model = Arc::new(UncalledModel);
    let connection = ModelConnection::new(model, breaker, Prices::default(), timeout);
    Writer::new(Arc::new(connection))
}
