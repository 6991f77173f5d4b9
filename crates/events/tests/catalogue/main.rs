//! Tests of every event's JSON: against its golden file, its schema, the documented table, and the
//! `cloudevents` crate as an independent reader.

mod sample_events;

use std::collections::BTreeSet;

use cloudevents::AttributesReader as _;
use events::{CATALOGUE, Event, EventContext, EventId, EventJournal, EventSource, Family, schemas};
use serde_json::{Value, json};

use sample_events::{gateway_events, noon, orchestrator_events, s, sample_events};

/// The table of `EVENTS.md`, copied by hand, so that a change of a name or a field only in code
/// fails.
const DOCUMENTED: &[(&str, &[&str])] = &[
    ("user.message.received", &["user", "chat", "message", "kind", "length"]),
    ("command.executed", &["command", "success", "duration_ms"]),
    ("user.session.created", &["session", "user"]),
    ("bot.response.sent", &["kind", "success"]),
    ("carousel.generate.requested", &["topic", "slides", "style", "format", "language", "source"]),
    (
        "carousel.content.analyzed",
        &["title", "principles", "quotes", "concepts", "keywords", "tokens", "cost_micros"],
    ),
    (
        "carousel.slides.generated",
        &["slide_count", "revision", "tokens", "provider", "cost_micros"],
    ),
    ("carousel.images.rendered", &["count", "bytes", "duration_ms", "format"]),
    ("carousel.completed", &["outcome", "reason", "duration_ms", "tokens", "cost_micros"]),
    ("ai.content.requested", &["purpose", "provider", "model"]),
    ("ai.analysis.completed", &["tokens", "duration_ms"]),
    ("ai.wisdom.generated", &["category", "source"]),
    ("user.created", &["user", "changed_fields"]),
    ("user.updated", &["user", "changed_fields"]),
    ("session.saved", &["session", "expires_at"]),
    ("history.logged", &["action"]),
    ("carousel.saved", &["carousel", "revision"]),
    ("carousel.delivery.resolved", &["carousel", "generation", "outcome"]),
    ("metrics.collected", &["counters"]),
    ("health.checked", &["component", "status", "latency_ms"]),
    ("alert.triggered", &["component", "severity", "reason"]),
    ("user.interaction.tracked", &["action"]),
    ("workflow.started", &["workflow_id", "run_id"]),
    ("workflow.step.completed", &["workflow_id", "run_id", "step", "outcome"]),
    ("workflow.completed", &["workflow_id", "run_id", "outcome"]),
    ("event.routed", &["event_id", "target_workflow_id"]),
];

fn context() -> EventContext {
    EventContext {
        correlation: s("carousel-cli-1"),
        environment: s("development"),
        subject: Some(s("carousel-cli-1")),
        traceparent: Some(s("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")),
        user: Some(s("local")),
        session: Some(s("local-1")),
        request: Some(s("7")),
    }
}

/// All test events as one chain.
fn all() -> Vec<Event> {
    let cause = Some(EventId::parse("their-1").expect("an id"));
    let mut journal = EventJournal::for_step(
        "carousel-cli-1",
        "golden",
        EventSource::PERSISTENCE,
        context(),
        cause,
    );
    for fact in sample_events() {
        journal.record(noon(), fact);
    }
    journal.events().to_vec()
}

#[test]
fn event_json_matches_golden_files() {
    for family in [
        Family::Gateway,
        Family::Carousel,
        Family::Ai,
        Family::Persistence,
        Family::Analytics,
        Family::Orchestrator,
    ] {
        let events: Vec<_> =
            all().into_iter().filter(|event| event.data.kind().family == family).collect();
        // Sorted, because another crate of the build may enable serde_json's `preserve_order`.
        insta::with_settings!({ sort_maps => true }, {
            insta::assert_json_snapshot!(format!("{family:?}").to_lowercase(), events);
        });
    }
}

#[test]
fn every_event_round_trips() {
    for event in all() {
        let event = event.with_extension("tenant", "blue").unwrap();
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event, "{json}");
    }
}

#[test]
fn catalogue_matches_documentation() {
    let documented: Vec<_> = DOCUMENTED.iter().map(|(name, _)| *name).collect();
    let catalogue: Vec<_> = CATALOGUE.iter().copied().flatten().map(|kind| kind.name).collect();
    assert_eq!(catalogue, documented);
    for (fact, (name, fields)) in sample_events().into_iter().zip(DOCUMENTED) {
        assert_eq!(fact.kind().name, *name, "the facts of this test are in the same order");
        let event = json!(all().iter().find(|event| event.kind() == *name));
        let written: BTreeSet<_> = event["data"].as_object().unwrap().keys().collect();
        let wanted: BTreeSet<_> = fields.iter().map(|field| s(field)).collect();
        assert_eq!(written, wanted.iter().collect(), "{name}");
    }
}

