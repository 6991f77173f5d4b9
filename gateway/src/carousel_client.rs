//! Starts, watches, cancels and lists carousel workflows.

use std::time::{Duration, SystemTime};

use domain::{Brief, CarouselId, CarouselStage, Outcome, UserId, record::BriefRecord};
use events::EventId;
use futures::{StreamExt as _, TryStreamExt as _};
use runtime::{
    codec,
    describe::{Description, describe},
    temporal,
};
use temporalio_client::{
    Client, Priority, WorkflowCancelOptions, WorkflowExecutionStatus, WorkflowGetResultOptions,
    WorkflowHandle, WorkflowIdConflictPolicy, WorkflowIdReusePolicy, WorkflowListOptions,
    WorkflowQueryOptions, WorkflowSignalOptions, WorkflowStartOptions,
    errors::{WorkflowGetResultError, WorkflowInteractionError, WorkflowStartError},
};
use temporalio_common::{MemoValues, error::IncomingError};
use workflows::{
    CarouselWorkflow, EditWorkflow, ResendWorkflow, WebhookWorkflow,
    carousel::{CarouselInput, CarouselProgress, CarouselResult, ResendInput},
    destination::DestinationRecord,
    edit::{EditInput, EditRecord},
    queues, visibility, web_ui, web_ui_texts,
    webhook::{self, WebhookCall},
};

/// How long a worker may take to answer a query. A worker that can't answer it returns an error; a
/// timeout means that no worker runs.
const QUERY_PATIENCE: Duration = Duration::from_secs(5);

/// How long a draft waits for review.
pub const REVIEW_TIME: Duration = Duration::from_secs(24 * 3600);

#[derive(Clone)]
pub struct CarouselClient {
    client: Client,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderChoice {
    /// The providers in the workers' settings.
    Configured,
    /// Only the offline provider, without a model. Offered when every model fails.
    Offline,
}

/// The options of a carousel that are not in its brief.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarouselOptions {
    pub writers: ProviderChoice,
    /// How long the draft waits for review before rendering; `None` skips the review.
    pub review: Option<Duration>,
    /// Whether the original images follow the album as files. Only for carousels in a chat.
    pub documents: bool,
    /// The event that asked for it, if one did.
    pub cause: Option<EventId>,
}

impl ProviderChoice {
    /// Only the offline provider, if that is asked for.
    pub const fn offline_if(offline: bool) -> Self {
        if offline { Self::Offline } else { Self::Configured }
    }
}

impl From<ProviderChoice> for CarouselOptions {
    fn from(writers: ProviderChoice) -> Self {
        Self { writers, review: None, documents: false, cause: None }
    }
}

#[derive(Debug, Clone)]
pub struct StartedCarousel {
    pub id: CarouselId,
    pub run_id: String,
    /// Whether this call started it.
    pub fresh: bool,
}

/// A carousel that may have no row yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedCarousel {
    pub user: UserId,
    pub topic: String,
    pub is_running: bool,
}

/// The state of a carousel workflow.
#[derive(Debug, Clone)]
pub struct CarouselStatus {
    /// The summary in the Web UI.
    pub summary: String,
    /// Temporal's status: `Running`, `Completed`, …
    pub status: String,
    pub run_id: String,
    /// `None` if no worker answered.
    pub progress: Option<CarouselProgress>,
    /// Activities that failed at least once and are not complete.
    pub retrying: Vec<RetryingActivity>,
}

/// An activity that is being retried.
#[derive(Debug, Clone)]
pub struct RetryingActivity {
    pub activity: String,
    /// The current or next attempt, from 1.
    pub attempt: i32,
    /// The failure of the last attempt.
    pub reason: String,
}

