//! Finds a daily tip in the knowledge base, or lets a model write it.

use temporalio_workflow::{WorkflowContext, WorkflowResult};

use super::{
    WisdomWorkflow,
    turns::{Ledger, admitted, ended},
};
use crate::{
    carousel::compose::{Attempts, offer},
    contract::{AiActivities, Thought, WisdomInput, WisdomRequest, WisdomResult},
    policy::Step,
    rewriting::left,
    steps::{Steps, Stop},
};

type Ctx = WorkflowContext<WisdomWorkflow>;

pub(super) async fn run(ctx: &Ctx) -> WorkflowResult<WisdomResult> {
    let request = ctx.state(|s| s.request.clone());
    let steps = Steps::new(ctx, &request.user);
    let mut ledger = Ledger {
        user: request.user.clone(),
        cause: request.cause.clone(),
        calls: Vec::new(),
        settles: false,
    };
    let found = find(&steps, &request, &mut ledger).await;
    let (category, source) = match &found {
        Ok((_, thought)) => (thought.category.clone(), thought.source.clone()),
        Err(_) => (String::new(), String::new()),
    };
    let recorded = ledger.record(&steps, category, source).await;
    match (found, recorded) {
        (Ok((provider, thought)), Ok(())) => Ok(WisdomResult {
            text: thought.text,
            category: thought.category,
            source: thought.source,
            provider,
            ..WisdomResult::default()
        }),
        (Err(stop), _) | (Ok(_), Err(stop)) => Err(ended(ctx, stop, |failure| WisdomResult {
            offer: offer(failure),
            model: failure.model.clone(),
            ..WisdomResult::default()
        })),
    }
}

async fn find(
    steps: &Steps<'_, WisdomWorkflow>,
    request: &WisdomRequest,
    ledger: &mut Ledger,
) -> Result<(String, Thought), Stop> {
    let mut attempts = Attempts::default();
    let admitted = admitted(steps, &request.user, "wisdom", !request.by_model).await?;
    ledger.settles = admitted.settles;
    for provider in admitted.providers {
        let input = WisdomInput {
            provider: provider.clone(),
            language: request.language.clone(),
            user: request.user.clone(),
            day: request.day.clone(),
            allowance: left(admitted.allowance, &ledger.calls),
        };
        let summary = format!("{provider} finds a thought for {}", request.day);
        let found = steps
            .call(Step::Wisdom, AiActivities::wisdom, input, summary)
            .await;
        match found {
            Ok(mut thought) => {
                ledger.calls.append(&mut thought.calls);
                return Ok((provider, thought));
            }
            Err(stop) => attempts.failed(&provider, stop, |made| ledger.calls.extend(made))?,
        }
    }
    Err(Stop::Failed(attempts.in_words()))
}
