//! The state of a carousel, computed from its events.

use domain::Outcome;
use events::{
    CarouselProjection, CoreEvent, ProjectedStage, ProjectedUsage,
    carousel::{
        CarouselCompleted, CarouselContentAnalyzed, CarouselGenerateRequested,
        CarouselImagesRendered, CarouselSlidesGenerated,
    },
    orchestrator::WorkflowStepCompleted,
    persistence::CarouselDeliveryResolved,
};

fn after(events: impl IntoIterator<Item = CoreEvent>) -> CarouselProjection {
    let start = CarouselProjection::default();
    events.into_iter().fold(start, |state, event| state.apply(&event))
}

fn requested() -> CoreEvent {
    let text = || "x".to_owned();
    CarouselGenerateRequested {
        topic: text(),
        slides: 3,
        style: text(),
        format: text(),
        language: text(),
        source: text(),
    }
    .into()
}

fn analyzed(tokens: u64, cost_micros: Option<u64>) -> CoreEvent {
    CarouselContentAnalyzed {
        title: String::new(),
        principles: vec![],
        quotes: vec![],
        concepts: vec![],
        keywords: vec![],
        tokens,
        cost_micros,
    }
    .into()
}

fn written(revision: u32, slide_count: u32) -> CoreEvent {
    let provider = format!("p{revision}");
    CarouselSlidesGenerated { slide_count, revision, tokens: 10, provider, cost_micros: Some(5) }
        .into()
}

fn drawn(count: u32) -> CoreEvent {
    CarouselImagesRendered { count, bytes: 1, duration_ms: 1, format: "4x5".to_owned() }.into()
}

fn ended(outcome: Outcome) -> CoreEvent {
    let (tokens, cost_micros) = (Some(1), Some(2));
    CarouselCompleted { outcome, reason: String::new(), duration_ms: 1, tokens, cost_micros }.into()
}

fn step(step: &str, outcome: &str) -> CoreEvent {
    WorkflowStepCompleted {
        workflow_id: "w".to_owned(),
        run_id: "r".to_owned(),
        step: step.to_owned(),
        outcome: outcome.to_owned(),
    }
    .into()
}

#[test]
fn delivered_carousel_has_its_last_revision() {
    let state = after([
        requested(),
        analyzed(100, Some(50)),
        written(1, 3),
        written(2, 4),
        drawn(4),
        ended(Outcome::Delivered),
    ]);
    let expected = CarouselProjection {
        stage: ProjectedStage::Ended,
        outcome: Some(Outcome::Delivered),
        revision: Some(2),
        provider: Some("p2".to_owned()),
        revisions: 2,
        slides: 4,
        pictures: Some(4),
        usage: ProjectedUsage { tokens: Some(121), cost_micros: Some(62) },
    };
    assert_eq!(state, expected);

    let edited = after([requested(), written(1, 3), drawn(3), ended(Outcome::Delivered)])
        .apply(&written(2, 5));
    assert_eq!(edited.stage, ProjectedStage::Ended);
    assert_eq!((edited.revision, edited.slides, edited.pictures), (Some(2), 5, None));
}

#[test]
fn undone_carousel_has_no_draft() {
    let undone = after([requested(), written(1, 3), step("writing", "undone")]);
    assert_eq!((undone.stage, undone.revision), (ProjectedStage::Opened, None));
    let other = after([requested(), written(1, 3), step("writing", "completed")]);
    assert_eq!((other.stage, other.revision), (ProjectedStage::Drafted, Some(1)));
    for outcome in [Outcome::Failed, Outcome::Cancelled] {
        let state = after([requested(), written(1, 3), ended(outcome)]);
        assert_eq!((state.outcome, state.revision, state.revisions), (Some(outcome), None, 0));
        assert_eq!(state.usage.tokens, Some(11), "what was spent is spent");
    }
}

#[test]
fn unknown_delivery_can_become_delivered_only() {
    let resolved = |outcome| {
        let carousel = "c".to_owned();
        CoreEvent::from(CarouselDeliveryResolved { carousel, generation: 2, outcome })
    };
    let outcome_after =
        |first, second| after([requested(), written(1, 3), ended(first), resolved(second)]).outcome;
    for (first, second, expected) in [
        (Outcome::Unknown, Outcome::Delivered, Outcome::Delivered),
        (Outcome::Unknown, Outcome::Failed, Outcome::Unknown),
        (Outcome::Delivered, Outcome::Failed, Outcome::Delivered),
    ] {
        assert_eq!(outcome_after(first, second), Some(expected));
    }
}

#[test]
fn cost_is_unknown_after_an_event_without_it() {
    let state = after([requested(), analyzed(100, None), written(1, 3)]);
    assert_eq!(state.usage, ProjectedUsage { tokens: Some(110), cost_micros: None });
}
