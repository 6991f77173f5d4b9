//! Starts, watches, cancels and lists carousel workflows.

use std::time::{Duration, SystemTime};

use domain::{Brief, CarouselId, Outcome, UserId, record::BriefRecord};
use futures::{StreamExt as _, TryStreamExt as _};
use runtime::{
    codec,
    describe::{Description, describe},
};
use temporalio_client::{
    Client, Priority, WorkflowCancelOptions, WorkflowExecutionStatus, WorkflowGetResultOptions,
    WorkflowHandle, WorkflowIdConflictPolicy, WorkflowIdReusePolicy, WorkflowListOptions,
    WorkflowQueryOptions, WorkflowSignalOptions, WorkflowStartOptions,
    errors::{WorkflowGetResultError, WorkflowInteractionError, WorkflowStartError},
};
use temporalio_common::{MemoValues, error::IncomingError};
use workflows::{
    CarouselWorkflow, ResendWorkflow, RevisionWorkflow,
    contract::{
        CarouselInput, CarouselResult, ChangeRecord, DestinationRecord, Progress, ResendInput,
        ReviseInput,
    },
    queues, story, visibility, web_ui,
};

/// How long a worker may take to answer a query. A worker that can't answer it returns an error; a
/// timeout means that no worker runs.
const QUERY_PATIENCE: Duration = Duration::from_secs(5);

/// Carousels of one namespace.
#[derive(Clone)]
pub struct Carousels {
    client: Client,
}

/// Which providers write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writers {
    /// The providers in the workers' settings.
    Configured,
    /// Only the offline provider, without a model. Offered when every model fails.
    OwnNotes,
}

/// The options of a carousel that are not in its brief.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    pub writers: Writers,
    /// How long the draft waits for review before rendering; `None` skips the review. Only for
    /// carousels in a chat.
    pub review: Option<Duration>,
    /// Whether the original images follow the album as files. Only for carousels in a chat.
    pub documents: bool,
}

impl From<Writers> for Terms {
    fn from(writers: Writers) -> Self {
        Self {
            writers,
            review: None,
            documents: false,
        }
    }
}

/// A carousel that this call or an earlier one started.
#[derive(Debug, Clone)]
pub struct Started {
    pub id: CarouselId,
    pub run_id: String,
    /// Whether this call started it.
    pub fresh: bool,
}

/// The state of a carousel workflow.
#[derive(Debug, Clone)]
pub struct Status {
    /// The summary in the Web UI.
    pub summary: String,
    /// Temporal's status: `Running`, `Completed`, …
    pub status: String,
    pub run_id: String,
    /// `None` if no worker answered.
    pub progress: Option<Progress>,
    /// Activities that failed at least once and are not complete.
    pub trouble: Vec<Trouble>,
}

/// An activity that is being retried.
#[derive(Debug, Clone)]
pub struct Trouble {
    pub activity: String,
    /// The current or next attempt, from 1.
    pub attempt: i32,
    /// The failure of the last attempt.
    pub reason: String,
}

/// A row of `gateway list`.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: String,
    /// The outcome, or `running`.
    pub outcome: String,
    pub started: Option<SystemTime>,
    pub topic: String,
}

/// The result of a request to cancel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancelled {
    /// The carousel is cancelled and undone.
    Done,
    /// The request is stored; the workflow has not answered yet.
    Requested,
    /// The delivery has begun, which can't be undone.
    TooLate,
    /// The workflow had ended before, with this outcome or Temporal status.
    Over(String),
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no carousel {0}: see `gateway list`")]
    NotFound(CarouselId),
    /// Any other error of Temporal.
    #[error("Temporal: {0}")]
    Temporal(String),
}

/// The memo field with the user who requested the carousel.
const USER: &str = "user";

impl Carousels {
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Starts a carousel. Two calls with one id start one workflow; after Temporal's retention the
    /// database ensures that.
    ///
    /// # Errors
    /// [`Error::Temporal`].
    pub async fn start(
        &self,
        id: &CarouselId,
        user: &UserId,
        brief: &Brief,
        destination: DestinationRecord,
    ) -> Result<Started, Error> {
        self.start_on(Writers::Configured.into(), id, user, brief, destination)
            .await
    }

