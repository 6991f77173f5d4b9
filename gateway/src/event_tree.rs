//! The events of a carousel as a tree of causes, as text. Pure.
//!
//! An event that is the only effect of its cause is printed below it, so a chain is a plain list.
//! If one event caused several, each of them begins an indented branch.

use std::fmt::Write as _;

use domain::CarouselId;
use events::{EventId, Timestamp};
use serde_json::Value;
use storage::outbox::StoredEvent;

/// The fields of an event's data that the tree shows.
const SHOWN_FIELDS: [&str; 7] =
    ["step", "outcome", "revision", "action", "purpose", "provider", "target_workflow_id"];

struct EventNode<'a> {
    stored: &'a StoredEvent,
    data: Value,
}

/// The tree of `events`, which are in the order of writing. An event with a cause that is not among
/// them is below the id of that cause.
pub(crate) fn render(id: &CarouselId, events: &[StoredEvent]) -> String {
    let nodes: Vec<EventNode<'_>> = events.iter().map(EventNode::of).collect();
    let (mut out, own) = (String::new(), nodes.iter().filter(|node| node.is_of(id)));
    let times: Vec<Timestamp> = own.map(|node| node.stored.time).collect();
    let first = times.iter().min().copied().unwrap_or_default();
    let last = times.iter().max().copied().unwrap_or_default();
    // Writing to a string does not fail.
    let _ = writeln!(out, "{id}: {} events in {}", times.len(), duration(first, last));
    for root in &nodes {
        let is_known = |cause: &EventId| nodes.iter().any(|node| node.stored.id == *cause);
        match &root.stored.cause {
            Some(cause) if is_known(cause) => {}
            Some(cause) => {
                let _ = writeln!(out, "\n{cause}  (not stored here: of another system, or pruned)");
                branch(&mut out, &nodes, root, 0);
            }
            None => {
                out.push('\n');
                branch(&mut out, &nodes, root, 0);
            }
        }
    }
    out
}

/// Prints an event and everything that it led to.
fn branch<'a>(out: &mut String, nodes: &'a [EventNode<'a>], from: &'a EventNode<'a>, depth: usize) {
    let mut node = from;
    loop {
        node.line(out, nodes, depth);
        let is_effect =
            |effect: &&EventNode<'_>| effect.stored.cause.as_ref() == Some(&node.stored.id);
        let effects: Vec<&EventNode<'_>> = nodes.iter().filter(is_effect).collect();
        match effects.as_slice() {
            [] => return,
            [only] => node = only,
            several => {
                for effect in several {
                    branch(out, nodes, effect, depth + 1);
                }
                return;
            }
        }
    }
}

impl<'a> EventNode<'a> {
    /// Reads the data as JSON, so that an event of a newer version is shown too.
    fn of(stored: &'a StoredEvent) -> Self {
        let envelope: Value = serde_json::from_str(&stored.envelope).unwrap_or_default();
        Self { stored, data: envelope["data"].clone() }
    }

    fn is_of(&self, id: &CarouselId) -> bool {
        self.stored.correlation == id.as_str()
    }

    fn line(&self, out: &mut String, nodes: &[Self], depth: usize) {
        let cause = self.stored.cause.as_ref();
        let cause = nodes.iter().find(|node| Some(&node.stored.id) == cause);
        let after = cause.map_or_else(String::new, |cause| {
            format!("+{}", duration(cause.stored.time, self.stored.time))
        });
        let time = self.stored.time.format("%Y-%m-%d %H:%M:%S%.3f");
        let (indent, kind) = ("  ".repeat(depth), &self.stored.kind);
        let _ = write!(out, "{time} {after:>11}  {indent}{kind}");
        for name in SHOWN_FIELDS {
            match &self.data[name] {
                Value::String(text) if !text.is_empty() => {
                    let _ = write!(out, "  {name}={text}");
                }
                Value::Number(number) => {
                    let _ = write!(out, "  {name}={number}");
                }
                _ => {}
            }
        }
        out.push('\n');
    }
}

fn duration(from: Timestamp, to: Timestamp) -> String {
    let millis = (to - from).num_milliseconds();
    match millis {
        ..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        60_000.. => format!("{} min {} s", millis / 60_000, millis % 60_000 / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(id: &str, cause: Option<&str>, kind: &str, millis: i64, data: &Value) -> StoredEvent {
        let begin: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        StoredEvent {
            seq: 0,
            id: EventId::parse(id).unwrap(),
            kind: kind.to_owned(),
            correlation: "carousel-cli-1".to_owned(),
            cause: cause.map(|id| EventId::parse(id).unwrap()),
            time: begin + chrono::TimeDelta::milliseconds(millis),
            published_at: None,
            position: None,
            envelope: json!({ "data": data }).to_string(),
        }
    }

    #[test]
    fn foreign_cause_is_the_root_and_branches_are_indented() {
        let id = CarouselId::parse("carousel-cli-1").unwrap();
        let tree = render(
            &id,
            &[
                event("a", Some("their-1"), "carousel.generate.requested", 0, &json!({})),
                event("b", Some("a"), "workflow.started", 20, &json!({ "run_id": "r" })),
                event("c", Some("b"), "carousel.saved", 1_520, &json!({ "revision": 1 })),
                event("d", Some("b"), "workflow.step.completed", 90_020, &json!({ "step": "x" })),
                event("e", Some("c"), "carousel.completed", 1_530, &json!({ "outcome": "failed" })),
            ],
        );
        let expected = "\
carousel-cli-1: 5 events in 1 min 30 s

their-1  (not stored here: of another system, or pruned)
2026-11-24 12:00:00.000              carousel.generate.requested
2026-11-24 12:00:00.020      +20 ms  workflow.started
2026-11-24 12:00:01.520      +1.5 s    carousel.saved  revision=1
2026-11-24 12:00:01.530      +10 ms    carousel.completed  outcome=failed
2026-11-24 12:01:30.020 +1 min 30 s    workflow.step.completed  step=x
";
        assert_eq!(tree, expected);
    }
}
