//! The upper bound of a call is known before it is made: the largest prompts stay within the
//! reserved bounds, and no call starts that the allowance does not cover.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::{
    Brief, Format, ImageKind, Language, LongText, Slide, SlideContent, SlideText, ThemeId, Topic,
    record::AnalysisRecord,
};
use futures::future::{BoxFuture, FutureExt as _};
use prometheus::{IntGauge, Registry};
use runtime::settings::ModelPrice;
use workflows::contract::OverflowRecord;

use super::{
    DailyTipSubject, ModelCallMetrics, OverflowingSlides, Provider as _, QuestionInput, SlideEdit,
    Writer, WritingSubject,
    circuit_breaker::CircuitBreaker,
    cost::{CallKind, Prices, TokenCount},
    language_model::{CallPurpose, CallUsage, LanguageModel, ModelReply, ModelRequest},
    model_caller::{ModelCaller, ModelConnection},
    model_error::ModelError,
    text_limits,
};
use crate::{activity_failure::ActivityFailure, activity_run::ActivityRun};

/// A model with unusable replies of the maximum length; it records its requests.
struct UnusableModel {
    usage: CallUsage,
    asked: Mutex<Vec<ModelRequest>>,
}

impl LanguageModel for UnusableModel {
    fn provider(&self) -> &'static str {
        "useless"
    }

    fn name(&self) -> &str {
        "dear-model"
    }

    fn is_metered(&self) -> bool {
        true
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
    meters: ModelCallMetrics,
    run: ActivityRun,
}

impl CostFixture {
    fn with(usage: CallUsage) -> Self {
        let model = Arc::new(UnusableModel {
            usage,
            asked: Mutex::default(),
        });
        let breaker = CircuitBreaker::new(IntGauge::new("breaker", "b").unwrap());
        let prices = Prices::with(vec![
            ModelPrice {
                model: "dear-model".to_owned(),
                read: 1_000_000,
                written: 2_000_000,
            },
            ModelPrice {
                model: "free-model".to_owned(),
                read: 0,
                written: 0,
            },
        ]);
        let line = ModelConnection::new(model.clone(), breaker, prices, Duration::from_secs(5));
        Self {
            model,
            writer: Writer::new(Arc::new(line)),
            meters: ModelCallMetrics::register(&Registry::new()).unwrap(),
            run: ActivityRun::of("any"),
        }
    }

    fn desk(&self, allowance: Option<u64>) -> ModelCaller<'_> {
        ModelCaller::new(&self.run, &self.meters, allowance)
    }

    /// Compares the call and its repair with their reserved bounds.
    fn stays_within(&self, call: CallKind) {
        let asked = std::mem::take(&mut *self.model.asked.lock().unwrap());
        let [first, repair] = asked.as_slice() else {
            panic!("{call:?}: asked {} times", asked.len());
        };
        assert_eq!(repair.purpose, CallPurpose::Repair);
        for (ask, bound) in [(first, call.size()), (repair, call.repair().unwrap())] {
            let size = TokenCount::of_request(ask);
            let within = size.input <= bound.input && size.output <= bound.output;
            assert!(
                within,
                "{call:?}, {:?}: {size:?}, not {bound:?}",
                ask.purpose
            );
        }
    }
}

fn brief() -> Brief {
    let topic = "почему тесты важны и как писать код имена функции ошибки рефакторинг ".repeat(9);
    let topic: String = topic.chars().take(domain::limits::TOPIC_CHARS).collect();
    Brief {
        topic: Topic::parse(&topic).unwrap(),
        text: None,
        link: None,
        voice: None,
        language: Language::Ru,
        slides: "10".parse().unwrap(),
        theme: ThemeId::default(),
        format: Format::Portrait,
        image: ImageKind::Jpeg,
    }
}

fn analysis() -> AnalysisRecord {
    let long = |chars: usize| "ж".repeat(chars);
    let many = |count: usize, chars: usize| vec![long(chars); count];
    let corpus = knowledge::Corpus::embedded();
    AnalysisRecord {
        title: long(text_limits::TITLE),
        audience: long(text_limits::SHORT_TEXT),
        angle: long(text_limits::ANGLE),
        frame: "story".to_owned(),
        principles: many(5, text_limits::SHORT_TEXT),
        quotes: many(4, text_limits::QUOTE),
        concepts: many(4, text_limits::KEYWORD),
        keywords: many(6, text_limits::KEYWORD),
        risks: many(2, text_limits::SHORT_TEXT),
        notes: corpus
            .notes()
            .iter()
            .take(4)
            .map(|note| note.id.clone())
            .collect(),
    }
}

