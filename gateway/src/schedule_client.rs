//! Creates Temporal schedules from subscriptions. The row is the source of truth; the schedule is
//! derived from it. All operations are idempotent.
//!
//! Uses the raw service, because the SDK's own call can't set the catch-up window.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{BotId, SubscriptionSchedule, TimeZone};
use runtime::codec;
use storage::{
    Database,
    subscriptions::{self, Subscription},
};
use temporalio_client::{Client, tonic};
use temporalio_protos::temporal::api::{
    common::v1::{Payload, Payloads, WorkflowType},
    enums::v1::ScheduleOverlapPolicy,
    schedule::v1::{
        Schedule, ScheduleAction, SchedulePolicies, ScheduleSpec, ScheduleState,
        schedule_action::Action,
    },
    sdk::v1::UserMetadata,
    taskqueue::v1::TaskQueue,
    workflow::v1::NewWorkflowExecutionInfo,
    workflowservice::v1::{
        CreateScheduleRequest, DeleteScheduleRequest, DescribeScheduleRequest,
        UpdateScheduleRequest,
    },
};
use uuid::Uuid;
use workflows::{
    queues, schedule,
    schedule::{ScheduledInput, SlotRecord},
    web_ui,
};

use crate::skipped_times;

/// Subscriptions per page of the scan.
const PAGE: u32 = 200;

#[derive(Clone)]
pub struct ScheduleClient {
    client: Client,
}

/// Temporal refused an operation on a schedule.
#[derive(Debug, thiserror::Error)]
#[error("schedule {id}: {reason}")]
pub struct ScheduleError {
    id: String,
    reason: String,
}

impl ScheduleClient {
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Creates or updates a subscription's schedule. Daily tips at one time share one schedule,
    /// which this also unpauses.
    pub async fn put(&self, subscription: &Subscription) -> Result<(), ScheduleError> {
        let clock = DesiredSchedule::of(subscription, codec::encrypts(&self.client).await);
        if self.create(&clock).await? {
            return Ok(());
        }
        self.update(&clock).await
    }

    /// When a subscription's schedule runs next, soonest first, as Temporal computes it; at most ten
    /// times.
    ///
    /// # Errors
    /// [`ScheduleError`].
    pub async fn next_runs(
        &self,
        subscription: &Subscription,
    ) -> Result<Vec<DateTime<Utc>>, ScheduleError> {
        let id = DesiredSchedule::of(subscription, true).id;
        let request =
            DescribeScheduleRequest { namespace: self.namespace(), schedule_id: id.clone() };
        let mut service = self.client.connection().workflow_service();
        let found = service.describe_schedule(tonic::Request::new(request)).await;
        let found = found.map_err(|status| schedule_error(&id, &status))?.into_inner();
        let times = found.info.map(|info| info.future_action_times).unwrap_or_default();
        Ok(times.iter().filter_map(|at| DateTime::from_timestamp(at.seconds, 0)).collect())
    }

    async fn update(&self, clock: &DesiredSchedule) -> Result<(), ScheduleError> {
        let request = UpdateScheduleRequest {
            namespace: self.namespace(),
            schedule_id: clock.id.clone(),
            schedule: Some(clock.schedule()),
            identity: "gateway".to_owned(),
            request_id: Uuid::now_v7().to_string(),
            ..Default::default()
        };
        let mut service = self.client.connection().workflow_service();
        let updated = service.update_schedule(tonic::Request::new(request)).await;
        updated.map(drop).map_err(|status| schedule_error(&clock.id, &status))
    }

    /// Creates a schedule; `false` if it exists.
    async fn create(&self, clock: &DesiredSchedule) -> Result<bool, ScheduleError> {
        let request = CreateScheduleRequest {
            namespace: self.namespace(),
            schedule_id: clock.id.clone(),
            schedule: Some(clock.schedule()),
            identity: "gateway".to_owned(),
            // Unique per request: with a repeated id Temporal would return an older schedule.
            request_id: Uuid::now_v7().to_string(),
            ..Default::default()
        };
        let mut service = self.client.connection().workflow_service();
        match service.create_schedule(tonic::Request::new(request)).await {
            Ok(_) => Ok(true),
            Err(status) if status.code() == tonic::Code::AlreadyExists => Ok(false),
            Err(status) => Err(schedule_error(&clock.id, &status)),
        }
    }

