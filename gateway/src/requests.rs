//! Runs questions and daily tips: starts their small workflows and waits for the result.

use std::time::Duration;

use chrono::Utc;
use clap::Args;
use domain::{Language, Question, UserId};
use runtime::codec;
use temporalio_client::{
    Client, Priority, WorkflowGetResultOptions, WorkflowIdConflictPolicy, WorkflowIdReusePolicy,
    WorkflowStartOptions,
    errors::{WorkflowGetResultError, WorkflowStartError},
};
use temporalio_common::{
    HasWorkflowDefinition, data_converters::TemporalDeserializable, error::IncomingError,
};
use uuid::Uuid;
use workflows::{
    AnswerWorkflow, WisdomWorkflow,
    contract::{
        AnswerRequest, AnswerResult, FailureKind, ModelFailure, Offer, WisdomRequest, WisdomResult,
    },
    queues, story, web_ui,
};

/// How long a command waits before it says where to look for the result.
const PATIENCE: Duration = Duration::from_secs(120);

/// `gateway ask`.
#[derive(Debug, Args)]
pub struct Ask {
    /// The question: at most 300 characters.
    pub question: String,
    /// The language of the answer. The default is the question's language.
    #[arg(long, value_name = "ru|en")]
    pub lang: Option<Language>,
    /// Answer with the offline provider only, without a model.
    #[arg(long)]
    pub offline: bool,
}

/// `gateway wisdom`.
#[derive(Debug, Args)]
pub struct Wisdom {
    /// The language.
    #[arg(long, value_name = "ru|en", default_value = "en")]
    pub lang: Language,
    /// The day, 2026-11-24. The default is today (UTC).
    #[arg(long, value_name = "DAY")]
    pub day: Option<chrono::NaiveDate>,
    /// Let a model write the tip. The default is a note's text, unchanged.
    #[arg(long)]
    pub model: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The workflow failed, with a reason and an alternative if the offline provider could answer.
    #[error("{reason}{}", .offer.as_deref().map(|how| format!("\n{how}")).unwrap_or_default())]
    Failed {
        kind: FailureKind,
        /// The model's failure, if that is the reason.
        model: Option<Box<ModelFailure>>,
        /// Text for developers.
        reason: String,
        /// What to do instead.
        offer: Option<String>,
    },
    /// No worker completed it in time.
    #[error("no answer within {} s: is `cargo run -p workers` running?", PATIENCE.as_secs())]
    Slow,
    /// Any other error of Temporal.
    #[error("Temporal: {0}")]
    Temporal(String),
}

impl Ask {
    pub(crate) async fn run(self, client: Client) -> anyhow::Result<String> {
        let question = Question::parse(&self.question)?;
        let language = self
            .lang
            .unwrap_or_else(|| Language::detect(question.as_str()));
        let request = AnswerRequest {
            user: UserId::local().as_str().to_owned(),
            question: question.as_str().to_owned(),
            language: language.name().to_owned(),
            cause: String::new(),
            offline: self.offline,
        };
        let id = format!("answer-cli-{}", Uuid::now_v7());
        Ok(show_answer(&answer(&client, &id, request).await?, language))
    }
}

impl Wisdom {
    pub(crate) async fn run(self, client: Client) -> anyhow::Result<String> {
        let day = self.day.unwrap_or_else(|| Utc::now().date_naive());
        let request = WisdomRequest {
            user: UserId::local().as_str().to_owned(),
            language: self.lang.name().to_owned(),
            day: day.to_string(),
            by_model: self.model,
            cause: String::new(),
        };
        let id = format!("wisdom-cli-{}", Uuid::now_v7());
        let result = wisdom(&client, &id, request).await?;
        Ok(format!("{}\n\n— {}\n", result.text, result.source))
    }
}

