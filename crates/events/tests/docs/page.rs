//! The page `docs/api/events.md`.

use std::fmt::Write as _;

use events::{CATALOGUE, EventType, Family, request::REQUEST_TYPES};
use serde_json::Value;

use crate::asyncapi::CHANNELS;

const INTRODUCTION: &str = "\
# Events

An event is a fact: it says what happened. Its form is [CloudEvents 1.0](https://cloudevents.io) JSON. The state that it
describes and the event itself are written in one database transaction; a relay publishes it afterwards, at least once.

- `id` is derived from what the event is about: a step that runs again writes the same `id`. Skip an `id` that you know.
- Events with the same `correlationid` are published in order. It is the id of the carousel, or of the Telegram update
  before there is a carousel.
- `causationid` is the `id` of the event that led to this one. `gateway events --carousel ID` prints the tree.
- A type's `dataversion` is raised only for a change that older readers can't handle. Fields may be added: ignore fields
  that you don't know.
- No event has a picture, a secret or a person's text except the topic. User ids are pseudonyms.

[asyncapi.json](asyncapi.json) is the AsyncAPI 3 document of the streams, with the JSON Schema of every event.

This page and the document are made from `crates/events/src/family`; to accept a change:
`UPDATE_DOCS=1 cargo test -p events docs`.

## Streams

An entry of a Redis stream has the field `event`, the event's JSON; a fact's has `id` and `type` too.
[The bus](../operations/bus.md) says how to read facts and how to send requests.

| stream | content |
|---|---|
";

const REQUESTS: &str = "
# Requests

Other systems ask for work by these events. An unknown field is an error.
";

const ATTRIBUTES: &str = "
## Attributes

Every event has these attributes; those without * may be missing.

| attribute | meaning |
|---|---|
";

pub(crate) fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    // Writing to a string does not fail.
    for channel in CHANNELS {
        let _ = writeln!(page, "| `{}` | {} |", channel.address, channel.about);
    }
    page.push_str(ATTRIBUTES);
    let schemas = events::schemas();
    attributes(&mut page, &schemas["carousel.completed"]);
    for family in CATALOGUE {
        for kind in family {
            let family = format!("Family {}, version {}.", family_name(kind), kind.version);
            entry(&mut page, &format!("`{}`", kind.name), &family, &schemas[kind.name]);
        }
    }
    page.push_str(REQUESTS);
    let schemas = events::request_schemas();
    for kind in REQUEST_TYPES {
        let heading = format!("Request `{}`", kind.name);
        let version = format!("Version {}.", kind.version);
        entry(&mut page, &heading, &version, &schemas[kind.name]);
    }
    page
}

/// The attributes are the same for all types.
fn attributes(page: &mut String, schema: &Value) {
    let required = names(schema);
    let properties = schema["properties"].as_object().into_iter().flatten();
    let mut rows: Vec<String> = Vec::new();
    for (name, attribute) in properties.filter(|(name, _)| *name != "data") {
        let star = if required.contains(&name.as_str()) { "*" } else { "" };
        let about = match (attribute["description"].as_str(), name.as_str()) {
            (Some(about), _) => about.to_owned(),
            (None, "type") => "The event's type.".to_owned(),
            (None, "dataversion") => "The version of the type's data.".to_owned(),
            (None, _) => format!("Always `{}`.", attribute["const"].as_str().unwrap_or_default()),
        };
        rows.push(format!("| `{name}`{star} | {about} |\n"));
    }
    rows.sort();
    page.extend(rows);
}

fn family_name(kind: &EventType) -> &'static str {
    match kind.family {
        Family::Gateway => "gateway",
        Family::Carousel => "carousel",
        Family::Ai => "AI",
        Family::Persistence => "persistence",
        Family::Analytics => "analytics",
        Family::Orchestrator => "orchestrator",
    }
}

fn entry(page: &mut String, heading: &str, remark: &str, schema: &Value) {
    let about = schema["description"].as_str().unwrap_or_default().replace('\n', " ");
    let _ = write!(page, "\n## {heading}\n\n{about} {remark}\n\n");
    page.push_str("| field | type | meaning |\n|---|---|---|\n");
    let data = &schema["properties"]["data"];
    let required = names(data);
    // Sorted, because another crate of the build may enable serde_json's `preserve_order`.
    let mut fields: Vec<(&String, &Value)> =
        data["properties"].as_object().into_iter().flatten().collect();
    fields.sort_by_key(|(name, _)| *name);
    for (name, field) in fields {
        let about = field["description"].as_str().unwrap_or_default().replace('\n', " ");
        let optional = if required.contains(&name.as_str()) { "" } else { ", optional" };
        let _ = writeln!(page, "| `{name}` | {}{optional} | {about} |", type_of(field, schema));
    }
}

/// The required names of an object's schema.
fn names(schema: &Value) -> Vec<&str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// A field's type in words.
fn type_of(field: &Value, root: &Value) -> String {
    if let Some(reference) = field["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        return root.pointer(pointer).map_or_else(String::new, |target| type_of(target, root));
    }
    let values = field["enum"].as_array().into_iter().flatten();
    let constants = field["oneOf"].as_array().into_iter().flatten().map(|one| &one["const"]);
    let named: Vec<&str> = values.chain(constants).filter_map(Value::as_str).collect();
    if !named.is_empty() {
        let named: Vec<String> = named.iter().map(|name| format!("`{name}`")).collect();
        return named.join(", ");
    }
    if field["oneOf"].is_array() {
        return "object".to_owned();
    }
    let simple = match &field["type"] {
        Value::String(name) => name.clone(),
        Value::Array(names) => {
            let names = names.iter().filter_map(Value::as_str).filter(|name| *name != "null");
            names.collect::<Vec<_>>().join(" or ")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    };
    match simple.as_str() {
        "array" => format!("list of {}", type_of(&field["items"], root)),
        "object" => format!("map of {}", type_of(&field["additionalProperties"], root)),
        "string" if field["format"] == "date-time" => "time, RFC 3339".to_owned(),
        _ => simple,
    }
}
