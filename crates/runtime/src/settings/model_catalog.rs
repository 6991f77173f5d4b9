//! The models that we know: defaults, prices, and which of them think. The only place to change when
//! a vendor releases or retires a model. It is here and not in `llm`, because the settings check
//! prices before anything else runs.
//!
//! Sources, as of 2026-11-30: developers.openai.com/api/docs/pricing, …/docs/models/gpt-6-luna,
//! …/docs/models/gpt-transcribe and …/docs/deprecations; platform.claude.com/docs, pages “Models
//! overview” and “Claude Haiku 5.5”. OpenAI ends gpt-5, -mini and -nano on 2026-12-11, gpt-4o and
//! gpt-4.1 with their minis on 2027-01-14, whisper-1 and gpt-4o-transcribe on 2027-02-26.

use domain::ProviderName;

use super::{AiSettings, Micros, ModelPrice};

/// OpenAI's model for many small tasks, its replacement for gpt-4.1-mini and gpt-4o-mini.
pub(super) const OPENAI_MODEL: &str = "gpt-6-luna";
/// OpenAI's model for recorded files, its replacement for whisper-1.
pub const OPENAI_TRANSCRIBE_MODEL: &str = "gpt-transcribe";
/// Anthropic's smallest model.
pub(super) const ANTHROPIC_MODEL: &str = "claude-haiku-5-5";

/// US dollars per million input and output tokens, for prompts of less than 100,000 tokens (ours have
/// at most 20,000 characters). A name counts with its dated versions: `gpt-5` has the price of
/// `gpt-5-2025-08-07`, and not of `gpt-5.5`; the longest name counts. Audio that is charged per minute
/// counts as [`TOKENS_PER_SECOND`].
const BUILT_IN: [(&str, Micros, Micros); 33] = [
    ("gpt-6-luna", 100_000, 500_000),
    ("gpt-6-sol", 2_000_000, 10_000_000),
    ("gpt-6-astra", 10_000_000, 50_000_000),
    ("gpt-6.1-terra", 1_000_000, 5_000_000),
    ("gpt-6.1-sol", 2_000_000, 10_000_000),
    ("gpt-5.6-luna", 200_000, 1_200_000),
    ("gpt-5.6-terra", 2_000_000, 12_000_000),
    ("gpt-5.6-sol", 4_000_000, 20_000_000),
    ("gpt-5.5", 5_000_000, 30_000_000),
    ("gpt-5.5-pro", 30_000_000, 180_000_000),
    ("gpt-5.4", 2_500_000, 15_000_000),
    ("gpt-5.4-mini", 750_000, 4_500_000),
    ("gpt-5.4-nano", 200_000, 1_250_000),
    ("gpt-5.4-pro", 30_000_000, 180_000_000),
    ("gpt-5-nano", 50_000, 400_000),
    ("gpt-5-mini", 250_000, 2_000_000),
    ("gpt-5", 1_250_000, 10_000_000),
    ("gpt-4.1-nano", 100_000, 400_000),
    ("gpt-4.1-mini", 400_000, 1_600_000),
    ("gpt-4.1", 2_000_000, 8_000_000),
    ("gpt-4o-mini", 150_000, 600_000),
    ("gpt-4o", 2_500_000, 10_000_000),
    ("gpt-4o-mini-transcribe", 1_250_000, 5_000_000),
    ("gpt-4o-transcribe", 2_500_000, 10_000_000),
    // 0.0045 dollars a minute.
    ("gpt-transcribe", 1_875_000, 0),
    // 0.006 dollars a minute.
    ("whisper-1", 2_500_000, 0),
    ("claude-haiku-5-5", 100_000, 500_000),
    ("claude-sonnet-5", 2_000_000, 10_000_000),
    ("claude-opus-5-5", 4_000_000, 20_000_000),
    ("claude-fable-5-1", 10_000_000, 50_000_000),
    ("claude-haiku-4-5", 1_000_000, 5_000_000),
    ("claude-sonnet-4", 3_000_000, 15_000_000),
    ("claude-opus-4-5", 5_000_000, 25_000_000),
];

/// Models that think before they answer, by the beginning of the name: they take no temperature, and
/// their thoughts count as output. The newest chat model of an OpenAI family does not think. Claude
/// models think by default since version 5.
const REASONING: [&str; 10] = [
    "o1",
    "o3",
    "o4",
    "gpt-5",
    "gpt-6",
    "claude-haiku-5",
    "claude-sonnet-5",
    "claude-opus-5",
    "claude-fable-",
    "claude-mythos-",
];
const NO_REASONING: &str = "-chat";

/// Whether a model thinks before it answers.
pub fn is_reasoning_model(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    REASONING.iter().any(|prefix| name.starts_with(prefix)) && !name.contains(NO_REASONING)
}

/// Tokens per second of audio, if the server charges by time.
pub const TOKENS_PER_SECOND: u64 = 40;

/// Prices per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ModelRate {
    /// For input tokens.
    pub read: Micros,
    /// For output tokens.
    pub written: Micros,
}

impl ModelRate {
    /// The price of these tokens, rounded up.
    pub fn cost(self, read: u64, written: u64) -> Micros {
        let read = read.saturating_mul(self.read);
        let written = written.saturating_mul(self.written);
        read.saturating_add(written).div_ceil(1_000_000)
    }
}

/// The price of `model`. The vendors' list applies only if the vendor charges for the call; for
/// other servers the operator sets the price. `None` if there is no price.
pub fn rate_of(own: &[ModelPrice], model: &str, is_metered: bool) -> Option<ModelRate> {
    let own = own.iter().map(|p| (p.model.as_str(), p.read, p.written));
    longest(own.filter(|(name, ..)| model.starts_with(name))).or_else(|| {
        let built_in = is_metered.then_some(BUILT_IN).into_iter().flatten();
        longest(built_in.filter(|(name, ..)| is_version_of(model, name)))
    })
}

