//! What Temporal knows about our task queues: waiting tasks and pollers.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::future::join_all;
use metrics::Metrics;
use runtime::http::Check;
use temporalio_client::{Client, tonic};
use temporalio_protos::temporal::api::{
    enums::v1::TaskQueueType,
    taskqueue::v1::{PollerInfo, TaskQueue},
    workflowservice::v1::DescribeTaskQueueRequest,
};
use workflows::queues;

/// The first reply waits at most this long for the queue length, which is optional information.
const BACKLOG_TIMEOUT: Duration = Duration::from_millis(300);

/// A poll waits up to a minute for a task, so a worker that did not poll for longer has stopped, or
/// all its slots are taken. Temporal itself lists pollers for five minutes.
const POLLER_LIFETIME: Duration = Duration::from_secs(90);

/// A pool polls one kind of tasks of one queue.
const QUEUES: [PoolQueue; 5] = [
    ("workflow pool", queues::CAROUSEL, TaskQueueType::Workflow),
    ("ai pool", queues::AI, TaskQueueType::Activity),
    ("render pool", queues::RENDER, TaskQueueType::Activity),
    ("persistence pool", queues::PERSISTENCE, TaskQueueType::Activity),
    ("delivery pool", queues::DELIVERY, TaskQueueType::Activity),
];

/// A pool, its task queue, and what it polls there.
type PoolQueue = (&'static str, &'static str, TaskQueueType);

/// A task queue as Temporal describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskQueueState {
    pub queue: &'static str,
    /// `workflow` or `activity`.
    pub tasks: &'static str,
    /// Approximate.
    pub waiting: u64,
    /// The age of the oldest waiting task.
    pub oldest: Duration,
    /// Workers that polled within the last 90 s.
    pub pollers: Vec<TaskQueuePoller>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskQueuePoller {
    /// As the worker names itself: program, process and host.
    pub identity: String,
    /// The version of its code, if it names one.
    pub build: String,
}

impl fmt::Display for TaskQueuePoller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.identity)?;
        if self.build.is_empty() { Ok(()) } else { write!(f, " (build {})", self.build) }
    }
}

/// Backlog of the longer of the two slowest task queues; 0 if Temporal does not answer.
/// Approximate, as Temporal counts it.
pub(crate) async fn tasks_ahead(client: &Client) -> u64 {
    let activities = TaskQueueType::Activity;
    let both = async {
        let (ai, render) = tokio::join!(
            describe(client, queues::AI, activities),
            describe(client, queues::RENDER, activities),
        );
        [ai, render]
            .into_iter()
            .filter_map(Result::ok)
            .map(|state| state.waiting)
            .max()
            .unwrap_or(0)
    };
    tokio::time::timeout(BACKLOG_TIMEOUT, both).await.unwrap_or_default()
}

/// Sets the gauges of all task queues. A queue that Temporal does not describe has none.
#[expect(clippy::cast_precision_loss, reason = "tasks and pollers are few")]
pub async fn sample(client: Client, metrics: Arc<Metrics>) {
    let described = describe_all(&client).await;
    for gauge in [
        &metrics.task_queue_backlog,
        &metrics.task_queue_oldest_seconds,
        &metrics.task_queue_pollers,
    ] {
        gauge.clear();
    }
    for state in described.into_iter().filter_map(Result::ok) {
        let labels = [state.queue, state.tasks];
        metrics.task_queue_backlog.set(state.waiting as f64, labels);
        metrics.task_queue_oldest_seconds.set(state.oldest.as_secs_f64(), labels);
        metrics.task_queue_pollers.set(state.pollers.len() as f64, labels);
    }
}

/// The task queues of all pools, in the order of the pools.
pub async fn describe_all(client: &Client) -> Vec<Result<TaskQueueState, String>> {
    join_all(QUEUES.map(|(_, queue, tasks)| describe(client, queue, tasks))).await
}

/// Whether each pool has a worker.
pub(crate) fn checks(client: &Client) -> [Check; 5] {
    QUEUES.map(|(pool, queue, tasks)| {
        Check::of(pool, client.clone(), move |client| async move {
            let state = describe(&client, queue, tasks).await?;
            let is_polled = !state.pollers.is_empty();
            is_polled.then_some(()).ok_or_else(|| format!("no worker polls {queue}"))
        })
    })
}

async fn describe(
    client: &Client,
    queue: &'static str,
    tasks: TaskQueueType,
) -> Result<TaskQueueState, String> {
    let request = DescribeTaskQueueRequest {
        namespace: client.options().namespace.clone(),
        task_queue: Some(TaskQueue { name: queue.to_owned(), ..Default::default() }),
        task_queue_type: tasks.into(),
        report_stats: true,
        ..Default::default()
    };
    let mut service = client.connection().workflow_service();
    let described = match service.describe_task_queue(tonic::Request::new(request)).await {
        Ok(described) => described.into_inner(),
        Err(status) => {
            tracing::debug!(queue, "the task queue is unknown: {}", status.message());
            return Err(format!("{queue}: {}", status.message()));
        }
    };
    let stats = described.stats.unwrap_or_default();
    let oldest = stats.approximate_backlog_age.and_then(|age| Duration::try_from(age).ok());
    let now = SystemTime::now();
    let is_alive = |poller: &PollerInfo| {
        let polled = poller.last_access_time.and_then(|at| SystemTime::try_from(at).ok());
        polled.is_some_and(|at| now.duration_since(at).unwrap_or_default() < POLLER_LIFETIME)
    };
    let pollers = described.pollers.into_iter().filter(is_alive).map(|poller| TaskQueuePoller {
        identity: poller.identity,
        build: poller.deployment_options.map(|it| it.build_id).unwrap_or_default(),
    });
    Ok(TaskQueueState {
        queue,
        tasks: if tasks == TaskQueueType::Workflow { "workflow" } else { "activity" },
        waiting: u64::try_from(stats.approximate_backlog_count).unwrap_or_default(),
        oldest: oldest.unwrap_or_default(),
        pollers: pollers.collect(),
    })
}