    /// Creates the missing schedules of this bot's subscriptions, for example after Temporal lost
    /// its data. If payloads are encrypted, also removes topics from the notes of existing
    /// schedules.
    ///
    /// # Errors
    /// [`storage::StorageError`]; Temporal's errors are logged, and the next start tries again.
    pub async fn create_missing(
        &self,
        db: &Database,
        bot: BotId,
    ) -> Result<(), storage::StorageError> {
        let (mut after, mut seen) = (None, HashSet::new());
        let discreet = codec::encrypts(&self.client).await;
        loop {
            let page = subscriptions::list(&db.read(), after.as_ref(), PAGE).await?;
            for one in page.rows.iter().filter(|one| one.bot == bot) {
                let clock = DesiredSchedule::of(one, discreet);
                if !seen.insert(clock.id.clone()) {
                    continue;
                }
                let created = match self.create(&clock).await {
                    Ok(false) if discreet && one.terms.topic.is_some() => {
                        self.update(&clock).await.map(|()| false)
                    }
                    created => created,
                };
                match created {
                    Ok(true) => tracing::warn!(schedule = clock.id, "created a missing schedule"),
                    Ok(false) => {}
                    Err(error) => tracing::warn!("a schedule may be missing or outdated: {error}"),
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Deletes a subscription's schedule. The shared schedule of a daily tip pauses when it fires
    /// and has no subscribers left.
    pub async fn remove(&self, subscription: &domain::SubscriptionId) -> Result<(), ScheduleError> {
        let id = schedule::schedule_id(subscription.as_str());
        let request = DeleteScheduleRequest {
            namespace: self.namespace(),
            schedule_id: id.clone(),
            identity: "gateway".to_owned(),
        };
        let mut service = self.client.connection().workflow_service();
        match service.delete_schedule(tonic::Request::new(request)).await {
            Ok(_) => Ok(()),
            Err(status) if status.code() == tonic::Code::NotFound => Ok(()),
            Err(status) => Err(schedule_error(&id, &status)),
        }
    }

    fn namespace(&self) -> String {
        self.client.options().namespace.clone()
    }
}

struct DesiredSchedule {
    id: String,
    /// A description for the Web UI.
    what: String,
    cadence: SubscriptionSchedule,
    time_zone: TimeZone,
    paused: bool,
    input: ScheduledInput,
}

impl DesiredSchedule {
    /// The schedule of a row; `discreet` omits the user's text from the description.
    fn of(subscription: &Subscription, discreet: bool) -> Self {
        let terms = &subscription.terms;
        let (cadence, time_zone) = (terms.schedule, terms.time_zone.clone());
        if let Some(slot) = subscriptions::slot_of(subscription) {
            return Self {
                id: schedule::slot_schedule_id(&slot),
                what: "a thought of the day".to_owned(),
                cadence,
                time_zone,
                // Shared: pausing one subscription must not pause the others.
                paused: false,
                input: ScheduledInput {
                    slot: Some(SlotRecord::from(&slot)),
                    ..ScheduledInput::default()
                },
            };
        }
        Self {
            id: schedule::schedule_id(subscription.id.as_str()),
            what: match &terms.topic {
                Some(_) if discreet => "a carousel".to_owned(),
                Some(topic) => format!("«{topic}»"),
                None => "a carousel from our notes".to_owned(),
            },
            cadence,
            time_zone,
            paused: terms.paused,
            input: ScheduledInput {
                subscription: subscription.id.as_str().to_owned(),
                lists_topic: !discreet,
                ..ScheduledInput::default()
            },
        }
    }

    fn cron_strings(&self, today: NaiveDate) -> Vec<String> {
        // A newer gateway may have stored a zone that this one does not know.
        let zone = self.time_zone.as_str().parse();
        let moved = zone.map(|zone| skipped_times::moved_runs(self.cadence, zone, today));
        [self.cadence.cron()].into_iter().chain(moved.unwrap_or_default()).collect()
    }

    fn schedule(&self) -> Schedule {
        let catch_up = match self.input.slot {
            Some(_) => schedule::CATCH_UP_DAILY_TIP,
            None => schedule::CATCH_UP_CAROUSEL,
        };
        let notes = format!("{}, {}, {}", self.what, self.cadence, self.time_zone);
        let notes = web_ui::EscapedText::from(notes);
        let workflow = NewWorkflowExecutionInfo {
            workflow_id: self.id.clone(),
            workflow_type: Some(WorkflowType { name: schedule::WORKFLOW.to_owned() }),
            task_queue: Some(TaskQueue { name: queues::CAROUSEL.to_owned(), ..Default::default() }),
            // Not encrypted: it contains no user text, and must remain readable after key rotation.
            input: Some(Payloads { payloads: vec![json(&self.input)] }),
            user_metadata: Some(UserMetadata {
                summary: Some(json(&notes.as_str())),
                details: None,
            }),
            ..Default::default()
        };
        Schedule {
            spec: Some(ScheduleSpec {
                cron_string: self.cron_strings(Utc::now().date_naive()),
                timezone_name: self.time_zone.as_str().to_owned(),
                ..Default::default()
            }),
            action: Some(ScheduleAction { action: Some(Action::StartWorkflow(workflow)) }),
            policies: Some(SchedulePolicies {
                overlap_policy: ScheduleOverlapPolicy::Skip as i32,
                catchup_window: catch_up.try_into().ok(),
                ..Default::default()
            }),
            state: Some(ScheduleState {
                notes: notes.into(),
                paused: self.paused,
                ..Default::default()
            }),
        }
    }
}

fn schedule_error(id: &str, status: &tonic::Status) -> ScheduleError {
    ScheduleError { id: id.to_owned(), reason: status.message().to_owned() }
}

/// A payload in the SDK's JSON encoding.
fn json(value: &impl serde::Serialize) -> Payload {
    let encoding = ("encoding".to_owned(), b"json/plain".to_vec());
    Payload {
        metadata: [encoding].into_iter().collect(),
        data: serde_json::to_vec(value).expect("strings serialize to JSON"),
        ..Default::default()
    }
}