    /// Like [`start`](Self::start), with these options.
    ///
    /// # Errors
    /// [`Error::Temporal`].
    pub async fn start_on(
        &self,
        terms: Terms,
        id: &CarouselId,
        user: &UserId,
        brief: &Brief,
        destination: DestinationRecord,
    ) -> Result<Started, Error> {
        let input = CarouselInput {
            user: user.as_str().to_owned(),
            brief: BriefRecord::from(brief),
            cause: String::new(),
            offline: terms.writers == Writers::OwnNotes,
            review_seconds: terms
                .review
                .filter(|_| destination.is_chat())
                .map_or(0, |patience| {
                    u32::try_from(patience.as_secs()).unwrap_or(u32::MAX)
                }),
            documents: terms.documents && destination.is_chat(),
            destination,
        };
        let discreet = codec::encrypts(&self.client).await;
        let options = start_options(id, user, &input, discreet);
        match self
            .client
            .start_workflow(CarouselWorkflow::run, input, options)
            .await
        {
            Ok(handle) => Ok(Started {
                id: id.clone(),
                run_id: handle.run_id().unwrap_or_default().to_owned(),
                fresh: true,
            }),
            Err(WorkflowStartError::AlreadyStarted { run_id, .. }) => Ok(Started {
                id: id.clone(),
                run_id: run_id.unwrap_or_default(),
                fresh: false,
            }),
            Err(e) => Err(Error::Temporal(e.to_string())),
        }
    }

    /// Starts sending another generation of an album. Two calls for one generation send it once.
    ///
    /// # Errors
    /// [`Error::Temporal`].
    pub async fn resend(&self, input: ResendInput) -> Result<(), Error> {
        let ResendInput {
            carousel,
            generation,
            ..
        } = &input;
        let id = format!("resend-{carousel}-{generation}");
        let options = WorkflowStartOptions::new(queues::CAROUSEL, id)
            .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
            .id_conflict_policy(WorkflowIdConflictPolicy::Fail)
            .static_summary(web_ui::Text::from(format!(
                "{carousel}, once more ({generation})"
            )))
            .build();
        let run = ResendWorkflow::run;
        match self.client.start_workflow(run, input, options).await {
            Ok(_) | Err(WorkflowStartError::AlreadyStarted { .. }) => Ok(()),
            Err(e) => Err(Error::Temporal(e.to_string())),
        }
    }

    /// Requests an edit of a carousel. The request is durable when this returns, with or without a
    /// worker; two calls with one edit name apply it once.
    ///
    /// # Errors
    /// [`Error::Temporal`].
    pub async fn change(
        &self,
        id: &CarouselId,
        user: &UserId,
        topic: &str,
        change: ChangeRecord,
    ) -> Result<(), Error> {
        let input = ReviseInput {
            user: user.as_str().to_owned(),
            carousel: id.as_str().to_owned(),
            ..ReviseInput::default()
        };
        let summary: web_ui::Text = if codec::encrypts(&self.client).await {
            "changes".into()
        } else {
            story::revisions(topic)
        };
        let mut memo = MemoValues::new();
        memo.insert("topic", String::from(web_ui::Text::plain(topic)));
        let options = WorkflowStartOptions::new(queues::CAROUSEL, format!("revise-{id}"))
            .id_reuse_policy(WorkflowIdReusePolicy::AllowDuplicate)
            .id_conflict_policy(WorkflowIdConflictPolicy::UseExisting)
            .memo(memo)
            .static_summary(summary)
            .build();
        let (run, signal) = (RevisionWorkflow::run, RevisionWorkflow::change);
        self.client
            .signal_with_start_workflow(run, input, signal, change, options)
            .await
            .map(drop)
            .map_err(|e| Error::Temporal(e.to_string()))
    }

    /// Requests an edit of a draft in review. Returns `false` if the carousel's workflow has ended.
    ///
    /// # Errors
    /// [`Error::Temporal`].
    pub async fn change_draft(&self, id: &CarouselId, change: ChangeRecord) -> Result<bool, Error> {
        let signal = CarouselWorkflow::change;
        let options = WorkflowSignalOptions::default();
        match self.handle(id).signal(signal, change, options).await {
            Ok(()) => Ok(true),
            Err(WorkflowInteractionError::NotFound(_)) => Ok(false),
            Err(e) => Err(Error::Temporal(e.to_string())),
        }
    }

