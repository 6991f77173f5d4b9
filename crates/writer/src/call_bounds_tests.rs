//! The upper bound of a call is known before it is made: the largest prompts stay within the
//! reserved bounds.

use domain::{
    Brief, Format, ImageKind, Language, LongText, Slide, SlideContent, SlideText, ThemeId, Topic,
    record::{AnalysisRecord, OverflowRecord},
};
use llm::{
    cost::TokenCount,
    language_model::{CallPurpose, ModelRequest},
};

use crate::{
    CallKind, DailyTipSubject, OverflowingSlides, Provider as _, QuestionInput, SlideEdit,
    scripted_caller::{ScriptedCaller, writer},
    text_limits,
};

type UnusableReplies = ScriptedCaller<fn(usize, &ModelRequest) -> String>;

/// A reply of the maximum length: `max_tokens` of Russian text.
fn unusable(_: usize, ask: &ModelRequest) -> String {
    "ж".repeat(2 * ask.schema.most_tokens() as usize)
}

/// Compares the call and its repair with their reserved bounds.
fn stays_within(caller: &UnusableReplies, call: CallKind) {
    let asked = caller.take_requests();
    let [first, repair] = asked.as_slice() else {
        panic!("{call:?}: asked {} times", asked.len());
    };
    assert_eq!(repair.purpose, CallPurpose::Repair);
    for (ask, bound) in [(first, call.size()), (repair, call.repair().unwrap())] {
        let size = TokenCount::of_request(ask);
        let within = size.input <= bound.input && size.output <= bound.output;
        assert!(within, "{call:?}, {:?}: {size:?}, not {bound:?}", ask.purpose);
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
        titled: false,
        language_from_source: false,
        language: Language::Ru.into(),
        slides: "10".parse().unwrap(),
        theme: ThemeId::default(),
        format: Format::Portrait,
        image: ImageKind::Jpeg,
        questions: false,
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
        notes: corpus.notes().iter().take(4).map(|note| note.id.clone()).collect(),
    }
}

fn slides() -> Vec<Slide> {
    let text = |chars| SlideText::parse(&"ж".repeat(chars)).unwrap();
    let slide = Slide::new(SlideContent::Principle {
        title: text(text_limits::TITLE),
        body: Some(text(text_limits::BODY)),
    });
    vec![slide; 10]
}

#[tokio::test]
async fn largest_prompts_stay_within_reserved_bounds() {
    let (writer, caller) = (writer(), UnusableReplies::new(unusable));
    let page = LongText::parse(&"слово ".repeat(3_300)).unwrap();
    for text in [None, Some(page)] {
        let source = text.is_some();
        let (brief, text) = (brief(), text.as_ref());
        assert!(writer.analyze(&caller, &brief, text).await.is_err());
        stays_within(&caller, CallKind::Analysis { source });
        let written = writer.write(&caller, &brief, text, &analysis()).await;
        assert!(written.is_err());
        stays_within(&caller, CallKind::Slides { source });
    }
    let overflow = OverflowRecord {
        slide: 1,
        what: "the paragraph under the headline".to_owned(),
        needs: 2_000,
        has: 1_000,
    };
    let tight = OverflowingSlides {
        language: Language::Ru.into(),
        slides: slides(),
        overflows: vec![overflow; 10],
    };
    assert!(writer.shorten(&caller, &tight).await.is_err());
    stays_within(&caller, CallKind::Shortening);
    let wish = SlideEdit {
        brief: brief(),
        slides: slides(),
        index: 3,
        instruction: "ж".repeat(domain::limits::INSTRUCTION_CHARS),
    };
    assert!(writer.rewrite(&caller, &wish).await.is_err());
    stays_within(&caller, CallKind::Rewriting);
    let question =
        QuestionInput { words: brief().topic.as_str().to_owned(), language: Language::Ru };
    assert!(writer.answer(&caller, &question).await.is_err());
    stays_within(&caller, CallKind::Answer);
    let day = DailyTipSubject {
        language: Language::Ru,
        user: "local".to_owned(),
        day: "2026-11-24".to_owned(),
    };
    assert!(writer.daily_tip(&caller, &day).await.is_err());
    stays_within(&caller, CallKind::DailyTip);
}
