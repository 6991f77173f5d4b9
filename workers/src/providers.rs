//! Builds the providers that the settings name, each with its model, circuit breaker, prices and
//! limit.

use std::sync::Arc;

use llm::{
    ModelSetupError, circuit_breaker::CircuitBreaker, connect::connect, cost::Prices,
    model_connection::ModelConnection,
};
use metrics::Metrics;
use runtime::{http::Check, settings};
use writer::{Provider, Writer, offline::Offline};

#[derive(Default)]
pub(crate) struct ConfiguredProviders {
    providers: Vec<Arc<dyn Provider>>,
    lines: Vec<Arc<ModelConnection>>,
}

/// Failures that only the owner can end: an alert fires for the first one, and it sees only the
/// increase of a counter that has been 0 before.
const NEEDS_OWNER: [&str; 4] = ["http 401", "http 402", "http 403", "http 404"];

impl ConfiguredProviders {
    /// The configured providers, and the offline provider, which is always available on request.
    pub(crate) fn make(
        settings: &settings::AiSettings,
        metrics: &Metrics,
    ) -> Result<Self, ModelSetupError> {
        let mut models = Self::default();
        for provider in &settings.providers {
            // The offline provider is added below.
            let Some(model) = connect(*provider, settings)? else { continue };
            for problem in NEEDS_OWNER {
                metrics.model_failures.start([provider.name(), problem]);
            }
            let line = Arc::new(ModelConnection::new(
                model,
                CircuitBreaker::new(metrics.model_breaker_state.of([provider.name()])),
                Prices::with(settings.prices.clone()),
                settings.call,
            ));
            models.providers.push(Arc::new(Writer::new(line.clone())));
            models.lines.push(line);
        }
        models.providers.push(Arc::new(Offline));
        Ok(models)
    }

    /// For the ai pool.
    pub(crate) fn providers(&self) -> Vec<Arc<dyn Provider>> {
        self.providers.clone()
    }

    /// Reports which circuit breakers are open. Not ready only if all are: one open breaker makes
    /// calls fall back to the other providers.
    pub(crate) fn check(&self) -> Option<Check> {
        if self.lines.is_empty() {
            return None;
        }
        let lines = self.lines.clone();
        Some(Check::with_message("models", move || {
            let now = std::time::SystemTime::now();
            let resting: Vec<String> = lines
                .iter()
                .filter_map(|line| {
                    let left = line.breaker_open_for(now)?.as_secs().max(1);
                    Some(format!("{} not for {left} s more", line.provider()))
                })
                .collect();
            let told = resting.join(", ");
            let all = resting.len() == lines.len();
            async move { if all { Err(told) } else { Ok(told) } }
        }))
    }
}
