//! Metrics of rendering.

use std::time::Duration;

use prometheus::{Histogram, HistogramOpts, IntCounter, Registry};

#[derive(Clone)]
pub struct RenderMetrics {
    seconds: Histogram,
    reused: IntCounter,
}

impl RenderMetrics {
    /// # Errors
    ///
    /// If they are registered already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let seconds = HistogramOpts::new(
            "slide_draw_seconds",
            "Drawing and encoding one slide, on one thread.",
        )
        .buckets(vec![0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28]);
        let meters = Self {
            seconds: Histogram::with_opts(seconds)?,
            reused: IntCounter::new(
                "slides_reused_total",
                "Slides that were not drawn because their pictures were stored already.",
            )?,
        };
        registry.register(Box::new(meters.seconds.clone()))?;
        registry.register(Box::new(meters.reused.clone()))?;
        Ok(meters)
    }

    pub(super) fn drawn(&self, took: Duration) {
        self.seconds.observe(took.as_secs_f64());
    }

    pub(super) fn reused(&self, slides: usize) {
        self.reused.inc_by(slides as u64);
    }
}
