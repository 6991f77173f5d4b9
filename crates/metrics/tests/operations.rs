//! Alerts and dashboards use metrics that exist, expressions that Prometheus parses, and runbooks
//! that are written.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use metrics::CATALOGUE;
use serde_json::Value;

#[test]
fn every_used_metric_is_in_the_catalogue() {
    let mut texts = dashboard_expressions();
    texts.push(read("deploy/prometheus/alerts.yml"));
    for name in texts.iter().flat_map(|text| our_names(text)) {
        assert!(is_known(&name), "{name} is not in the catalogue");
    }
}

#[test]
fn every_metric_is_on_a_dashboard_or_in_an_alert() {
    // Nothing to watch: the version is shown by its labels.
    let unused = ["vibecoder_build_info", "vibecoder_tokio_workers", "vibecoder_tokio_queue"];
    let mut texts = dashboard_expressions();
    texts.push(read("deploy/prometheus/alerts.yml"));
    let used: BTreeSet<String> = texts.iter().flat_map(|text| our_names(text)).collect();
    let is_used = |name: &str| used.iter().any(|used| base_name(used) == name);
    let missing = CATALOGUE.iter().map(|info| info.name).filter(|name| !unused.contains(name));
    let missing: Vec<_> = missing.filter(|name| !is_used(name)).collect();
    assert_eq!(missing, DETAILS, "shown nowhere");
}

/// Details of metrics that are shown; an operator looks them up when those look odd.
const DETAILS: &[&str] = &[
    "vibecoder_updates_total",
    "vibecoder_model_tokens_total",
    "vibecoder_model_replies_refused_total",
    "vibecoder_slides_reused_total",
    "vibecoder_image_bytes_total",
];

#[test]
fn every_alert_has_a_runbook_and_a_test() {
    let alerts = read("deploy/prometheus/alerts.yml");
    let tests = read("deploy/prometheus/alerts_test.yml");
    for name in values(&alerts, "- alert: ") {
        assert!(tests.contains(&format!("- name: {name}\n")), "{name} has no test");
    }
    for page in values(&alerts, "runbook_url: ") {
        let (file, section) = page.split_once('#').expect("a page and a section");
        let headings = read(file);
        let headings = headings.lines().filter_map(|line| line.strip_prefix("## "));
        let mut anchors = headings.map(|heading| heading.to_lowercase().replace(' ', "-"));
        assert!(anchors.any(|anchor| anchor == section), "{file} has no section {section}");
    }
}

#[test]
fn prometheus_accepts_the_rules_and_each_alert_fires_in_its_test() {
    run("promtool", &["check", "rules", "deploy/prometheus/alerts.yml"]);
    run("promtool", &["check", "config", "deploy/prometheus/prometheus.yml"]);
    run("promtool", &["test", "rules", "deploy/prometheus/alerts_test.yml"]);
    run("amtool", &["check-config", "deploy/prometheus/alertmanager.yml"]);
}

#[test]
fn prometheus_parses_every_expression_of_the_dashboards() {
    let mut rules = "groups:\n  - name: dashboards\n    rules:\n".to_owned();
    for (n, expression) in dashboard_expressions().iter().enumerate() {
        let expression = expression.replace("$__rate_interval", "5m");
        let expression = serde_json::to_string(&expression).expect("a string is JSON");
        rules.push_str(&format!("      - record: panel_{n}\n        expr: {expression}\n"));
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("dashboards.yml");
    fs::write(&file, rules).expect("a file");
    run("promtool", &["check", "rules", &file.display().to_string()]);
}

/// Runs a checker, or says that it is not installed (Debian: `prometheus`, `prometheus-alertmanager`).
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn run(checker: &str, arguments: &[&str]) {
    let output = match Command::new(checker).args(arguments).current_dir(root()).output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("skipped: {checker}: {error} (Debian: prometheus, prometheus-alertmanager)");
            return;
        }
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{checker} {arguments:?}: {said}{complained}");
}

fn dashboard_expressions() -> Vec<String> {
    let folder = fs::read_dir(root().join("deploy/grafana/dashboards")).expect("dashboards");
    let mut expressions = Vec::new();
    for entry in folder {
        let text = fs::read_to_string(entry.expect("a file").path()).expect("a dashboard");
        let dashboard: Value = serde_json::from_str(&text).expect("JSON");
        for panel in dashboard["panels"].as_array().expect("panels") {
            assert!(panel["description"].as_str().is_some_and(|text| !text.is_empty()), "{panel}");
            for target in panel["targets"].as_array().expect("targets") {
                expressions.push(target["expr"].as_str().expect("an expression").to_owned());
            }
        }
    }
    assert!(expressions.len() > 40, "{}", expressions.len());
    expressions
}

/// The names of our metrics in a text; recording rules contain a colon and are no metrics.
fn our_names(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let words = text.split(|c| !is_part(c));
    let ours = words.filter(|word| word.starts_with("vibecoder_") && !word.contains(':'));
    ours.map(str::to_owned).collect()
}

fn is_known(name: &str) -> bool {
    CATALOGUE.iter().any(|info| info.name == name || info.name == base_name(name))
}

/// The metric of a histogram's series.
fn base_name(series: &str) -> &str {
    let parts = ["_bucket", "_count", "_sum"];
    parts.iter().find_map(|part| series.strip_suffix(part)).unwrap_or(series)
}

fn values<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().filter_map(move |line| line.trim_start().strip_prefix(key))
}

fn read(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
