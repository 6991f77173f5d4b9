//! [`ModelError`]: why a provider failed, and how each failure is handled; the same for every
//! provider. The clients make it of a server's answer, the writers of a reply that can't be used;
//! nothing wraps it on its way to the activity's failure.
//!
//! `docs/model-faults.md` contains this table; a test compares them.

use std::time::{Duration, SystemTime};

use domain::failure::{FailureKind, ModelFailure, ModelProblem};
use reqwest::{StatusCode, header::HeaderMap};
use serde_json::Value;

/// Longest `Retry-After` that is waited for; after a longer one the next provider is called.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// Pauses before retrying an unreachable server: half a minute in total, as long as a restart
/// takes.
const RESTART: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(25)];

/// Longest error code of a server that we repeat, in characters.
const CODE_CHARS: usize = 40;

/// Why a provider failed: a model's server, or our offline provider. The texts are for developers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelError {
    /// No connection could be made.
    Unreachable,
    /// No answer within this time.
    Timeout(Duration),
    /// The connection broke before the answer was complete.
    Broken,
    /// The answer is not from a model service: a web page, truncated JSON, or another service.
    Nonsense,
    /// The server refused the request.
    Refused(ModelRefusal),
    /// The model or its content filter refused the subject.
    Declined,
    /// The provider can't transcribe.
    Deaf,
    /// The provider can't do this, is not called, or its reply can't be used. The facts lack the
    /// provider and the attempt.
    Unable { failure: Box<ModelFailure>, reason: String },
    /// The provider is not the reason: the request is invalid, or may not cost more.
    Request { kind: FailureKind, reason: String },
}

/// A server's error answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelRefusal {
    pub status: u16,
    /// The server's error code, only letters, digits and `_`, so that it is safe to repeat.
    pub code: String,
    /// How long to wait, if the server says so.
    pub retry_after: Option<Duration>,
    /// Credit or quota is used up, which waiting does not fix.
    pub out_of_quota: bool,
    /// The subject is refused.
    pub content: bool,
    /// The input exceeds the model's context.
    pub too_long: bool,
    /// The server does not support the requested form of the reply.
    pub reply_form: bool,
}

/// Whether a retry may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Retryability {
    /// No effect, no cost: a retry may succeed.
    Retryable,
    /// A retry would fail the same way: the next provider is called.
    Permanent,
    /// The call may have been processed and charged. A retry does no harm.
    Ambiguous,
}

impl std::fmt::Display for ModelError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reason())
    }
}

impl std::error::Error for ModelError {}

impl ModelError {
    /// A failure that another attempt would repeat.
    pub fn unable(problem: ModelProblem, reason: impl Into<String>) -> Self {
        let failure = Box::new(ModelFailure { problem, ..ModelFailure::default() });
        Self::Unable { failure, reason: reason.into() }
    }

    /// An invalid request.
    pub fn input(reason: impl Into<String>) -> Self {
        Self::Request { kind: FailureKind::InvalidInput, reason: reason.into() }
    }

