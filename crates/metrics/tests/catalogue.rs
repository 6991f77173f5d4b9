//! The catalogue follows Prometheus' conventions, and the docs are made from it.

use std::{collections::BTreeSet, time::Duration};

use metrics::{CATALOGUE, MetricType, Metrics};

#[test]
fn names_are_distinct_and_end_with_their_unit() {
    let names: BTreeSet<&str> = CATALOGUE.iter().map(|info| info.name).collect();
    assert_eq!(names.len(), CATALOGUE.len());
    for info in CATALOGUE {
        let is_total = info.name.ends_with("_total");
        assert_eq!(is_total, info.kind == MetricType::Counter, "{}", info.name);
        let is_time = info.name.ends_with("_seconds");
        assert!(info.kind != MetricType::Histogram || is_time, "{}", info.name);
        assert!(info.name.starts_with("vibecoder_"), "{}", info.name);
    }
}

#[test]
fn metric_without_a_value_is_not_shown() {
    let metrics = Metrics::new();
    assert_eq!(metrics.encode().unwrap(), "");
    metrics.deliveries.start(["unknown"]);
    metrics.first_answer_seconds.observe(Duration::from_millis(20), ["message"]);
    let page = metrics.encode().unwrap();
    assert!(page.contains("vibecoder_deliveries_total{outcome=\"unknown\"} 0"), "{page}");
    assert!(page.contains("first_answer_seconds_bucket{kind=\"message\",le=\"0.05\"} 1"), "{page}");
}

#[test]
fn counter_follows_a_total_that_only_grows() {
    let metrics = Metrics::new();
    for total in [2.0, 5.0, 4.0] {
        metrics.tokio_busy_seconds.advance_to(total, []);
    }
    assert!(metrics.encode().unwrap().contains("vibecoder_tokio_busy_seconds_total 5\n"));
}

/// To accept a change: `UPDATE_DOCS=1 cargo test -p metrics docs`.
#[test]
fn docs_match_the_catalogue() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations/metrics.md");
    let page = metrics::markdown();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), page);
}
