//! The events of a carousel: each that has to be there, none twice, all in one chain.

use std::collections::BTreeMap;

use super::{Case, Class, Finding};
use crate::audit::truth::Event;

/// What every carousel's story begins and ends with.
const BEGIN: [&str; 2] = ["carousel.generate.requested", "workflow.started"];
const END: [&str; 2] = ["carousel.completed", "workflow.completed"];

/// What lies between, for one that was sent.
const SENT: [&str; 4] = [
    "carousel.content.analyzed",
    "carousel.slides.generated",
    "carousel.images.rendered",
    "carousel.saved",
];

/// Kinds that may come once per revision, and others that may come once at all, are told apart by
/// what their data carries: see [`key`]. The rest may repeat.
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
    let of = |event: &&Event| event.correlation == case.id;
    let events: Vec<&Event> = case.truths.events.iter().filter(of).collect();
    let mut wrong = Vec::new();
    match case.carousel {
        // Refused before it was opened: there is nothing to tell.
        None if events.is_empty() => {}
        None => wrong.push("there are events, and no row".to_owned()),
        Some(_) => {
            wrong.extend(missing(case, &events));
            wrong.extend(doubled(&events));
            wrong.extend(outcomes(case, &events));
            wrong.extend(broken(case, &events));
        }
    }
    let finding = |what| Finding::new(Class::Events, what);
    wrong.into_iter().map(finding).collect()
}

fn missing(case: &Case<'_>, events: &[&Event]) -> Vec<String> {
    let mut needed = BEGIN.to_vec();
    match case.outcome() {
        Some("delivered" | "unknown") => {
            needed.extend(SENT);
            needed.extend(END);
            if case.settled_from_outside() {
                // What drawing did was in the workflow's history alone.
                needed.retain(|kind| *kind != "carousel.images.rendered");
            }
        }
        Some(_) => needed.extend(END),
        None => {}
    }
    let absent = |kind: &&str| !events.iter().any(|event| event.kind == **kind);
    needed
        .into_iter()
        .filter(absent)
        .map(|kind| format!("{kind} is missing"))
        .collect()
}

fn doubled(events: &[&Event]) -> Vec<String> {
    let mut times: BTreeMap<(&str, u64), usize> = BTreeMap::new();
    for event in events
        .iter()
        .filter(|event| ONCE.contains(&event.kind.as_str()))
    {
        *times.entry(key(event)).or_default() += 1;
    }
    // It names no revision: each that was stored had been drawn.
    let saved = events.iter().filter(|event| event.kind == "carousel.saved");
    let drawn = saved.count().max(1);
    let may = |kind: &str| match kind {
        "carousel.images.rendered" => drawn,
        _ => 1,
    };
    let twice = times
        .into_iter()
        .filter(|((kind, _), times)| *times > may(kind));
    twice
        .map(|((kind, _), times)| format!("{kind} is there {times} times"))
        .collect()
}

/// What may be there once: a kind, and the revision where it speaks of one.
fn key(event: &Event) -> (&str, u64) {
    (&event.kind, event.revision.unwrap_or(0))
}

/// What the last events say has to be what is stored.
fn outcomes(case: &Case<'_>, events: &[&Event]) -> Vec<String> {
    let ends = events
        .iter()
        .filter(|event| END.contains(&event.kind.as_str()));
    ends.filter(|event| !case.may_have_ended(event.outcome.as_deref()))
        .map(|event| {
            let said = event.outcome.as_deref().unwrap_or("nothing");
            let stored = case.outcome().unwrap_or("open");
            format!("{} says {said}, stored is {stored}", event.kind)
        })
        .collect()
}

/// Following the cause of any event leads to the first one of its chain; what another correlation
/// began (an update, a request from outside) may be the cause of the first.
fn broken(case: &Case<'_>, events: &[&Event]) -> Vec<String> {
    let all: BTreeMap<&str, &Event> = case
        .truths
        .events
        .iter()
        .map(|event| (event.id.as_str(), event))
        .collect();
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
                    wrong.push(format!(
                        "the chain from {} breaks at {}",
                        event.kind, at.kind
                    ));
                    break;
                }
            }
        }
    }
    // One broken link breaks the chain of all that follow: the first to break says it.
    wrong.truncate(1);
    wrong
}
