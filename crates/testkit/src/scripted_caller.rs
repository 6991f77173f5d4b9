//! A [`ModelCaller`] for tests: scripted replies, and a record of the requests. The unit tests of
//! `writer` include this file.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use domain::ProviderName;
use futures::future::{BoxFuture, FutureExt as _, ready};
use llm::{
    circuit_breaker::CircuitBreaker,
    cost::Prices,
    language_model::{
        CallPurpose, CallUsage, LanguageModel, ModelReply, ModelRequest, OfferedModel, Recording,
    },
    model_connection::ModelConnection,
    model_error::ModelError,
};

use writer::{ModelCaller, ProviderFuture, Writer};

/// Answers the requests with the texts of `reply`, in order.
pub struct ScriptedCaller<F> {
    reply: F,
    asked: Mutex<Vec<ModelRequest>>,
}

impl<F: Fn(usize, &ModelRequest) -> String + Send + Sync> ScriptedCaller<F> {
    /// `reply` gets the number of earlier requests and the request.
    pub fn new(reply: F) -> Self {
        Self { reply, asked: Mutex::default() }
    }

    /// The requests since the last call of this function.
    pub fn take_requests(&self) -> Vec<ModelRequest> {
        std::mem::take(&mut *self.asked.lock().expect("no test panics while it holds this"))
    }
}

impl<F: Fn(usize, &ModelRequest) -> String + Send + Sync> ModelCaller for ScriptedCaller<F> {
    fn ask<'a>(
        &'a self,
        _: &'a ModelConnection,
        request: &'a ModelRequest,
    ) -> ProviderFuture<'a, ModelReply> {
        let mut asked = self.asked.lock().expect("no test panics while it holds this");
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
        ready(Err(ModelError::Deaf)).boxed()
    }

    fn record_free_call(&self, _: ProviderName, _: CallPurpose, _: SystemTime) {}

    fn count_unusable_reply(&self, _: &ModelConnection, _: CallPurpose, _: bool) {}

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

/// A model that a [`ScriptedCaller`] never calls.
struct UncalledModel;

impl LanguageModel for UncalledModel {
    fn provider(&self) -> ProviderName {
        ProviderName::OpenAi
    }

    fn name(&self) -> &str {
        "scripted"
    }

    fn is_metered(&self) -> bool {
        false
    }

    fn offered_models(&self) -> BoxFuture<'_, Result<Vec<OfferedModel>, ModelError>> {
        ready(Ok(Vec::new())).boxed()
    }

    fn ask<'a>(&'a self, _: &'a ModelRequest) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
        ready(Err(ModelError::Unreachable)).boxed()
    }
}

/// A writer whose calls a [`ScriptedCaller`] answers.
pub fn writer() -> Writer {
    let breaker = CircuitBreaker::new(metrics::Metrics::new().model_breaker_state.of(["test"]));
    let timeout = Duration::from_secs(5);
    let model = Arc::new(UncalledModel);
    let connection = ModelConnection::new(model, breaker, Prices::default(), timeout);
    Writer::new(Arc::new(connection))
}
