//! The upper bound of a call is known before it is made: the largest prompts stay within the
//! reserved bounds, and no call starts that the allowance does not cover.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::{
    Brief, Content, Format, ImageKind, Language, LongText, Slide, Text, ThemeId, Topic,
    record::AnalysisRecord,
};
use futures::future::{BoxFuture, FutureExt as _};
use prometheus::{IntGauge, Registry};
use runtime::settings::Price;
use workflows::contract::OverflowRecord;

use super::{
    Day, Meters, Provider as _, Question, Subject, Tight, Wish, Writer,
    breaker::Breaker,
    cost::{Call, Prices, Size},
    desk::{Desk, Line},
    limits,
    model::{Ask, Model, Purpose, Reply, Usage},
    model_error::ModelError,
};
use crate::{attempt::Errand, error::Error};

/// A model with unusable replies of the maximum length; it records its requests.
struct Useless {
    usage: Usage,
    asked: Mutex<Vec<Ask>>,
}

impl Model for Useless {
    fn provider(&self) -> &'static str {
        "useless"
    }

    fn name(&self) -> &str {
        "dear-model"
    }

    fn is_metered(&self) -> bool {
        true
    }

    fn ask<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Result<Reply, ModelError>> {
        async move {
            self.asked.lock().unwrap().push(ask.clone());
            // `max_tokens` of Russian text.
            let text = "ж".repeat(2 * ask.schema.most_tokens() as usize);
            let usage = self.usage.clone();
            Ok(Reply { text, usage })
        }
        .boxed()
    }
}

struct Scene {
    model: Arc<Useless>,
    writer: Writer,
    meters: Meters,
    errand: Errand,
}

impl Scene {
    fn with(usage: Usage) -> Self {
        let model = Arc::new(Useless {
            usage,
            asked: Mutex::default(),
        });
        let breaker = Breaker::new(IntGauge::new("breaker", "b").unwrap());
        let prices = Prices::with(vec![
            Price {
                model: "dear-model".to_owned(),
                read: 1_000_000,
                written: 2_000_000,
            },
            Price {
                model: "free-model".to_owned(),
                read: 0,
                written: 0,
            },
        ]);
        let line = Line::new(model.clone(), breaker, prices, Duration::from_secs(5));
        Self {
            model,
            writer: Writer::new(Arc::new(line)),
            meters: Meters::register(&Registry::new()).unwrap(),
            errand: Errand::of("any"),
        }
    }

    fn desk(&self, allowance: Option<u64>) -> Desk<'_> {
        Desk::new(&self.errand, &self.meters, allowance)
    }

    /// Compares the call and its repair with their reserved bounds.
    fn stays_within(&self, call: Call) {
        let asked = std::mem::take(&mut *self.model.asked.lock().unwrap());
        let [first, repair] = asked.as_slice() else {
            panic!("{call:?}: asked {} times", asked.len());
        };
        assert_eq!(repair.purpose, Purpose::Repair);
        for (ask, bound) in [(first, call.size()), (repair, call.repair().unwrap())] {
            let size = Size::of_ask(ask);
            let within = size.read <= bound.read && size.written <= bound.written;
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
        title: long(limits::TITLE),
        audience: long(limits::THOUGHT),
        angle: long(limits::ANGLE),
        frame: "story".to_owned(),
        principles: many(5, limits::THOUGHT),
        quotes: many(4, limits::QUOTE),
        concepts: many(4, limits::KEYWORD),
        keywords: many(6, limits::KEYWORD),
        risks: many(2, limits::THOUGHT),
        notes: corpus
            .notes()
            .iter()
            .take(4)
            .map(|note| note.id.clone())
            .collect(),
    }
}

fn slides() -> Vec<Slide> {
    let text = |chars| Text::parse(&"ж".repeat(chars)).unwrap();
    let slide = Slide::new(Content::Principle {
        title: text(limits::TITLE),
        body: text(limits::BODY),
    });
    vec![slide; 10]
}