/// Starts a question under this id and waits for the answer; the same id is the same question.
///
/// # Errors
/// [`Error`]; the message is for the user.
pub async fn answer(
    client: &Client,
    id: &str,
    request: AnswerRequest,
) -> Result<AnswerResult, Error> {
    let summary = if codec::encrypts(client).await {
        web_ui::Text::from(format!("question · {}", request.language))
    } else {
        story::question(&request.question, &request.language)
    };
    let options = start_options(id, &request.user, summary);
    let ended = ended(client, id, AnswerWorkflow::run, request, options).await?;
    ended.map_err(|e| failed::<AnswerResult>(e, |it| (it.offer, it.model), "--offline"))
}

/// Starts the daily tip of a day under this id and waits for it.
///
/// # Errors
/// [`Error`]; the message is for the user.
pub async fn wisdom(
    client: &Client,
    id: &str,
    request: WisdomRequest,
) -> Result<WisdomResult, Error> {
    let summary = web_ui::Text::from(format!("{} · {}", request.day, request.language));
    let options = start_options(id, &request.user, summary);
    let ended = ended(client, id, WisdomWorkflow::run, request, options).await?;
    ended.map_err(|e| failed::<WisdomResult>(e, |it| (it.offer, it.model), "no --model"))
}

/// Starts a workflow or attaches to the one with this id, running or closed, and waits for its end.
async fn ended<W>(
    client: &Client,
    id: &str,
    workflow: W,
    request: W::Input,
    options: WorkflowStartOptions,
) -> Result<Result<W::Output, WorkflowGetResultError>, Error>
where
    W: HasWorkflowDefinition,
    W::Input: Send,
    W::Output: TemporalDeserializable,
{
    let started = client.start_workflow(workflow, request, options).await;
    let handle = match started {
        Ok(handle) => handle,
        Err(WorkflowStartError::AlreadyStarted { .. }) => client.get_workflow_handle(id),
        Err(e) => return Err(Error::Temporal(e.to_string())),
    };
    let ending = handle.get_result(WorkflowGetResultOptions::default());
    tokio::time::timeout(PATIENCE, ending)
        .await
        .map_err(|_| Error::Slow)
}

fn start_options(id: &str, user: &str, summary: web_ui::Text) -> WorkflowStartOptions {
    WorkflowStartOptions::new(queues::CAROUSEL, id)
        .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
        .id_conflict_policy(WorkflowIdConflictPolicy::UseExisting)
        .static_summary(summary)
        .priority(
            Priority::builder()
                .fairness_key(story::shortened(user, 64))
                .build(),
        )
        .build()
}

/// The error in the details of a failed workflow, with the offered alternative.
fn failed<T>(
    error: WorkflowGetResultError,
    parts: impl Fn(T) -> (Offer, Option<Box<ModelFailure>>),
    how: &str,
) -> Error
where
    T: TemporalDeserializable + 'static,
{
    let WorkflowGetResultError::Failed(error) = error else {
        return Error::Temporal(error.to_string());
    };
    let (kind, details) = match &*error {
        IncomingError::Application(failure) => (
            FailureKind::parse(failure.type_name().unwrap_or_default()),
            failure.details::<T>().ok().flatten().map(parts),
        ),
        _ => (FailureKind::Other, None),
    };
    let (offer, model) = details.unwrap_or_default();
    Error::Failed {
        kind,
        model,
        reason: error.to_string(),
        offer: (offer == Offer::Offline).then(|| format!("our own notes can do it instead: {how}")),
    }
}

/// The answer and the notes that it cites.
fn show_answer(result: &AnswerResult, language: Language) -> String {
    let mut out = format!("{}\n", result.text);
    if !result.citations.is_empty() {
        out.push_str(match language {
            Language::Ru => "\nПо заметкам:\n",
            Language::En => "\nFrom our notes:\n",
        });
        for citation in &result.citations {
            out.push_str(&format!("  {} ({})\n", citation.title, citation.note));
        }
    }
    out
}
