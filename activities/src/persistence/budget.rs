//! [`Budget`]: a user's daily limit for model calls, the estimate of an admission, and the usage
//! entries of calls.
//!
//! **Estimate.** Work reserves the sum of its calls (`writer::CallKind`): each once, each with a
//! repair of its reply, at the highest price of the configured providers. Retries and fallback
//! providers use the same reservation: real calls cost about a quarter of their upper bound. The
//! reservation travels with the work as its allowance, and the ai pool starts no call with an upper
//! bound above the rest. `storage::admissions` defines what happens if less is left than the
//! estimate.

use domain::{UserId, record::BriefRecord};
use events::Timestamp;
use llm::cost::TokenCount;
use runtime::settings::ModelRate;
use storage::{
    admissions::{AdmissionKind, AdmissionRequest, CostBudget},
    usage::ModelCallUsage,
};
use workflows::model_calls::ModelCall;
use writer::{CallKind, offline};

use super::event_recorder::timestamp;

/// Millionths of a US dollar.
pub type Micros = u64;

/// Daily quota of edits and questions that call a model, per carousel of the daily carousel quota.
const REQUESTS_PER_CAROUSEL: u32 = 5;

/// A user's daily (UTC) limit, and the prices of the configured providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub per_day: Micros,
    /// The highest prices for writing.
    pub writing: ModelRate,
    /// The price of transcription.
    pub transcription: ModelRate,
}

/// Work that calls models.
pub(super) enum ModelWork<'a> {
    Carousel(&'a BriefRecord),
    /// An edit of an existing carousel.
    Edit,
    /// A question.
    Answer,
    /// A daily tip.
    DailyTip,
}

/// Identifies work and its user.
pub(super) struct WorkIdentity<'a> {
    pub(super) workflow: &'a str,
    pub(super) key: &'a str,
    pub(super) user: &'a UserId,
    pub(super) at: Timestamp,
}

/// The id of an admission. It does not depend on the run.
pub(super) fn admission_id(workflow: &str, key: &str) -> String {
    format!("{workflow}/{key}")
}

impl super::CarouselRules {
    /// The admission that work needs before it calls models; `None` if it calls none or nothing is
    /// limited.
    pub(super) fn request(
        &self,
        work: &ModelWork<'_>,
        named: &WorkIdentity<'_>,
    ) -> Option<AdmissionRequest> {
        let paid = self.providers.iter().any(|name| name != offline::PROVIDER);
        let kind = work.kind();
        let most = self.carousels_per_day.filter(|_| kind == AdmissionKind::Request);
        if !paid || (self.budget.is_none() && most.is_none()) {
            return None;
        }
        Some(AdmissionRequest {
            id: admission_id(named.workflow, named.key),
            workflow_id: named.workflow.to_owned(),
            user: named.user.clone(),
            kind,
            at: named.at,
            max_per_day: most.map(|carousels| carousels.saturating_mul(REQUESTS_PER_CAROUSEL)),
            cost: self.budget.map(|budget| budget.price(&work.calls())),
        })
    }

    /// What a carousel may still cost after its slides are written: shortening them.
    pub(super) fn shortening_cost(&self) -> Micros {
        self.budget.map_or(0, |budget| budget.price(&[CallKind::Shortening]).expected)
    }
}

impl ModelWork<'_> {
    fn kind(&self) -> AdmissionKind {
        match self {
            Self::Carousel(_) => AdmissionKind::Carousel,
            Self::Edit | Self::Answer | Self::DailyTip => AdmissionKind::Request,
        }
    }

    fn calls(&self) -> Vec<CallKind> {
        match self {
            Self::Carousel(brief) => {
                let said = !brief.voice.is_empty();
                let source = said || !brief.text.is_empty() || !brief.link.is_empty();
                let heard = said.then_some(CallKind::Transcript);
                let written = [
                    CallKind::Analysis { source },
                    CallKind::Slides { source },
                    CallKind::Shortening,
                ];
                heard.into_iter().chain(written).collect()
            }
            // The carousel may have a source; one slide costs less than all of them.
            Self::Edit => vec![CallKind::Slides { source: true }, CallKind::Shortening],
            Self::Answer => vec![CallKind::Answer],
            Self::DailyTip => vec![CallKind::DailyTip],
        }
    }
}

impl Budget {
    fn price(&self, calls: &[CallKind]) -> CostBudget {
        let cost = |call: &CallKind, size: TokenCount| {
            let rate = match call {
                CallKind::Transcript => self.transcription,
                _ => self.writing,
            };
            rate.cost(size.input, size.output)
        };
        let costs = calls.iter().flat_map(|call| {
            let sizes = [Some(call.size()), call.repair()];
            sizes.into_iter().flatten().map(move |size| cost(call, size))
        });
        let costs: Vec<Micros> = costs.collect();
        CostBudget {
            daily_budget: self.per_day,
            expected: costs.iter().sum(),
            largest_call: costs.into_iter().max().unwrap_or_default(),
        }
    }
}

pub(super) fn cost(calls: &[ModelCall]) -> Micros {
    calls.iter().map(|call| call.cost_micros).sum()
}

/// Usage entries of these calls, keyed by the recording step; calls without usage are left out.
pub(super) fn entries(
    workflow: &str,
    step: &str,
    user: &UserId,
    calls: &[ModelCall],
    at: Timestamp,
) -> Vec<ModelCallUsage> {
    let took = |call: &ModelCall| {
        u64::from(call.tokens_in) + u64::from(call.tokens_out) + call.cost_micros > 0
    };
    let numbered = calls.iter().enumerate().filter(|(_, call)| took(call));
    numbered
        .map(|(number, call)| ModelCallUsage {
            id: format!("{workflow}/{step}/{number}"),
            user: user.clone(),
            provider: call.provider.clone(),
            model: call.model.clone(),
            tokens_in: call.tokens_in.into(),
            tokens_out: call.tokens_out.into(),
            cost_micros: call.cost_micros,
            at: timestamp(call.finished_at).unwrap_or(at),
        })
        .collect()
}
