//! Metrics of the maintenance activities.

use prometheus::{IntCounterVec, IntGauge, Opts, Registry};

#[derive(Clone)]
pub struct MaintenanceMetrics {
    settled: IntCounterVec,
    stuck: IntGauge,
}

impl MaintenanceMetrics {
    /// # Errors
    ///
    /// If they are registered already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let settled = Opts::new(
            "lost_carousels_settled_total",
            "Lost carousels that were reconciled, by outcome.",
        );
        let meters = Self {
            settled: IntCounterVec::new(settled, &["outcome"])?,
            stuck: IntGauge::new(
                "workflows_stuck",
                "Workflows whose task had failed for five minutes at the last check.",
            )?,
        };
        registry.register(Box::new(meters.settled.clone()))?;
        registry.register(Box::new(meters.stuck.clone()))?;
        Ok(meters)
    }

    pub(super) fn settled(&self, outcome: &str) {
        self.settled.with_label_values(&[outcome]).inc();
    }

    pub(super) fn stuck(&self, count: usize) {
        self.stuck.set(i64::try_from(count).unwrap_or(i64::MAX));
    }
}