fn slides() -> Vec<Slide> {
    let text = |chars| SlideText::parse(&"ж".repeat(chars)).unwrap();
    let slide = Slide::new(SlideContent::Principle {
        title: text(text_limits::TITLE),
        body: text(text_limits::BODY),
    });
    vec![slide; 10]
}

#[tokio::test]
async fn largest_prompts_stay_within_reserved_bounds() {
    let scene = CostFixture::with(CallUsage::default());
    let desk = scene.desk(None);
    let page = LongText::parse(&"слово ".repeat(3_300)).unwrap();
    for text in [None, Some(page)] {
        let source = text.is_some();
        let subject = WritingSubject {
            brief: brief(),
            text,
        };
        assert!(scene.writer.analyze(&desk, &subject).await.is_err());
        scene.stays_within(CallKind::Analysis { source });
        let written = scene.writer.write(&desk, &subject, &analysis()).await;
        assert!(written.is_err());
        scene.stays_within(CallKind::Slides { source });
    }
    let overflow = OverflowRecord {
        slide: 1,
        what: "the paragraph under the headline".to_owned(),
        needs: 2_000,
        has: 1_000,
    };
    let tight = OverflowingSlides {
        language: Language::Ru,
        slides: slides(),
        overflows: vec![overflow; 10],
    };
    assert!(scene.writer.shorten(&desk, &tight).await.is_err());
    scene.stays_within(CallKind::Shortening);
    let wish = SlideEdit {
        brief: brief(),
        slides: slides(),
        index: 3,
        instruction: "ж".repeat(domain::limits::INSTRUCTION_CHARS),
    };
    assert!(scene.writer.rewrite(&desk, &wish).await.is_err());
    scene.stays_within(CallKind::Rewriting);
    let question = QuestionInput {
        words: brief().topic.as_str().to_owned(),
        language: Language::Ru,
    };
    assert!(scene.writer.answer(&desk, &question).await.is_err());
    scene.stays_within(CallKind::Answer);
    let day = DailyTipSubject {
        language: Language::Ru,
        user: "local".to_owned(),
        day: "2026-11-24".to_owned(),
    };
    assert!(scene.writer.daily_tip(&desk, &day).await.is_err());
    scene.stays_within(CallKind::DailyTip);
}

fn question() -> QuestionInput {
    QuestionInput {
        words: "Why write tests?".to_owned(),
        language: Language::En,
    }
}

/// The reply claims to come from another model, which is free.
fn usage_of_another_model() -> CallUsage {
    CallUsage {
        model: "free-model".to_owned(),
        tokens_in: 1_000,
        tokens_out: 500,
        seconds: 0,
    }
}

#[tokio::test]
async fn calls_beyond_the_allowance_are_refused() {
    let scene = CostFixture::with(usage_of_another_model());
    let refused = scene
        .writer
        .answer(&scene.desk(Some(100)), &question())
        .await;
    assert!(
        matches!(refused, Err(ActivityFailure::Budget(_))),
        "{refused:?}"
    );
    assert!(scene.model.asked.lock().unwrap().is_empty());

    // Enough for the call but not for the repair of its reply.
    let unlimited = CostFixture::with(usage_of_another_model());
    let useless = unlimited
        .writer
        .answer(&unlimited.desk(None), &question())
        .await;
    assert!(
        matches!(useless, Err(ActivityFailure::Model { retry: None, .. })),
        "{useless:?}"
    );
    let bound = TokenCount::of_request(&unlimited.model.asked.lock().unwrap()[0]);
    let enough = bound.input + 2 * bound.output;
    let refused = scene
        .writer
        .answer(&scene.desk(Some(enough)), &question())
        .await;
    assert!(
        matches!(refused, Err(ActivityFailure::Budget(_))),
        "{refused:?}"
    );
    assert_eq!(scene.model.asked.lock().unwrap().len(), 1);
    // At the price of the called model: 1,000 input tokens at 1 and 500 output tokens at 2.
    assert_eq!(scene.run.calls()[0].cost_micros, 2_000);
}

#[tokio::test]
async fn reply_without_usage_costs_the_upper_bound() {
    let scene = CostFixture::with(CallUsage::default());
    assert!(
        scene
            .writer
            .answer(&scene.desk(None), &question())
            .await
            .is_err()
    );
    let calls = scene.run.calls();
    let asked = scene.model.asked.lock().unwrap();
    let bound = TokenCount::of_request(&asked[0]);
    assert_eq!(calls[0].cost_micros, bound.input + 2 * bound.output);
}
