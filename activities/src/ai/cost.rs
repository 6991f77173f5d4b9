//! What calls cost: an estimate by a list of prices, not a bill. A server of one's own costs
//! nothing unless the operator says what it does.

use runtime::settings::{Micros, Price};

use super::model::Usage;

/// US dollars per million tokens read and written, by how a model's name begins; the longest
/// beginning that fits counts. As the vendors' price pages had them in November 2026.
const BUILT_IN: [(&str, Micros, Micros); 14] = [
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
];

/// A minute of sound, for models that are paid by the minute (whisper-1).
const MINUTE: Micros = 6_000;

/// Prices of models.
#[derive(Debug, Clone, Default)]
pub struct Prices {
    own: Vec<Price>,
}

impl Prices {
    /// The built-in list under these.
    pub fn with(own: Vec<Price>) -> Self {
        Self { own }
    }

    /// What a call cost. Only the operator's own prices count where nobody is paid.
    pub(super) fn of(&self, usage: &Usage, is_metered: bool) -> Micros {
        let by_tokens = |(read, written): (Micros, Micros)| {
            let read = u64::from(usage.tokens_in).saturating_mul(read);
            let written = u64::from(usage.tokens_out).saturating_mul(written);
            read.saturating_add(written).div_ceil(1_000_000)
        };
        let own = self
            .own
            .iter()
            .map(|p| (p.model.as_str(), p.read, p.written));
        if let Some(price) = longest(own, &usage.model) {
            return by_tokens(price);
        }
        if !is_metered {
            return 0;
        }
        let by_minutes = (u64::from(usage.seconds) * MINUTE).div_ceil(60);
        longest(BUILT_IN.into_iter(), &usage.model).map_or(by_minutes, by_tokens)
    }
}

/// The prices under the longest beginning of `model`.
fn longest<'a>(
    list: impl Iterator<Item = (&'a str, Micros, Micros)>,
    model: &str,
) -> Option<(Micros, Micros)> {
    let fitting = list.filter(|(name, ..)| model.starts_with(name));
    let best = fitting.max_by_key(|(name, ..)| name.len());
    best.map(|(_, read, written)| (read, written))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(model: &str, tokens_in: u32, tokens_out: u32) -> Usage {
        Usage {
            model: model.to_owned(),
            tokens_in,
            tokens_out,
            seconds: 0,
        }
    }

    #[test]
    fn the_longest_name_that_fits_sets_the_price() {
        let prices = Prices::default();
        let mini = usage("gpt-4.1-mini-2025-04-14", 1_000_000, 1_000_000);
        assert_eq!(prices.of(&mini, true), 2_000_000);
        let big = usage("gpt-4.1-2025-04-14", 1_000_000, 0);
        assert_eq!(prices.of(&big, true), 2_000_000);
        assert_eq!(prices.of(&usage("unheard-of", 9, 9), true), 0);
        assert_eq!(prices.of(&usage("gpt-5", 1, 0), true), 2, "rounded up");
    }

    #[test]
    fn a_server_of_ones_own_costs_what_its_owner_says() {
        let local = usage("gpt-4o", 1_000_000, 0);
        assert_eq!(Prices::default().of(&local, false), 0);
        let own = Prices::with(vec![Price {
            model: "gpt-4".to_owned(),
            read: 7,
            written: 0,
        }]);
        assert_eq!((own.of(&local, false), own.of(&local, true)), (7, 7));
    }

    #[test]
    fn sound_is_paid_by_the_minute() {
        let heard = Usage {
            seconds: 30,
            ..usage("whisper-1", 0, 0)
        };
        assert_eq!(Prices::default().of(&heard, true), 3_000);
    }
}
