//! Samples of the payloads of schedules and broadcasts.

use domain::{BroadcastState, Outcome};
use serde_json::Value;
use workflows::{
    broadcast::{
        AlbumRecord, BroadcastInput, BroadcastMessage, BroadcastProgress, BroadcastSent,
        ConcludeInput, FindRecipientsInput, LocalizedTip, OpenBroadcastInput, RecipientRecord,
        RecipientsFound, SendBroadcastInput,
    },
    destination::DestinationRecord,
    notice::{NoticeInput, NoticeSent},
    schedule::{
        MissedRun, PauseSubscriptionInput, PrepareScheduledInput, ScheduledContent, ScheduledInput,
        ScheduledKind, ScheduledResult, SlotRecord,
    },
};

use crate::{brief, named, s};

/// One of each payload of schedules and broadcasts.
pub(crate) fn payloads() -> Vec<(&'static str, Value)> {
    let destination =
        DestinationRecord::telegram(domain::ChatId::new(-100), None, domain::Language::Ru);
    vec![
        named(ScheduledInput { subscription: s("1-2"), slot: Some(slot()), lists_topic: true }),
        named(ScheduledResult {
            what: ScheduledKind::Carousel,
            outcome: Some(Outcome::Delivered),
            reason: s("why"),
            reached: Some(progress()),
        }),
        named(PrepareScheduledInput {
            subscription: s("1-2"),
            slot: Some(slot()),
            carousel: s("carousel-sched-1-2-x"),
        }),
        named(ScheduledContent {
            what: ScheduledKind::Carousel,
            reason: s("why"),
            user: s("tg-1"),
            destination: destination.clone(),
            brief: Some(brief()),
            day: s("2026-11-24"),
            languages: vec![s("ru")],
            missed: Some(missed()),
        }),
        named(PauseSubscriptionInput { subscription: s("1-2"), reason: s("why") }),
        named(NoticeInput {
            carousel: s("carousel-sched-1-2-x"),
            name: s("report"),
            destination,
            report: Some(progress()),
            erased: Some(crate::privacy::erased()),
            missed: Some(missed()),
        }),
        named(progress()),
        named(BroadcastMessage {
            text: s("t"),
            album: Some(AlbumRecord { carousel: s("carousel-tg-1"), revision: 2 }),
            thoughts: vec![thought()],
        }),
        named(OpenBroadcastInput { broadcast: s("1-2"), slot: slot(), thoughts: vec![thought()] }),
        named(BroadcastInput {
            broadcast: s("1-2"),
            author: s("tg-1"),
            report_to: DestinationRecord::telegram(
                domain::ChatId::new(1),
                None,
                domain::Language::En,
            ),
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
        named(RecipientsFound { recipients: vec![recipient()], progress: progress() }),
        named(SendBroadcastInput { broadcast: s("1-2"), recipient: recipient() }),
        named(BroadcastSent { outcome: Some(Outcome::Failed), closed: true }),
        named(ConcludeInput { broadcast: s("1-2"), closed: vec![s("tg-3")] }),
        named(NoticeSent { outcome: Some(Outcome::Delivered), reason: s("why") }),
    ]
}

fn slot() -> SlotRecord {
    SlotRecord { bot: 1, time: s("08:00"), time_zone: s("Europe/Berlin") }
}

fn thought() -> LocalizedTip {
    LocalizedTip { language: s("ru"), text: s("t"), source: s("s") }
}

fn recipient() -> RecipientRecord {
    RecipientRecord { user: s("tg-7"), chat: domain::ChatId::new(7) }
}

fn progress() -> BroadcastProgress {
    BroadcastProgress {
        state: Some(BroadcastState::Sending),
        sent: 1,
        failed: 2,
        closed: 3,
        unknown: 4,
        left: 5,
    }
}

fn missed() -> MissedRun {
    MissedRun { topic: s("t"), due: s("2026-11-24T09:00:00") }
}
