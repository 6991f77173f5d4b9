//! Answers a question, from admission to the recorded result.

use temporalio_workflow::{WorkflowContext, WorkflowResult};

use super::{
    AnswerWorkflow,
    turns::{Ledger, admitted, ended},
};
use crate::{
    carousel::compose::{Attempts, offer},
    contract::{AiActivities, AnswerInput, AnswerRequest, AnswerResult, Answered},
    policy::Step,
    rewriting::left,
    steps::{Steps, Stop},
};

type Ctx = WorkflowContext<AnswerWorkflow>;

pub(super) async fn run(ctx: &Ctx) -> WorkflowResult<AnswerResult> {
    let request = ctx.state(|s| s.request.clone());
    let steps = Steps::new(ctx, &request.user);
    let mut ledger = Ledger {
        user: request.user.clone(),
        cause: request.cause.clone(),
        calls: Vec::new(),
        settles: false,
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
        (Err(stop), _) | (Ok(_), Err(stop)) => Err(ended(ctx, stop, |failure| AnswerResult {
            offer: offer(failure),
            model: failure.model.clone(),
            ..AnswerResult::default()
        })),
    }
}

/// Asks one provider after the other; each activity names one.
async fn ask(
    steps: &Steps<'_, AnswerWorkflow>,
    request: &AnswerRequest,
    ledger: &mut Ledger,
) -> Result<(String, Answered), Stop> {
    let mut attempts = Attempts::default();
    let admitted = admitted(steps, &request.user, "answer", request.offline).await?;
    ledger.settles = admitted.settles;
    for provider in admitted.providers {
        let input = AnswerInput {
            provider: provider.clone(),
            question: request.question.clone(),
            language: request.language.clone(),
            allowance: left(admitted.allowance, &ledger.calls),
        };
        let summary = format!("{provider} answers «{}»", request.question);
        let answered = steps
            .call(Step::Answer, AiActivities::answer, input, summary)
            .await;
        match answered {
            Ok(mut answered) => {
                ledger.calls.append(&mut answered.calls);
                return Ok((provider, answered));
            }
            Err(stop) => attempts.failed(&provider, stop, |made| ledger.calls.extend(made))?,
        }
    }
    Err(Stop::Failed(attempts.in_words()))
}
