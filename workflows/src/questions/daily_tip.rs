//! Finds a daily tip in the knowledge base, or lets a model write it.

use temporalio_workflow::{WorkflowContext, WorkflowResult};

use super::{
    DailyTipWorkflow,
    request_steps::{RequestRecorder, admit, end},
};
use crate::{
    activity_caller::{ActivityCaller, StopReason},
    carousel::compose::{ProviderAttempts, offered_provider},
    edit::edit_text::remaining_allowance,
    questions::{DailyTip, DailyTipInput, DailyTipRequest, DailyTipResult, FindDailyTip},
};

type Ctx = WorkflowContext<DailyTipWorkflow>;

pub(super) async fn run(ctx: &Ctx) -> WorkflowResult<DailyTipResult> {
    let request = ctx.state(|s| s.request.clone());
    let steps = ActivityCaller::new(ctx, &request.user);
    let mut ledger = RequestRecorder {
        user: request.user.clone(),
        cause: request.cause.clone(),
        calls: Vec::new(),
        has_reservation: false,
    };
    let found = find(&steps, &request, &mut ledger).await;
    let (category, source) = match &found {
        Ok((_, thought)) => (thought.category.clone(), thought.source.clone()),
        Err(_) => (String::new(), String::new()),
    };
    let recorded = ledger.record(&steps, category, source).await;
    match (found, recorded) {
        (Ok((provider, thought)), Ok(())) => Ok(DailyTipResult {
            text: thought.text,
            category: thought.category,
            source: thought.source,
            provider,
            ..DailyTipResult::default()
        }),
        (Err(stop), _) | (Ok(_), Err(stop)) => Err(end(ctx, stop, |failure| DailyTipResult {
            offer: offered_provider(failure),
            model: failure.model.clone(),
            ..DailyTipResult::default()
        })),
    }
}

async fn find(
    steps: &ActivityCaller<'_, DailyTipWorkflow>,
    request: &DailyTipRequest,
    ledger: &mut RequestRecorder,
) -> Result<(String, DailyTip), StopReason> {
    let mut attempts = ProviderAttempts::default();
    let admitted = admit(steps, &request.user, "wisdom", !request.by_model).await?;
    ledger.has_reservation = admitted.settles;
    for provider in admitted.providers {
        let input = DailyTipInput {
            provider: provider.clone(),
            language: request.language.clone(),
            user: request.user.clone(),
            day: request.day.clone(),
            allowance: remaining_allowance(admitted.allowance, &ledger.calls),
        };
        let summary = format!("{provider} finds a thought for {}", request.day);
        let found = steps.call(FindDailyTip, input, summary).await;
        match found {
            Ok(mut thought) => {
                ledger.calls.append(&mut thought.calls);
                return Ok((provider, thought));
            }
            Err(stop) => {
                attempts.record_failure(&provider, stop, |made| ledger.calls.extend(made))?;
            }
        }
    }
    Err(StopReason::Failed(attempts.final_failure()))
}