/// A row of `gateway list`.
#[derive(Debug, Clone)]
pub struct ListedCarousel {
    pub id: String,
    /// The outcome, or `running`.
    pub outcome: String,
    pub started: Option<SystemTime>,
    pub topic: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelResult {
    /// The carousel is cancelled and undone.
    Done,
    /// The request is stored; the workflow has not answered yet.
    Requested,
    /// The delivery has begun, which can't be undone.
    TooLate,
    /// The workflow had ended before, with this outcome or Temporal status.
    AlreadyEnded(String),
}

#[derive(Debug, thiserror::Error)]
pub enum CarouselError {
    #[error("there is no carousel {0}: see `gateway list`")]
    NotFound(CarouselId),
    /// Any other error of Temporal.
    #[error("Temporal: {0}")]
    Temporal(String),
}

/// The memo field with the user who requested the carousel.
const USER_MEMO: &str = "user";

const TOPIC_MEMO: &str = "topic";

impl CarouselClient {
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Whether Temporal answers.
    ///
    /// # Errors
    /// Its reason.
    pub async fn ping(&self) -> Result<(), String> {
        temporal::ping(&self.client).await
    }

    /// Starts a carousel. Two calls with one id start one workflow; after Temporal's retention the
    /// database ensures that.
    pub async fn start(
        &self,
        id: &CarouselId,
        user: &UserId,
        brief: &Brief,
        destination: DestinationRecord,
    ) -> Result<StartedCarousel, CarouselError> {
        self.start_with(ProviderChoice::Configured.into(), id, user, brief, destination).await
    }

    /// Like [`start`](Self::start), with these options.
    pub async fn start_with(
        &self,
        terms: CarouselOptions,
        id: &CarouselId,
        user: &UserId,
        brief: &Brief,
        destination: DestinationRecord,
    ) -> Result<StartedCarousel, CarouselError> {
        let input = CarouselInput {
            user: user.as_str().to_owned(),
            brief: BriefRecord::from(brief),
            cause: terms.cause.map(|cause| cause.as_str().to_owned()).unwrap_or_default(),
            offline: terms.writers == ProviderChoice::Offline,
            review_seconds: terms
                .review
                .map_or(0, |patience| u32::try_from(patience.as_secs()).unwrap_or(u32::MAX)),
            documents: terms.documents && destination.is_chat(),
            destination,
            lists_topic: false,
        };
        self.start_input(id, user, input).await
    }

    /// Starts a carousel with this workflow input. The client decides whether the list of workflows
    /// shows its topic.
    pub async fn start_input(
        &self,
        id: &CarouselId,
        user: &UserId,
        input: CarouselInput,
    ) -> Result<StartedCarousel, CarouselError> {
        let discreet = codec::encrypts(&self.client).await;
        let input = CarouselInput { lists_topic: !discreet, ..input };
        let options = start_options(id, user, &input, discreet);
        match self.client.start_workflow(CarouselWorkflow::run, input, options).await {
            Ok(handle) => Ok(StartedCarousel {
                id: id.clone(),
                run_id: handle.run_id().unwrap_or_default().to_owned(),
                fresh: true,
            }),
            Err(WorkflowStartError::AlreadyStarted { run_id, .. }) => Ok(StartedCarousel {
                id: id.clone(),
                run_id: run_id.unwrap_or_default(),
                fresh: false,
            }),
            Err(e) => Err(CarouselError::Temporal(e.to_string())),
        }
    }

    /// Starts calling a webhook. Returns the workflow's id.
    pub(crate) async fn call_webhook(&self, call: WebhookCall) -> Result<String, CarouselError> {
        let id = webhook::workflow_id(&call);
        let summary = web_ui::EscapedText::from(webhook::summary(&call));
        let options = WorkflowStartOptions::new(queues::CAROUSEL, id.clone())
            .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
            .id_conflict_policy(WorkflowIdConflictPolicy::Fail)
            .static_summary(summary)
            .build();
        let started = self.client.start_workflow(WebhookWorkflow::run, call, options).await;
        started.map_err(|e| CarouselError::Temporal(e.to_string()))?;
        Ok(id)
    }

