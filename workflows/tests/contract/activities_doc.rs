//! `docs/api/activities.md` and `.json`: the contract of a worker in any language, made of the
//! declarations and of the payloads in this test.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use schemars::Schema;
use serde_json::{Value, json};
use workflows::activity;

const INTRODUCTION: &str = "\
# Activities

A task queue can be served by a worker in any language with a Temporal SDK. This page lists every activity; \
[activities.json](activities.json) has a JSON Schema and an example of each input and result. Made by
`UPDATE_DOCS=1 cargo test -p workflows --test contract activities_doc`, from the declarations that our workers use.

[worker.py](worker.py) is a worker in Python that serves the queue `ai`. The test `workers/tests/carousel/foreign_worker.rs` \
runs it: our workers serve the other queues, and the carousel is delivered.

| rule | reason |
|---|---|
| A worker that polls a queue serves all of its activities | Temporal gives any task of a queue to any of its workers |
| Payloads are JSON (`json/plain`), one argument | with `TEMPORAL_CODEC_KEYS`, the codec endpoint decodes them |
| Unknown fields are ignored; missing fields have defaults | older and newer versions run side by side |
| An activity may run twice | Temporal retries after a lost worker |
| An activity that takes longer than its heartbeat timeout sends heartbeats | Temporal retries it otherwise |
| A failure that must not be retried is non-retryable | the workflow undoes its steps |
| Texts over 300 characters and images are blob keys | histories stay small |

| activity | queue | input | result | attempt | attempts | heartbeat | what it does |
|---|---|---|---|---|---|---|---|
";

/// The name of a type without its path.
fn short(name: &str) -> &str {
    name.rsplit("::").next().unwrap_or(name).trim()
}

fn schema(example: &Value) -> Schema {
    let mut schema = schemars::schema_for_value!(example);
    schema.remove("$schema");
    schema.remove("title");
    schema
}

fn documents() -> (String, String) {
    let payloads = super::all_payloads();
    let mut page = INTRODUCTION.to_owned();
    let mut types = BTreeMap::new();
    let mut listed = Vec::new();
    for activity in activity::all() {
        let reference = |name: &str| match short(name) {
            "()" => json!({ "type": "null" }),
            name => json!({ "$ref": format!("#/$defs/{name}") }),
        };
        for name in
            [activity.input, activity.output].map(short).into_iter().filter(|it| *it != "()")
        {
            let example = payloads.get(name).unwrap_or_else(|| panic!("no example of {name}"));
            types.insert(name.to_owned(), schema(example));
        }
        let policy = activity.policy;
        let heartbeat = policy.heartbeat_timeout.as_secs();
        let attempts = match policy.max_attempts {
            0 => "no limit".to_owned(),
            n => n.to_string(),
        };
        let about = activity.about.trim();
        let (input, output) = (short(activity.input), short(activity.output));
        writeln!(
            page,
            "| `{}` | `{}` | {input} | {output} | {} s | {attempts} | {heartbeat} s | {about} |",
            activity.name,
            policy.queue,
            policy.attempt_timeout.as_secs(),
        )
        .unwrap();
        listed.push(json!({
            "name": activity.name,
            "queue": policy.queue,
            "description": about,
            "input": reference(activity.input),
            "result": reference(activity.output),
        }));
    }
    let document = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Activities of Bible VibeCoder",
        "activities": listed,
        "$defs": types,
    });
    (page, serde_json::to_string_pretty(&sorted(document)).unwrap() + "\n")
}

/// With the keys of objects in order: the map's own order depends on the features of this build.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<String, Value> =
                fields.into_iter().map(|(name, value)| (name, sorted(value))).collect();
            fields.into_iter().collect()
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads and writes files")]
fn activities_doc_lists_every_activity_and_type() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/api");
    let (page, schemas) = documents();
    for (name, expected) in [("activities.md", page), ("activities.json", schemas)] {
        let path = folder.join(name);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &expected).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == expected, "docs/api/{name} is out of date: set UPDATE_DOCS=1");
    }
}
