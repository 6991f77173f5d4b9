//! Requests that other systems write by a released schema stay acceptable: today's schemas are
//! compared with all of `crates/events/request-schemas`.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Value, json};

use crate::{Schemas, released_in, sorted};

/// What a sender that was written for `released` can't send any more.
fn breaks(released: &Schemas, current: &Schemas) -> Vec<String> {
    let mut found = Vec::new();
    for (kind, old) in released {
        let Some(new) = current.get(kind) else {
            found.push(format!("{kind}: removed"));
            continue;
        };
        let (old, new) = (&old["properties"]["data"], &new["properties"]["data"]);
        for (field, old) in old["properties"].as_object().into_iter().flatten() {
            let new = &new["properties"][field];
            if new.is_null() {
                found.push(format!("{kind}: field {field} removed"));
            } else if ["type", "$ref"].iter().any(|key| old[*key] != new[*key]) {
                found.push(format!("{kind}: field {field} has another type"));
            }
        }
        for field in required(new).difference(&required(old)) {
            found.push(format!("{kind}: field {field} became required"));
        }
    }
    found
}

fn required(data: &Value) -> BTreeSet<&str> {
    data["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn current() -> Schemas {
    events::request_schemas().into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

#[test]
fn evolution_accepts_requests_of_released_versions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("request-schemas");
    let path = folder.join(concat!(env!("CARGO_PKG_VERSION"), ".json"));
    if std::env::var_os("RELEASE_SCHEMAS").is_some() {
        let json = serde_json::to_string_pretty(&sorted(&current())).unwrap() + "\n";
        fs::create_dir_all(&folder).unwrap();
        fs::write(&path, json).unwrap();
    }
    assert!(path.exists(), "{} is missing: see CONTRIBUTING.md", path.display());
    for (version, released) in released_in(&folder) {
        let found = breaks(&released, &current());
        assert!(found.is_empty(), "senders of {version}:\n{}", found.join("\n"));
    }
}

#[test]
fn evolution_test_finds_planted_breaks_of_requests() {
    const KIND: &str = "carousel.generate.requested";
    let planted = |change: fn(&mut Value)| {
        let mut changed = current();
        change(&mut changed.get_mut(KIND).unwrap()["properties"]["data"]);
        breaks(&current(), &changed).len()
    };
    assert_eq!(planted(|_| {}), 0);
    assert_eq!(planted(|data| data["properties"]["new"] = json!({ "type": "string" })), 0);
    assert_eq!(planted(|data| data["required"] = json!(["topic"])), 1);
    assert_eq!(planted(|data| data["properties"]["slides"]["type"] = json!("string")), 1);
    let without_style = |data: &mut Value| {
        data["properties"].as_object_mut().unwrap().remove("style");
    };
    assert_eq!(planted(without_style), 1);
    let mut fewer = current();
    fewer.remove(KIND);
    assert_eq!(breaks(&current(), &fewer).len(), 1);
}