    /// Starts sending another generation of an album. Two calls for one generation send it once.
    pub async fn resend(&self, input: ResendInput) -> Result<(), CarouselError> {
        let ResendInput { carousel, generation, .. } = &input;
        let id = format!("resend-{carousel}-{generation}");
        let options = WorkflowStartOptions::new(queues::CAROUSEL, id)
            .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
            .id_conflict_policy(WorkflowIdConflictPolicy::Fail)
            .static_summary(web_ui::EscapedText::from(format!(
                "{carousel}, once more ({generation})"
            )))
            .build();
        let run = ResendWorkflow::run;
        match self.client.start_workflow(run, input, options).await {
            Ok(_) | Err(WorkflowStartError::AlreadyStarted { .. }) => Ok(()),
            Err(e) => Err(CarouselError::Temporal(e.to_string())),
        }
    }

    /// Requests an edit of a carousel. The request is durable when this returns, with or without a
    /// worker; two calls with one edit name apply it once.
    pub async fn edit(
        &self,
        id: &CarouselId,
        user: &UserId,
        topic: &str,
        change: EditRecord,
    ) -> Result<(), CarouselError> {
        let input = EditInput {
            user: user.as_str().to_owned(),
            carousel: id.as_str().to_owned(),
            ..EditInput::default()
        };
        let summary: web_ui::EscapedText = if codec::encrypts(&self.client).await {
            "changes".into()
        } else {
            web_ui_texts::edit_summary(topic)
        };
        let mut memo = MemoValues::new();
        memo.insert(TOPIC_MEMO, String::from(web_ui::EscapedText::plain(topic)));
        let options = WorkflowStartOptions::new(queues::CAROUSEL, format!("revise-{id}"))
            .id_reuse_policy(WorkflowIdReusePolicy::AllowDuplicate)
            .id_conflict_policy(WorkflowIdConflictPolicy::UseExisting)
            .memo(memo)
            .static_summary(summary)
            .build();
        let (run, signal) = (EditWorkflow::run, EditWorkflow::change);
        self.client
            .signal_with_start_workflow(run, input, signal, change, options)
            .await
            .map(drop)
            .map_err(|e| CarouselError::Temporal(e.to_string()))
    }

    /// Requests an edit of a draft in review. Returns `false` if the carousel's workflow has ended.
    pub async fn edit_draft(
        &self,
        id: &CarouselId,
        change: EditRecord,
    ) -> Result<bool, CarouselError> {
        let signal = CarouselWorkflow::change;
        let options = WorkflowSignalOptions::default();
        match self.handle(id).signal(signal, change, options).await {
            Ok(()) => Ok(true),
            Err(WorkflowInteractionError::NotFound(_)) => Ok(false),
            Err(e) => Err(CarouselError::Temporal(e.to_string())),
        }
    }

    /// Waits for the end. A failed or cancelled carousel is an `Ok` result.
    pub async fn wait_for_end(&self, id: &CarouselId) -> Result<CarouselResult, CarouselError> {
        match self.handle(id).get_result(WorkflowGetResultOptions::default()).await {
            Ok(result) => Ok(result),
            Err(WorkflowGetResultError::Failed(error)) => Ok(failed_result(&error)),
            Err(WorkflowGetResultError::Cancelled { details }) => {
                Ok(details.deserialize().unwrap_or_else(|_| ended_as(Outcome::Cancelled, "")))
            }
            Err(WorkflowGetResultError::Terminated { .. }) => {
                Ok(ended_as(Outcome::Failed, "an operator terminated the workflow"))
            }
            Err(WorkflowGetResultError::NotFound(_)) => Err(CarouselError::NotFound(id.clone())),
            Err(e) => Err(CarouselError::Temporal(e.to_string())),
        }
    }

    /// The outcome of a carousel's workflow; `None` while it runs, and if there is none.
    pub async fn outcome(&self, id: &CarouselId) -> Result<Option<Outcome>, CarouselError> {
        match self.describe(id).await {
            Ok(described) if described.status() == WorkflowExecutionStatus::Running => Ok(None),
            Ok(_) => Ok(Some(self.wait_for_end(id).await?.outcome.unwrap_or(Outcome::Failed))),
            Err(CarouselError::NotFound(_)) => Ok(None),
            Err(error @ CarouselError::Temporal(_)) => Err(error),
        }
    }

