//! The AsyncAPI 3 document: channels, operations, messages and JSON Schemas.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

const CLOUD_EVENTS: &str = "application/cloudevents+json";

/// A stream of the bus.
pub(crate) struct Channel {
    /// The key in the document.
    key: &'static str,
    /// The name of the Redis stream.
    pub(crate) address: &'static str,
    action: Action,
    pub(crate) about: &'static str,
    messages: fn() -> Vec<Message>,
}

/// What this system does with the messages of a channel.
#[derive(Clone, Copy)]
enum Action {
    Send,
    Receive,
}

struct Message {
    /// The key in the document.
    key: String,
    name: &'static str,
    content_type: &'static str,
    /// The schema of the entry's fields except `event`.
    headers: Value,
    /// The schema of the entry's field `event`.
    payload: Value,
}

pub(crate) const CHANNELS: [Channel; 3] = [
    Channel {
        key: "facts",
        address: "vibecoder:facts",
        action: Action::Send,
        about: "What happened, at least once, in order per `correlationid`. A message that comes \
            twice has the same `id`.",
        messages: || events::schemas().into_iter().map(cloud_event).collect(),
    },
    Channel {
        key: "requests",
        address: "vibecoder:requests",
        action: Action::Receive,
        about: "What other systems ask for. A fact on this stream starts nothing.",
        messages: || events::request_schemas().into_iter().map(request).collect(),
    },
    Channel {
        key: "dead",
        address: "vibecoder:dead",
        action: Action::Send,
        about: "Dead letters: requests that were not carried out, with the reason.",
        messages: || vec![dead_letter()],
    },
];

fn cloud_event((name, payload): (&'static str, Value)) -> Message {
    let headers = json!({
        "type": "object",
        "required": ["id", "type"],
        "properties": {
            "id": { "type": "string", "description": "The event's `id`." },
            "type": { "const": name, "description": "The event's `type`." },
        },
    });
    Message { key: key_of(name), name, content_type: CLOUD_EVENTS, headers, payload }
}

/// A request has the type of a fact: its key differs.
fn request((name, payload): (&'static str, Value)) -> Message {
    let key = format!("request_{}", key_of(name));
    Message { key, name, content_type: CLOUD_EVENTS, headers: json!({ "type": "object" }), payload }
}

fn dead_letter() -> Message {
    let text = |about: &str| json!({ "type": "string", "description": about });
    let headers = json!({
        "type": "object",
        "required": ["reason", "entry"],
        "properties": {
            "reason": text("Why it was not carried out, for its sender."),
            "entry": text("The id of its entry among the requests."),
        },
    });
    let payload = json!({
        "title": "dead.letter",
        "description": "The request as it was received. It can be anything.",
    });
    let (name, content_type) = ("dead.letter", "application/octet-stream");
    Message { key: key_of(name), name, content_type, headers, payload }
}

/// The document, with sorted keys, so that it does not depend on `serde_json`'s features.
pub(crate) fn json() -> String {
    let json = serde_json::to_string_pretty(&sorted(document())).expect("a document is JSON");
    json + "\n"
}

pub(crate) fn document() -> Value {
    let (mut channels, mut operations) = (Map::new(), Map::new());
    let (mut messages, mut schemas) = (Map::new(), Map::new());
    for channel in CHANNELS {
        let mut names = Map::new();
        for message in (channel.messages)() {
            let key = &message.key;
            names.insert(key.clone(), reference("messages", key));
            messages.insert(key.clone(), message_object(&message));
            schemas.insert(key.clone(), schema_object(&message.key, message.payload));
        }
        let object = json!({
            "address": channel.address,
            "description": channel.about,
            "messages": names,
        });
        channels.insert(channel.key.to_owned(), object);
        let action = channel.action.name();
        let operation = json!({
            "action": action,
            "channel": { "$ref": format!("#/channels/{}", channel.key) },
        });
        operations.insert(format!("{action}-{}", channel.key), operation);
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Bible VibeCoder",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A message is an entry of a Redis stream. The message's headers are the \
                entry's fields; its payload is the field `event`: CloudEvents 1.0 in the JSON \
                format.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": { "messages": messages, "schemas": schemas },
    })
}

fn message_object(message: &Message) -> Value {
    json!({
        "name": message.name,
        "title": message.name,
        "summary": message.payload["description"],
        "contentType": message.content_type,
        "headers": message.headers,
        "payload": reference("schemas", &message.key),
    })
}

/// A schema with its format. A reference in it resolves against the whole document.
fn schema_object(key: &str, schema: Value) -> Value {
    let own = format!("#/components/schemas/{key}/schema/$defs/");
    let schema = map_text(schema, &|text| match text.strip_prefix("#/$defs/") {
        Some(definition) => format!("{own}{definition}"),
        None => text,
    });
    json!({ "schemaFormat": "application/schema+json;version=2020-12", "schema": schema })
}

fn reference(kind: &str, key: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{key}") })
}

/// A message's key. Not every tool accepts a dot in it.
fn key_of(name: &str) -> String {
    name.replace('.', "_")
}

fn map_text(value: Value, change: &impl Fn(String) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(items) => items.into_iter().map(|item| map_text(item, change)).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            Value::Object(fields.map(|(name, field)| (name, map_text(field, change))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        Value::Object(fields) => {
            let fields: BTreeMap<String, Value> =
                fields.into_iter().map(|(name, field)| (name, sorted(field))).collect();
            Value::Object(fields.into_iter().collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

impl Action {
    const fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Receive => "receive",
        }
    }
}
