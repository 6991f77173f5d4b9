//! Samples of the payloads of chats and edits.

use serde_json::Value;
use workflows::contract::{
    Change, ChangeRecord, DestinationRecord, LoadRevisionInput, Rendered, ResendInput, ReviseInput,
    Revised, RevisionLoaded, RevisionSaved, SaveRevisionInput, SendFilesInput, ShowDraftInput,
    StatusInput, TellChangeInput, TellInput,
};

use super::{analysis, blob, brand, brief, call, draft, named, s};

/// Payloads of a running carousel.
pub(super) fn of_chats() -> Vec<(&'static str, Value)> {
    let destination = DestinationRecord::telegram(-100, Some(7), domain::Language::Ru);
    vec![
        named(StatusInput {
            destination: destination.clone(),
            stage: s("drawing"),
            topic: s("t"),
        }),
        named(TellInput {
            destination: destination.clone(),
            outcome: s("failed"),
            kind: s("ProviderFailed"),
            reason: s("why"),
            offer: s("offline"),
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
    let destination = DestinationRecord::telegram(1, None, domain::Language::Ru);
    let change = ChangeRecord {
        intent: s("tg-1-2"),
        change: s(Change::Reword.name()),
        slide: 3,
        words: draft().slides.first().cloned(),
        instruction: s("shorter"),
        theme: s("paper"),
        revision: 2,
        destination: destination.clone(),
    };
    vec![
        named(ReviseInput {
            user: s("tg-1"),
            carousel: s("carousel-tg-1-1-1"),
            waiting: vec![change.clone()],
        }),
        named(change),
        named(Revised {
            changes: 2,
            refused: 1,
        }),
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
            rendered: Rendered {
                pictures: vec![blob()],
                ..Rendered::default()
            },
        }),
        named(RevisionSaved { revision: 3 }),
        named(TellChangeInput {
            carousel: s("carousel-tg-1-1-1"),
            intent: s("tg-1-2"),
            destination: destination.clone(),
            revision: 3,
            slide: 3,
            picture: Some(blob()),
            kind: s("SlideRefused"),
            reason: s("why"),
        }),
        named(SendFilesInput {
            carousel: s("carousel-tg-1-1-1"),
            revision: 3,
            intent: s("tg-1-3"),
            destination: destination.clone(),
            pictures: vec![blob()],
        }),
        named(ShowDraftInput {
            revision: 1,
            destination,
            closing: true,
        }),
    ]
}