#[test]
fn schema_describes_every_event_field() {
    let schemas = schemas();
    assert_eq!(schemas.len(), DOCUMENTED.len());
    for event in all() {
        let schema = &schemas[event.kind()];
        let json = json!(event);
        for part in [(schema, &json), (&schema["properties"]["data"], &json["data"])] {
            let (schema, json) = part;
            let properties = schema["properties"].as_object().unwrap();
            for field in json.as_object().unwrap().keys() {
                assert!(properties.contains_key(field), "{}: {field}", event.kind());
            }
            for field in schema["required"].as_array().unwrap() {
                assert!(!json[field.as_str().unwrap()].is_null(), "{}: {field}", event.kind());
            }
        }
        assert!(schema["description"].as_str().is_some_and(|about| !about.is_empty()));
    }
}

#[test]
fn schema_references_resolve() {
    fn references<'a>(of: &'a Value, found: &mut Vec<&'a str>) {
        match of {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|field| references(field, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut all = 0;
    for (name, schema) in schemas() {
        let mut found = Vec::new();
        references(&schema, &mut found);
        for reference in &found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(schema.pointer(pointer).is_some(), "{name}: {reference}");
        }
        all += found.len();
    }
    assert!(all > 0, "some event has a list of names");
}

#[test]
fn cloudevents_crate_reads_every_event() {
    for event in all() {
        let json = serde_json::to_string(&event).unwrap();
        let read: cloudevents::Event = serde_json::from_str(&json).unwrap();
        assert_eq!(read.id(), event.id.as_str());
        assert_eq!(read.ty(), event.kind());
        assert_eq!(read.time(), Some(&event.time));
        assert_eq!(read.extension("correlationid").unwrap().to_string(), "carousel-cli-1");
        let again: Event = serde_json::from_value(json!(read)).unwrap();
        assert_eq!(again, event);
    }
}

#[test]
fn unknown_attributes_are_kept_and_errors_named() {
    let mut good = json!(all()[0]);
    good["tenant"] = json!("blue");
    good["data"]["added_later"] = json!(1);
    good["dataschema"] = json!("https://example.org/x");
    let event: Event = serde_json::from_value(good.clone()).unwrap();
    assert_eq!(event.extensions.get("tenant"), Some(&json!("blue")));

    let wrong = |name: &str, value: Value| {
        let mut bad = good.clone();
        bad[name] = value;
        serde_json::from_value::<Event>(bad).unwrap_err().to_string()
    };
    assert_eq!(wrong("specversion", json!("0.3")), "CloudEvents 0.3, only 1.0 is read");
    assert_eq!(wrong("type", json!("user.sneezed")), "unknown event type “user.sneezed”");
    assert_eq!(
        wrong("dataversion", json!("2")),
        "version “2” of “user.message.received” is unknown here, only 1 is read"
    );
    assert_eq!(wrong("correlationid", json!("")), "attribute “correlationid” is missing or empty");
    assert!(wrong("data", json!({})).starts_with("the data of “user.message.received”: missing"));
    assert!(wrong("tenant", json!([])).contains("tenant"));
    assert!(wrong("datacontenttype", json!("text/plain")).contains("text/plain"));
}

#[test]
fn invalid_event_is_not_written() {
    let mut event = all().remove(0);
    event.context.user = Some(s(""));
    assert!(!serde_json::to_string(&event).unwrap().contains("userid"));
    event.context.correlation = s("");
    let error = serde_json::to_string(&event).unwrap_err().to_string();
    assert_eq!(error, "attribute “correlationid” is missing or empty");
}

#[test]
fn causes_lead_back_to_first_event() {
    let mut opened = EventJournal::for_step("w", "open", EventSource::PERSISTENCE, context(), None);
    for fact in orchestrator_events() {
        opened.record(noon(), fact);
    }
    let last = opened.cause().cloned();
    let mut completed =
        EventJournal::for_step("w", "complete", EventSource::PERSISTENCE, context(), last);
    completed.record(noon(), sample_events().remove(8));

    let events = [opened.events(), completed.events()].concat();
    let mut at = events.last().unwrap();
    let mut seen = 1;
    while let Some(cause) = &at.causation {
        at = events.iter().find(|event| event.id == *cause).unwrap();
        seen += 1;
    }
    assert_eq!((seen, &at.id), (events.len(), &events[0].id));
}

#[test]
fn handling_a_request_again_gives_same_ids() {
    let ids = || {
        let mut journal = EventJournal::for_request("7", EventSource::GATEWAY, context(), None);
        for fact in [gateway_events(), gateway_events()].concat() {
            journal.record(noon(), fact);
        }
        journal.events().iter().map(|event| event.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(), ids());
    assert_eq!(ids().into_iter().collect::<BTreeSet<_>>().len(), 8);
}
