//! The comparison finds every kind of break, and accepts what older readers ignore.

use serde_json::{Value, json};

use crate::{Schemas, compatibility::breaks, current};

/// What the comparison finds if `change` is made to today's schema of a type.
fn found(name: &str, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut changed = current();
    change(changed.get_mut(name).unwrap());
    breaks(&current(), &changed)
}

fn data(schema: &mut Value) -> &mut Value {
    &mut schema["properties"]["data"]
}

fn remove(list: &mut Value, value: &str) {
    list.as_array_mut().unwrap().retain(|item| item["const"] != value && item != value);
}

#[test]
fn evolution_test_finds_planted_breaks() {
    let completed = "carousel.completed";
    let field = |schema: &mut Value| {
        data(schema)["properties"].as_object_mut().unwrap().remove("reason");
    };
    assert_eq!(found(completed, field), ["carousel.completed.data: the field reason was removed"]);

    let kind = |schema: &mut Value| data(schema)["properties"]["reason"]["type"] = "integer".into();
    assert_eq!(
        found(completed, kind),
        [r#"carousel.completed.data.reason: the type was {"string"}, now {"integer"}"#]
    );

    let optional = |schema: &mut Value| remove(&mut data(schema)["required"], "reason");
    assert_eq!(
        found(completed, optional),
        ["carousel.completed.data: the field reason was required and is optional now"]
    );

    let null = |schema: &mut Value| {
        data(schema)["properties"]["reason"]["type"] = json!(["string", "null"]);
    };
    assert_eq!(found(completed, null).len(), 1, "null is a new type");

    let value = |schema: &mut Value| remove(&mut schema["$defs"]["Outcome"]["enum"], "unknown");
    assert_eq!(
        found(completed, value),
        ["carousel.completed.data.outcome: the value unknown was removed"]
    );

    let described = |schema: &mut Value| {
        remove(&mut schema["$defs"]["MessageKind"]["oneOf"], "voice");
    };
    assert_eq!(
        found("user.message.received", described),
        ["user.message.received.data.kind: the value voice was removed"]
    );

    let item = |schema: &mut Value| {
        data(schema)["properties"]["changed_fields"]["items"]["type"] = "integer".into();
    };
    assert_eq!(found("user.updated", item).len(), 1, "the items of a list");

    let map = |schema: &mut Value| {
        data(schema)["properties"]["counters"]["additionalProperties"]["type"] = "string".into();
    };
    assert_eq!(found("metrics.collected", map).len(), 1, "the values of a map");

    let wider = |schema: &mut Value| {
        data(schema)["properties"]["slides"]["format"] = "uint64".into();
    };
    assert_eq!(found("carousel.generate.requested", wider).len(), 1, "a wider number");

    let attribute = |schema: &mut Value| {
        schema["properties"].as_object_mut().unwrap().remove("traceparent");
    };
    assert_eq!(found(completed, attribute).len(), 1, "an attribute of the envelope");

    let keyword = |schema: &mut Value| data(schema)["not"] = json!({});
    assert!(found(completed, keyword)[0].ends_with("does not know the keyword “not”"));
}

#[test]
fn evolution_test_finds_a_removed_type() {
    let mut changed = current();
    changed.remove("event.routed");
    assert_eq!(breaks(&current(), &changed), ["event.routed: the type was removed"]);
}

#[test]
fn evolution_may_add_fields_values_and_types() {
    let field = |schema: &mut Value| {
        data(schema)["properties"]["cost"] = json!({ "type": "integer" });
    };
    assert_eq!(found("carousel.completed", field), [""; 0]);
    let value = |schema: &mut Value| {
        let values = &mut schema["$defs"]["Outcome"]["enum"];
        values.as_array_mut().unwrap().push("postponed".into());
    };
    assert_eq!(found("carousel.completed", value), [""; 0]);
    let required = |schema: &mut Value| {
        schema["required"].as_array_mut().unwrap().push("userid".into());
    };
    assert_eq!(found("carousel.completed", required), [""; 0]);
    assert_eq!(breaks(&Schemas::new(), &current()), [""; 0]);
}

#[test]
fn evolution_of_a_raised_version_is_free() {
    let raise = |schema: &mut Value| {
        schema["properties"]["dataversion"]["const"] = "2".into();
        data(schema)["properties"].as_object_mut().unwrap().remove("reason");
    };
    assert_eq!(found("carousel.completed", raise), [""; 0]);
}
