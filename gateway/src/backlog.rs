//! Estimates how many tasks are queued ahead of a new carousel.

use std::time::Duration;

use temporalio_client::{Client, tonic};
use temporalio_protos::temporal::api::{
    enums::v1::TaskQueueType, taskqueue::v1::TaskQueue,
    workflowservice::v1::DescribeTaskQueueRequest,
};
use workflows::queues;

/// The first reply waits at most this long for the queue length, which is optional information.
const BACKLOG_TIMEOUT: Duration = Duration::from_millis(300);

/// Backlog of the longer of the two slowest task queues; 0 if Temporal does not answer.
/// Approximate, as Temporal counts it.
pub(crate) async fn tasks_ahead(client: &Client) -> u64 {
    let both = async {
        let (ai, render) =
            tokio::join!(queue_backlog(client, queues::AI), queue_backlog(client, queues::RENDER));
        ai.max(render)
    };
    tokio::time::timeout(BACKLOG_TIMEOUT, both).await.unwrap_or_default()
}

async fn queue_backlog(client: &Client, queue: &str) -> u64 {
    let request = DescribeTaskQueueRequest {
        namespace: client.options().namespace.clone(),
        task_queue: Some(TaskQueue { name: queue.to_owned(), ..Default::default() }),
        task_queue_type: TaskQueueType::Activity.into(),
        report_stats: true,
        ..Default::default()
    };
    let mut service = client.connection().workflow_service();
    let described = service.describe_task_queue(tonic::Request::new(request));
    let stats = match described.await {
        Ok(described) => described.into_inner().stats,
        Err(status) => {
            tracing::debug!(queue, "the queue length is unknown: {}", status.message());
            None
        }
    };
    let count = stats.map_or(0, |stats| stats.approximate_backlog_count);
    u64::try_from(count).unwrap_or_default()
}
