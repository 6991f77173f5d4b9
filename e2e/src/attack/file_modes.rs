//! `modes`: another user of the same machine: which files they could read, and where a workflow
//! that they start could write. Temporal's dev server has no authentication.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use domain::Outcome;
use serde_json::json;
use temporalio_client::WorkflowStartOptions;
use testkit::{
    audit::{AuditDestination, AuditedRequest},
    cluster::{Cluster, ClusterPlan},
};
use workflows::{CarouselWorkflow, carousel::CarouselInput, queues};

use super::AttackRow;

const PATIENCE: Duration = Duration::from_secs(180);

pub(super) async fn run() -> anyhow::Result<Vec<AttackRow>> {
    let program = std::env::current_exe().context("the path of this program")?;
    let cluster = ClusterPlan::new(program).start().await?;
    let request = cluster.order("modes-1", "Why tests matter").await?;
    let ended = cluster.ended(&request, PATIENCE).await?;
    let ended = ended.context("the carousel did not end in time")?;
    anyhow::ensure!(ended.outcome == Some(Outcome::Delivered), "{}", ended.reason);

    let mut open = Vec::new();
    let mut seen = 0;
    for folder in ["data", "out"] {
        look(&cluster.folder().join(folder), &mut seen, &mut open)?;
    }
    let mut rows = vec![AttackRow {
        attack: "another user reads the data folder and what was delivered".to_owned(),
        limit: "no file or folder with a bit for group or others".to_owned(),
        measured: format!("{} of {seen} {}", open.len(), shown(&open)),
        held: seen > 0 && open.is_empty(),
    }];
    let home = cluster.folder().join("somebody-else");
    let escapes = [
        home.display().to_string(),
        "../somebody-else".to_owned(),
        format!("grant:{}", "0".repeat(64)),
    ];
    let mut delivered = Vec::new();
    for (n, folder) in escapes.iter().enumerate() {
        let outcome = order_as_other_user(&cluster, n, folder).await?;
        if outcome != Some(Outcome::Failed) {
            delivered.push(folder.as_str());
        }
    }
    rows.push(AttackRow {
        attack: "another user starts workflows that write outside OUTPUT_DIR".to_owned(),
        limit: "each fails, nothing is written".to_owned(),
        measured: format!(
            "{} of {} delivered, the folder {}",
            delivered.len(),
            escapes.len(),
            if home.exists() { "exists" } else { "does not exist" }
        ),
        held: delivered.is_empty() && !home.exists(),
    });
    Ok(rows)
}

/// Counts the entries below `path`, and collects those that other users may access.
fn look(path: &Path, seen: &mut usize, open: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let about = fs::symlink_metadata(path).with_context(|| path.display().to_string())?;
    *seen += 1;
    if about.permissions().mode() & 0o077 != 0 {
        open.push(path.to_owned());
    }
    if about.is_dir() {
        for entry in fs::read_dir(path)? {
            look(&entry?.path(), seen, open)?;
        }
    }
    Ok(())
}

fn shown(open: &[PathBuf]) -> String {
    let names = open.iter().take(5).map(|path| path.display().to_string());
    names.collect::<Vec<_>>().join(", ")
}

/// The outcome of a carousel for this folder, started directly at Temporal as any user of the
/// machine could.
async fn order_as_other_user(
    cluster: &Cluster,
    n: usize,
    folder: &str,
) -> anyhow::Result<Option<Outcome>> {
    let id = format!("carousel-cli-foreign-{n}");
    let input: CarouselInput = serde_json::from_value(json!({
        "user": "local",
        "brief": {
            "topic": "Why tests matter", "language": "en", "slides": 3,
            "theme": "aurora", "format": "1x1", "image": "jpeg",
        },
        "destination": { "kind": "folder", "folder": folder },
    }))?;
    let options = WorkflowStartOptions::new(queues::CAROUSEL, id.clone()).build();
    let client = cluster.client().await?;
    client.start_workflow(CarouselWorkflow::run, input, options).await?;
    let place = AuditDestination::Folder(cluster.output().join(&id));
    let ended = cluster.ended(&AuditedRequest { destination: place, id }, PATIENCE).await?;
    let ended = ended.context("a foreign request did not end in time")?;
    Ok(ended.outcome)
}
