//! The JSON Schema of every event, for readers that do not use this crate.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    CATALOGUE, EventType,
    request::{REQUEST_TYPES, RequestType},
};

/// The JSON Schema (draft 2020-12) of each event with its envelope, by type.
pub fn schemas() -> BTreeMap<&'static str, Value> {
    (CATALOGUE.iter().copied().flatten()).map(|kind| (kind.name, schema(kind))).collect()
}

/// The JSON Schema (draft 2020-12) of each request event with its envelope, by type.
pub fn request_schemas() -> BTreeMap<&'static str, Value> {
    REQUEST_TYPES.iter().map(|kind| (kind.name, request_schema(kind))).collect()
}

fn schema(kind: &EventType) -> Value {
    let required =
        ["specversion", "id", "source", "type", "time", "correlationid", "environment", "data"];
    envelope(kind.name, kind.data_schema, &required, |data| properties(kind, data))
}

fn request_schema(kind: &RequestType) -> Value {
    let required = ["specversion", "id", "source", "type", "data"];
    envelope(kind.name, kind.data_schema, &required, |data| {
        json!({
            "specversion": { "const": "1.0" },
            "id": text("Unique within the source: the same id is the same request."),
            "source": uri("The system that asks; the operator lists it in EVENT_SOURCES."),
            "type": { "const": kind.name },
            "datacontenttype": { "const": "application/json" },
            "dataversion": { "const": kind.version },
            "userid": {
                "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$",
                "description": "The person who asks, as the source names them.",
            },
            "traceparent": text("W3C trace context."),
            "data": data,
        })
    })
}

fn envelope(
    name: &str,
    data_schema: fn() -> schemars::Schema,
    required: &[&str],
    properties: impl FnOnce(&Value) -> Value,
) -> Value {
    let mut data = data_schema().to_value();
    let about = data.get("description").cloned().unwrap_or_default();
    // `$ref` resolves only against the root of its document, so definitions move there.
    let definitions = (data.as_object_mut())
        .and_then(|data| {
            data.remove("$schema");
            data.remove("$defs")
        })
        .unwrap_or_else(|| Value::Object(Map::new()));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        "description": about,
        "type": "object",
        "required": required,
        "properties": properties(&data),
        "additionalProperties": { "type": ["string", "integer", "boolean"] },
        "$defs": definitions,
    })
}

fn properties(kind: &EventType, data: &Value) -> Value {
    json!({
        "specversion": { "const": "1.0" },
        "id": text("Unique; an event that is written twice has the same id."),
        "source": uri("The component that wrote it."),
        "type": { "const": kind.name },
        "subject": text("The subject, within the correlation id."),
        "time": {
            "type": "string", "format": "date-time", "description": "When it happened, UTC.",
        },
        "datacontenttype": { "const": "application/json" },
        "dataversion": { "const": kind.version },
        "correlationid": text("The carousel's id, or the update's before there is one."),
        "causationid": text("The id of the event that led to this one."),
        "traceparent": text("W3C trace context."),
        "environment": text("The environment, such as `production`."),
        "userid": text("A pseudonym of the person who asked."),
        "sessionid": text("The id of the dialogue."),
        "requestid": text("The id of the request or update that started the work."),
        "data": data,
    })
}

fn text(about: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "description": about })
}

fn uri(about: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "format": "uri-reference", "description": about })
}
