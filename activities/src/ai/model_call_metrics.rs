//! Metrics of model calls.

use std::time::Duration;

use prometheus::{
    CounterVec, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};
use workflows::model_calls::ModelCall;

#[derive(Clone)]
pub struct ModelCallMetrics {
    seconds: HistogramVec,
    failures: IntCounterVec,
    tokens: IntCounterVec,
    dollars: CounterVec,
    repairs: IntCounterVec,
    breakers: IntGaugeVec,
}

impl ModelCallMetrics {
    /// # Errors
    ///
    /// If they are registered already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let seconds = HistogramOpts::new(
            "model_call_seconds",
            "One call of a provider, by provider, purpose and whether it answered.",
        )
        .buckets(vec![0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 90.0]);
        let counter =
            |name, help, labels: &[&str]| IntCounterVec::new(Opts::new(name, help), labels);
        let meters = Self {
            seconds: HistogramVec::new(seconds, &["provider", "purpose", "answered"])?,
            failures: counter(
                "model_call_faults_total",
                "Failed calls, by provider and failure.",
                &["provider", "fault"],
            )?,
            tokens: counter(
                "model_tokens_total",
                "Tokens, by provider, model and direction (input or output).",
                &["provider", "model", "direction"],
            )?,
            dollars: CounterVec::new(
                Opts::new(
                    "model_cost_dollars_total",
                    "Cost of calls by our price list, in US dollars; an estimate.",
                ),
                &["provider", "model"],
            )?,
            repairs: counter(
                "model_replies_refused_total",
                "Unusable replies, by provider, purpose and whether a repair \
                 was asked for or given up.",
                &["provider", "purpose", "then"],
            )?,
            breakers: IntGaugeVec::new(
                Opts::new(
                    "model_breaker_state",
                    "Circuit breaker of a provider: 0 closed, 1 half-open, 2 open.",
                ),
                &["provider"],
            )?,
        };
        registry.register(Box::new(meters.seconds.clone()))?;
        registry.register(Box::new(meters.failures.clone()))?;
        registry.register(Box::new(meters.tokens.clone()))?;
        registry.register(Box::new(meters.dollars.clone()))?;
        registry.register(Box::new(meters.repairs.clone()))?;
        registry.register(Box::new(meters.breakers.clone()))?;
        Ok(meters)
    }

    /// The gauge of a provider's circuit breaker.
    pub fn breaker(&self, provider: &str) -> IntGauge {
        self.breakers.with_label_values(&[provider])
    }

    pub(super) fn called(&self, call: &ModelCall, model: &str, took: Duration) {
        let provider = call.provider.as_str();
        let answered = if call.fault.is_empty() { "yes" } else { "no" };
        self.seconds
            .with_label_values(&[provider, call.purpose.as_str(), answered])
            .observe(took.as_secs_f64());
        if !call.fault.is_empty() {
            let labels = [provider, call.fault.as_str()];
            self.failures.with_label_values(&labels).inc();
        }
        for (direction, tokens) in [("read", call.tokens_in), ("written", call.tokens_out)] {
            if tokens > 0 {
                self.tokens
                    .with_label_values(&[provider, model, direction])
                    .inc_by(u64::from(tokens));
            }
        }
        if call.cost_micros > 0 {
            #[expect(clippy::cast_precision_loss, reason = "a call costs far less than billions")]
            let dollars = call.cost_micros as f64 / 1_000_000.0;
            self.dollars.with_label_values(&[provider, model]).inc_by(dollars);
        }
    }

    /// Counts a rejected reply: of a call that is repaired next, or of the repair.
    pub(super) fn refused(&self, provider: &str, purpose: &str, repairing: bool) {
        let then = if repairing { "repair" } else { "given up" };
        self.repairs.with_label_values(&[provider, purpose, then]).inc();
    }
}
