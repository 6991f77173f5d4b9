//! Tests of payloads in histories: a change of their JSON must fail here before it breaks running
//! carousels, and payloads of older and newer versions must decode.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod chats;

use domain::{
    CarouselStage, Offer, Outcome,
    failure::{FailureKind, ModelFailure},
    record::{Citation, OverflowRecord},
};
use domain::{
    failure::ModelProblem,
    record::{
        AnalysisRecord, BlobRecord, BrandRecord, BriefRecord, DraftRecord, SideRecord, SlideRecord,
        VersusRowRecord,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use workflows::{
    carousel::{
        AbandonInput, AnalyzeInput, CarouselAbandoned, CarouselDelivered, CarouselInput,
        CarouselOpened, CarouselProgress, CarouselRendered, CarouselResult, CompleteInput,
        Completed, DeliverInput, DiscardDraftInput, DraftSaved, FetchInput, OpenInput, RenderInput,
        SaveDraftInput, ShortenInput, SlidesShortened, SlidesWritten, SourceMaterial, SourceRead,
        TopicAnalyzed, TranscribeInput, WriteInput,
    },
    destination::DestinationRecord,
    edit::{RewriteInput, SlideRewritten},
    maintenance::{
        BlobsCollected, CollectInput, CursorRecord, FindLostInput, LostCarousel, LostFound,
        LostReconciled, PruneInput, RaiseAlertInput, ReconcileLostInput, ReconcileResult,
        ReconciledCarousel, StuckCarousel, TablesPruned,
    },
    model_calls::{CallsMade, ModelCall, Overflows, UsageRecord},
    questions::{
        AdmitInput, AnswerInput, AnswerRequest, AnswerResult, DailyTip, DailyTipInput,
        DailyTipRequest, DailyTipResult, QuestionAnswered, RecordInput, RequestAdmitted,
        RequestKind,
    },
    webhook::{WebhookCall, WebhookCalls, WebhookEvent, WebhookEventKind},
};

mod activities_doc;
mod broadcasts;
mod names;
mod privacy;

/// One of each payload, with every field set.
fn payloads() -> Vec<(&'static str, Value)> {
    let mut all = of_carousels();
    all.extend(of_writing());
    all.extend(of_requests());
    all.extend(chats::of_revisions());
    all.extend(broadcasts::payloads());
    all.extend(privacy::payloads());
    all
}

fn all_payloads() -> serde_json::Map<String, Value> {
    let all = payloads().into_iter().chain(of_maintenance()).chain(chats::of_chats());
    all.map(|(name, json)| (name.to_owned(), json)).collect()
}

fn of_carousels() -> Vec<(&'static str, Value)> {
    let (brief, analysis, draft) = (brief(), analysis(), draft());
    let calls = vec![call()];
    let result = CarouselResult {
        outcome: Some(Outcome::Delivered),
        reason: s("why"),
        provider: s("offline"),
        slides: 3,
        folder: s("/out"),
        files: vec![s("slide-01.jpg")],
        offer: Offer::Offline,
    };
    let rendered = CarouselRendered {
        pictures: vec![blob()],
        reused: 1,
        requested_at: 1,
        started_at: 1,
        finished_at: 2,
        backend: s("cpu"),
    };
    let destination = DestinationRecord::folder("/out");
    vec![
        named(CarouselInput {
            user: s("local"),
            brief: brief.clone(),
            destination: destination.clone(),
            cause: s("e-0"),
            offline: true,
            review_seconds: 86_400,
            documents: true,
            lists_topic: true,
        }),
        named(result.clone()),
        named(CarouselProgress {
            stage: Some(CarouselStage::Drawing),
            done: 4,
            total: 7,
            cancellable: true,
            provider: s("offline"),
            outcome: Some(Outcome::Failed),
            reason: s("why"),
        }),
        named(OpenInput { user: s("local"), brief, cause: s("e-0"), offline: true }),
        named(CarouselOpened {
            providers: vec![s("offline")],
            settled: Some(result.clone()),
            brand: Some(brand()),
            allowance: Some(62_640),
            admits: true,
        }),
        named(SaveDraftInput {
            revision: 1,
            provider: s("offline"),
            analysis,
            draft: draft.clone(),
            intent: s("tg-1-6"),
            calls: calls.clone(),
            source: Some(SourceRead {
                topic: s("t"),
                text: format!("{}.txt", "ab".repeat(32)),
                language: s("ru"),
            }),
        }),
        named(DraftSaved {
            provider: s("offline"),
            stored: Some(draft.clone()),
            allowance: Some(22_800),
        }),
        named(RenderInput {
            theme: s("aurora"),
            format: s("4x5"),
            image: s("jpeg"),
            language: s("ru"),
            slides: draft.slides,
            brand: Some(brand()),
        }),
        named(rendered.clone()),
        named(DeliverInput {
            carousel: s("carousel-cli-1"),
            revision: 1,
            generation: 2,
            destination,
            pictures: vec![blob()],
            usage: Some(usage()),
            backend: s("cpu"),
        }),
        named(CarouselDelivered {
            outcome: Some(Outcome::Delivered),
            reason: s("why"),
            folder: s("/out"),
            files: vec![s("slide-01.jpg")],
        }),
        named(CompleteInput {
            revision: 1,
            rendered,
            outcome: Some(Outcome::Delivered),
            reason: s("why"),
            calls: calls.clone(),
        }),
        named(Completed { settled: Some(result), webhooks: Some(webhooks()) }),
        named(CarouselAbandoned { webhooks: Some(webhooks()) }),
        named(WebhookCall {
            user: s("api-shop"),
            hook: s("0123456789ab"),
            event: webhooks().event,
        }),
        named(DiscardDraftInput { revision: 1 }),
        named(AbandonInput {
            outcome: Some(Outcome::Failed),
            reason: s("why"),
            stage: Some(CarouselStage::Drawing),
            calls,
            kind: FailureKind::SlideRefused,
        }),
    ]
}

fn webhooks() -> WebhookCalls {
    let event = WebhookEvent {
        id: s("carousel-api-1-end"),
        kind: Some(WebhookEventKind::Completed),
        at: 1,
        carousel: s("carousel-api-1"),
        outcome: Some(Outcome::Failed),
        revision: 2,
        failure: FailureKind::SlideRefused,
    };
    WebhookCalls { user: s("api-shop"), hooks: vec![s("0123456789ab")], event }
}

fn of_maintenance() -> Vec<(&'static str, Value)> {
    let cursor = CursorRecord { at_micros: 1, id: s("carousel-cli-1") };
    let stuck = StuckCarousel { carousel: s("carousel-cli-1"), since: 1, attempts: 9 };
    let lost = LostCarousel { carousel: s("carousel-cli-1"), why: s("terminated") };
    vec![
        named(FindLostInput { after: Some(cursor.clone()), limit: 100 }),
        named(LostFound {
            looked_at: 3,
            lost: vec![lost.clone()],
            stuck: vec![stuck.clone()],
            next: Some(cursor),
        }),
        named(ReconcileLostInput { carousel: lost.carousel.clone(), why: lost.why }),
        named(LostReconciled {
            outcome: Some(Outcome::Failed),
            destination: Some(
                DestinationRecord::telegram(domain::ChatId::new(1), None, domain::Language::Ru)
                    .replying_to(7),
            ),
            webhooks: None,
        }),
        named(RaiseAlertInput { stuck: vec![stuck.clone()] }),
        named(ReconcileResult {
            looked_at: 3,
            settled: vec![ReconciledCarousel {
                carousel: lost.carousel,
                outcome: Some(Outcome::Failed),
            }],
            stuck: vec![stuck.carousel],
        }),
        named(CollectInput { grace_hours: 24 }),
        named(BlobsCollected {
            seen: 6,
            referenced: 5,
            condemned: 4,
            restored: 3,
            deleted: 2,
            problems: 1,
        }),
        named(PruneInput { keep_days: 7 }),
        named(TablesPruned {
            events: 3,
            updates: 2,
            sessions: 1,
            carousels: 4,
            deliveries: 5,
            usage: 6,
            people: 7,
        }),
    ]
}

/// Payloads of the ai pool.
fn of_writing() -> Vec<(&'static str, Value)> {
    let (brief, analysis, draft) = (brief(), analysis(), draft());
    let (calls, slides) = (vec![call()], draft.slides.clone());
    vec![
        named(FetchInput { link: s("https://example.org/post") }),
        named(TranscribeInput {
            provider: s("openai"),
            voice: format!("{}.ogg", "ab".repeat(32)),
            language: s("ru"),
            allowance: Some(62_640),
        }),
        named(SourceMaterial {
            topic: s("t"),
            text: format!("{}.txt", "ab".repeat(32)),
            language: s("ru"),
            calls: calls.clone(),
        }),
        named(AnalyzeInput {
            provider: s("offline"),
            brief: brief.clone(),
            allowance: Some(62_640),
        }),
        named(TopicAnalyzed { analysis: analysis.clone(), calls: calls.clone() }),
        named(WriteInput {
            provider: s("offline"),
            brief: brief.clone(),
            analysis,
            again: true,
            allowance: Some(62_640),
        }),
        named(SlidesWritten { draft, calls: calls.clone(), frame: s("myths") }),
        named(Overflows { overflows: vec![overflow()] }),
        named(ShortenInput {
            provider: s("openai"),
            language: s("ru"),
            slides: slides.clone(),
            overflows: vec![overflow()],
            allowance: Some(62_640),
        }),
        named(SlidesShortened { slides: slides.clone(), calls: calls.clone() }),
        named(RewriteInput {
            provider: s("openai"),
            brief,
            slides: slides.clone(),
            slide: 1,
            instruction: s("shorter"),
            allowance: Some(62_640),
        }),
        named(SlideRewritten { slide: slides[0].clone(), calls: calls.clone() }),
        named(CallsMade { calls, model: Some(Box::new(model_failure())) }),
    ]
}

/// Payloads of questions and daily tips.
fn of_requests() -> Vec<(&'static str, Value)> {
    let calls = vec![call()];
    vec![
        named(AnswerRequest {
            user: s("local"),
            question: s("q"),
            language: s("ru"),
            cause: s("e-0"),
            offline: true,
        }),
        named(AnswerInput {
            provider: s("openai"),
            question: s("q"),
            language: s("ru"),
            allowance: Some(9_000),
        }),
        named(QuestionAnswered {
            text: s("a"),
            covered: true,
            citations: vec![citation()],
            calls: calls.clone(),
        }),
        named(AnswerResult {
            text: s("a"),
            covered: true,
            citations: vec![citation()],
            provider: s("openai"),
            offer: Offer::Offline,
            model: Some(Box::new(model_failure())),
        }),
        named(DailyTipRequest {
            user: s("local"),
            language: s("ru"),
            day: s("2026-11-24"),
            by_model: true,
            cause: s("e-0"),
        }),
        named(DailyTipInput {
            provider: s("openai"),
            language: s("ru"),
            user: s("local"),
            day: s("2026-11-24"),
            allowance: Some(9_000),
        }),
        named(DailyTip {
            text: s("t"),
            category: s("maxim"),
            source: s("who"),
            calls: calls.clone(),
        }),
        named(DailyTipResult {
            text: s("t"),
            category: s("maxim"),
            source: s("who"),
            provider: s("openai"),
            offer: Offer::Offline,
            model: Some(Box::new(model_failure())),
        }),
        named(AdmitInput { user: s("local"), key: s("tg-81-7"), work: RequestKind::Answer }),
        named(RequestAdmitted {
            providers: vec![s("openai")],
            allowance: Some(9_000),
            settles: true,
        }),
        named(RecordInput {
            user: s("local"),
            calls,
            category: s("maxim"),
            source: s("who"),
            cause: s("e-0"),
            key: s("tg-1-2"),
        }),
    ]
}

#[test]
fn payload_json_is_unchanged() {
    let all = all_payloads();
    // Sorted, because the map order depends on the features of serde_json in this build.
    insta::with_settings!({sort_maps => true}, {
        insta::assert_json_snapshot!(all);
    });
}

/// Writes a payload, reads it back, and reads it as older and newer versions would write it.
#[expect(clippy::needless_pass_by_value, reason = "it reads better where it is called")]
fn named<T>(payload: T) -> (&'static str, Value)
where
    T: Serialize + DeserializeOwned + Default + PartialEq + std::fmt::Debug,
{
    let name = std::any::type_name::<T>().rsplit("::").next().unwrap();
    let json = serde_json::to_value(&payload).unwrap();
    assert_eq!(serde_json::from_value::<T>(json.clone()).unwrap(), payload, "{name}");

    // A newer version added a field, then we were rolled back.
    let mut newer = json.clone();
    newer["added_later"] = json!({"by": "somebody"});
    assert_eq!(serde_json::from_value::<T>(newer).unwrap(), payload, "{name}");

    // An older version had none of the fields, then we were upgraded.
    assert_eq!(serde_json::from_value::<T>(json!({})).unwrap(), T::default(), "{name}");
    (name, json)
}

fn model_failure() -> ModelFailure {
    ModelFailure {
        provider: s("openai"),
        problem: ModelProblem::BusyTooLong,
        status: 429,
        code: s("rate_limit_exceeded"),
        wait_seconds: 600,
        attempt: 2,
        nearest_notes: vec![],
    }
}

fn brief() -> BriefRecord {
    BriefRecord {
        topic: s("Почему тесты важны"),
        text: format!("{}.txt", "ab".repeat(32)),
        link: s("https://example.org/post"),
        voice: format!("{}.ogg", "ab".repeat(32)),
        titled: true,
        language: s("ru"),
        language_from_source: true,
        slides: 7,
        theme: s("aurora"),
        format: s("4x5"),
        image: s("jpeg"),
        questions: false,
    }
}

fn analysis() -> AnalysisRecord {
    AnalysisRecord {
        title: s("t"),
        audience: s("a"),
        angle: s("g"),
        frame: s("steps"),
        principles: vec![s("p")],
        quotes: vec![s("q")],
        concepts: vec![s("c")],
        keywords: vec![s("k")],
        risks: vec![s("r")],
        notes: vec![s("n")],
    }
}

fn draft() -> DraftRecord {
    let side = |label: &str| Some(SideRecord { label: s(label), text: s("x") });
    DraftRecord {
        slides: vec![SlideRecord {
            kind: s("title"),
            title: s("t"),
            body: s("b"),
            items: vec![s("i")],
            marker: s("checked"),
            attribution: s("who"),
            cover: s("question"),
            before: side("before"),
            after: side("after"),
            polarity: s("neutral"),
            rows: vec![VersusRowRecord { aspect: s("a"), first: s("b"), second: s("c") }],
            code: s("let x;"),
            code_language: s("rust"),
            emoji: s("🚀"),
            alt: s("alt"),
            note: s("tests"),
        }],
        caption: s("c"),
        hashtags: vec![s("h")],
    }
}

fn call() -> ModelCall {
    ModelCall {
        purpose: s("analysis"),
        provider: s("offline"),
        model: s("m"),
        prompt: s("analyze_topic@1"),
        started_at: 1,
        finished_at: 2,
        tokens_in: 3,
        tokens_out: 4,
        cost_micros: 5,
        fault: s("timeout"),
        service_failed: true,
    }
}

fn usage() -> UsageRecord {
    UsageRecord { calls: 1, tokens_in: 3, tokens_out: 4, cost_micros: 5 }
}

fn citation() -> Citation {
    Citation { note: s("tests"), title: s("t") }
}

fn overflow() -> OverflowRecord {
    OverflowRecord { slide: 2, what: s("body"), needs: 900, has: 600 }
}

fn brand() -> BrandRecord {
    BrandRecord {
        handle: s("bible.vibe_coder"),
        name: s("Вайб Кодер"),
        accent: s("#ff8800"),
        avatar: s("ab.png"),
    }
}

fn blob() -> BlobRecord {
    BlobRecord { key: format!("{}.jpg", "ab".repeat(32)), bytes: 9 }
}

fn s(text: &str) -> String {
    text.to_owned()
}
