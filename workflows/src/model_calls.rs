//! Model calls in results and in the details of failures.

use domain::{
    failure::ModelFailure,
    record::{OverflowRecord, is_default},
};
use serde::{Deserialize, Serialize};

use crate::Millis;

/// A model call, for events and billing: ai activities return it, persistence stores it. Contains
/// neither prompt nor reply.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelCall {
    /// `analysis`, `slides`, `repair`, `shortening`, `rewriting`, `answer`, `wisdom` or
    /// `transcript`.
    pub purpose: String,
    pub provider: String,
    pub model: String,
    /// The prompt's name and version, `write_slides@1`; empty without a model.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub prompt: String,
    pub started_at: Millis,
    pub finished_at: Millis,
    pub tokens_in: u32,
    pub tokens_out: u32,
    /// The cost by our price list, in millionths of a US dollar; 0 if the provider is free or has
    /// no known price.
    #[serde(skip_serializing_if = "is_default")]
    pub cost_micros: u64,
    /// The kind of failure, `timeout`, `http 500`, …; empty on success.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fault: String,
    /// Whether the failure is the service's own, which the circuit breaker counts.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub service_failed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UsageRecord {
    pub calls: u32,
    pub tokens_in: u64,
    pub tokens_out: u64,
    /// The cost by our price list, in millionths of a US dollar.
    pub cost_micros: u64,
}

impl UsageRecord {
    pub fn add(&mut self, calls: &[ModelCall]) {
        for call in calls {
            self.calls = self.calls.saturating_add(1);
            self.tokens_in = self.tokens_in.saturating_add(u64::from(call.tokens_in));
            self.tokens_out = self.tokens_out.saturating_add(u64::from(call.tokens_out));
            self.cost_micros = self.cost_micros.saturating_add(call.cost_micros);
        }
    }

    /// Whether no metered model was called.
    pub fn is_empty(&self) -> bool {
        self.tokens_in == 0 && self.tokens_out == 0 && self.cost_micros == 0
    }
}

/// The calls of an ai activity so far, including earlier attempts. It is in the details of
/// heartbeats, from which the next attempt continues, and of failures, because failed calls cost
/// money, too.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CallsMade {
    /// The calls, in order.
    pub calls: Vec<ModelCall>,
    /// The model's failure, if the attempt failed for that reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Box<ModelFailure>>,
}

/// The details of a `render_carousel` failure because text does not fit: shorter text may.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Overflows {
    pub overflows: Vec<OverflowRecord>,
}
