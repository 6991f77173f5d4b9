//! Test data: one event of every type, with every field set.

use domain::Outcome;
use events::{CoreEvent, Timestamp, ai, analytics, carousel, gateway, orchestrator, persistence};

pub(crate) fn s(text: &str) -> String {
    text.to_owned()
}

pub(crate) fn noon() -> Timestamp {
    "2026-11-24T12:00:00.250Z".parse().expect("a moment")
}

pub(crate) fn sample_events() -> Vec<CoreEvent> {
    let mut facts = gateway_events();
    facts.extend(carousel_events());
    facts.extend(later_carousel_events());
    facts.extend(ai_events());
    facts.extend(persistence_events());
    facts.extend(analytics_events());
    facts.extend(orchestrator_events());
    facts
}

pub(crate) fn gateway_events() -> Vec<CoreEvent> {
    vec![
        gateway::UserMessageReceived {
            user: s("tg-7"),
            chat: -1_001_234_567_890,
            message: 42,
            kind: gateway::MessageKind::Text,
            length: 18,
        }
        .into(),
        gateway::CommandExecuted { command: s("start"), success: true, duration_ms: 12 }.into(),
        gateway::UserSessionCreated { session: s("tg-7-1"), user: s("tg-7") }.into(),
        gateway::BotResponseSent { kind: s("text"), success: true }.into(),
    ]
}

fn carousel_events() -> Vec<CoreEvent> {
    vec![
        carousel::CarouselGenerateRequested {
            topic: s("Почему тесты важны"),
            slides: 7,
            style: s("aurora"),
            format: s("4x5"),
            language: s("ru"),
            source: s("cli"),
        }
        .into(),
        carousel::CarouselContentAnalyzed {
            title: s("Тесты дают смелость"),
            principles: vec![s("Сначала тест")],
            quotes: vec![],
            concepts: vec![s("регрессия")],
            keywords: vec![s("тесты")],
            tokens: 0,
            cost_micros: Some(0),
        }
        .into(),
    ]
}

/// The carousel events after the analysis.
fn later_carousel_events() -> Vec<CoreEvent> {
    vec![
        carousel::CarouselSlidesGenerated {
            slide_count: 7,
            revision: 1,
            tokens: 0,
            provider: s("offline"),
            cost_micros: Some(0),
        }
        .into(),
        carousel::CarouselImagesRendered {
            count: 7,
            bytes: 1_092_000,
            duration_ms: 80,
            format: s("4x5"),
        }
        .into(),
        carousel::CarouselCompleted {
            outcome: Outcome::Delivered,
            reason: s(""),
            duration_ms: 1_900,
            tokens: Some(0),
            cost_micros: Some(0),
        }
        .into(),
    ]
}

fn ai_events() -> Vec<CoreEvent> {
    vec![
        ai::AiContentRequested { purpose: s("analyse"), provider: s("offline"), model: s("") }
            .into(),
        ai::AiAnalysisCompleted { tokens: 812, duration_ms: 2_400 }.into(),
        ai::AiTipGenerated { category: s("focus"), source: s("notes") }.into(),
    ]
}

fn persistence_events() -> Vec<CoreEvent> {
    vec![
        persistence::UserCreated { user: s("tg-7"), changed_fields: vec![s("language")] }.into(),
        persistence::UserUpdated { user: s("tg-7"), changed_fields: vec![s("theme")] }.into(),
        persistence::SessionSaved { session: s("tg-7-1"), expires_at: noon() }.into(),
        persistence::HistoryLogged { action: s("edit") }.into(),
        persistence::CarouselSaved { carousel: s("carousel-cli-1"), revision: 1 }.into(),
        persistence::CarouselDeliveryResolved {
            carousel: s("carousel-cli-1"),
            generation: 2,
            outcome: Outcome::Delivered,
        }
        .into(),
    ]
}

fn analytics_events() -> Vec<CoreEvent> {
    vec![
        analytics::MetricsCollected { counters: [(s("carousels_total"), 3)].into() }.into(),
        analytics::HealthChecked { component: s("database"), status: s("ok"), latency_ms: 1 }
            .into(),
        analytics::AlertTriggered {
            component: s("ai"),
            severity: s("critical"),
            reason: s("no provider answers"),
        }
        .into(),
        analytics::UserInteractionTracked { action: s("again") }.into(),
    ]
}

pub(crate) fn orchestrator_events() -> Vec<CoreEvent> {
    let (workflow_id, run_id) = (s("carousel-cli-1"), s("run-1"));
    vec![
        orchestrator::WorkflowStarted { workflow_id: workflow_id.clone(), run_id: run_id.clone() }
            .into(),
        orchestrator::WorkflowStepCompleted {
            workflow_id: workflow_id.clone(),
            run_id: run_id.clone(),
            step: s("open"),
            outcome: s("completed"),
        }
        .into(),
        orchestrator::WorkflowCompleted {
            workflow_id: workflow_id.clone(),
            run_id,
            outcome: s("delivered"),
        }
        .into(),
        orchestrator::EventRouted { event_id: s("their-1"), target_workflow_id: workflow_id }
            .into(),
    ]
}