    /// The kind of the activity's failure.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Request { kind, .. } => *kind,
            Self::Unreachable
            | Self::Timeout(_)
            | Self::Broken
            | Self::Nonsense
            | Self::Refused(_)
            | Self::Declined
            | Self::Deaf
            | Self::Unable { .. } => match self.retryability() {
                Retryability::Permanent => FailureKind::ProviderFailed,
                Retryability::Retryable | Retryability::Ambiguous => FailureKind::Unavailable,
            },
        }
    }

    fn retryability(&self) -> Retryability {
        match self {
            Self::Unreachable => Retryability::Retryable,
            Self::Timeout(_) | Self::Broken | Self::Nonsense => Retryability::Ambiguous,
            Self::Refused(refusal) => refusal.retryability(),
            Self::Declined | Self::Deaf | Self::Unable { .. } | Self::Request { .. } => {
                Retryability::Permanent
            }
        }
    }

    /// Whether the call may be charged: it was processed, or its answer was lost.
    pub fn may_cost(&self) -> bool {
        match self {
            Self::Timeout(_) | Self::Broken | Self::Nonsense | Self::Declined => true,
            Self::Unreachable
            | Self::Deaf
            | Self::Refused(_)
            | Self::Unable { .. }
            | Self::Request { .. } => false,
        }
    }

    /// Whether it counts as a failure for the circuit breaker. Refusing our request does not.
    pub fn is_illness(&self) -> bool {
        match self {
            Self::Unreachable | Self::Timeout(_) | Self::Broken | Self::Nonsense => true,
            Self::Refused(refusal) => refusal.status >= 500 || refusal.status == 408,
            Self::Declined | Self::Deaf | Self::Unable { .. } | Self::Request { .. } => false,
        }
    }

    /// A short label for metrics and usage records.
    pub fn label(&self) -> String {
        match self {
            Self::Unreachable => "unreachable".to_owned(),
            Self::Timeout(_) => "timeout".to_owned(),
            Self::Broken => "broken".to_owned(),
            Self::Nonsense => "nonsense".to_owned(),
            Self::Declined => "declined".to_owned(),
            Self::Deaf => "deaf".to_owned(),
            Self::Refused(refusal) => format!("http {}", refusal.status),
            Self::Unable { .. } | Self::Request { .. } => self.kind().name().to_owned(),
        }
    }

    /// Of a server's answer it contains only the code.
    fn reason(&self) -> String {
        match self {
            Self::Unreachable => "the service can't be reached".to_owned(),
            Self::Timeout(limit) => format!("no answer within {} s", limit.as_secs()),
            Self::Broken => "the connection broke in the middle of the answer".to_owned(),
            Self::Nonsense => {
                "the answer is not from a model service: is the address right?".to_owned()
            }
            Self::Declined => "the model refused to write about this: try other words".to_owned(),
            Self::Deaf => "this provider can't listen to recordings".to_owned(),
            Self::Refused(refusal) => refusal.reason(),
            Self::Unable { reason, .. } | Self::Request { reason, .. } => reason.clone(),
        }
    }

    /// The failure of `provider` in attempt number `attempt`, as histories contain it; `None` if the
    /// provider is not the reason.
    pub fn failure(&self, provider: &str, attempt: u32) -> Option<Box<ModelFailure>> {
        let mut failure = match self {
            Self::Unable { failure, .. } => failure.clone(),
            Self::Refused(refusal) => Box::new(refusal.facts()),
            Self::Unreachable
            | Self::Timeout(_)
            | Self::Broken
            | Self::Nonsense
            | Self::Declined
            | Self::Deaf
            | Self::Request { .. } => Box::default(),
        };
        failure.problem = self.problem()?;
        provider.clone_into(&mut failure.provider);
        failure.attempt = attempt;
        Some(failure)
    }

    /// What went wrong with the provider; `None` if it is not the reason.
    pub fn problem(&self) -> Option<ModelProblem> {
        Some(match self {
            Self::Unreachable => ModelProblem::Unreachable,
            Self::Timeout(_) => ModelProblem::TimedOut,
            Self::Broken => ModelProblem::ConnectionBroken,
            Self::Nonsense => ModelProblem::NotAModelService,
            Self::Declined => ModelProblem::ContentRefused,
            Self::Deaf => ModelProblem::CannotListen,
            Self::Refused(refusal) => refusal.problem(),
            Self::Unable { failure, .. } => failure.problem,
            Self::Request { .. } => return None,
        })
    }

    /// How long to wait after attempt number `attempt`; `None` leaves it to the retry policy.
    pub fn pause(&self, attempt: u32) -> Option<Duration> {
        if self.retryability() == Retryability::Permanent {
            return None;
        }
        match self {
            Self::Unreachable => {
                let at = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
                RESTART.get(at).or(RESTART.last()).copied()
            }
            Self::Refused(refusal) => refusal.retry_after,
            Self::Timeout(_)
            | Self::Broken
            | Self::Nonsense
            | Self::Declined
            | Self::Deaf
            | Self::Unable { .. }
            | Self::Request { .. } => None,
        }
    }
}

impl ModelRefusal {
    /// What the answer says, without its problem.
    fn facts(&self) -> ModelFailure {
        let wait = self.retry_after.unwrap_or_default().as_secs();
        ModelFailure {
            status: self.status,
            code: self.code.clone(),
            wait_seconds: u32::try_from(wait).unwrap_or(u32::MAX),
            ..ModelFailure::default()
        }
    }

    fn retryability(&self) -> Retryability {
        if self.out_of_quota || self.content || self.too_long {
            return Retryability::Permanent;
        }
        if self.retry_after.is_some_and(|pause| pause > LONGEST_PAUSE) {
            return Retryability::Permanent;
        }
        match self.status {
            // Too many requests; overloaded; unavailable.
            429 | 503 | 529 => Retryability::Retryable,
            408 | 425 | 500..=599 => Retryability::Ambiguous,
            _ => Retryability::Permanent,
        }
    }

    fn problem(&self) -> ModelProblem {
        if self.out_of_quota {
            return ModelProblem::QuotaUsedUp;
        }
        if self.content {
            return ModelProblem::ContentRefused;
        }
        if self.too_long {
            return ModelProblem::InputTooLong;
        }
        if self.retry_after.is_some_and(|pause| pause > LONGEST_PAUSE) {
            return ModelProblem::BusyTooLong;
        }
        match self.status {
            401 => ModelProblem::KeyRefused,
            402 => ModelProblem::QuotaUsedUp,
            403 => ModelProblem::NotAllowed,
            404 => ModelProblem::ModelNotFound,
            // 529 is Anthropic's “overloaded”.
            429 | 529 => ModelProblem::Busy,
            300..=399 => ModelProblem::NotAModelService,
            408 | 500..=599 => ModelProblem::ServerError,
            _ => ModelProblem::Refused,
        }
    }

