//! Measures ended carousels. Each counts once, however often activities are repeated.

use std::time::Duration;

use domain::{CarouselStage, Outcome};
use events::Timestamp;
use metrics::Metrics;
use storage::carousels::Carousel;
use workflows::{
    Millis,
    carousel::{AbandonInput, CarouselRendered, SaveDraftInput},
};

use crate::activity_run::to_millis;

/// A stored draft: how long the models took, from the first call's start to the last one's end.
pub(super) fn drafted(metrics: &Metrics, input: &SaveDraftInput) {
    let (first, last) = (input.calls.first(), input.calls.last());
    if let Some((first, last)) = first.zip(last) {
        stage(metrics, CarouselStage::Writing, first.started_at, last.finished_at);
    }
}

pub(super) fn completed(
    metrics: &Metrics,
    carousel: &Carousel,
    rendered: &CarouselRendered,
    at: Timestamp,
) {
    // With the wait for a worker: a missing pool must be seen.
    let drawing = match rendered.requested_at {
        0 => rendered.started_at,
        requested => requested,
    };
    let (drawn, end) = (rendered.finished_at, to_millis(at.into()));
    stage(metrics, CarouselStage::Drawing, drawing, drawn);
    stage(metrics, CarouselStage::Delivering, drawn, end);
    metrics.carousel_finish_seconds.observe(between(drawing, end), []);
    ended(metrics, carousel, at);
}

pub(super) fn abandoned(
    metrics: &Metrics,
    carousel: &Carousel,
    input: &AbandonInput,
    at: Timestamp,
) {
    if input.outcome == Some(Outcome::Failed) {
        let stage = input.stage.map_or("", CarouselStage::name);
        metrics.carousel_failures.inc([stage, input.kind.name()]);
    }
    ended(metrics, carousel, at);
}

fn ended(metrics: &Metrics, carousel: &Carousel, at: Timestamp) {
    let Some(outcome) = carousel.state.outcome() else {
        return;
    };
    let took = (at - carousel.created_at).to_std().unwrap_or_default();
    metrics.carousels_ended.inc([carousel.id.source().name(), outcome.name()]);
    metrics.carousel_seconds.observe(took, [outcome.name()]);
}

fn stage(metrics: &Metrics, stage: CarouselStage, from: Millis, to: Millis) {
    metrics.carousel_stage_seconds.observe(between(from, to), [stage.name()]);
}

fn between(from: Millis, to: Millis) -> Duration {
    Duration::from_millis(u64::try_from(to.saturating_sub(from)).unwrap_or_default())
}