    /// Waits for the end. A failed or cancelled carousel is an `Ok` result.
    ///
    /// # Errors
    /// [`Error`] if Temporal does not answer.
    pub async fn ended(&self, id: &CarouselId) -> Result<CarouselResult, Error> {
        match self
            .handle(id)
            .get_result(WorkflowGetResultOptions::default())
            .await
        {
            Ok(result) => Ok(result),
            Err(WorkflowGetResultError::Failed(error)) => Ok(failed(&error)),
            Err(WorkflowGetResultError::Cancelled { details }) => Ok(details
                .deserialize()
                .unwrap_or_else(|_| ended_as(Outcome::Cancelled, ""))),
            Err(WorkflowGetResultError::Terminated { .. }) => Ok(ended_as(
                Outcome::Failed,
                "an operator terminated the workflow",
            )),
            Err(WorkflowGetResultError::NotFound(_)) => Err(Error::NotFound(id.clone())),
            Err(e) => Err(Error::Temporal(e.to_string())),
        }
    }

    /// Queries the progress from a worker; `None` if none answers in time.
    pub async fn progress(&self, id: &CarouselId) -> Option<Progress> {
        let handle = self.handle(id);
        let asking = handle.query(
            CarouselWorkflow::progress,
            (),
            WorkflowQueryOptions::default(),
        );
        tokio::time::timeout(QUERY_PATIENCE, asking)
            .await
            .ok()?
            .ok()
    }