    /// Queries the progress from a worker; `None` if none answers in time.
    pub async fn progress(&self, id: &CarouselId) -> Option<CarouselProgress> {
        let handle = self.handle(id);
        let asking = handle.query(CarouselWorkflow::progress, (), WorkflowQueryOptions::default());
        tokio::time::timeout(QUERY_PATIENCE, asking).await.ok()?.ok()
    }

    /// The full state of a carousel.
    pub async fn status(&self, id: &CarouselId) -> Result<CarouselStatus, CarouselError> {
        let described = self.describe(id).await?;
        let trouble = described
            .raw()
            .pending_activities
            .iter()
            .filter(|activity| activity.attempt > 1)
            .map(|activity| RetryingActivity {
                activity: activity.activity_type.clone().unwrap_or_default().name,
                attempt: activity.attempt,
                reason: activity.last_failure.clone().unwrap_or_default().message,
            })
            .collect();
        Ok(CarouselStatus {
            summary: described.summary().unwrap_or_default(),
            status: format!("{:?}", described.status()),
            run_id: described.run_id().to_owned(),
            retrying: trouble,
            progress: self.progress(id).await,
        })
    }

    /// Requests the cancellation of a carousel, and waits shortly for its result.
    pub async fn cancel(&self, id: &CarouselId, why: &str) -> Result<CancelResult, CarouselError> {
        let handle = self.handle(id);
        let described = self.describe(id).await?;
        if described.status() != WorkflowExecutionStatus::Running {
            let status = format!("{:?}", described.status()).to_lowercase();
            return Ok(CancelResult::AlreadyEnded(status));
        }
        let options = WorkflowCancelOptions::builder().reason(why).build();
        handle.cancel(options).await.map_err(|e| interaction(id, &e))?;
        self.cancel_result(id).await
    }

    /// Requests the cancellation of a carousel without waiting; no-op if it has ended or was never
    /// started.
    pub async fn request_cancel(&self, id: &CarouselId, why: &str) -> Result<(), CarouselError> {
        let options = WorkflowCancelOptions::builder().reason(why).build();
        let asked = self.handle(id).cancel(options).await;
        match asked.map_err(|error| interaction(id, &error)) {
            Ok(()) | Err(CarouselError::NotFound(_)) => Ok(()),
            Err(error @ CarouselError::Temporal(_)) => Err(error),
        }
    }

    /// A carousel as its workflow's memo describes it, which is known before the carousel has a row;
    /// `None` if there is no such workflow or its memo names no user.
    pub async fn requested(
        &self,
        id: &CarouselId,
    ) -> Result<Option<RequestedCarousel>, CarouselError> {
        let described = match self.describe(id).await {
            Ok(described) => described,
            Err(CarouselError::NotFound(_)) => return Ok(None),
            Err(error @ CarouselError::Temporal(_)) => return Err(error),
        };
        let text = |name| described.memo(name).and_then(|value| Some(value.as_str()?.to_owned()));
        let user = text(USER_MEMO).and_then(|user| UserId::parse(&user).ok());
        Ok(user.map(|user| RequestedCarousel {
            user,
            topic: text(TOPIC_MEMO).unwrap_or_default(),
            is_running: described.status() == WorkflowExecutionStatus::Running,
        }))
    }

    /// The request is durable; with a running worker its effect shows within seconds.
    async fn cancel_result(&self, id: &CarouselId) -> Result<CancelResult, CarouselError> {
        match tokio::time::timeout(QUERY_PATIENCE, self.wait_for_end(id)).await {
            Ok(result) => Ok(match result?.outcome {
                Some(Outcome::Cancelled) => CancelResult::Done,
                Some(Outcome::Delivered) => CancelResult::TooLate,
                Some(outcome @ (Outcome::Failed | Outcome::Unknown)) => {
                    CancelResult::AlreadyEnded(outcome.name().to_owned())
                }
                None => CancelResult::AlreadyEnded("ended".to_owned()),
            }),
            Err(_) => Ok(match self.progress(id).await {
                Some(progress) if progress.stage == Some(CarouselStage::Undoing) => {
                    CancelResult::Requested
                }
                Some(progress) if !progress.cancellable => CancelResult::TooLate,
                Some(_) | None => CancelResult::Requested,
            }),
        }
    }