/// Whether `model` is the model `name` or a dated version of it.
fn is_version_of(model: &str, name: &str) -> bool {
    model.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '@']))
}

/// The price with the longest name.
fn longest<'a>(fitting: impl Iterator<Item = (&'a str, Micros, Micros)>) -> Option<ModelRate> {
    let best = fitting.max_by_key(|(name, ..)| name.len());
    best.map(|(_, read, written)| ModelRate { read, written })
}

impl AiSettings {
    /// Whether a model writes, the vendor's or a self-hosted one, and not only the offline writer.
    pub fn uses_models(&self) -> bool {
        self.providers.iter().any(|provider| *provider != ProviderName::Offline)
    }

    /// Whether a provider is charged for: a vendor, or any server with a key.
    pub fn is_paid(&self) -> bool {
        self.providers.iter().any(|provider| match provider {
            ProviderName::OpenAi => self.openai.is_metered() || self.openai.key.is_some(),
            ProviderName::Anthropic => true,
            ProviderName::Offline => false,
        })
    }

    /// Whether any provider can transcribe a recording.
    pub fn transcribes(&self) -> bool {
        self.providers.contains(&ProviderName::OpenAi)
    }

    /// The highest price of the configured models, for input and for output.
    pub fn highest_rate(&self) -> ModelRate {
        let rates = self
            .models()
            .into_iter()
            .filter_map(|(model, is_metered)| rate_of(&self.prices, model, is_metered));
        rates.fold(ModelRate::default(), |dearest, rate| ModelRate {
            read: dearest.read.max(rate.read),
            written: dearest.written.max(rate.written),
        })
    }

    pub fn transcription_rate(&self) -> ModelRate {
        let model = &self.openai.transcribe_model;
        rate_of(&self.prices, model, self.openai.is_metered()).unwrap_or_default()
    }

    /// The models for texts, each with whether its vendor charges for it.
    fn models(&self) -> Vec<(&str, bool)> {
        let model = |provider: &ProviderName| match provider {
            ProviderName::OpenAi => Some((self.openai.model.as_str(), self.openai.is_metered())),
            ProviderName::Anthropic => {
                Some((self.anthropic.model.as_str(), self.anthropic.is_metered()))
            }
            ProviderName::Offline => None,
        };
        self.providers.iter().filter_map(model).collect()
    }

    /// The configured models without a price: a budget would count them as free.
    pub(super) fn unpriced(&self) -> Vec<&str> {
        let mut models = self.models();
        if self.transcribes() {
            let model = self.openai.transcribe_model.as_str();
            models.push((model, self.openai.is_metered()));
        }
        models.retain(|(model, is_metered)| rate_of(&self.prices, model, *is_metered).is_none());
        models.into_iter().map(|(model, _)| model).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasoning_models_are_known_by_name() {
        for model in [
            "o3-mini",
            "gpt-5",
            "gpt-5-nano-2025-08-07",
            "openai/o4-mini",
            "gpt-6-luna",
            "gpt-6.1-sol",
            "claude-haiku-5-5",
            "claude-sonnet-5",
        ] {
            assert!(is_reasoning_model(model), "{model}");
        }
        for model in [
            "gpt-4.1-mini",
            "gpt-5-chat-latest",
            "qwen2.5-coder-1.5b",
            "gpt-4o",
            "claude-haiku-4-5",
        ] {
            assert!(!is_reasoning_model(model), "{model}");
        }
    }

    #[test]
    fn longest_matching_prefix_sets_the_price() {
        let rate = |model| rate_of(&[], model, true);
        let mini = rate("gpt-4.1-mini-2025-04-14").unwrap();
        assert_eq!(mini.cost(1_000_000, 1_000_000), 2_000_000);
        let big = rate("gpt-4.1-2025-04-14").unwrap();
        assert_eq!(big.cost(1_000_000, 0), 2_000_000);
        assert_eq!(rate("unheard-of"), None);
        assert_eq!(rate("gpt-5.9-mini"), None, "another model, not a version of gpt-5");
        assert_eq!(rate("gpt-4o-mini-2024-07-18").unwrap().read, 150_000);
        assert_eq!(rate("gpt-5").unwrap().cost(1, 0), 2, "rounded up");
    }

    #[test]
    fn self_hosted_server_uses_own_prices() {
        assert_eq!(rate_of(&[], "gpt-4o", false), None);
        let own = [ModelPrice { model: "gpt-4".to_owned(), read: 7, written: 0 }];
        let expected = Some(ModelRate { read: 7, written: 0 });
        assert_eq!(rate_of(&own, "gpt-4o", false), expected);
        assert_eq!(rate_of(&own, "gpt-4o", true), expected);
    }

    #[test]
    fn every_default_has_a_price_and_names_are_unique() {
        for model in [OPENAI_MODEL, OPENAI_TRANSCRIBE_MODEL, ANTHROPIC_MODEL] {
            assert!(rate_of(&[], model, true).is_some(), "{model}");
        }
        let names: std::collections::BTreeSet<_> = BUILT_IN.iter().map(|(name, ..)| name).collect();
        assert_eq!(names.len(), BUILT_IN.len());
    }

    #[test]
    fn half_a_minute_of_audio_costs_half() {
        let whisper = rate_of(&[], "whisper-1", true).unwrap();
        assert_eq!(whisper.cost(30 * TOKENS_PER_SECOND, 0), 3_000);
    }
}
