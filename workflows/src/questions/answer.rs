//! Answers a question, from admission to the recorded result.

use temporalio_workflow::{WorkflowContext, WorkflowResult};

use super::{AnswerWorkflow, request_steps::RequestSteps};
use crate::questions::{AnswerInput, AnswerQuestion, AnswerResult, RequestKind};

pub(super) async fn run(ctx: &WorkflowContext<AnswerWorkflow>) -> WorkflowResult<AnswerResult> {
    let request = ctx.state(|s| s.request.clone());
    let mut steps = RequestSteps::new(ctx, &request.user, &request.cause);
    let answered = steps
        .ask(RequestKind::Answer, request.offline, async |steps, provider, allowance| {
            let summary = format!("{provider} answers «{}»", request.question);
            let input = AnswerInput {
                provider,
                question: request.question.clone(),
                language: request.language.clone(),
                allowance,
            };
            let mut answered = steps.call(AnswerQuestion, input, summary).await?;
            Ok((std::mem::take(&mut answered.calls), answered))
        })
        .await;
    let recorded = steps.record(String::new(), String::new()).await;
    match (answered, recorded) {
        (Ok((provider, answered)), Ok(())) => Ok(AnswerResult {
            text: answered.text,
            covered: answered.covered,
            citations: answered.citations,
            provider,
            ..AnswerResult::default()
        }),
        (Err(stop), _) | (Ok(_), Err(stop)) => Err(steps.end(stop, |offer, model| AnswerResult {
            offer,
            model,
            ..AnswerResult::default()
        })),
    }
}
