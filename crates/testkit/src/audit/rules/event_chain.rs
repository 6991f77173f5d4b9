//! Checks the events of a carousel: every required one exists, none twice, all in one chain.

use std::collections::BTreeMap;

use domain::Outcome;

use super::{Case, Finding, FindingClass};
use crate::audit::audit_data::EventRow;

const BEGIN: [&str; 2] = ["carousel.generate.requested", "workflow.started"];
const END: [&str; 2] = ["carousel.completed", "workflow.completed"];

const SENT: [&str; 4] = [
    "carousel.content.analyzed",
    "carousel.slides.generated",
    "carousel.images.rendered",
    "carousel.saved",
];

/// Event types that may occur once per revision, or once in total: see [`key`]. Other types may
/// repeat.
const ONCE: [&str; 8] = [
    "carousel.generate.requested",
    "workflow.started",
    "carousel.content.analyzed",
    "carousel.slides.generated",
    "carousel.images.rendered",
    "carousel.saved",
    "carousel.completed",
    "workflow.completed",
];

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let of = |event: &&EventRow| event.correlation == case.id;
    let events: Vec<&EventRow> = case.truths.events.iter().filter(of).collect();
    let mut wrong = Vec::new();
    match case.carousel {
        // Refused before it was opened, so no events are required.
        None if events.is_empty() => {}
        None => wrong.push("there are events, and no row".to_owned()),
        Some(_) => {
            wrong.extend(missing(case, &events));
            wrong.extend(doubled(&events));
            wrong.extend(outcomes(case, &events));
            wrong.extend(broken(case, &events));
        }
    }
    let finding = |what| Finding::new(FindingClass::Events, what);
    wrong.into_iter().map(finding).collect()
}

fn missing(case: &Case<'_>, events: &[&EventRow]) -> Vec<String> {
    let mut needed = BEGIN.to_vec();
    match case.outcome() {
        Some(Outcome::Delivered | Outcome::Unknown) => {
            needed.extend(SENT);
            needed.extend(END);
            if case.was_settled_later() {
                // Rendering was recorded only in the workflow's history.
                needed.retain(|kind| *kind != "carousel.images.rendered");
            }
        }
        Some(Outcome::Failed | Outcome::Cancelled) => needed.extend(END),
        None => {}
    }
    let absent = |kind: &&str| !events.iter().any(|event| event.kind == **kind);
    needed.into_iter().filter(absent).map(|kind| format!("{kind} is missing")).collect()
}

fn doubled(events: &[&EventRow]) -> Vec<String> {
    let mut times: BTreeMap<(&str, u64), usize> = BTreeMap::new();
    for event in events.iter().filter(|event| ONCE.contains(&event.kind.as_str())) {
        *times.entry(key(event)).or_default() += 1;
    }
    // The event names no revision; each stored revision was rendered.
    let saved = events.iter().filter(|event| event.kind == "carousel.saved");
    let drawn = saved.count().max(1);
    let may = |kind: &str| match kind {
        "carousel.images.rendered" => drawn,
        _ => 1,
    };
    let twice = times.into_iter().filter(|((kind, _), times)| *times > may(kind));
    twice.map(|((kind, _), times)| format!("{kind} exists {times} times")).collect()
}

/// What may occur once: a type, and the revision if the event has one.
fn key(event: &EventRow) -> (&str, u64) {
    (&event.kind, event.revision.unwrap_or(0))
}

/// Checks the outcomes in the last events against the stored one.
fn outcomes(case: &Case<'_>, events: &[&EventRow]) -> Vec<String> {
    let ends = events.iter().filter(|event| END.contains(&event.kind.as_str()));
    ends.filter(|event| !case.fits_outcome(event.outcome))
        .map(|event| {
            let said = event.outcome.map_or("nothing", Outcome::name);
            let stored = case.outcome().map_or("open", Outcome::name);
            format!("{} has outcome {said}, stored is {stored}", event.kind)
        })
        .collect()
}

/// Follows the cause of each event to the first one of its chain. The first event's cause may have
/// another correlation (an update, an external request).
fn broken(case: &Case<'_>, events: &[&EventRow]) -> Vec<String> {
    let all: BTreeMap<&str, &EventRow> =
        case.truths.events.iter().map(|event| (event.id.as_str(), event)).collect();
    let Some(first) = events.first() else {
        return Vec::new();
    };
    let mut wrong = Vec::new();
    for event in events {
        let mut at = *event;
        let mut steps = 0;
        while at.id != first.id {
            let cause = at.causation.as_deref().and_then(|id| all.get(id));
            steps += 1;
            match cause {
                Some(cause) if steps <= all.len() => at = cause,
                Some(_) | None => {
                    wrong.push(format!("the chain from {} breaks at {}", event.kind, at.kind));
                    break;
                }
            }
        }
    }
    // One broken link breaks the chain of all that follow, so only the first is reported.
    wrong.truncate(1);
    wrong
}
