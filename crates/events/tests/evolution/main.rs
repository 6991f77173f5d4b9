//! The events stay readable for every reader that was written for a released version: today's
//! schemas are compared with all of `crates/events/schemas`.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod compatibility;
mod planted_breaks;
mod requests;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use compatibility::breaks;
use serde_json::Value;

type Schemas = BTreeMap<String, Value>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

/// The schemas of each released version.
fn released_in(folder: &Path) -> BTreeMap<String, Schemas> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let read = |path: PathBuf| {
        let version = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (version, serde_json::from_slice(&fs::read(&path).unwrap()).unwrap())
    };
    files.map(read).collect()
}

fn current() -> Schemas {
    events::schemas().into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

/// To add the version of `Cargo.toml`: `RELEASE_SCHEMAS=1 cargo test -p events evolution`.
#[test]
fn evolution_breaks_no_released_version() {
    let current = current();
    for (version, released) in released_in(&folder()) {
        let found = breaks(&released, &current);
        assert!(found.is_empty(), "readers of {version}:\n{}", found.join("\n"));
    }
    let path = folder().join(concat!(env!("CARGO_PKG_VERSION"), ".json"));
    if std::env::var_os("RELEASE_SCHEMAS").is_some() {
        // Through `BTreeMap`s, so that the order does not depend on `serde_json`'s features.
        let json = serde_json::to_string_pretty(&sorted(&current)).unwrap() + "\n";
        fs::write(&path, json).unwrap();
    }
    assert!(path.exists(), "{} is missing: see CONTRIBUTING.md", path.display());
}

fn sorted(schemas: &Schemas) -> Value {
    fn sort(value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(sort).collect(),
            Value::Object(fields) => {
                let fields: BTreeMap<&String, &Value> = fields.iter().collect();
                let fields = fields.into_iter().map(|(name, field)| (name.clone(), sort(field)));
                Value::Object(fields.collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        }
    }
    schemas.iter().map(|(name, schema)| (name.clone(), sort(schema))).collect()
}
