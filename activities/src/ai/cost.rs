//! What calls cost: an estimate by a list of prices, not a bill. Before a call its upper bound, after it
//! what the reply says that it took.
//!
//! The bound of a call is what it reads, at `BYTES_PER_TOKEN` and with the schema of the reply, and
//! `max_tokens` of what it writes: both are known before it is made.

use domain::limits::VOICE_BYTES;
use runtime::settings::{Price, Rate, TOKENS_PER_SECOND, rate_of};

use super::{
    limits,
    model::{Ask, Turn, Usage},
    schema::Dialect,
};

/// Bytes of a token, at least. English has four, Russian five or six; a text that is made of rare
/// signs may have fewer, and what it took is in the books afterwards.
const BYTES_PER_TOKEN: usize = 2;
/// Tokens that a protocol puts around a message.
const TOKENS_PER_TURN: usize = 16;
/// Bytes of a second of sound, at least: Telegram's recordings have three to six thousand.
const BYTES_PER_SECOND: usize = 2_000;
/// Tokens of what is said in a second, at most.
const SPOKEN_PER_SECOND: u64 = 8;

/// Tokens read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// Read.
    pub read: u64,
    /// Written.
    pub written: u64,
}

impl Size {
    /// What asking can take at most.
    pub(super) fn of_ask(ask: &Ask) -> Self {
        let turn = |turn: &Turn| match turn {
            Turn::Ours(text) | Turn::Theirs(text) => tokens(text.len()) + TOKENS_PER_TURN,
        };
        let said: usize = ask.turns.iter().map(turn).sum();
        let schema = ask.schema.json(Dialect::Full).to_string();
        let read = said + tokens(ask.system.len()) + TOKENS_PER_TURN + tokens(schema.len());
        Self {
            read: read as u64,
            written: u64::from(ask.schema.most_tokens()),
        }
    }

    /// What listening to so many bytes can take at most.
    pub fn of_sound(bytes: usize) -> Self {
        let seconds = bytes.div_ceil(BYTES_PER_SECOND) as u64;
        Self {
            read: seconds * TOKENS_PER_SECOND,
            written: seconds * SPOKEN_PER_SECOND,
        }
    }
}

/// A call that may be made, by what bounds it: the limits of `ai::limits` in the prompts of `prompts/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Listening to the largest recording.
    Transcript,
    /// Looking at a topic, with a source text or without.
    Analysis {
        /// Whether the prompt carries one.
        source: bool,
    },
    /// Writing ten slides.
    Slides {
        /// Whether the prompt carries a source text.
        source: bool,
    },
    /// Saying them shorter.
    Shortening,
    /// Writing one of them anew.
    Rewriting,
    /// Answering a question.
    Answer,
    /// Wording a tip.
    Wisdom,
}

/// Tokens of the longest source text in a prompt: characters of two bytes.
const SOURCE: u64 = (limits::SOURCE * 2 / BYTES_PER_TOKEN) as u64;

impl Call {
    /// What it takes at most.
    pub fn size(self) -> Size {
        let source = |there: bool| if there { SOURCE } else { 0 };
        let (read, written) = match self {
            Self::Transcript => return Size::of_sound(VOICE_BYTES),
            Self::Analysis { source: there } => (7_000 + source(there), 2_000),
            Self::Slides { source: there } => (14_000 + source(there), 4_500),
            Self::Shortening => (11_000, 3_500),
            Self::Rewriting => (12_000, 700),
            Self::Answer => (6_000, 1_000),
            Self::Wisdom => (3_000, 300),
        };
        Size { read, written }
    }

    /// What it takes to have its reply mended: that is read too, with what is wrong with it.
    pub fn repair(self) -> Option<Size> {
        /// Bytes of a written token, at most, as they are counted when they are read again.
        const READ_AGAIN: u64 = 8 / BYTES_PER_TOKEN as u64;
        const FAULTS: u64 = 3_000;
        if self == Self::Transcript {
            return None;
        }
        let Size { read, written } = self.size();
        Some(Size {
            read: read + READ_AGAIN * written + FAULTS,
            written,
        })
    }
}

fn tokens(bytes: usize) -> usize {
    bytes.div_ceil(BYTES_PER_TOKEN)
}

/// Prices of models.
#[derive(Debug, Clone, Default)]
pub struct Prices {
    own: Vec<Price>,
}

impl Prices {
    /// The vendors' list under these.
    pub fn with(own: Vec<Price>) -> Self {
        Self { own }
    }

    /// What `model` costs; nothing where nobody is paid. With a budget, the settings have seen to it that
    /// each model has a price.
    pub(super) fn of(&self, model: &str, is_metered: bool) -> Rate {
        rate_of(&self.own, model, is_metered).unwrap_or_default()
    }
}

/// What was taken, in tokens; `None` where the reply does not say.
pub(super) fn taken(usage: &Usage) -> Option<Size> {
    let by_tokens = Size {
        read: usage.tokens_in.into(),
        written: usage.tokens_out.into(),
    };
    let by_seconds = Size {
        read: u64::from(usage.seconds) * TOKENS_PER_SECOND,
        written: 0,
    };
    let said = if by_tokens == Size::default() {
        by_seconds
    } else {
        by_tokens
    };
    (said != Size::default()).then_some(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(tokens_in: u32, seconds: u32) -> Usage {
        Usage {
            model: "whatever it says".to_owned(),
            tokens_in,
            tokens_out: 0,
            seconds,
        }
    }

    #[test]
    fn sound_is_paid_by_the_minute() {
        let heard = taken(&usage(0, 30)).unwrap();
        let whisper = Prices::default().of("whisper-1", true);
        assert_eq!(whisper.cost(heard.read, heard.written), 3_000);
        let counted = taken(&usage(7, 30)).unwrap();
        assert_eq!(counted.read, 7, "tokens, where there are any");
        assert_eq!(taken(&usage(0, 0)), None);
    }

    #[test]
    fn a_recording_is_bounded_by_its_size() {
        let bound = Size::of_sound(240_000);
        assert_eq!(bound.read, 120 * TOKENS_PER_SECOND);
    }
}