    fn reason(&self) -> String {
        if self.out_of_quota {
            return "its quota is used up: an operator has to check the billing".to_owned();
        }
        if self.content {
            return ModelError::Declined.reason();
        }
        if self.too_long {
            return "the text is too long for the model: send a part of it".to_owned();
        }
        if let Some(pause) = self.retry_after.filter(|pause| *pause > LONGEST_PAUSE) {
            let minutes = pause.as_secs().div_ceil(60);
            return format!("it is busy and asks to wait {minutes} minutes");
        }
        let said = match self.status {
            401 => "it rejects our API key: an operator has to check it".to_owned(),
            402 => "it requires payment: an operator has to check the billing".to_owned(),
            403 => "our API key lacks permission: an operator has to check it".to_owned(),
            404 => "it has no such model or address: an operator has to check it".to_owned(),
            429 => "it is busy: too many requests".to_owned(),
            status @ 300..=399 => {
                format!("it redirects ({status}): is the address right?")
            }
            status @ 500..=599 => format!("the service failed ({status})"),
            status => format!("it refuses the request ({status})"),
        };
        match self.code.as_str() {
            "" => said,
            code => format!("{said} [{code}]"),
        }
    }

    /// The error answer of any provider.
    pub(crate) fn of_answer(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let pause = retry_after(header("retry-after"), header("retry-after-ms"), SystemTime::now());
        Self::read(status.as_u16(), pause, body)
    }

    /// Unknown parts of the body are ignored.
    fn read(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let error = json.get("error").unwrap_or(&json);
        let field = |name: &str| match error.get(name) {
            Some(Value::String(text)) => text.clone(),
            // Some servers send a number where the specification has a string.
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let (code, kind, message) = (field("code"), field("type"), field("message"));
        let named = |names: &[&str]| names.iter().any(|n| code == *n || kind == *n);
        let message = message.to_lowercase();
        let speaks_of = |phrases: &[&str]| phrases.iter().any(|phrase| message.contains(phrase));
        Self {
            status,
            retry_after,
            out_of_quota: named(&[
                "insufficient_quota",
                "billing_error",
                "billing_hard_limit_reached",
            ]) || (status == 400 && speaks_of(&["credit balance"])),
            content: named(&[
                "content_filter",
                "content_policy_violation",
                "ResponsibleAIPolicyViolation",
            ]),
            too_long: status == 413
                || named(&[
                    "context_length_exceeded",
                    "request_too_large",
                    "exceed_context_size_error",
                ])
                || (status == 400 && speaks_of(&["prompt is too long"])),
            reply_form: matches!(status, 400 | 404 | 415 | 422 | 501)
                && (field("param").starts_with("response_format")
                    || speaks_of(&["response_format", "json_schema", "json schema"])),
            code: repeatable(if code.is_empty() { &kind } else { &code }),
        }
    }
}

/// A code that is safe in a message; anything else is dropped.
fn repeatable(code: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if code.chars().count() <= CODE_CHARS && code.chars().all(plain) {
        code.to_owned()
    } else {
        String::new()
    }
}

/// Parses `Retry-After` (seconds, or a date relative to `now`) and the finer `retry-after-ms`.
fn retry_after(
    seconds_or_date: Option<&str>,
    milliseconds: Option<&str>,
    now: SystemTime,
) -> Option<Duration> {
    let number =
        |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    // At most a year, so that it fits a duration.
    let bounded = |seconds: f64| Duration::from_secs_f64(seconds.min(31_536_000.0));
    if let Some(ms) = milliseconds.and_then(number) {
        return Some(bounded(ms / 1_000.0));
    }
    let text = seconds_or_date?;
    if let Some(seconds) = number(text) {
        return Some(bounded(seconds));
    }
    let date = chrono::DateTime::parse_from_rfc2822(text.trim()).ok()?;
    let date = SystemTime::from(date.with_timezone(&chrono::Utc));
    Some(date.duration_since(now).unwrap_or_default())
}

/// Whether the body was complete and not JSON: the library reports a truncated body with the same
/// kind of error.
fn is_about_json(error: &reqwest::Error) -> bool {
    std::error::Error::source(error).is_some_and(|cause| cause.is::<serde_json::Error>())
}

impl From<&reqwest::Error> for ModelError {
    fn from(error: &reqwest::Error) -> Self {
        if error.is_connect() {
            Self::Unreachable
        } else if error.is_timeout() {
            // Our own timeouts are reported by the code that sets them; this one is the HTTP
            // client's.
            Self::Timeout(Duration::ZERO)
        } else if error.is_decode() && is_about_json(error) {
            Self::Nonsense
        } else {
            Self::Broken
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(status: u16, body: &str) -> ModelError {
        ModelError::Refused(ModelRefusal::read(status, None, body.as_bytes()))
    }

    #[test]
    fn refusals_are_classified_and_described() {
        let openai = |code: &str| format!(r#"{{"error":{{"message":"m","code":"{code}"}}}}"#);
        let anthropic = |kind: &str, m: &str| {
            format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"{m}"}}}}"#)
        };
        for (status, body, class, words) in [
            (401, openai("invalid_api_key"), Retryability::Permanent, "rejects our API key"),
            (403, openai("forbidden"), Retryability::Permanent, "lacks permission"),
            (404, openai("model_not_found"), Retryability::Permanent, "no such model"),
            (429, openai("rate_limit_exceeded"), Retryability::Retryable, "busy"),
            (429, openai("insufficient_quota"), Retryability::Permanent, "quota is used up"),
            (400, openai("content_filter"), Retryability::Permanent, "try other words"),
            (400, openai("context_length_exceeded"), Retryability::Permanent, "send a part"),
            (400, openai("bad_request"), Retryability::Permanent, "refuses the request (400)"),
            (500, openai("x"), Retryability::Ambiguous, "failed (500)"),
            (503, "<html>".to_owned(), Retryability::Retryable, "failed (503)"),
            (529, anthropic("overloaded_error", "m"), Retryability::Retryable, "failed (529)"),
            (429, anthropic("rate_limit_error", "m"), Retryability::Retryable, "busy"),
            (
                400,
                anthropic("invalid_request_error", "Your credit balance is too low"),
                Retryability::Permanent,
                "quota is used up",
            ),
            (302, String::new(), Retryability::Permanent, "redirects"),
        ] {
            let error = refused(status, &body);
            assert_eq!(error.retryability(), class, "{status} {body}");
            assert!(error.reason().contains(words), "{}", error.reason());
        }
    }

