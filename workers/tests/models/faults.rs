//! Every failure of a model server, and how a carousel ends. This test keeps the table in
//! docs/model-faults.md up to date.

use domain::Language;
use serde_json::json;
use testkit::{Act, Peer, Reservation, Wire, author, envelope};

use crate::{TOPIC, asking, make, topic};

/// A failure, and how a carousel ends if all of its calls fail this way.
struct Fault {
    name: &'static str,
    class: &'static str,
    attempts: usize,
    /// Calls per attempt: an unusable reply gets one repair call.
    calls: usize,
    act: fn(Wire) -> Act,
    told: &'static str,
}

const FAULTS: [Fault; 14] = [
    Fault {
        name: "429 with `Retry-After: 1`",
        class: "retryable",
        attempts: 3,
        calls: 1,
        act: |wire| {
            refusal(
                wire,
                429,
                "rate_limit_exceeded",
                "rate_limit_error",
                Some("1"),
            )
        },
        told: "it is busy: too many requests",
    },
    Fault {
        name: "429 with `Retry-After: 600`",
        class: "permanent",
        attempts: 1,
        calls: 1,
        act: |wire| {
            refusal(
                wire,
                429,
                "rate_limit_exceeded",
                "rate_limit_error",
                Some("600"),
            )
        },
        told: "it is busy and asks to wait 10 minutes",
    },
    Fault {
        name: "quota or credit used up",
        class: "permanent",
        attempts: 1,
        calls: 1,
        act: |wire| refusal(wire, 429, "insufficient_quota", "billing_error", None),
        told: "its quota is used up: an operator has to check the billing",
    },
    Fault {
        name: "401, a bad key",
        class: "permanent",
        attempts: 1,
        calls: 1,
        act: |wire| refusal(wire, 401, "invalid_api_key", "authentication_error", None),
        told: "it rejects our API key: an operator has to check it",
    },
    Fault {
        name: "404, no such model",
        class: "permanent",
        attempts: 1,
        calls: 1,
        act: |wire| refusal(wire, 404, "model_not_found", "not_found_error", None),
        told: "it has no such model or address: an operator has to check it",
    },
    Fault {
        name: "content refused",
        class: "permanent",
        attempts: 1,
        calls: 1,
        act: |wire| refusal(wire, 400, "content_filter", "content_filter", None),
        told: "the model refused to write about this: try other words",
    },
    Fault {
        name: "500 with a numeric `code`",
        class: "ambiguous",
        attempts: 3,
        calls: 1,
        act: |_| {
            Act::Answer(
                500,
                vec![],
                json!({"error": {"message": "m", "code": 42}}).to_string(),
            )
        },
        told: "the service failed (500) [42]",
    },
    Fault {
        name: "503",
        class: "retryable",
        attempts: 3,
        calls: 1,
        act: |wire| refusal(wire, 503, "", "", None),
        told: "the service failed (503)",
    },
    Fault {
        name: "502 with an HTML page",
        class: "ambiguous",
        attempts: 3,
        calls: 1,
        act: |_| page(502),
        told: "the service failed (502)",
    },
    Fault {
        name: "200 with an HTML page",
        class: "ambiguous",
        attempts: 3,
        calls: 1,
        act: |_| page(200),
        told: "the answer is not from a model service: is the address right?",
    },
    Fault {
        name: "the connection closes without an answer",
        class: "ambiguous",
        attempts: 3,
        calls: 1,
        act: |_| Act::Drop,
        told: "the connection broke in the middle of the answer",
    },
    Fault {
        name: "a truncated body",
        class: "ambiguous",
        attempts: 3,
        calls: 1,
        act: |wire| Act::Half(envelope(wire, "{}")),
        told: "the connection broke in the middle of the answer",
    },
    Fault {
        name: "no answer (here within 1 s)",
        class: "ambiguous",
        attempts: 3,
        calls: 1,
        act: |_| Act::Hang,
        told: "no answer within 1 s",
    },
    Fault {
        name: "invalid or truncated JSON",
        class: "permanent",
        attempts: 1,
        calls: 2,
        act: |_| Act::Say(r#"Sure! {"title":"Why te"#.to_owned()),
        told: "its reply can't be used, even after a repair",
    },
];

/// Not in the table above, because no server counts the calls.
const NOBODY: (&str, &str, usize, &str) = (
    "no server at the address",
    "retryable",
    3,
    "the service can't be reached",
);

fn refusal(wire: Wire, status: u16, code: &str, kind: &str, pause: Option<&str>) -> Act {
    let body = match wire {
        Wire::OpenAi => json!({"error": {"message": "sk-secret", "type": kind, "code": code}}),
        Wire::Anthropic => {
            json!({"type": "error", "error": {"type": kind, "message": "sk-secret"}})
        }
    };
    let headers = pause.map(|pause| ("retry-after", pause.to_owned()));
    Act::Answer(status, headers.into_iter().collect(), body.to_string())
}

fn page(status: u16) -> Act {
    let html = vec![("content-type", "text/html".to_owned())];
    Act::Answer(status, html, "<html><h1>nginx</h1></html>".to_owned())
}

async fn assert_failures_end_as_documented(wire: Wire, name: &str) {
    for fault in &FAULTS {
        let peer = Peer::start(wire).await;
        let house = asking(&[&peer]).env("AI_CALL_SECONDS", "1").start().await;

        // Every call fails.
        peer.otherwise((fault.act)(wire));
        let result = make(&house, "for-ever", topic(TOPIC), Language::En).await;
        let case = format!("{name}, {}: {}", fault.name, result.reason);
        assert_eq!(result.outcome, "failed", "{case}");
        let told = format!("analysing failed: {name}: {}", fault.told);
        assert!(result.reason.starts_with(&told), "{case}");
        assert!(!result.reason.contains("sk-secret"), "{case}");
        assert_eq!(peer.calls(), fault.attempts * fault.calls, "{case}");
        assert_eq!(result.offer, "offline", "{case}");

        // One call fails. Failures that a retry or a repair can fix cost one extra call.
        peer.reset();
        peer.otherwise(Act::Write(Language::En));
        peer.script([(fault.act)(wire)]);
        let result = make(&house, "once", topic(TOPIC), Language::En).await;
        let case = format!("{name}, {} once: {}", fault.name, result.reason);
        if fault.attempts * fault.calls > 1 {
            assert_eq!(result.outcome, "delivered", "{case}");
            assert_eq!(peer.calls(), 3, "{case}");
        } else {
            assert_eq!(
                (result.outcome.as_str(), peer.calls()),
                ("failed", 1),
                "{case}"
            );
        }
    }
}

#[tokio::test]
async fn openai_failures_end_as_documented() {
    assert_failures_end_as_documented(Wire::OpenAi, "openai").await;
}

#[tokio::test]
async fn anthropic_failures_end_as_documented() {
    assert_failures_end_as_documented(Wire::Anthropic, "anthropic").await;
}

#[tokio::test]
async fn model_writes_both_languages_with_two_calls() {
    for (wire, name) in [(Wire::OpenAi, "openai"), (Wire::Anthropic, "anthropic")] {
        let peer = Peer::start(wire).await;
        let house = asking(&[&peer]).start().await;
        for (language, words) in [(Language::En, TOPIC), (Language::Ru, "Почему тесты важны")]
        {
            peer.reset();
            peer.otherwise(Act::Write(language));
            let result = make(&house, language.name(), topic(words), language).await;
            assert_eq!(result.outcome, "delivered", "{name}: {}", result.reason);
            assert_eq!((result.provider.as_str(), peer.calls()), (name, 2));
        }
    }
}

/// A server that restarts is retried: `trouble` sets the pauses of 5 and 25 s.
#[tokio::test]
async fn unreachable_server_is_retried_then_reported() {
    let reserved = Reservation::of(1);
    let address = format!("http://127.0.0.1:{}/v1", reserved.port(0));
    let house = testkit::House::build()
        .env("OPENAI_BASE_URL", address.clone())
        .start()
        .await;
    let ending = make(&house, "absent", topic(TOPIC), Language::En);
    let result = ending.await;
    let told = format!("analysing failed: openai: {}", NOBODY.3);
    assert_eq!((result.outcome.as_str(), result.reason), ("failed", told));
}

#[test]
fn documented_table_matches() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/model-faults.md");
    let page = std::fs::read_to_string(page).unwrap();
    let row = |name: &str, class: &str, attempts: usize, calls: usize, told: &str| {
        let calls = if calls == 1 {
            String::new()
        } else {
            format!(", {calls} calls each")
        };
        format!("| {name} | {class} | {attempts}{calls} | {told} |")
    };
    let rows = FAULTS
        .iter()
        .map(|f| row(f.name, f.class, f.attempts, f.calls, f.told));
    let all = rows.chain([row(NOBODY.0, NOBODY.1, NOBODY.2, 1, NOBODY.3)]);
    let missing: Vec<String> = all.filter(|row| !page.contains(row)).collect();
    assert!(
        missing.is_empty(),
        "docs/model-faults.md lacks\n{}",
        missing.join("\n")
    );
}

#[test]
fn fake_model_follows_the_schema() {
    let schema =
        json!({"type": "object", "properties": {"a": {"type": "string", "maxLength": 60}}});
    let written = author::write(&schema, Language::Ru);
    assert!(!written["a"].as_str().unwrap().is_empty());
}
