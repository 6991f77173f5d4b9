//! [`Budget`]: a user's daily limit for model calls, the estimate of an admission, and the usage
//! entries of calls.
//!
//! **Estimate.** Work reserves the sum of its calls (`writer::CallKind`): each once, each with a
//! repair of its reply, at the highest price of the configured providers. Retries and fallback
//! providers use the same reservation: real calls cost about a quarter of their upper bound. The
//! reservation travels with the work as its allowance, and the ai pool starts no call with an upper
//! bound above the rest. `storage::admissions` defines what happens if less is left than the
//! estimate.

use domain::{ProviderName, UserId, limits, record::BriefRecord};
use events::Timestamp;
use llm::cost::TokenCount;
use runtime::settings::ModelRate;
use storage::{
    Tx,
    admissions::{AdmissionKind, AdmissionRequest, CostBudget},
    provider_failures::{self, ProviderCall},
    usage::{self, ModelCallUsage},
};
use workflows::model_calls::ModelCall;
use writer::CallKind;

use super::event_recorder::timestamp;

/// Millionths of a US dollar.
pub type Micros = u64;

/// A user's daily (UTC) limit, and the prices of the configured providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub per_day: Micros,
    /// The highest prices for writing.
    pub writing: ModelRate,
    pub transcription: ModelRate,
}

pub(super) enum ModelWork<'a> {
    Carousel(&'a BriefRecord),
    /// An edit of an existing carousel.
    Edit,
    Answer,
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
    /// limited. `carousels_per_day` is the user's daily quota.
    pub(super) fn request(
        &self,
        work: &ModelWork<'_>,
        named: &WorkIdentity<'_>,
        carousels_per_day: Option<u32>,
    ) -> Option<AdmissionRequest> {
        let paid = self.providers.iter().any(|provider| *provider != ProviderName::Offline);
        let kind = work.kind();
        let most = carousels_per_day.filter(|_| kind == AdmissionKind::Request);
        if !paid || (self.budget.is_none() && most.is_none()) {
            return None;
        }
        Some(AdmissionRequest {
            id: admission_id(named.workflow, named.key),
            workflow_id: named.workflow.to_owned(),
            user: named.user.clone(),
            kind,
            at: named.at,
            max_per_day: most.map(limits::requests_per_day),
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
                CallKind::Analysis { .. }
                | CallKind::Slides { .. }
                | CallKind::Shortening
                | CallKind::Rewriting
                | CallKind::Answer
                | CallKind::DailyTip => self.writing,
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

/// The calls that a step records.
pub(super) struct RecordedCalls<'a> {
    pub(super) workflow: &'a str,
    /// The recording step, which names the usage entries.
    pub(super) step: &'a str,
    pub(super) user: &'a UserId,
    pub(super) calls: &'a [ModelCall],
    pub(super) at: Timestamp,
}

impl RecordedCalls<'_> {
    /// Stores their usage and whether their services work. Call it once, in the transaction of the
    /// step.
    pub(super) async fn store(&self, tx: &Tx) -> storage::Result<()> {
        usage::record(tx, &self.usage()).await?;
        provider_failures::record(tx, &self.results()).await
    }

    /// Calls without usage are left out.
    fn usage(&self) -> Vec<ModelCallUsage> {
        let took = |call: &ModelCall| {
            u64::from(call.tokens_in) + u64::from(call.tokens_out) + call.cost_micros > 0
        };
        let numbered = self.calls.iter().enumerate().filter(|(_, call)| took(call));
        numbered
            .map(|(number, call)| ModelCallUsage {
                id: format!("{}/{}/{number}", self.workflow, self.step),
                user: self.user.clone(),
                provider: call.provider.clone(),
                model: call.model.clone(),
                tokens_in: call.tokens_in.into(),
                tokens_out: call.tokens_out.into(),
                cost_micros: call.cost_micros,
                at: timestamp(call.finished_at).unwrap_or(self.at),
            })
            .collect()
    }

    /// Failures that are not the service's own, such as a refused topic, say nothing about it.
    fn results(&self) -> Vec<ProviderCall> {
        let tells = |call: &&ModelCall| {
            call.provider != ProviderName::Offline.name()
                && (call.fault.is_empty() || call.service_failed)
        };
        let result = |call: &ModelCall| ProviderCall {
            provider: call.provider.clone(),
            failure: call.service_failed.then(|| call.fault.clone()),
            at: timestamp(call.finished_at).unwrap_or(self.at),
        };
        self.calls.iter().filter(tells).map(result).collect()
    }
}