    #[test]
    fn only_error_codes_of_servers_are_repeated() {
        let leaky = r#"{"error":{"message":"Incorrect key sk-123","code":"<b>sk-123</b>"}}"#;
        assert!(!refused(401, leaky).reason().contains("sk-123"));
        assert!(refused(500, r#"{"error":{"code":42}}"#).reason().ends_with("[42]"));
    }

    #[test]
    fn long_retry_after_is_permanent() {
        let busy = |seconds| {
            let pause = Some(Duration::from_secs(seconds));
            ModelError::Refused(ModelRefusal::read(429, pause, b""))
        };
        assert_eq!(busy(20).retryability(), Retryability::Retryable);
        assert_eq!(busy(20).pause(2), Some(Duration::from_secs(20)));
        let expected = ModelFailure {
            provider: "openai".to_owned(),
            problem: ModelProblem::Busy,
            status: 429,
            wait_seconds: 20,
            attempt: 2,
            ..ModelFailure::default()
        };
        assert_eq!(*busy(20).failure("openai", 2).unwrap(), expected);
        assert_eq!(busy(600).retryability(), Retryability::Permanent);
        assert_eq!(busy(600).reason(), "it is busy and asks to wait 10 minutes");
    }

    #[test]
    fn unreachable_server_is_retried_after_restart_pauses() {
        let pauses: Duration =
            (1..3).map(|attempt| ModelError::Unreachable.pause(attempt).unwrap()).sum();
        assert!(pauses >= Duration::from_secs(30));
    }

    #[test]
    fn retry_after_is_parsed_in_all_forms() {
        let now = SystemTime::UNIX_EPOCH;
        let read = |s, ms| retry_after(s, ms, now);
        assert_eq!(read(Some("7"), None), Some(Duration::from_secs(7)));
        assert_eq!(read(Some("7"), Some("1500")), Some(Duration::from_millis(1500)));
        assert_eq!(
            read(Some("Thu, 01 Jan 1970 00:00:30 GMT"), None),
            Some(Duration::from_secs(30))
        );
        for odd in ["", "soon", "-1", "NaN", "1e400"] {
            assert_eq!(read(Some(odd), None), None, "{odd}");
        }
    }

    proptest! {
        #[test]
        fn parsing_any_error_answer_does_not_panic(
            body in proptest::collection::vec(any::<u8>(), 0..200),
            header in "\\PC{0,20}",
            status in 300u16..600,
        ) {
            let pause = retry_after(Some(&header), Some(&header), SystemTime::UNIX_EPOCH);
            let reason = ModelError::Refused(ModelRefusal::read(status, pause, &body)).reason();
            prop_assert!(reason.chars().count() < 200);
        }
    }
}
