//! [`Budget`]: what one user's model calls may cost a day, what work is expected to cost, and what is
//! written into the books for it.
//!
//! **The estimate.** Work reserves the sum of its calls (`ai::cost::Call`), each once and each with the
//! mending of its reply, at the dearest price of those that may write. Further attempts and further
//! providers come out of the same sum: real calls take a quarter of their bounds. What the work may
//! spend travels with it as its allowance, and the ai pool begins no call whose bound exceeds the rest.
//! `storage::admissions` says what follows when less is left than the estimate.

use domain::{UserId, record::BriefRecord};
use events::Timestamp;
use runtime::settings::Rate;
use storage::{
    admissions::{Kind, Price, Request},
    usage::Entry,
};
use workflows::contract::ModelCall;

use super::record::moment;
use crate::ai::{
    cost::{Call, Size},
    offline,
};

/// Millionths of a US dollar.
pub type Micros = u64;

/// Changes and questions for which a model is asked, for each carousel of the day.
const REQUESTS_PER_CAROUSEL: u32 = 5;

/// What a user may spend a day (UTC), and the prices of those who may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The limit.
    pub per_day: Micros,
    /// The dearest prices for writing.
    pub writing: Rate,
    /// The price for listening.
    pub listening: Rate,
}

/// Work that asks models.
pub(super) enum Work<'a> {
    /// A carousel.
    Carousel(&'a BriefRecord),
    /// A change of one that is there.
    Edit,
    /// A question.
    Answer,
    /// A tip.
    Tip,
}

/// What work is called, and who it is for.
pub(super) struct Named<'a> {
    pub(super) workflow: &'a str,
    pub(super) key: &'a str,
    pub(super) user: &'a UserId,
    pub(super) at: Timestamp,
}

/// The id of work's admission. It does not depend on the run.
pub(super) fn admission_id(workflow: &str, key: &str) -> String {
    format!("{workflow}/{key}")
}

impl super::Rules {
    /// What has to be admitted before models are asked; nothing where none is, or nothing is limited.
    pub(super) fn request(&self, work: &Work<'_>, named: &Named<'_>) -> Option<Request> {
        let paid = self.providers.iter().any(|name| name != offline::PROVIDER);
        let kind = work.kind();
        let most = self.carousels_per_day.filter(|_| kind == Kind::Request);
        if !paid || (self.budget.is_none() && most.is_none()) {
            return None;
        }
        Some(Request {
            id: admission_id(named.workflow, named.key),
            workflow: named.workflow.to_owned(),
            user: named.user.clone(),
            kind,
            at: named.at,
            most: most.map(|carousels| carousels.saturating_mul(REQUESTS_PER_CAROUSEL)),
            price: self.budget.map(|budget| budget.price(&work.calls())),
        })
    }

    /// What a carousel may still cost once its slides are written: saying them shorter.
    pub(super) fn still(&self) -> Micros {
        self.budget
            .map_or(0, |budget| budget.price(&[Call::Shortening]).work)
    }
}

impl Work<'_> {
    fn kind(&self) -> Kind {
        match self {
            Self::Carousel(_) => Kind::Carousel,
            Self::Edit | Self::Answer | Self::Tip => Kind::Request,
        }
    }

    fn calls(&self) -> Vec<Call> {
        match self {
            Self::Carousel(brief) => {
                let said = !brief.voice.is_empty();
                let source = said || !brief.text.is_empty() || !brief.link.is_empty();
                let heard = said.then_some(Call::Transcript);
                let written = [
                    Call::Analysis { source },
                    Call::Slides { source },
                    Call::Shortening,
                ];
                heard.into_iter().chain(written).collect()
            }
            // The carousel may have a source; one slide takes less than all of them.
            Self::Edit => vec![Call::Slides { source: true }, Call::Shortening],
            Self::Answer => vec![Call::Answer],
            Self::Tip => vec![Call::Wisdom],
        }
    }
}

impl Budget {
    fn price(&self, calls: &[Call]) -> Price {
        let cost = |call: &Call, size: Size| {
            let rate = match call {
                Call::Transcript => self.listening,
                _ => self.writing,
            };
            rate.cost(size.read, size.written)
        };
        let costs = calls.iter().flat_map(|call| {
            let sizes = [Some(call.size()), call.repair()];
            sizes
                .into_iter()
                .flatten()
                .map(move |size| cost(call, size))
        });
        let costs: Vec<Micros> = costs.collect();
        Price {
            budget: self.per_day,
            work: costs.iter().sum(),
            call: costs.into_iter().max().unwrap_or_default(),
        }
    }
}

/// What these calls cost.
pub(super) fn cost(calls: &[ModelCall]) -> Micros {
    calls.iter().map(|call| call.cost_micros).sum()
}

/// The entries of these calls, named after the step that writes them down; those that took nothing
/// are left out.
pub(super) fn entries(
    workflow: &str,
    step: &str,
    user: &UserId,
    calls: &[ModelCall],
    at: Timestamp,
) -> Vec<Entry> {
    let took = |call: &ModelCall| {
        u64::from(call.tokens_in) + u64::from(call.tokens_out) + call.cost_micros > 0
    };
    let numbered = calls.iter().enumerate().filter(|(_, call)| took(call));
    numbered
        .map(|(number, call)| Entry {
            id: format!("{workflow}/{step}/{number}"),
            user: user.clone(),
            provider: call.provider.clone(),
            model: call.model.clone(),
            tokens_in: call.tokens_in.into(),
            tokens_out: call.tokens_out.into(),
            cost_micros: call.cost_micros,
            at: moment(call.finished_at).unwrap_or(at),
        })
        .collect()
}
