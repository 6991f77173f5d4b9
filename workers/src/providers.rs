//! Builds the providers that the settings name, each with its model, circuit breaker, prices and
//! limit.

use std::sync::Arc;

use activities::ai::ModelCallMetrics;
use llm::{
    anthropic::{self, AnthropicModel},
    circuit_breaker::CircuitBreaker,
    cost::Prices,
    language_model::LanguageModel,
    model_connection::ModelConnection,
    openai::{self, ModelSetupError, OpenAiModel},
};
use runtime::{http::Check, settings};
use writer::{Provider, Writer, offline::Offline};

#[derive(Default)]
pub(crate) struct ConfiguredProviders {
    providers: Vec<Arc<dyn Provider>>,
    lines: Vec<Arc<ModelConnection>>,
}

impl ConfiguredProviders {
    /// The configured providers, and the offline provider, which is always available on request.
    pub(crate) fn make(
        settings: &settings::AiSettings,
        meters: &ModelCallMetrics,
    ) -> Result<Self, ModelSetupError> {
        let mut models = Self::default();
        for name in &settings.providers {
            let model: Arc<dyn LanguageModel> = match name.as_str() {
                openai::PROVIDER => {
                    Arc::new(OpenAiModel::new(&settings.openai, settings.temperature)?)
                }
                anthropic::PROVIDER => {
                    Arc::new(AnthropicModel::new(&settings.anthropic, settings.temperature)?)
                }
                // The settings allow no other names.
                _ => continue,
            };
            let line = Arc::new(ModelConnection::new(
                model,
                CircuitBreaker::new(meters.breaker(name)),
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
