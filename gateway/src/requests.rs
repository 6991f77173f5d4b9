//! Questions and the thought of the day: small workflows, started and waited for.

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
    contract::{AnswerRequest, AnswerResult, WisdomRequest, WisdomResult},
    queues, story, web_ui,
};

/// How long somebody at a terminal waits before being told where to look.
const PATIENCE: Duration = Duration::from_secs(120);

/// `gateway ask`.
#[derive(Debug, Args)]
pub struct Ask {
    /// The question: at most 300 characters.
    pub question: String,
    /// The language to answer in; told from the question where it is not said.
    #[arg(long, value_name = "ru|en")]
    pub lang: Option<Language>,
    /// Let our own notes answer by themselves, no model.
    #[arg(long)]
    pub offline: bool,
}

/// `gateway wisdom`.
#[derive(Debug, Args)]
pub struct Wisdom {
    /// The language.
    #[arg(long, value_name = "ru|en", default_value = "en")]
    pub lang: Language,
    /// The day, 2026-11-24; today (UTC) where it is not said.
    #[arg(long, value_name = "DAY")]
    pub day: Option<chrono::NaiveDate>,
    /// Let a model word it; otherwise it is taken from our notes as it stands there.
    #[arg(long)]
    pub model: bool,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It failed, with a reason; and whether our own notes could do it.
    #[error("{reason}{}", .offer.as_deref().map(|how| format!("\n{how}")).unwrap_or_default())]
    Failed {
        /// The kind of failure, as the history names it.
        kind: String,
        /// Why.
        reason: String,
        /// What to do instead.
        offer: Option<String>,
    },
    /// Nobody is working.
    #[error("no answer within {} s: is `cargo run -p workers` running?", PATIENCE.as_secs())]
    Slow,
    /// Temporal said something else.
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

/// Asks a question under this id and waits for the answer; the same id is the same question.
///
/// # Errors
/// [`Error`], with words for whoever asked.
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
    ended.map_err(|e| failed::<AnswerResult>(e, |result| result.offer, "--offline"))
}

/// Finds the thought of a day under this id and waits for it.
///
/// # Errors
/// [`Error`], with words for whoever asked.
pub async fn wisdom(
    client: &Client,
    id: &str,
    request: WisdomRequest,
) -> Result<WisdomResult, Error> {
    let summary = web_ui::Text::from(format!("{} · {}", request.day, request.language));
    let options = start_options(id, &request.user, summary);
    let ended = ended(client, id, WisdomWorkflow::run, request, options).await?;
    ended.map_err(|e| failed::<WisdomResult>(e, |result| result.offer, "no --model"))
}

/// Starts a workflow, or finds the one that was started under this id before, over or not; and waits
/// for its end.
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

/// What a failed workflow says of itself, and what its details offer.
fn failed<T>(error: WorkflowGetResultError, offer: impl Fn(T) -> String, how: &str) -> Error
where
    T: TemporalDeserializable + 'static,
{
    let WorkflowGetResultError::Failed(error) = error else {
        return Error::Temporal(error.to_string());
    };
    let (kind, offered) = match &*error {
        IncomingError::Application(failure) => (
            failure.type_name().unwrap_or_default().to_owned(),
            failure.details::<T>().ok().flatten().map(offer),
        ),
        _ => (String::new(), None),
    };
    Error::Failed {
        kind,
        reason: error.to_string(),
        offer: offered
            .filter(|offer| !offer.is_empty())
            .map(|_| format!("our own notes can do it instead: {how}")),
    }
}

/// The answer, and the notes that it rests on.
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
