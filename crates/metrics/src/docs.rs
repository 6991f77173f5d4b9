//! The catalogue as a page of the docs.

use std::fmt::Write as _;

use crate::{CATALOGUE, MetricInfo};

const INTRODUCTION: &str = "\
# Metrics

Each process serves `/metrics` on its operator's port: `workers` on 9464, the gateway on 9465, `cargo dev` on 9464 (see
`HTTP_ADDRESS`). The page holds our metrics (below), those of the process (`process_*`: CPU, memory, descriptors,
threads), and in a process with workers those of the Temporal SDK (`temporal_*`). A metric appears once it has a value.

Durations are in seconds, sizes in bytes, cost in US dollars. No label holds a user, a chat, a topic or a carousel.

This page is made from `crates/metrics/src/catalogue.rs`; to accept a change:
`UPDATE_DOCS=1 cargo test -p metrics docs`.
";

/// The contents of `docs/operations/metrics.md`.
pub fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    for info in CATALOGUE {
        entry(&mut page, info);
    }
    page
}

fn entry(page: &mut String, info: &MetricInfo) {
    let labels: Vec<String> = info.labels.iter().map(|label| format!("`{label}`")).collect();
    let labels = if labels.is_empty() { "no labels".to_owned() } else { labels.join(", ") };
    let (name, kind) = (info.name, info.kind.name());
    // Writing to a string does not fail.
    let _ = write!(
        page,
        "\n## `{name}`\n\n{kind}, {labels}. {}\n\nIf it looks odd: {}\n",
        info.help, info.odd
    );
}
