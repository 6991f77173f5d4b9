//! Runs questions and daily tips: starts their small workflows and waits for the result.

use std::time::Duration;

use chrono::Utc;
use clap::Args;
use domain::failure::{FailureCause, FailureKind, ModelFailure};
use domain::{Language, Offer, Question, UserId};
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
    AnswerWorkflow, DailyTipWorkflow,
    questions::{AnswerRequest, AnswerResult, DailyTipRequest, DailyTipResult},
    queues, web_ui, web_ui_texts,
};

/// How long a command waits before it says where to look for the result.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);

/// `gateway ask`.
#[derive(Debug, Args)]
pub struct AskArgs {
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
pub struct TipArgs {
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
pub enum RequestError {
    /// The workflow failed, with a reason and an alternative if the offline provider could answer.
    #[error("{reason}{}", .offer.as_deref().map(|how| format!("\n{how}")).unwrap_or_default())]
    Failed {
        cause: FailureCause,
        /// Text for developers.
        reason: String,
        /// What to do instead.
        offer: Option<String>,
    },
    /// No worker completed it in time.
    #[error("no answer within {} s: is `cargo run -p workers` running?", ANSWER_TIMEOUT.as_secs())]
    Slow,
    /// Any other error of Temporal.
    #[error("Temporal: {0}")]
    Temporal(String),
}

impl AskArgs {
    pub(crate) async fn run(self, client: Client) -> anyhow::Result<String> {
        let question = Question::parse(&self.question)?;
        let language = self.lang.unwrap_or_else(|| Language::detect(question.as_str()));
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

impl TipArgs {
    pub(crate) async fn run(self, client: Client) -> anyhow::Result<String> {
        let day = self.day.unwrap_or_else(|| Utc::now().date_naive());
        let request = DailyTipRequest {
            user: UserId::local().as_str().to_owned(),
            language: self.lang.name().to_owned(),
            day: day.to_string(),
            by_model: self.model,
            cause: String::new(),
        };
        let id = format!("wisdom-cli-{}", Uuid::now_v7());
        let result = daily_tip(&client, &id, request).await?;
        Ok(format!("{}\n\n— {}\n", result.text, result.source))
    }
}

/// Starts a question under this id and waits for the answer; the same id is the same question.
///
/// # Errors
/// [`RequestError`]; the message is for the user.
pub async fn answer(
    client: &Client,
    id: &str,
    request: AnswerRequest,
) -> Result<AnswerResult, RequestError> {
    let summary = if codec::encrypts(client).await {
        web_ui::EscapedText::from(format!("question · {}", request.language))
    } else {
        web_ui_texts::question_summary(&request.question, &request.language)
    };
    let options = start_options(id, &request.user, summary);
    let ended = start_and_wait(client, id, AnswerWorkflow::run, request, options).await?;
    ended.map_err(|e| request_error::<AnswerResult>(e, |it| (it.offer, it.model), "--offline"))
}

/// Starts the daily tip of a day under this id and waits for it.
///
/// # Errors
/// [`RequestError`]; the message is for the user.
pub async fn daily_tip(
    client: &Client,
    id: &str,
    request: DailyTipRequest,
) -> Result<DailyTipResult, RequestError> {
    let summary = web_ui::EscapedText::from(format!("{} · {}", request.day, request.language));
    let options = start_options(id, &request.user, summary);
    let ended = start_and_wait(client, id, DailyTipWorkflow::run, request, options).await?;
    ended.map_err(|e| request_error::<DailyTipResult>(e, |it| (it.offer, it.model), "no --model"))
}

/// Starts a workflow or attaches to the one with this id, running or closed, and waits for its end.
async fn start_and_wait<W>(
    client: &Client,
    id: &str,
    workflow: W,
    request: W::Input,
    options: WorkflowStartOptions,
) -> Result<Result<W::Output, WorkflowGetResultError>, RequestError>
where
    W: HasWorkflowDefinition,
    W::Input: Send,
    W::Output: TemporalDeserializable,
{
    let started = client.start_workflow(workflow, request, options).await;
    let handle = match started {
        Ok(handle) => handle,
        Err(WorkflowStartError::AlreadyStarted { .. }) => client.get_workflow_handle(id),
        Err(e) => return Err(RequestError::Temporal(e.to_string())),
    };
    let ending = handle.get_result(WorkflowGetResultOptions::default());
    tokio::time::timeout(ANSWER_TIMEOUT, ending).await.map_err(|_| RequestError::Slow)
}

fn start_options(id: &str, user: &str, summary: web_ui::EscapedText) -> WorkflowStartOptions {
    WorkflowStartOptions::new(queues::CAROUSEL, id)
        .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
        .id_conflict_policy(WorkflowIdConflictPolicy::UseExisting)
        .static_summary(summary)
        .priority(Priority::builder().fairness_key(web_ui_texts::truncated(user, 64)).build())
        .build()
}

/// The error in the details of a failed workflow, with the offered alternative.
fn request_error<T>(
    error: WorkflowGetResultError,
    parts: impl Fn(T) -> (Offer, Option<Box<ModelFailure>>),
    how: &str,
) -> RequestError
where
    T: TemporalDeserializable + 'static,
{
    let WorkflowGetResultError::Failed(error) = error else {
        return RequestError::Temporal(error.to_string());
    };
    let (kind, details) = match &*error {
        IncomingError::Application(failure) => (
            FailureKind::parse(failure.type_name().unwrap_or_default()),
            failure.details::<T>().ok().flatten().map(parts),
        ),
        _ => (FailureKind::Other, None),
    };
    let (offer, model) = details.unwrap_or_default();
    RequestError::Failed {
        cause: FailureCause { kind, model },
        reason: error.to_string(),
        offer: match offer {
            Offer::Offline => Some(format!("our own notes can do it instead: {how}")),
            Offer::Questions | Offer::Nothing => None,
        },
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
