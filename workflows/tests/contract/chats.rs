//! Samples of the payloads of chats and edits.

use domain::failure::ModelProblem;
use domain::{
    CarouselStage, Offer, Outcome,
    failure::{FailureCause, FailureKind},
};
use serde_json::{Value, from_value, json};
use workflows::{
    carousel::{
        CarouselRendered, ReportEndInput, ResendInput, SendFilesInput, ShowDraftInput, StatusInput,
    },
    destination::DestinationRecord,
    edit::{
        EditInput, EditKind, EditRecord, EditResult, LoadRevisionInput, ReportEditInput,
        RevisionLoaded, RevisionSaved, SaveRevisionInput,
    },
    model_calls::CallsMade,
};

use super::{analysis, blob, brand, brief, call, draft, model_failure, named, s};

/// Payloads of a running carousel.
pub(super) fn of_chats() -> Vec<(&'static str, Value)> {
    let destination =
        DestinationRecord::telegram(domain::ChatId::new(-100), Some(7), domain::Language::Ru);
    vec![
        named(StatusInput {
            destination: destination.clone(),
            stage: Some(CarouselStage::Drawing),
            topic: s("t"),
        }),
        named(ReportEndInput {
            destination: destination.clone(),
            outcome: Some(Outcome::Failed),
            cause: FailureCause {
                kind: FailureKind::ProviderFailed,
                model: Some(Box::new(model_failure())),
            },
            reason: s("why"),
            offer: Offer::Offline,
            carousel: s("carousel-cli-1"),
        }),
        named(ResendInput {
            user: s("tg-1"),
            carousel: s("carousel-tg-1-1-1"),
            revision: 1,
            generation: 2,
            destination,
            pictures: vec![blob()],
        }),
    ]
}

/// Payloads of edits.
pub(super) fn of_revisions() -> Vec<(&'static str, Value)> {
    let destination =
        DestinationRecord::telegram(domain::ChatId::new(1), None, domain::Language::Ru);
    let change = EditRecord {
        intent: s("tg-1-2"),
        change: Some(EditKind::Reword),
        slide: 3,
        words: draft().slides.first().cloned(),
        instruction: s("shorter"),
        theme: s("paper"),
        order: vec![1, 3, 2],
        caption: s("caption"),
        hashtags: vec![s("tag")],
        revision: 2,
        base: 2,
        destination: destination.clone(),
        message: 17,
        traceparent: s("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    };
    vec![
        named(EditInput {
            user: s("tg-1"),
            carousel: s("carousel-tg-1-1-1"),
            waiting: vec![change.clone()],
        }),
        named(change),
        named(EditResult { changes: 2, refused: 1 }),
        named(LoadRevisionInput {
            carousel: s("carousel-tg-1-1-1"),
            intent: s("tg-1-2"),
            revision: 2,
            writes: true,
        }),
        named(RevisionLoaded {
            brief: brief(),
            revision: 2,
            done: true,
            draft: draft(),
            analysis: analysis(),
            provider: s("openai"),
            providers: vec![s("openai")],
            pictures: vec![blob()],
            brand: Some(brand()),
            allowance: Some(62_640),
            settles: true,
        }),
        named(SaveRevisionInput {
            carousel: s("carousel-tg-1-1-1"),
            intent: s("tg-1-2"),
            theme: s("paper"),
            draft: draft(),
            analysis: analysis(),
            provider: s("openai"),
            calls: vec![call()],
            rendered: CarouselRendered { pictures: vec![blob()], ..CarouselRendered::default() },
        }),
        named(RevisionSaved { revision: 3, webhooks: None }),
        named(ReportEditInput {
            carousel: s("carousel-tg-1-1-1"),
            intent: s("tg-1-2"),
            destination: destination.clone(),
            message: 17,
            change: Some(EditKind::Add),
            revision: 3,
            slide: 3,
            picture: Some(blob()),
            cause: FailureCause {
                kind: FailureKind::SlideRefused,
                model: Some(Box::new(model_failure())),
            },
            reason: s("why"),
        }),
        named(SendFilesInput {
            carousel: s("carousel-tg-1-1-1"),
            revision: 3,
            intent: s("tg-1-3"),
            destination: destination.clone(),
            pictures: vec![blob()],
        }),
        named(ShowDraftInput { revision: 1, destination, closing: true }),
    ]
}

#[test]
fn failures_of_older_and_newer_versions_decode() {
    let old = json!({
        "outcome": "failed",
        "kind": "ProviderFailed",
        "reason": "analysing failed: openai: it is busy",
        "offer": "offline",
    });
    let told: ReportEndInput = from_value(old).unwrap();
    let expected = (FailureKind::ProviderFailed, None, Offer::Offline);
    assert_eq!((told.cause.kind, told.cause.model, told.offer), expected);

    let cancelled = json!({"outcome": "cancelled", "kind": "", "offer": ""});
    let told: ReportEndInput = from_value(cancelled).unwrap();
    let expected = (FailureKind::Unrecognized, Offer::Nothing);
    assert_eq!((told.cause.kind, told.offer), expected);

    let newer = json!({
        "kind": "AddedLater",
        "model": {"provider": "openai", "problem": "added_later", "attempt": 1},
    });
    let told: ReportEditInput = from_value(newer).unwrap();
    assert_eq!(told.cause.kind, FailureKind::Unrecognized);
    assert_eq!(told.cause.model.unwrap().problem, ModelProblem::Unrecognized);

    let calls: CallsMade = from_value(json!({"calls": []})).unwrap();
    assert_eq!(calls.model, None);
}
