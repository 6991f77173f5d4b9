//! What is counted when a model is called.

use std::time::Duration;

use prometheus::{HistogramOpts, HistogramVec, Registry};

/// Counters of model calls.
#[derive(Clone)]
pub struct Meters {
    seconds: HistogramVec,
}

impl Meters {
    /// Registers them.
    ///
    /// # Errors
    /// When they are registered already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let seconds = HistogramOpts::new(
            "model_call_seconds",
            "One call of a provider, by provider, purpose and whether it answered.",
        )
        .buckets(vec![0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 90.0]);
        let seconds = HistogramVec::new(seconds, &["provider", "purpose", "answered"])?;
        registry.register(Box::new(seconds.clone()))?;
        Ok(Self { seconds })
    }

    pub(super) fn called(&self, provider: &str, purpose: &str, answered: bool, took: Duration) {
        let answered = if answered { "yes" } else { "no" };
        self.seconds
            .with_label_values(&[provider, purpose, answered])
            .observe(took.as_secs_f64());
    }
}
