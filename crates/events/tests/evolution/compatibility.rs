//! Compares two versions of the facts' JSON Schemas from the view of a reader of the older one.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::Schemas;

/// Keywords that are not compared: descriptions, and the limits of a number, which its format names.
const NEUTRAL: [&str; 9] = [
    "$schema",
    "$defs",
    "$ref",
    "title",
    "description",
    "default",
    "minimum",
    "maximum",
    "minLength",
];

/// Keywords that [`Comparison::compare`] compares.
const COMPARED: [&str; 10] = [
    "type",
    "format",
    "const",
    "enum",
    "oneOf",
    "anyOf",
    "properties",
    "required",
    "items",
    "additionalProperties",
];

/// What a reader of `released` can't handle in `current`. A type whose `dataversion` was raised is
/// not compared: its readers see the new version.
pub(crate) fn breaks(released: &Schemas, current: &Schemas) -> Vec<String> {
    let mut found = Vec::new();
    for (name, before) in released {
        let Some(after) = current.get(name) else {
            found.push(format!("{name}: the type was removed"));
            continue;
        };
        let version = |schema: &Value| schema["properties"]["dataversion"]["const"].clone();
        if version(before) == version(after) {
            let mut comparison = Comparison { before, after, found: Vec::new() };
            comparison.compare(name, before, after);
            found.append(&mut comparison.found);
        }
    }
    found
}

/// The comparison of one type; the roots are for references.
struct Comparison<'a> {
    before: &'a Value,
    after: &'a Value,
    found: Vec<String>,
}

impl<'a> Comparison<'a> {
    fn compare(&mut self, path: &str, before: &'a Value, after: &'a Value) {
        let (before, after) = (resolve(self.before, before), resolve(self.after, after));
        for schema in [before, after] {
            let unknown = object(schema).into_iter().flat_map(Map::keys).find(|keyword| {
                let keyword = keyword.as_str();
                !NEUTRAL.contains(&keyword) && !COMPARED.contains(&keyword)
            });
            if let Some(keyword) = unknown {
                self.report(path, &format!("this test does not know the keyword “{keyword}”"));
            }
        }
        self.compare_values(path, before, after);
        self.compare_fields(path, before, after);
        for keyword in ["items", "additionalProperties"] {
            if before[keyword].is_object() {
                self.compare(&format!("{path}.{keyword}"), &before[keyword], &after[keyword]);
            }
        }
        // `Option` of a structure.
        let options = |schema: &'a Value| schema["anyOf"].as_array().into_iter().flatten();
        if options(before).count() != options(after).count() {
            self.report(path, "the number of alternatives changed");
        }
        for (number, (before, after)) in options(before).zip(options(after)).enumerate() {
            self.compare(&format!("{path}.anyOf.{number}"), before, after);
        }
    }

    fn compare_values(&mut self, path: &str, before: &Value, after: &Value) {
        let (types, now) = (types(before), types(after));
        if !types.is_empty() && (now.is_empty() || !now.is_subset(&types)) {
            self.report(path, &format!("the type was {types:?}, now {now:?}"));
        }
        for keyword in ["format", "const"] {
            if !before[keyword].is_null() && before[keyword] != after[keyword] {
                let (was, is) = (&before[keyword], &after[keyword]);
                self.report(path, &format!("{keyword} was {was}, now {is}"));
            }
        }
        let (values, now) = (values(before), values(after));
        for removed in values.difference(&now) {
            self.report(path, &format!("the value {removed} was removed"));
        }
    }

    fn compare_fields(&mut self, path: &str, before: &'a Value, after: &'a Value) {
        for (name, field) in object(&before["properties"]).into_iter().flatten() {
            match after["properties"].get(name) {
                Some(now) => self.compare(&format!("{path}.{name}"), field, now),
                None => self.report(path, &format!("the field {name} was removed")),
            }
        }
        for name in texts(&before["required"]).difference(&texts(&after["required"])) {
            self.report(path, &format!("the field {name} was required and is optional now"));
        }
    }

    fn report(&mut self, path: &str, what: &str) {
        self.found.push(format!("{path}: {what}"));
    }
}

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let target = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    target.map_or(schema, |pointer| root.pointer(pointer).expect("a reference that resolves"))
}

fn object(value: &Value) -> Option<&Map<String, Value>> {
    value.as_object()
}

/// The JSON types of a schema.
fn types(schema: &Value) -> BTreeSet<&str> {
    match schema["type"].as_str() {
        Some(one) => BTreeSet::from([one]),
        None => texts(&schema["type"]),
    }
}

/// The values of an enumeration, with or without a description of each.
fn values(schema: &Value) -> BTreeSet<&str> {
    let described = schema["oneOf"].as_array().into_iter().flatten();
    let described = described.flat_map(|one| match one["const"].as_str() {
        Some(value) => BTreeSet::from([value]),
        None => texts(&one["enum"]),
    });
    described.chain(texts(&schema["enum"])).collect()
}

fn texts(list: &Value) -> BTreeSet<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
