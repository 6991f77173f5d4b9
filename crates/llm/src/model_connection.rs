//! [`ModelConnection`]: a model with its circuit breaker, prices and timeout, shared by all
//! activities of a process.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use domain::ProviderName;
use runtime::settings::ModelRate;

use crate::{
    circuit_breaker::{CircuitBreaker, Permit},
    cost::Prices,
    language_model::LanguageModel,
};

pub struct ModelConnection {
    model: Arc<dyn LanguageModel>,
    breaker: CircuitBreaker,
    prices: Prices,
    timeout: Duration,
}

impl ModelConnection {
    /// `timeout` is for one call.
    pub fn new(
        model: Arc<dyn LanguageModel>,
        breaker: CircuitBreaker,
        prices: Prices,
        timeout: Duration,
    ) -> Self {
        Self { model, breaker, prices, timeout }
    }

    pub fn provider(&self) -> ProviderName {
        self.model.provider()
    }

    pub fn model(&self) -> &dyn LanguageModel {
        &*self.model
    }

    pub fn price(&self, model: &str) -> ModelRate {
        self.prices.of(model, self.model.is_metered())
    }

    /// Limit of one call.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Requests the circuit breaker's permission for a call.
    ///
    /// # Errors
    ///
    /// How long the breaker stays open.
    pub fn acquire(&self, now: SystemTime) -> Result<Permit<'_>, Duration> {
        self.breaker.acquire(now)
    }

    /// How long the circuit breaker stays open, if it is.
    pub fn breaker_open_for(&self, now: SystemTime) -> Option<Duration> {
        self.breaker.open_for(now)
    }
}
