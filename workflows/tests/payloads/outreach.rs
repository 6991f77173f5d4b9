//! Payloads of what comes by itself, and of what goes to many.

use serde_json::Value;
use workflows::contract::{
    DestinationRecord, NoticeInput, NoticeSent, PrepareInput, Prepared, RestInput, Scheduled,
    ScheduledInput, Thought,
};

use crate::{brief, call, named, s};

/// One of each payload of what comes by itself and of what goes to many.
pub(crate) fn payloads() -> Vec<(&'static str, Value)> {
    let destination = DestinationRecord::telegram(-100, None, domain::Language::Ru);
    vec![
        named(ScheduledInput {
            subscription: s("1-2"),
        }),
        named(Scheduled {
            what: s("carousel"),
            outcome: s("delivered"),
            reason: s("why"),
        }),
        named(PrepareInput {
            subscription: s("1-2"),
            carousel: s("carousel-sched-1-2-x"),
        }),
        named(Prepared {
            what: s("carousel"),
            reason: s("why"),
            user: s("tg-1"),
            destination: destination.clone(),
            brief: Some(brief()),
            day: s("2026-11-24"),
        }),
        named(RestInput {
            subscription: s("1-2"),
            reason: s("why"),
        }),
        named(NoticeInput {
            carousel: s("carousel-sched-1-2-x"),
            name: s("wisdom"),
            destination,
            thought: Some(Thought {
                text: s("t"),
                category: s("tests"),
                source: s("s"),
                calls: vec![call()],
            }),
        }),
        named(NoticeSent {
            outcome: s("delivered"),
            reason: s("why"),
        }),
    ]
}