    /// The full state of a carousel.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn status(&self, id: &CarouselId) -> Result<Status, Error> {
        let described = self.describe(id).await?;
        let trouble = described
            .raw()
            .pending_activities
            .iter()
            .filter(|activity| activity.attempt > 1)
            .map(|activity| Trouble {
                activity: activity.activity_type.clone().unwrap_or_default().name,
                attempt: activity.attempt,
                reason: activity.last_failure.clone().unwrap_or_default().message,
            })
            .collect();
        Ok(Status {
            summary: described.summary().unwrap_or_default(),
            status: format!("{:?}", described.status()),
            run_id: described.run_id().to_owned(),
            trouble,
            progress: self.progress(id).await,
        })
    }

    /// Requests the cancellation of a carousel, and waits shortly for its result.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn cancel(&self, id: &CarouselId, why: &str) -> Result<Cancelled, Error> {
        let handle = self.handle(id);
        let described = self.describe(id).await?;
        if described.status() != WorkflowExecutionStatus::Running {
            let status = format!("{:?}", described.status()).to_lowercase();
            return Ok(Cancelled::Over(status));
        }
        let options = WorkflowCancelOptions::builder().reason(why).build();
        handle
            .cancel(options)
            .await
            .map_err(|e| interaction(id, &e))?;
        self.after_cancel(id).await
    }

    /// Requests the cancellation of a carousel without waiting; no-op if it has ended or was never
    /// started.
    ///
    /// # Errors
    /// [`Error::Temporal`].
    pub async fn request_cancel(&self, id: &CarouselId, why: &str) -> Result<(), Error> {
        let options = WorkflowCancelOptions::builder().reason(why).build();
        let asked = self.handle(id).cancel(options).await;
        match asked.map_err(|error| interaction(id, &error)) {
            Ok(()) | Err(Error::NotFound(_)) => Ok(()),
            Err(error @ Error::Temporal(_)) => Err(error),
        }
    }

    /// The user in the workflow's memo, which is known before the carousel has a row; `None` if the
    /// memo names no user or there is no such workflow.
    ///
    /// # Errors
    /// [`Error::Temporal`].
    pub async fn whose(&self, id: &CarouselId) -> Result<Option<UserId>, Error> {
        let described = match self.describe(id).await {
            Ok(described) => described,
            Err(Error::NotFound(_)) => return Ok(None),
            Err(error @ Error::Temporal(_)) => return Err(error),
        };
        let named = described.memo(USER);
        Ok(named.and_then(|user| UserId::parse(user.as_str()?).ok()))
    }

    /// The request is durable; with a running worker its effect shows within seconds.
    async fn after_cancel(&self, id: &CarouselId) -> Result<Cancelled, Error> {
        match tokio::time::timeout(QUERY_PATIENCE, self.ended(id)).await {
            Ok(Ok(result)) if result.outcome == Outcome::Cancelled.name() => Ok(Cancelled::Done),
            Ok(Ok(result)) if result.outcome == Outcome::Delivered.name() => Ok(Cancelled::TooLate),
            Ok(Ok(result)) => Ok(Cancelled::Over(result.outcome)),
            Ok(Err(e)) => Err(e),
            Err(_) => Ok(match self.progress(id).await {
                Some(progress) if progress.stage == "undoing" => Cancelled::Requested,
                Some(progress) if !progress.cancellable => Cancelled::TooLate,
                _ => Cancelled::Requested,
            }),
        }
    }

    /// The newest carousels, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Temporal`].
    pub async fn list(&self, limit: usize) -> Result<Vec<Line>, Error> {
        let options = WorkflowListOptions::builder().limit(limit).build();
        let query = "WorkflowType = 'CarouselWorkflow'";
        let found = self.client.list_workflows(query, options);
        let line = |found: temporalio_client::WorkflowExecution| Line {
            id: found.id().to_owned(),
            outcome: outcome(&found),
            started: found.start_time(),
            topic: found
                .memo()
                .get::<String>("topic")
                .ok()
                .flatten()
                .unwrap_or_default(),
        };
        let lines = found.boxed().map_ok(line).try_collect::<Vec<_>>().await;
        lines.map_err(|e| Error::Temporal(e.to_string()))
    }

    async fn describe(&self, id: &CarouselId) -> Result<Description, Error> {
        let described = describe(&self.client, id.as_str()).await;
        let described = described.map_err(|e| Error::Temporal(e.to_string()))?;
        described.ok_or_else(|| Error::NotFound(id.clone()))
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
    let summary: web_ui::Text = if discreet {
        story::discreet_summary(brief)
    } else {
        story::summary(brief)
    };
    let details: web_ui::Details = if discreet {
        story::discreet_request(user.as_str(), brief)
    } else {
        story::request(user.as_str(), brief, &input.destination)
    };
    let mut memo = MemoValues::new();
    memo.insert(
        "topic",
        String::from(web_ui::Text::plain(&input.brief.topic)),
    );
    memo.insert(USER, user.as_str().to_owned());
    WorkflowStartOptions::new(queues::CAROUSEL, id.as_str())
        .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
        // `UseExisting` would have the same effect, but does not say whether the workflow is new.
        .id_conflict_policy(WorkflowIdConflictPolicy::Fail)
        .memo(memo)
        .static_summary(summary)
        .static_details(details)
        .priority(
            Priority::builder()
                .fairness_key(story::shortened(user.as_str(), 64))
                .build(),
        )
        .build()
}

/// The outcome of a listed workflow in our terms, or Temporal's status if the workflow set none.
fn outcome(found: &temporalio_client::WorkflowExecution) -> String {
    let ours = found.search_attributes().get(&visibility::OUTCOME);
    match (found.status(), ours) {
        (WorkflowExecutionStatus::Running, _) => "running".to_owned(),
        (_, Some(ours)) if ours != "running" => ours,
        (status, _) => format!("{status:?}").to_lowercase(),
    }
}

/// The result in the details of a failed workflow.
fn failed(error: &IncomingError) -> CarouselResult {
    if let IncomingError::Application(failure) = error
        && let Ok(Some(result)) = failure.details::<CarouselResult>()
    {
        return result;
    }
    ended_as(Outcome::Failed, &error.to_string())
}

fn ended_as(outcome: Outcome, reason: &str) -> CarouselResult {
    CarouselResult {
        outcome: outcome.name().to_owned(),
        reason: reason.to_owned(),
        ..CarouselResult::default()
    }
}

fn interaction(id: &CarouselId, error: &WorkflowInteractionError) -> Error {
    match error {
        WorkflowInteractionError::NotFound(_) => Error::NotFound(id.clone()),
        other => Error::Temporal(other.to_string()),
    }
}
