//! The JSON Schema of every event, for readers that do not use this crate.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{CATALOGUE, EventType};

/// The JSON Schema (draft 2020-12) of each event with its envelope, by type.
pub fn schemas() -> BTreeMap<&'static str, Value> {
    (CATALOGUE.iter().copied().flatten()).map(|kind| (kind.name, schema(kind))).collect()
}

fn schema(kind: &EventType) -> Value {
    let mut data = (kind.data_schema)().to_value();
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
        "title": kind.name,
        "description": about,
        "type": "object",
        "required": [
            "specversion", "id", "source", "type", "time", "correlationid", "environment", "data",
        ],
        "properties": properties(kind, &data),
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
