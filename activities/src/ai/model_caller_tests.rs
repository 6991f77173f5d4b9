//! No call starts that the allowance does not cover, and each call is recorded with its cost.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::{Language, ProviderName, failure::FailureKind};
use futures::future::{BoxFuture, FutureExt as _};
use llm::{
    circuit_breaker::CircuitBreaker,
    cost::{Prices, TokenCount},
    language_model::{CallUsage, LanguageModel, ModelReply, ModelRequest, OfferedModel},
    model_connection::ModelConnection,
    model_error::ModelError,
};
use metrics::Metrics;
use runtime::settings::ModelPrice;
use writer::{Provider as _, QuestionInput, Writer};

use super::model_caller::ActivityModelCaller;
use crate::activity_run::ActivityRun;

/// A model with unusable replies of the maximum length; it records its requests.
struct UnusableModel {
    usage: CallUsage,
    asked: Mutex<Vec<ModelRequest>>,
}

impl LanguageModel for UnusableModel {
    fn provider(&self) -> ProviderName {
        ProviderName::OpenAi
    }

    fn name(&self) -> &str {
        "dear-model"
    }

    fn is_metered(&self) -> bool {
        true
    }

    fn offered_models(&self) -> BoxFuture<'_, Result<Vec<OfferedModel>, ModelError>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn ask<'a>(&'a self, ask: &'a ModelRequest) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
        async move {
            self.asked.lock().unwrap().push(ask.clone());
            // `max_tokens` of Russian text.
            let text = "ж".repeat(2 * ask.schema.most_tokens() as usize);
            let usage = self.usage.clone();
            Ok(ModelReply { text, usage })
        }
        .boxed()
    }
}

struct CostFixture {
    model: Arc<UnusableModel>,
    writer: Writer,
    run: ActivityRun,
}

impl CostFixture {
    fn with(usage: CallUsage) -> Self {
        let model = Arc::new(UnusableModel { usage, asked: Mutex::default() });
        let breaker = CircuitBreaker::new(Metrics::new().model_breaker_state.of(["test"]));
        let prices = Prices::with(vec![
            ModelPrice { model: "dear-model".to_owned(), read: 1_000_000, written: 2_000_000 },
            ModelPrice { model: "free-model".to_owned(), read: 0, written: 0 },
        ]);
        let line = ModelConnection::new(model.clone(), breaker, prices, Duration::from_secs(5));
        Self { model, writer: Writer::new(Arc::new(line)), run: ActivityRun::of("any") }
    }

    fn caller(&self, allowance: Option<u64>) -> ActivityModelCaller<'_> {
        ActivityModelCaller::new(&self.run, allowance)
    }
}

fn question() -> QuestionInput {
    QuestionInput { words: "Why write tests?".to_owned(), language: Language::En }
}

/// The reply claims to come from another model, which is free.
fn usage_of_another_model() -> CallUsage {
    CallUsage { model: "free-model".to_owned(), tokens_in: 1_000, tokens_out: 500, seconds: 0 }
}

#[tokio::test]
async fn calls_beyond_the_allowance_are_refused() {
    let scene = CostFixture::with(usage_of_another_model());
    let refused = scene.writer.answer(&scene.caller(Some(100)), &question()).await;
    assert_eq!(refused.unwrap_err().kind(), FailureKind::BudgetExceeded);
    assert!(scene.model.asked.lock().unwrap().is_empty());

    // Enough for the call but not for the repair of its reply.
    let unlimited = CostFixture::with(usage_of_another_model());
    let useless = unlimited.writer.answer(&unlimited.caller(None), &question()).await;
    assert_eq!(useless.unwrap_err().kind(), FailureKind::ProviderFailed);
    let bound = TokenCount::of_request(&unlimited.model.asked.lock().unwrap()[0]);
    let enough = bound.input + 2 * bound.output;
    let refused = scene.writer.answer(&scene.caller(Some(enough)), &question()).await;
    assert_eq!(refused.unwrap_err().kind(), FailureKind::BudgetExceeded);
    assert_eq!(scene.model.asked.lock().unwrap().len(), 1);
    // At the price of the called model: 1,000 input tokens at 1 and 500 output tokens at 2.
    assert_eq!(scene.run.calls()[0].cost_micros, 2_000);
}

#[tokio::test]
async fn reply_without_usage_costs_the_upper_bound() {
    let scene = CostFixture::with(CallUsage::default());
    assert!(scene.writer.answer(&scene.caller(None), &question()).await.is_err());
    let calls = scene.run.calls();
    let asked = scene.model.asked.lock().unwrap();
    let bound = TokenCount::of_request(&asked[0]);
    assert_eq!(calls[0].cost_micros, bound.input + 2 * bound.output);
}
