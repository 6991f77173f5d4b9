//! [`CallKind`]: the kinds of model calls, each with an upper bound that is known before the prompt
//! is written. Budgets reserve it.

use domain::limits::VOICE_BYTES;
use llm::cost::{BYTES_PER_TOKEN, TokenCount};

use crate::text_limits;

/// A kind of call, with an upper bound that follows from `text_limits` and the prompts in
/// `prompts/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    /// Transcribing the largest recording.
    Transcript,
    /// Analyzing a topic.
    Analysis {
        /// Whether the prompt contains a source text.
        source: bool,
    },
    /// Writing ten slides.
    Slides {
        /// Whether the prompt contains a source text.
        source: bool,
    },
    Shortening,
    Rewriting,
    Answer,
    DailyTip,
}

/// Tokens of the longest source text in a prompt: characters of two bytes.
const SOURCE: u64 = (text_limits::SOURCE * 2 / BYTES_PER_TOKEN) as u64;

impl CallKind {
    /// Upper bound of the call.
    pub fn size(self) -> TokenCount {
        let source = |there: bool| if there { SOURCE } else { 0 };
        let (read, written) = match self {
            Self::Transcript => return TokenCount::of_audio(VOICE_BYTES),
            Self::Analysis { source: there } => (7_000 + source(there), 2_000),
            Self::Slides { source: there } => (14_000 + source(there), 4_500),
            Self::Shortening => (11_000, 3_500),
            Self::Rewriting => (12_000, 700),
            Self::Answer => (6_000, 1_000),
            Self::DailyTip => (3_000, 300),
        };
        TokenCount { input: read, output: written }
    }

    /// Upper bound of a repair of its reply: the repair's input contains the reply and its errors.
    pub fn repair(self) -> Option<TokenCount> {
        /// Most bytes of an output token, counted as input tokens.
        const READ_AGAIN: u64 = 8 / BYTES_PER_TOKEN as u64;
        const FAULTS: u64 = 3_000;
        if self == Self::Transcript {
            return None;
        }
        let TokenCount { input: read, output: written } = self.size();
        Some(TokenCount { input: read + READ_AGAIN * written + FAULTS, output: written })
    }
}
