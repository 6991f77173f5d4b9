//! How fast the delivery queue is worked on, over all workers: limits of Temporal's, set where there are
//! none. One that is there is an operator's (`temporal task-queue config set`), and left as it is.
//!
//! A server that knows no such limits, or fixes the number of partitions as Temporal Cloud does, is no
//! reason not to start: Telegram says itself how long to wait, and that has the last word anyway.

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

/// Tasks a second over all chats. Telegram takes about 30 messages a second; a task is one message or
/// two, but for albums, which are rarer than all the rest together.
const OVERALL: f32 = 20.0;

/// Tasks a second in one chat. Telegram asks for one message a second on the average and allows short
/// bursts: a carousel's status, its album and its end are one.
const PER_CHAT: f32 = 3.0;

/// Sets them where there are none.
pub(crate) async fn set(client: &Client) {
    match missing(client).await {
        Ok(false) => {}
        Ok(true) => match update(client).await {
            Ok(()) => tracing::info!(OVERALL, PER_CHAT, "limits of the delivery queue set"),
            Err(status) => unlimited(&status),
        },
        Err(status) => unlimited(&status),
    }
}

fn unlimited(status: &tonic::Status) {
    let reason = status.message();
    tracing::warn!("the delivery queue has no limits, Telegram's own count: {reason}");
}

async fn missing(client: &Client) -> Result<bool, tonic::Status> {
    let request = DescribeTaskQueueRequest {
        namespace: client.options().namespace.clone(),
        task_queue: Some(TaskQueue {
            name: queues::DELIVERY.to_owned(),
            ..Default::default()
        }),
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
            rate_limit: Some(RateLimit {
                requests_per_second,
            }),
            reason: reason.to_owned(),
        })
    };
    let request = UpdateTaskQueueConfigRequest {
        namespace: client.options().namespace.clone(),
        identity: "workers".to_owned(),
        task_queue: queues::DELIVERY.to_owned(),
        task_queue_type: TaskQueueType::Activity.into(),
        update_queue_rate_limit: limit(OVERALL, "Telegram: about 30 messages a second"),
        update_fairness_key_rate_limit_default: limit(
            PER_CHAT,
            "Telegram: about one message a second in a chat, with short bursts",
        ),
        ..Default::default()
    };
    let mut service = client.connection().workflow_service();
    service
        .update_task_queue_config(tonic::Request::new(request))
        .await
        .map(drop)
}
