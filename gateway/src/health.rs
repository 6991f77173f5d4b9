//! `gateway health`: whether every pool has a worker, as Temporal sees it, and every store and the
//! bot answer.

use std::fmt::Write as _;

use clap::Args;
use futures::future::join_all;
use runtime::{
    http::{Check, DependencyState},
    settings::Settings,
    temporal,
};
use serde_json::json;
use storage::{Database, DatabaseOptions, DatabaseRole};
use telegram::Bot;
use temporalio_client::Client;

use crate::{
    carousel_request,
    task_queues::{TaskQueueState, describe_all},
};

#[derive(Debug, Args)]
pub struct HealthArgs {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Work waits: a task queue has no poller, or something does not answer. Holds the report.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unhealthy(pub String);

type Described = Result<TaskQueueState, String>;

impl HealthArgs {
    /// The report.
    ///
    /// # Errors
    /// [`Unhealthy`] with the report.
    pub async fn run(&self, client: &Client, settings: &Settings) -> Result<String, Unhealthy> {
        let checks = checks(client, settings);
        let (queues, dependencies) =
            tokio::join!(describe_all(client), join_all(checks.iter().map(Check::run)));
        let is_healthy = queues.iter().all(has_poller) && dependencies.iter().all(|it| it.is_up);
        let report = if self.json {
            json_report(&queues, &dependencies, is_healthy)
        } else {
            dependencies.iter().fold(table(&queues) + "\n", |text, one| text + &one.line())
        };
        if is_healthy { Ok(report) } else { Err(Unhealthy(report)) }
    }
}

/// What the settings of this process name. Models are not asked: a call costs money.
fn checks(client: &Client, settings: &Settings) -> Vec<Check> {
    let url = settings.data.database_url.clone();
    let database = Check::of("database", url, |url| async move {
        Database::open(url.expose(), &DatabaseOptions::of(DatabaseRole::Tool)).await.map(drop)
    });
    let mut checks = vec![temporal::check(client), database];
    let blobs = carousel_request::blobs(settings).map_err(|e| e.to_string());
    checks.push(Check::of("blobs", blobs, |blobs| async move {
        blobs?.ping().await.map_err(|error| error.to_string())
    }));
    let telegram = &settings.telegram;
    if let Some(token) = &telegram.token {
        let api = telegram.api.as_ref().map(|url| url.expose().clone());
        let bot = Bot::new(token.expose(), api).map_err(|e| e.to_string());
        checks.push(Check::with_message("telegram", move || {
            let bot = bot.clone();
            async move {
                let me = bot?.identity().await.map_err(|e| e.to_string())?;
                Ok(format!("@{}", me.username))
            }
        }));
    }
    checks
}

fn has_poller(queue: &Described) -> bool {
    queue.as_ref().is_ok_and(|queue| !queue.pollers.is_empty())
}

fn table(queues: &[Described]) -> String {
    let mut out = "QUEUE        TASKS     WAITING  OLDEST  POLLERS\n".to_owned();
    for queue in queues {
        // Writing to a string does not fail.
        let _ = match queue {
            Ok(queue) => writeln!(out, "{}", row(queue)),
            Err(reason) => writeln!(out, "{reason}"),
        };
    }
    out
}

fn row(queue: &TaskQueueState) -> String {
    let pollers: Vec<String> = queue.pollers.iter().map(|one| one.to_string()).collect();
    let pollers = match pollers.as_slice() {
        [] => "none: start this pool".to_owned(),
        pollers => pollers.join(", "),
    };
    let TaskQueueState { queue, tasks, waiting, oldest, .. } = queue;
    let oldest = oldest.as_secs();
    format!("{queue:<12} {tasks:<9} {waiting:>7} {oldest:>5} s  {pollers}")
}

fn json_report(queues: &[Described], dependencies: &[DependencyState], is_healthy: bool) -> String {
    let queues = queues.iter().map(|queue| match queue {
        Ok(queue) => {
            let pollers = queue.pollers.iter();
            let pollers = pollers.map(|it| json!({ "identity": it.identity, "build": it.build }));
            json!({
                "queue": queue.queue,
                "tasks": queue.tasks,
                "waiting": queue.waiting,
                "oldest_seconds": queue.oldest.as_secs_f64(),
                "pollers": pollers.collect::<Vec<_>>(),
            })
        }
        Err(reason) => json!({ "error": reason }),
    });
    let queues: Vec<_> = queues.collect();
    let dependencies: Vec<_> = dependencies.iter().map(DependencyState::json).collect();
    let report = json!({ "healthy": is_healthy, "queues": queues, "dependencies": dependencies });
    format!("{report}\n")
}
