//! Subscriptions as Temporal's schedules. The row says what there should be; here it is put into
//! place. Everything may be done twice.
//!
//! Through the raw service: the SDK's own call can't say what is not made up for after an outage.

use std::collections::HashSet;

use domain::{BotId, Cadence, TimeZone};
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
    workflowservice::v1::{CreateScheduleRequest, DeleteScheduleRequest, UpdateScheduleRequest},
};
use uuid::Uuid;
use workflows::{
    contract::{ScheduledInput, SlotRecord},
    queues, scheduled, web_ui,
};

/// Subscriptions that are looked at together.
const PAGE: u32 = 200;

/// Schedules of one namespace.
#[derive(Clone)]
pub struct Schedules {
    client: Client,
}

/// What Temporal says instead of doing it.
#[derive(Debug, thiserror::Error)]
#[error("schedule {id}: {reason}")]
pub struct Error {
    /// Which.
    id: String,
    /// What it says.
    reason: String,
}

impl Schedules {
    /// Schedules behind this connection.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Puts a subscription's schedule into place as the row says, whatever there was. Of thoughts that
    /// come at one time there is one for all, which does not rest from then on.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn put(&self, subscription: &Subscription) -> Result<(), Error> {
        let clock = Clock::of(subscription, codec::encrypts(&self.client).await);
        if self.create(&clock).await? {
            return Ok(());
        }
        self.update(&clock).await
    }

    /// Has one that is there be as it should.
    async fn update(&self, clock: &Clock) -> Result<(), Error> {
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
        updated
            .map(drop)
            .map_err(|status| refused(&clock.id, &status))
    }

    /// Creates it unless it is there. Says whether it was not.
    async fn create(&self, clock: &Clock) -> Result<bool, Error> {
        let request = CreateScheduleRequest {
            namespace: self.namespace(),
            schedule_id: clock.id.clone(),
            schedule: Some(clock.schedule()),
            identity: "gateway".to_owned(),
            // Another for each request: under the same one an older schedule would be taken for this.
            request_id: Uuid::now_v7().to_string(),
            ..Default::default()
        };
        let mut service = self.client.connection().workflow_service();
        match service.create_schedule(tonic::Request::new(request)).await {
            Ok(_) => Ok(true),
            Err(status) if status.code() == tonic::Code::AlreadyExists => Ok(false),
            Err(status) => Err(refused(&clock.id, &status)),
        }
    }

    /// Creates those of this bot's subscriptions that are missing: Temporal may have lost its data. Where
    /// payloads are encrypted, takes topics out of the words of those that are there.
    ///
    /// # Errors
    /// [`storage::Error`]; what Temporal says is logged, and left to the next time.
    pub async fn mend(&self, db: &Database, bot: BotId) -> Result<(), storage::Error> {
        let (mut after, mut seen) = (None, HashSet::new());
        let discreet = codec::encrypts(&self.client).await;
        loop {
            let page = subscriptions::list(&db.read(), after.as_ref(), PAGE).await?;
            for one in page.rows.iter().filter(|one| one.bot == bot) {
                let clock = Clock::of(one, discreet);
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
                    Ok(true) => tracing::warn!(schedule = clock.id, "a schedule was missing"),
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

    /// Takes the schedule of a subscription away. That of a time slot rests by itself, once it is due
    /// and nobody is left in it.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn remove(&self, subscription: &domain::SubscriptionId) -> Result<(), Error> {
        let id = scheduled::schedule_id(subscription.as_str());
        let request = DeleteScheduleRequest {
            namespace: self.namespace(),
            schedule_id: id.clone(),
            identity: "gateway".to_owned(),
        };
        let mut service = self.client.connection().workflow_service();
        match service.delete_schedule(tonic::Request::new(request)).await {
            Ok(_) => Ok(()),
            Err(status) if status.code() == tonic::Code::NotFound => Ok(()),
            Err(status) => Err(refused(&id, &status)),
        }
    }

    fn namespace(&self) -> String {
        self.client.options().namespace.clone()
    }
}

/// What a schedule is made of.
struct Clock {
    id: String,
    /// What comes, in words.
    what: String,
    cadence: Cadence,
    time_zone: TimeZone,
    paused: bool,
    input: ScheduledInput,
}

impl Clock {
    /// The one that a row asks for; where `discreet`, its words don't say what a user wrote.
    fn of(subscription: &Subscription, discreet: bool) -> Self {
        let terms = &subscription.terms;
        let (cadence, time_zone) = (terms.cadence, terms.time_zone.clone());
        if let Some(slot) = subscriptions::slot_of(subscription) {
            return Self {
                id: scheduled::slot_schedule_id(&slot),
                what: "a thought of the day".to_owned(),
                cadence,
                time_zone,
                // Others want it, whoever rests.
                paused: false,
                input: ScheduledInput {
                    slot: Some(SlotRecord::from(&slot)),
                    ..ScheduledInput::default()
                },
            };
        }
        Self {
            id: scheduled::schedule_id(subscription.id.as_str()),
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
                ..ScheduledInput::default()
            },
        }
    }

    fn schedule(&self) -> Schedule {
        let notes = format!("{}, {}, {}", self.what, self.cadence, self.time_zone);
        let notes = web_ui::Text::from(notes);
        let workflow = NewWorkflowExecutionInfo {
            workflow_id: self.id.clone(),
            workflow_type: Some(WorkflowType {
                name: scheduled::WORKFLOW.to_owned(),
            }),
            task_queue: Some(TaskQueue {
                name: queues::CAROUSEL.to_owned(),
                ..Default::default()
            }),
            // Never encrypted: it holds no text, and outlives every key.
            input: Some(Payloads {
                payloads: vec![json(&self.input)],
            }),
            user_metadata: Some(UserMetadata {
                summary: Some(json(&notes.as_str())),
                details: None,
            }),
            ..Default::default()
        };
        Schedule {
            spec: Some(ScheduleSpec {
                cron_string: vec![self.cadence.cron()],
                timezone_name: self.time_zone.as_str().to_owned(),
                ..Default::default()
            }),
            action: Some(ScheduleAction {
                action: Some(Action::StartWorkflow(workflow)),
            }),
            policies: Some(SchedulePolicies {
                overlap_policy: ScheduleOverlapPolicy::Skip as i32,
                catchup_window: scheduled::CATCH_UP.try_into().ok(),
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

fn refused(id: &str, status: &tonic::Status) -> Error {
    Error {
        id: id.to_owned(),
        reason: status.message().to_owned(),
    }
}

/// A value as the SDK reads one.
fn json(value: &impl serde::Serialize) -> Payload {
    let encoding = ("encoding".to_owned(), b"json/plain".to_vec());
    Payload {
        metadata: [encoding].into_iter().collect(),
        data: serde_json::to_vec(value).expect("it is made of texts"),
        ..Default::default()
    }
}
