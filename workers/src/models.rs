//! The providers that the settings name, each with its line: model, breaker, prices, limit.

use std::sync::Arc;

use activities::ai::{
    self, Provider, Writer,
    anthropic::{self, Anthropic},
    breaker::Breaker,
    cost::Prices,
    desk::Line,
    model::Model,
    offline::Offline,
    openai::{self, OpenAi, SetupError},
};
use runtime::{http::Check, settings};

/// The providers of a process.
#[derive(Default)]
pub(crate) struct Models {
    providers: Vec<Arc<dyn Provider>>,
    lines: Vec<Arc<Line>>,
}

impl Models {
    /// Those that the settings name, and our own notes, which are always there to be asked for.
    pub(crate) fn make(settings: &settings::Ai, meters: &ai::Meters) -> Result<Self, SetupError> {
        let mut models = Self::default();
        for name in &settings.providers {
            let model: Arc<dyn Model> = match name.as_str() {
                openai::PROVIDER => Arc::new(OpenAi::new(&settings.openai, settings.temperature)?),
                anthropic::PROVIDER => {
                    Arc::new(Anthropic::new(&settings.anthropic, settings.temperature)?)
                }
                // The settings know no others.
                _ => continue,
            };
            let line = Arc::new(Line::new(
                model,
                Breaker::new(meters.breaker(name)),
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

    /// Says which providers are not asked for now. Not ready only when none is: one that rests is
    /// what the others are for.
    pub(crate) fn check(&self) -> Option<Check> {
        if self.lines.is_empty() {
            return None;
        }
        let lines = self.lines.clone();
        Some(Check::telling("models", move || {
            let now = std::time::SystemTime::now();
            let resting: Vec<String> = lines
                .iter()
                .filter_map(|line| {
                    let left = line.rests(now)?.as_secs().max(1);
                    Some(format!("{} not for {left} s more", line.provider()))
                })
                .collect();
            let told = resting.join(", ");
            let all = resting.len() == lines.len();
            async move { if all { Err(told) } else { Ok(told) } }
        }))
    }
}