#[tokio::test]
async fn largest_prompts_stay_within_reserved_bounds() {
    let scene = Scene::with(Usage::default());
    let desk = scene.desk(None);
    let page = LongText::parse(&"слово ".repeat(3_300)).unwrap();
    for text in [None, Some(page)] {
        let source = text.is_some();
        let subject = Subject {
            brief: brief(),
            text,
        };
        assert!(scene.writer.analyze(&desk, &subject).await.is_err());
        scene.stays_within(Call::Analysis { source });
        let written = scene.writer.write(&desk, &subject, &analysis()).await;
        assert!(written.is_err());
        scene.stays_within(Call::Slides { source });
    }
    let overflow = OverflowRecord {
        slide: 1,
        what: "the paragraph under the headline".to_owned(),
        needs: 2_000,
        has: 1_000,
    };
    let tight = Tight {
        language: Language::Ru,
        slides: slides(),
        overflows: vec![overflow; 10],
    };
    assert!(scene.writer.shorten(&desk, &tight).await.is_err());
    scene.stays_within(Call::Shortening);
    let wish = Wish {
        brief: brief(),
        slides: slides(),
        at: 3,
        instruction: "ж".repeat(domain::limits::INSTRUCTION_CHARS),
    };
    assert!(scene.writer.rewrite(&desk, &wish).await.is_err());
    scene.stays_within(Call::Rewriting);
    let question = Question {
        words: brief().topic.as_str().to_owned(),
        language: Language::Ru,
    };
    assert!(scene.writer.answer(&desk, &question).await.is_err());
    scene.stays_within(Call::Answer);
    let day = Day {
        language: Language::Ru,
        user: "local".to_owned(),
        day: "2026-11-24".to_owned(),
    };
    assert!(scene.writer.wisdom(&desk, &day).await.is_err());
    scene.stays_within(Call::Wisdom);
}

fn question() -> Question {
    Question {
        words: "Why write tests?".to_owned(),
        language: Language::En,
    }
}

/// The reply claims to come from another model, which is free.
fn lies() -> Usage {
    Usage {
        model: "free-model".to_owned(),
        tokens_in: 1_000,
        tokens_out: 500,
        seconds: 0,
    }
}

#[tokio::test]
async fn calls_beyond_the_allowance_are_refused() {
    let scene = Scene::with(lies());
    let refused = scene
        .writer
        .answer(&scene.desk(Some(100)), &question())
        .await;
    assert!(matches!(refused, Err(Error::Budget(_))), "{refused:?}");
    assert!(scene.model.asked.lock().unwrap().is_empty());

    // Enough for the call but not for the repair of its reply.
    let unlimited = Scene::with(lies());
    let useless = unlimited
        .writer
        .answer(&unlimited.desk(None), &question())
        .await;
    assert!(
        matches!(useless, Err(Error::Model { retry: None, .. })),
        "{useless:?}"
    );
    let bound = Size::of_ask(&unlimited.model.asked.lock().unwrap()[0]);
    let enough = bound.read + 2 * bound.written;
    let refused = scene
        .writer
        .answer(&scene.desk(Some(enough)), &question())
        .await;
    assert!(matches!(refused, Err(Error::Budget(_))), "{refused:?}");
    assert_eq!(scene.model.asked.lock().unwrap().len(), 1);
    // At the price of the called model: 1,000 input tokens at 1 and 500 output tokens at 2.
    assert_eq!(scene.errand.calls()[0].cost_micros, 2_000);
}

#[tokio::test]
async fn reply_without_usage_costs_the_upper_bound() {
    let scene = Scene::with(Usage::default());
    assert!(
        scene
            .writer
            .answer(&scene.desk(None), &question())
            .await
            .is_err()
    );
    let calls = scene.errand.calls();
    let asked = scene.model.asked.lock().unwrap();
    let bound = Size::of_ask(&asked[0]);
    assert_eq!(calls[0].cost_micros, bound.read + 2 * bound.written);
}
