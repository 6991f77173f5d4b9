//! Makes `docs/api/events.md` and `docs/api/asyncapi.json` from the catalogue, and checks that the
//! stored ones are up to date. To accept a change: `UPDATE_DOCS=1 cargo test -p events docs`.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod asyncapi;
mod page;

use std::{fs, path::Path};

use serde_json::Value;

fn check(name: &str, made: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api");
    let path = folder.join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        fs::write(&path, made).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    let command = "UPDATE_DOCS=1 cargo test -p events docs";
    assert!(stored == made, "{} differs from the catalogue: {command}", path.display());
}

#[test]
fn docs_page_matches_the_catalogue() {
    check("events.md", &page::markdown());
}

#[test]
fn docs_asyncapi_matches_the_catalogue() {
    check("asyncapi.json", &asyncapi::json());
}

/// Tools refuse a document with a reference to nothing.
#[test]
fn docs_asyncapi_references_resolve() {
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
    let document = asyncapi::document();
    let mut found = Vec::new();
    references(&document, &mut found);
    for reference in &found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    let facts = document["channels"]["facts"]["messages"].as_object().unwrap();
    assert_eq!(facts.len(), events::CATALOGUE.iter().map(|family| family.len()).sum::<usize>());
    assert!(found.len() > 2 * facts.len(), "a channel and a payload refer to each message");
}
