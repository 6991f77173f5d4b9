//! Model prices: the operator's own first, then the vendors' lists.

use super::{AiSettings, Micros, ModelPrice};

/// US dollars per million input and output tokens, by prefix of the model's name; the longest
/// matching prefix counts. Source: the vendors' price pages in November 2026. Audio that is charged
/// per minute counts as [`TOKENS_PER_SECOND`].
const BUILT_IN: [(&str, Micros, Micros); 15] = [
    ("gpt-4.1-nano", 100_000, 400_000),
    ("gpt-4.1-mini", 400_000, 1_600_000),
    ("gpt-4.1", 2_000_000, 8_000_000),
    ("gpt-4o-mini-transcribe", 1_250_000, 5_000_000),
    ("gpt-4o-mini", 150_000, 600_000),
    ("gpt-4o-transcribe", 2_500_000, 10_000_000),
    ("gpt-4o", 2_500_000, 10_000_000),
    ("gpt-5-nano", 50_000, 400_000),
    ("gpt-5-mini", 250_000, 2_000_000),
    ("gpt-5", 1_250_000, 10_000_000),
    ("claude-haiku-4", 1_000_000, 5_000_000),
    ("claude-sonnet-4", 3_000_000, 15_000_000),
    ("claude-opus-4-5", 5_000_000, 25_000_000),
    ("claude-opus-4", 15_000_000, 75_000_000),
    // 0.006 dollars a minute.
    ("whisper-1", 2_500_000, 0),
];

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
    longest(own, model).or_else(|| {
        let built_in = is_metered.then_some(BUILT_IN).into_iter().flatten();
        longest(built_in, model)
    })
}

/// The price with the longest prefix of `model`.
fn longest<'a>(
    list: impl Iterator<Item = (&'a str, Micros, Micros)>,
    model: &str,
) -> Option<ModelRate> {
    let fitting = list.filter(|(name, ..)| model.starts_with(name));
    let best = fitting.max_by_key(|(name, ..)| name.len());
    best.map(|(_, read, written)| ModelRate { read, written })
}

impl AiSettings {
    /// Whether a model writes, the vendor's or a self-hosted one, and not only the offline writer.
    pub fn uses_models(&self) -> bool {
        self.providers.iter().any(|name| name != "offline")
    }

    /// Whether a provider is charged for: a vendor, or any server with a key.
    pub fn is_paid(&self) -> bool {
        self.providers.iter().any(|name| match name.as_str() {
            "openai" => self.openai.is_metered() || self.openai.key.is_some(),
            "anthropic" => true,
            _ => false,
        })
    }

    /// Whether any provider can transcribe a recording.
    pub fn transcribes(&self) -> bool {
        self.providers.iter().any(|name| name == "openai")
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

    /// The price of transcription.
    pub fn transcription_rate(&self) -> ModelRate {
        let model = &self.openai.transcribe_model;
        rate_of(&self.prices, model, self.openai.is_metered()).unwrap_or_default()
    }

    /// The models for texts, each with whether its vendor charges for it.
    fn models(&self) -> Vec<(&str, bool)> {
        let model = |name: &String| match name.as_str() {
            "openai" => Some((self.openai.model.as_str(), self.openai.is_metered())),
            "anthropic" => Some((self.anthropic.model.as_str(), self.anthropic.is_metered())),
            _ => None,
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
    fn longest_matching_prefix_sets_the_price() {
        let rate = |model| rate_of(&[], model, true);
        let mini = rate("gpt-4.1-mini-2025-04-14").unwrap();
        assert_eq!(mini.cost(1_000_000, 1_000_000), 2_000_000);
        let big = rate("gpt-4.1-2025-04-14").unwrap();
        assert_eq!(big.cost(1_000_000, 0), 2_000_000);
        assert_eq!(rate("unheard-of"), None);
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
    fn half_a_minute_of_audio_costs_half() {
        let whisper = rate_of(&[], "whisper-1", true).unwrap();
        assert_eq!(whisper.cost(30 * TOKENS_PER_SECOND, 0), 3_000);
    }
}
