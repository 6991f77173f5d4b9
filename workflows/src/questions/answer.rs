//! Answers a question, from admission to the recorded result.

use temporalio_workflow::{WorkflowContext, WorkflowResult};

use super::{
    AnswerWorkflow,
    request_steps::{RequestRecorder, admit, end},
};
use crate::{
    activity_caller::{ActivityCaller, StopReason},
    carousel::compose::{ProviderAttempts, offered_provider},
    edit::edit_text::remaining_allowance,
    questions::{AnswerInput, AnswerQuestion, AnswerRequest, AnswerResult, QuestionAnswered},
};

type Ctx = WorkflowContext<AnswerWorkflow>;

pub(super) async fn run(ctx: &Ctx) -> WorkflowResult<AnswerResult> {
    let request = ctx.state(|s| s.request.clone());
    let steps = ActivityCaller::new(ctx, &request.user);
    let mut ledger = RequestRecorder {
        user: request.user.clone(),
        cause: request.cause.clone(),
        calls: Vec::new(),
        has_reservation: false,
    };
    let answered = ask(&steps, &request, &mut ledger).await;
    let recorded = ledger.record(&steps, String::new(), String::new()).await;
    match (answered, recorded) {
        (Ok((provider, answered)), Ok(())) => Ok(AnswerResult {
            text: answered.text,
            covered: answered.covered,
            citations: answered.citations,
            provider,
            ..AnswerResult::default()
        }),
        (Err(stop), _) | (Ok(_), Err(stop)) => Err(end(ctx, stop, |failure| AnswerResult {
            offer: offered_provider(failure),
            model: failure.model.clone(),
            ..AnswerResult::default()
        })),
    }
}

/// Asks one provider after the other; each activity names one.
async fn ask(
    steps: &ActivityCaller<'_, AnswerWorkflow>,
    request: &AnswerRequest,
    ledger: &mut RequestRecorder,
) -> Result<(String, QuestionAnswered), StopReason> {
    let mut attempts = ProviderAttempts::default();
    let admitted = admit(steps, &request.user, "answer", request.offline).await?;
    ledger.has_reservation = admitted.settles;
    for provider in admitted.providers {
        let input = AnswerInput {
            provider: provider.clone(),
            question: request.question.clone(),
            language: request.language.clone(),
            allowance: remaining_allowance(admitted.allowance, &ledger.calls),
        };
        let summary = format!("{provider} answers «{}»", request.question);
        let answered = steps.call(AnswerQuestion, input, summary).await;
        match answered {
            Ok(mut answered) => {
                ledger.calls.append(&mut answered.calls);
                return Ok((provider, answered));
            }
            Err(stop) => {
                attempts.record_failure(&provider, stop, |made| ledger.calls.extend(made))?;
            }
        }
    }
    Err(StopReason::Failed(attempts.final_failure()))
}