    /// The newest carousels, at most `limit`.
    pub async fn list(&self, limit: usize) -> Result<Vec<ListedCarousel>, CarouselError> {
        let options = WorkflowListOptions::builder().limit(limit).build();
        let query = "WorkflowType = 'CarouselWorkflow'";
        let found = self.client.list_workflows(query, options);
        let line = |found: temporalio_client::WorkflowExecution| ListedCarousel {
            id: found.id().to_owned(),
            outcome: outcome(&found),
            started: found.start_time(),
            topic: found.memo().get::<String>(TOPIC_MEMO).ok().flatten().unwrap_or_default(),
        };
        let lines = found.boxed().map_ok(line).try_collect::<Vec<_>>().await;
        lines.map_err(|e| CarouselError::Temporal(e.to_string()))
    }

    async fn describe(&self, id: &CarouselId) -> Result<Description, CarouselError> {
        let described = describe(&self.client, id.as_str()).await;
        let described = described.map_err(|e| CarouselError::Temporal(e.to_string()))?;
        described.ok_or_else(|| CarouselError::NotFound(id.clone()))
    }

    fn handle(&self, id: &CarouselId) -> WorkflowHandle<Client, CarouselWorkflow> {
        self.client.get_workflow_handle(id.as_str())
    }
}

/// `discreet`: payloads are encrypted, but summary and details are not, so they omit the user's
/// text.
fn start_options(
    id: &CarouselId,
    user: &UserId,
    input: &CarouselInput,
    discreet: bool,
) -> WorkflowStartOptions {
    let brief = &input.brief;
    let summary: web_ui::EscapedText =
        if discreet { web_ui_texts::discreet_summary(brief) } else { web_ui_texts::summary(brief) };
    let details: web_ui::EscapedDetails = if discreet {
        web_ui_texts::discreet_request_details(user.as_str(), brief)
    } else {
        web_ui_texts::request_details(user.as_str(), brief, &input.destination)
    };
    let mut memo = MemoValues::new();
    memo.insert(TOPIC_MEMO, String::from(web_ui::EscapedText::plain(&input.brief.topic)));
    memo.insert(USER_MEMO, user.as_str().to_owned());
    WorkflowStartOptions::new(queues::CAROUSEL, id.as_str())
        .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
        // `UseExisting` would have the same effect, but does not say whether the workflow is new.
        .id_conflict_policy(WorkflowIdConflictPolicy::Fail)
        .memo(memo)
        .static_summary(summary)
        .static_details(details)
        .priority(
            Priority::builder().fairness_key(web_ui_texts::truncated(user.as_str(), 64)).build(),
        )
        .build()
}

/// The outcome of a listed workflow in our terms, or Temporal's status if the workflow set none.
fn outcome(found: &temporalio_client::WorkflowExecution) -> String {
    let status = format!("{:?}", found.status()).to_lowercase();
    if found.status() == WorkflowExecutionStatus::Running {
        return status;
    }
    let ours = found.search_attributes().get(&visibility::OUTCOME);
    let ours = ours.and_then(|name| name.parse::<Outcome>().ok());
    ours.map_or(status, |outcome| outcome.name().to_owned())
}

fn failed_result(error: &IncomingError) -> CarouselResult {
    if let IncomingError::Application(failure) = error
        && let Ok(Some(result)) = failure.details::<CarouselResult>()
    {
        return result;
    }
    ended_as(Outcome::Failed, &error.to_string())
}

fn ended_as(outcome: Outcome, reason: &str) -> CarouselResult {
    CarouselResult {
        outcome: Some(outcome),
        reason: reason.to_owned(),
        ..CarouselResult::default()
    }
}

fn interaction(id: &CarouselId, error: &WorkflowInteractionError) -> CarouselError {
    match error {
        WorkflowInteractionError::NotFound(_) => CarouselError::NotFound(id.clone()),
        other => CarouselError::Temporal(other.to_string()),
    }
}
