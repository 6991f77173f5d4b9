//! Finds a daily tip in the knowledge base, or lets a model write it.

use temporalio_workflow::{WorkflowContext, WorkflowResult};

use super::{DailyTipWorkflow, request_steps::RequestSteps};
use crate::questions::{DailyTipInput, DailyTipResult, FindDailyTip, RequestKind};

pub(super) async fn run(ctx: &WorkflowContext<DailyTipWorkflow>) -> WorkflowResult<DailyTipResult> {
    let request = ctx.state(|s| s.request.clone());
    let mut steps = RequestSteps::new(ctx, &request.user, &request.cause);
    let found = steps
        .ask(RequestKind::DailyTip, !request.by_model, async |steps, provider, allowance| {
            let summary = format!("{provider} finds a thought for {}", request.day);
            let input = DailyTipInput {
                provider,
                language: request.language.clone(),
                user: request.user.clone(),
                day: request.day.clone(),
                allowance,
            };
            let mut tip = steps.call(FindDailyTip, input, summary).await?;
            Ok((std::mem::take(&mut tip.calls), tip))
        })
        .await;
    let (category, source) = match &found {
        Ok((_, tip)) => (tip.category.clone(), tip.source.clone()),
        Err(_) => (String::new(), String::new()),
    };
    let recorded = steps.record(category, source).await;
    match (found, recorded) {
        (Ok((provider, tip)), Ok(())) => Ok(DailyTipResult {
            text: tip.text,
            category: tip.category,
            source: tip.source,
            provider,
            ..DailyTipResult::default()
        }),
        (Err(stop), _) | (Ok(_), Err(stop)) => Err(steps.end(stop, |offer, model| {
            DailyTipResult { offer, model, ..DailyTipResult::default() }
        })),
    }
}
