//! Temporal's rate limits of the delivery queue, over all workers. They are set only if the queue
//! has none: existing ones belong to the operator (`temporal task-queue config set`).
//!
//! A server without such limits, or with a fixed number of partitions such as Temporal Cloud, is no
//! reason to refuse to start. Telegram's own rate limits apply in any case, and its answers say how
//! long to wait.

use temporalio_client::{Client, tonic};
use temporalio_protos::temporal::api::{
    enums::v1::TaskQueueType,
    taskqueue::v1::{RateLimit, TaskQueue},
    workflowservice::v1::{
        DescribeTaskQueueRequest, UpdateTaskQueueConfigRequest,
        update_task_queue_config_request::RateLimitUpdate,
    },
};
use workflows::queues;

/// Tasks per second over all chats. Telegram accepts about 30 messages per second. A task sends one
/// or two messages; only albums send more, and they are rare.
const TASKS_PER_SECOND: f32 = 20.0;

/// Tasks per second in one chat. Telegram asks for one message per second on average and accepts
/// short bursts. A carousel's progress, album and final message are one burst.
const CHAT_TASKS_PER_SECOND: f32 = 3.0;

/// Sets the limits if the queue has none.
pub(crate) async fn set(client: &Client) {
    match has_no_limits(client).await {
        Ok(false) => {}
        Ok(true) => match update(client).await {
            Ok(()) => tracing::info!(
                TASKS_PER_SECOND,
                CHAT_TASKS_PER_SECOND,
                "rate limits of the delivery queue set"
            ),
            Err(status) => warn_unlimited(&status),
        },
        Err(status) => warn_unlimited(&status),
    }
}

fn warn_unlimited(status: &tonic::Status) {
    let reason = status.message();
    tracing::warn!("the delivery queue has no rate limits, only Telegram's own apply: {reason}");
}

async fn has_no_limits(client: &Client) -> Result<bool, tonic::Status> {
    let request = DescribeTaskQueueRequest {
        namespace: client.options().namespace.clone(),
        task_queue: Some(TaskQueue { name: queues::DELIVERY.to_owned(), ..Default::default() }),
        task_queue_type: TaskQueueType::Activity.into(),
        report_config: true,
        ..Default::default()
    };
    let mut service = client.connection().workflow_service();
    let described = service.describe_task_queue(tonic::Request::new(request));
    let config = described.await?.into_inner().config;
    Ok(config.is_none_or(|config| config.queue_rate_limit.is_none()))
}

async fn update(client: &Client) -> Result<(), tonic::Status> {
    let limit = |requests_per_second, reason: &str| {
        Some(RateLimitUpdate {
            rate_limit: Some(RateLimit { requests_per_second }),
            reason: reason.to_owned(),
        })
    };
    let request = UpdateTaskQueueConfigRequest {
        namespace: client.options().namespace.clone(),
        identity: "workers".to_owned(),
        task_queue: queues::DELIVERY.to_owned(),
        task_queue_type: TaskQueueType::Activity.into(),
        update_queue_rate_limit: limit(TASKS_PER_SECOND, "Telegram: about 30 messages a second"),
        update_fairness_key_rate_limit_default: limit(
            CHAT_TASKS_PER_SECOND,
            "Telegram: about one message a second in a chat, with short bursts",
        ),
        ..Default::default()
    };
    let mut service = client.connection().workflow_service();
    service.update_task_queue_config(tonic::Request::new(request)).await.map(drop)
}
