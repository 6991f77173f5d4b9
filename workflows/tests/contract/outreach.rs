//! Payloads of what comes by itself, and of what goes to many.

use serde_json::Value;
use workflows::contract::{
    BroadcastInput, BroadcastMessage, BroadcastProgress, Cast, CastInput, ConcludeInput,
    DestinationRecord, FindRecipientsInput, NoticeInput, NoticeSent, PrepareInput, Prepared,
    RecipientRecord, RecipientsFound, RestInput, Scheduled, ScheduledInput, Thought,
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
            report: Some(progress()),
        }),
        named(BroadcastMessage { text: s("t") }),
        named(BroadcastInput {
            broadcast: s("1-2"),
            author: s("tg-1"),
            report_to: DestinationRecord::telegram(1, None, domain::Language::En),
            after: s("tg-2"),
            closed: 1,
            closing: vec![s("tg-3")],
        }),
        named(FindRecipientsInput {
            broadcast: s("1-2"),
            after: s("tg-2"),
            limit: 50,
            closed: vec![s("tg-3")],
        }),
        named(RecipientsFound {
            recipients: vec![recipient()],
            progress: progress(),
        }),
        named(CastInput {
            broadcast: s("1-2"),
            recipient: recipient(),
        }),
        named(Cast {
            outcome: s("failed"),
            closed: true,
        }),
        named(ConcludeInput {
            broadcast: s("1-2"),
            closed: vec![s("tg-3")],
        }),
        named(NoticeSent {
            outcome: s("delivered"),
            reason: s("why"),
        }),
    ]
}

fn recipient() -> RecipientRecord {
    RecipientRecord {
        user: s("tg-7"),
        chat: 7,
    }
}

fn progress() -> BroadcastProgress {
    BroadcastProgress {
        state: s("sending"),
        sent: 1,
        failed: 2,
        closed: 3,
        unknown: 4,
        left: 5,
    }
}
