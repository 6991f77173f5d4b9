//! Cost of model calls: an estimate by a price list, not a bill. Before a call it is an upper
//! bound, afterwards the usage that the reply reports.
//!
//! The upper bound consists of the input, at `BYTES_PER_TOKEN` and including the reply's schema,
//! and `max_tokens` of output: both are known before the call.

use runtime::settings::{ModelPrice, ModelRate, TOKENS_PER_SECOND, rate_of};

use crate::{
    language_model::{CallUsage, ConversationTurn, ModelRequest},
    reply_schema::Dialect,
};

/// Fewest bytes per token. English has four, Russian five or six; a text of rare characters may
/// have fewer, and then its actual usage is recorded afterwards.
pub const BYTES_PER_TOKEN: usize = 2;
/// Tokens that a protocol adds per message.
const TOKENS_PER_TURN: usize = 16;
/// Fewest bytes per second of audio: Telegram's recordings have three to six thousand.
const BYTES_PER_SECOND: usize = 2_000;
/// Most tokens of speech per second.
const SPEECH_TOKENS_PER_SECOND: u64 = 8;

/// Input and output tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TokenCount {
    pub input: u64,
    pub output: u64,
}

impl TokenCount {
    /// Upper bound of a call.
    pub fn of_request(ask: &ModelRequest) -> Self {
        let turn = |turn: &ConversationTurn| match turn {
            ConversationTurn::User(text) | ConversationTurn::Assistant(text) => {
                tokens(text.len()) + TOKENS_PER_TURN
            }
        };
        let said: usize = ask.turns.iter().map(turn).sum();
        let schema = ask.schema.json(Dialect::Full).to_string();
        let read = said + tokens(ask.system.len()) + TOKENS_PER_TURN + tokens(schema.len());
        Self { input: read as u64, output: u64::from(ask.schema.most_tokens()) }
    }

    /// With the tokens that a model thinks with, which are output.
    #[must_use]
    pub fn thinking(self, tokens: u32) -> Self {
        Self { output: self.output + u64::from(tokens), ..self }
    }

    /// Upper bound of a transcription of so many bytes.
    pub fn of_audio(bytes: usize) -> Self {
        let seconds = bytes.div_ceil(BYTES_PER_SECOND) as u64;
        Self { input: seconds * TOKENS_PER_SECOND, output: seconds * SPEECH_TOKENS_PER_SECOND }
    }
}

fn tokens(bytes: usize) -> usize {
    bytes.div_ceil(BYTES_PER_TOKEN)
}

#[derive(Debug, Clone, Default)]
pub struct Prices {
    own: Vec<ModelPrice>,
}

impl Prices {
    /// `own` takes precedence over the vendors' list.
    pub fn with(own: Vec<ModelPrice>) -> Self {
        Self { own }
    }

    /// The price of `model`; zero if the provider is not metered. With a budget, the settings
    /// ensure that each model has a price.
    pub(crate) fn of(&self, model: &str, is_metered: bool) -> ModelRate {
        rate_of(&self.own, model, is_metered).unwrap_or_default()
    }
}

/// Tokens used; `None` if the reply does not say.
pub fn tokens_used(usage: &CallUsage) -> Option<TokenCount> {
    let by_tokens = TokenCount { input: usage.tokens_in.into(), output: usage.tokens_out.into() };
    let by_seconds = TokenCount { input: u64::from(usage.seconds) * TOKENS_PER_SECOND, output: 0 };
    let said = if by_tokens == TokenCount::default() { by_seconds } else { by_tokens };
    (said != TokenCount::default()).then_some(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(tokens_in: u32, seconds: u32) -> CallUsage {
        CallUsage { model: "whatever it says".to_owned(), tokens_in, tokens_out: 0, seconds }
    }

    #[test]
    fn audio_is_priced_by_the_minute() {
        let heard = tokens_used(&usage(0, 30)).unwrap();
        let whisper = Prices::default().of("whisper-1", true);
        assert_eq!(whisper.cost(heard.input, heard.output), 3_000);
        let counted = tokens_used(&usage(7, 30)).unwrap();
        assert_eq!(counted.input, 7, "tokens, if the reply reports them");
        assert_eq!(tokens_used(&usage(0, 0)), None);
    }

    #[test]
    fn recording_size_bounds_its_cost() {
        let bound = TokenCount::of_audio(240_000);
        assert_eq!(bound.input, 120 * TOKENS_PER_SECOND);
    }
}
