//! Metrics of opened and ended carousels. Each carousel counts once, however often activities are
//! repeated.

use domain::RequestSource;
use events::Timestamp;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry};
use storage::carousels::Carousel;

#[derive(Clone)]
pub struct CarouselMetrics {
    opened: IntCounterVec,
    ended: IntCounterVec,
    seconds: HistogramVec,
}

impl CarouselMetrics {
    /// # Errors
    ///
    /// If they are registered already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let opened = Opts::new("carousels_opened_total", "Carousels accepted for work.");
        let ended = Opts::new("carousels_ended_total", "Carousels that ended, by outcome.");
        let seconds = HistogramOpts::new(
            "carousel_duration_seconds",
            "From opening a carousel to its end, by outcome.",
        )
        .buckets(vec![0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 300.0, 900.0, 1_800.0]);
        let meters = Self {
            opened: IntCounterVec::new(opened, &["source"])?,
            ended: IntCounterVec::new(ended, &["outcome"])?,
            seconds: HistogramVec::new(seconds, &["outcome"])?,
        };
        registry.register(Box::new(meters.opened.clone()))?;
        registry.register(Box::new(meters.ended.clone()))?;
        registry.register(Box::new(meters.seconds.clone()))?;
        Ok(meters)
    }

    pub(super) fn opened(&self, source: RequestSource) {
        self.opened.with_label_values(&[source.name()]).inc();
    }

    pub(super) fn ended(&self, carousel: &Carousel, at: Timestamp) {
        let Some(outcome) = carousel.state.outcome() else {
            return;
        };
        let took = (at - carousel.created_at).num_milliseconds().max(0);
        self.ended.with_label_values(&[outcome.name()]).inc();
        #[expect(
            clippy::cast_precision_loss,
            reason = "a carousel takes far less than 300,000 years"
        )]
        self.seconds.with_label_values(&[outcome.name()]).observe(took as f64 / 1_000.0);
    }
}
