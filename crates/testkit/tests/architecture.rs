//! The architecture rules that a test can check. ARCHITECTURE.md gives their reasons.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

/// The workspace crates that each crate may depend on. Dev-dependencies are not limited.
const MAY_USE: &[(&str, &str)] = &[
    ("domain", ""),
    ("document", "domain"),
    ("events", "domain"),
    ("metrics", ""),
    ("traces", ""),
    ("render", "domain"),
    ("knowledge", "domain"),
    ("llm", "domain metrics runtime"),
    ("writer", "document domain knowledge llm metrics"),
    ("storage", "domain events metrics traces"),
    ("bus", "events storage"),
    ("export", "domain render storage"),
    ("telegram", "domain metrics traces"),
    ("workflows", "domain"),
    ("runtime", "domain events metrics traces"),
    ("sandbox", ""),
    (
        "activities",
        "document domain events export knowledge llm metrics render runtime sandbox storage telegram \
         traces workflows writer",
    ),
    (
        "workers",
        "activities bus domain events llm metrics render runtime sandbox storage telegram traces workflows \
         writer",
    ),
    (
        "gateway",
        "bus document domain events export knowledge metrics render runtime sandbox storage telegram traces workflows",
    ),
    (
        "dev",
        "activities domain gateway llm render runtime sandbox storage traces workers workflows writer",
    ),
    (
        "testkit",
        "activities dev domain events gateway knowledge llm metrics render runtime sandbox storage \
         workers workflows writer",
    ),
    (
        "e2e",
        "activities document domain gateway knowledge llm metrics render runtime sandbox testkit \
         workers workflows writer",
    ),
];

/// What workflow code may not link: crates for I/O, clocks and randomness. The SDK's own crates are
/// exempt.
const NOT_FOR_WORKFLOWS: &str = "tokio reqwest hyper axum sea-orm sqlx object_store rand chrono \
    uuid temporalio-sdk temporalio-client tracing-subscriber";

#[test]
fn crates_depend_only_on_allowed_crates() {
    let crates = dependencies();
    let rules: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    let ours: BTreeSet<&str> = crates.keys().map(String::as_str).collect();
    for (name, uses) in &crates {
        let may = rules.get(name.as_str());
        let may = may.unwrap_or_else(|| panic!("say in MAY_USE what {name} may depend on"));
        for used in uses.iter().filter(|used| ours.contains(used.as_str())) {
            assert!(may.split(' ').any(|name| name == used), "{name} must not depend on {used}");
        }
    }
}

#[test]
fn workflow_code_links_no_io() {
    let uses = &dependencies()["workflows"];
    for forbidden in NOT_FOR_WORKFLOWS.split(' ') {
        assert!(!uses.contains(forbidden), "workflows must not depend on {forbidden}");
    }
}

#[test]
fn every_file_has_a_module_comment() {
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} opens without a //! line", path.display());
    }
}

#[test]
fn no_lint_is_allowed_without_reason() {
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        // Concatenated, so that this file does not contain the forbidden text.
        let silencer = ["allow", "("].concat();
        let silenced = ["#[", "#!["].iter().any(|open| text.contains(&format!("{open}{silencer}")));
        assert!(!silenced, "{}: use expect(…, reason = …)", path.display());
    }
}

#[test]
fn files_have_at_most_600_lines() {
    for path in sources() {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 600, "{} has {lines} lines: split it by reason to change", path.display());
    }
}

#[test]
fn architecture_document_names_every_crate() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for name in dependencies().keys() {
        assert!(text.contains(&format!("`{name}`")), "ARCHITECTURE.md does not name {name}");
    }
}

#[test]
fn type_names_are_unique() {
    let mut homes: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    for path in sources().into_iter().filter(|path| !is_test(path)) {
        let text = std::fs::read_to_string(&path).unwrap();
        for name in text.lines().filter_map(declared_type) {
            homes.entry(name.to_owned()).or_default().insert(path.clone());
        }
    }
    homes.retain(|name, homes| homes.len() > 1 && !GENERATED_NAMES.contains(&name.as_str()));
    assert!(homes.is_empty(), "one name, one type: {homes:#?}");
}

/// sea-orm expects one of each name per table.
const GENERATED_NAMES: &[&str] = &["Relation", "Model", "Entity", "Step"];

/// The name of the struct, enum or trait that a line declares.
fn declared_type(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = match line.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(") ")?.1,
        Some(rest) => rest.strip_prefix(' ')?,
        None => line,
    };
    let rest =
        ["struct ", "enum ", "trait "].iter().find_map(|keyword| line.strip_prefix(keyword))?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
    let name = &rest[..end.unwrap_or(rest.len())];
    name.starts_with(char::is_uppercase).then_some(name)
}

fn is_test(path: &Path) -> bool {
    let of_tests =
        |part: &std::ffi::OsStr| part == "tests" || part == "benches" || part == "examples";
    let name = path.file_stem().unwrap().to_string_lossy();
    path.strip_prefix(root()).unwrap().iter().any(of_tests) || name.ends_with("tests")
}

/// Words that comments must not use: each has a plain one.
const LITERARY_WORDS: &str = "whoever somebody nobody anew errand errands nudge nudged undertaker";

#[test]
fn comments_use_plain_words() {
    for path in sources().into_iter().filter(|path| !path.ends_with("architecture.rs")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for comment in text.lines().map(str::trim_start).filter(|line| line.starts_with("//")) {
            // A name in backticks may be stored or sent.
            let prose: String = comment.split('`').step_by(2).collect();
            let used = prose
                .split(|c: char| !c.is_alphabetic())
                .find(|word| LITERARY_WORDS.split(' ').any(|listed| listed == word.to_lowercase()));
            assert_eq!(used, None, "{}: {comment}", path.display());
        }
    }
}

#[test]
fn docs_name_existing_paths() {
    for document in listed("*.md").into_iter().filter(|path| !path.ends_with("CHANGELOG.md")) {
        let text = std::fs::read_to_string(&document).unwrap();
        for path in text.split('`').skip(1).step_by(2).filter(|code| is_path(code)) {
            assert!(
                root().join(path).exists(),
                "{} names {path}, which does not exist",
                document.display()
            );
        }
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let folder = document.parent().unwrap();
            assert!(
                link.is_empty() || link.contains("://") || folder.join(link).exists(),
                "{} links to {link}, which does not exist",
                document.display()
            );
        }
    }
}

/// Whether code in a document is a path of this repository, without a placeholder.
fn is_path(code: &str) -> bool {
    let of_path = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let folders = "activities/ bench/ crates/ deploy/ docs/ e2e/ fuzz/ gateway/ workers/ \
        workflows/";
    folders.split(' ').any(|folder| code.starts_with(folder)) && code.chars().all(of_path)
}

/// The normal dependencies of every workspace crate.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap();
    let normal = |d: &&serde_json::Value| d["kind"].is_null();
    packages
        .iter()
        .map(|package| {
            let all = package["dependencies"].as_array().unwrap();
            let uses = all.iter().filter(normal).map(|d| text(&d["name"])).collect();
            (text(&package["name"]), uses)
        })
        .collect()
}

/// Every Rust file in git.
fn sources() -> Vec<PathBuf> {
    let files = listed("*.rs");
    assert!(files.len() > 40, "git lists our files");
    files
}

/// Every file in git that `pattern` matches.
fn listed(pattern: &str) -> Vec<PathBuf> {
    let output =
        Command::new("git").args(["ls-files", pattern]).current_dir(root()).output().unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    let files = listed.lines().map(|file| root().join(file));
    files.filter(|file| file.exists()).collect()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
