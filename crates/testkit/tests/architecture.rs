//! The architecture rules that a test can check. ARCHITECTURE.md gives their reasons.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

/// The workspace crates that each crate may depend on. Dev-dependencies are not limited.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("events", &["domain"]),
    ("render", &["domain"]),
    ("knowledge", &["domain"]),
    ("llm", &["domain", "runtime"]),
    ("writer", &["domain", "knowledge", "llm"]),
    ("storage", &["domain", "events"]),
    ("telegram", &["domain"]),
    ("workflows", &["domain"]),
    ("runtime", &[]),
    ("sandbox", &[]),
    (
        "activities",
        &[
            "domain",
            "events",
            "knowledge",
            "llm",
            "render",
            "runtime",
            "sandbox",
            "storage",
            "telegram",
            "workflows",
            "writer",
        ],
    ),
    (
        "workers",
        &[
            "activities",
            "domain",
            "llm",
            "render",
            "runtime",
            "sandbox",
            "storage",
            "telegram",
            "workflows",
            "writer",
        ],
    ),
    (
        "gateway",
        &[
            "domain",
            "events",
            "render",
            "runtime",
            "storage",
            "telegram",
            "workflows",
        ],
    ),
    (
        "dev",
        &[
            "activities",
            "domain",
            "gateway",
            "render",
            "runtime",
            "sandbox",
            "storage",
            "workers",
            "workflows",
        ],
    ),
    (
        "testkit",
        &[
            "activities",
            "dev",
            "domain",
            "events",
            "gateway",
            "knowledge",
            "render",
            "runtime",
            "sandbox",
            "storage",
            "workers",
            "workflows",
        ],
    ),
    (
        "e2e",
        &[
            "activities",
            "gateway",
            "runtime",
            "sandbox",
            "testkit",
            "workers",
            "workflows",
        ],
    ),
];

/// What workflow code may not link: crates for I/O, clocks and randomness. The SDK's own crates are
/// exempt.
const NOT_FOR_WORKFLOWS: &[&str] = &[
    "tokio",
    "reqwest",
    "hyper",
    "axum",
    "sea-orm",
    "sqlx",
    "object_store",
    "rand",
    "chrono",
    "uuid",
    "temporalio-sdk",
    "temporalio-client",
    "tracing-subscriber",
];

#[test]
fn crates_depend_only_on_allowed_crates() {
    let houses = dependencies();
    let rules: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    let ours: BTreeSet<&str> = houses.keys().map(String::as_str).collect();
    for (name, uses) in &houses {
        let may = rules.get(name.as_str());
        let may = may.unwrap_or_else(|| panic!("say in MAY_USE what {name} may depend on"));
        for used in uses.iter().filter(|used| ours.contains(used.as_str())) {
            assert!(
                may.contains(&used.as_str()),
                "{name} must not depend on {used}"
            );
        }
    }
}

#[test]
fn workflow_code_links_no_io() {
    let uses = &dependencies()["workflows"];
    for forbidden in NOT_FOR_WORKFLOWS {
        assert!(
            !uses.contains(*forbidden),
            "workflows must not depend on {forbidden}"
        );
    }
}

#[test]
fn every_file_has_a_module_comment() {
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("//! "),
            "{} opens without a //! line",
            path.display()
        );
    }
}

#[test]
fn no_lint_is_allowed_without_reason() {
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        // Concatenated, so that this file does not contain the forbidden text.
        let silencer = ["allow", "("].concat();
        let silenced = ["#[", "#!["]
            .iter()
            .any(|open| text.contains(&format!("{open}{silencer}")));
        assert!(!silenced, "{}: use expect(…, reason = …)", path.display());
    }
}

#[test]
fn files_have_at_most_600_lines() {
    for path in sources() {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(
            lines <= 600,
            "{} has {lines} lines: split it by reason to change",
            path.display()
        );
    }
}

#[test]
fn architecture_document_names_every_crate() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for name in dependencies().keys() {
        assert!(
            text.contains(&format!("`{name}`")),
            "ARCHITECTURE.md does not name {name}"
        );
    }
}

/// The normal dependencies of every workspace crate.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap();
    let normal = |d: &&serde_json::Value| d["kind"].is_null();
    packages
        .iter()
        .map(|package| {
            let all = package["dependencies"].as_array().unwrap();
            let uses = all
                .iter()
                .filter(normal)
                .map(|d| text(&d["name"]))
                .collect();
            (text(&package["name"]), uses)
        })
        .collect()
}

/// Every Rust file in git.
fn sources() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "*.rs"])
        .current_dir(root())
        .output()
        .unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    let files: Vec<PathBuf> = listed.lines().map(|file| root().join(file)).collect();
    assert!(files.len() > 40, "git lists our files");
    files.into_iter().filter(|file| file.exists()).collect()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
