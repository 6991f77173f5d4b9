//! What can go wrong with a call, and what follows from it: one table, the same for every provider.
//! `docs/model-faults.md` is this table in words; a test holds them together.

use std::time::Duration;

use serde_json::Value;

use crate::error::Error;

/// Longest pause that a provider may ask for before the next one is asked instead.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// Pauses before another try of a server that is not there: together half a minute, which is what
/// a restart takes.
const RESTART: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(25)];

/// Longest error code of somebody else's that we repeat.
const CODE_CHARS: usize = 40;

/// What went wrong with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Nobody is there: no connection could be made.
    Unreachable,
    /// No answer came in time.
    Timeout(Duration),
    /// The connection broke before the answer was complete.
    Broken,
    /// An answer came that is none: a page, half a JSON, another service's.
    Nonsense,
    /// The server said no.
    Refused(Refusal),
    /// The model itself, or its owner's filter, would not speak about it.
    Declined,
    /// A recording was given to a provider that can't listen.
    Deaf,
}

/// How a server said no.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The server's own word for it: letters, digits and `_` only, so that it can be repeated.
    pub code: String,
    /// When to come back, where it said so.
    pub retry_after: Option<Duration>,
    /// Whether it says that money or a quota has run out, which no waiting mends.
    pub out_of_quota: bool,
    /// Whether it refuses to speak about the subject.
    pub content: bool,
    /// Whether there was more to read than the model can.
    pub too_long: bool,
}

/// Whether another attempt may end better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Nothing was done: another attempt costs nothing and may end better.
    Retryable,
    /// Another attempt ends the same: the next provider is asked.
    Permanent,
    /// It may have been done, and paid for, without our hearing of it. Asking again harms nobody.
    Ambiguous,
}

impl Trouble {
    /// What to do about it.
    pub fn class(&self) -> Class {
        match self {
            Self::Unreachable => Class::Retryable,
            Self::Timeout(_) | Self::Broken | Self::Nonsense => Class::Ambiguous,
            Self::Declined | Self::Deaf => Class::Permanent,
            Self::Refused(refusal) => refusal.class(),
        }
    }

    /// Whether the call may be on the bill all the same: something was read, or written and lost.
    pub fn may_cost(&self) -> bool {
        match self {
            Self::Timeout(_) | Self::Broken | Self::Nonsense | Self::Declined => true,
            Self::Unreachable | Self::Deaf | Self::Refused(_) => false,
        }
    }

    /// Whether it tells that the provider is ill, for its breaker. Saying no to us is no illness.
    pub fn is_illness(&self) -> bool {
        match self {
            Self::Unreachable | Self::Timeout(_) | Self::Broken | Self::Nonsense => true,
            Self::Declined | Self::Deaf => false,
            Self::Refused(refusal) => refusal.status >= 500 || refusal.status == 408,
        }
    }

    /// In a word, for metrics and the books.
    pub fn label(&self) -> String {
        match self {
            Self::Unreachable => "unreachable".to_owned(),
            Self::Timeout(_) => "timeout".to_owned(),
            Self::Broken => "broken".to_owned(),
            Self::Nonsense => "nonsense".to_owned(),
            Self::Declined => "declined".to_owned(),
            Self::Deaf => "deaf".to_owned(),
            Self::Refused(refusal) => format!("http {}", refusal.status),
        }
    }

    /// In words that a person understands. Nothing of what the server wrote is in them but its code.
    pub fn reason(&self) -> String {
        match self {
            Self::Unreachable => "the service can't be reached".to_owned(),
            Self::Timeout(limit) => format!("no answer within {} s", limit.as_secs()),
            Self::Broken => "the connection broke in the middle of the answer".to_owned(),
            Self::Nonsense => "what answered is no model service: is the address right?".to_owned(),
            Self::Declined => "the model would not write about this: try other words".to_owned(),
            Self::Deaf => "this provider can't listen to recordings".to_owned(),
            Self::Refused(refusal) => refusal.reason(),
        }
    }

    /// The failure of the activity whose `attempt`-th attempt this is.
    pub(crate) fn into_error(self, attempt: u32) -> Error {
        let reason = self.reason();
        match self.class() {
            Class::Permanent => Error::Provider(reason),
            Class::Retryable | Class::Ambiguous => Error::Unavailable {
                reason,
                retry_after: self.pause(attempt),
            },
        }
    }

    /// How long to wait; none leaves it to the policy.
    fn pause(&self, attempt: u32) -> Option<Duration> {
        match self {
            Self::Unreachable => {
                let at = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
                RESTART.get(at).or(RESTART.last()).copied()
            }
            Self::Refused(refusal) => refusal.retry_after,
            Self::Timeout(_) | Self::Broken | Self::Nonsense | Self::Declined | Self::Deaf => None,
        }
    }
}

impl Refusal {
    fn class(&self) -> Class {
        if self.out_of_quota || self.content || self.too_long {
            return Class::Permanent;
        }
        if self.retry_after.is_some_and(|pause| pause > LONGEST_PAUSE) {
            return Class::Permanent;
        }
        match self.status {
            // Too many requests; overloaded; not now.
            429 | 503 | 529 => Class::Retryable,
            408 | 425 | 500..=599 => Class::Ambiguous,
            _ => Class::Permanent,
        }
    }

    fn reason(&self) -> String {
        if self.out_of_quota {
            return "its quota is used up: an operator has to look at the bill".to_owned();
        }
        if self.content {
            return Trouble::Declined.reason();
        }
        if self.too_long {
            return "there is more to read than the model can: send a part of it".to_owned();
        }
        if let Some(pause) = self.retry_after.filter(|pause| *pause > LONGEST_PAUSE) {
            let minutes = pause.as_secs().div_ceil(60);
            return format!("it is busy and asks to wait {minutes} minutes");
        }
        let said = match self.status {
            401 => "it refuses our key: an operator has to look at it".to_owned(),
            402 => "it wants to be paid: an operator has to look at the bill".to_owned(),
            403 => "our key may not do this: an operator has to look at it".to_owned(),
            404 => "it has no such model or address: an operator has to look at it".to_owned(),
            429 => "it is busy: too many requests".to_owned(),
            status @ 300..=399 => {
                format!("it sends us elsewhere ({status}): is the address right?")
            }
            status @ 500..=599 => format!("the service has trouble ({status})"),
            status => format!("it refuses the request ({status})"),
        };
        match self.code.as_str() {
            "" => said,
            code => format!("{said} [{code}]"),
        }
    }

    /// Reads how a server said no, whichever provider it is. Whatever is in the body that we do
    /// not understand is nothing.
    pub fn read(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let error = json.get("error").unwrap_or(&json);
        let field = |name: &str| match error.get(name) {
            Some(Value::String(text)) => text.clone(),
            // Some servers put a number where the specification has a string.
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
            code: repeatable(if code.is_empty() { &kind } else { &code }),
        }
    }
}

/// A code that can stand in a message: whatever else a server puts there is left out.
fn repeatable(code: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if code.chars().count() <= CODE_CHARS && code.chars().all(plain) {
        code.to_owned()
    } else {
        String::new()
    }
}

/// Reads `Retry-After` (seconds, or a date, which is held against `now`) and the finer
/// `retry-after-ms`.
pub fn retry_after(
    seconds_or_date: Option<&str>,
    milliseconds: Option<&str>,
    now: std::time::SystemTime,
) -> Option<Duration> {
    let number = |text: &str| {
        text.trim()
            .parse::<f64>()
            .ok()
            .filter(|n| n.is_finite() && *n >= 0.0)
    };
    // A year is as good as for ever, and fits a duration.
    let bounded = |seconds: f64| Duration::from_secs_f64(seconds.min(31_536_000.0));
    if let Some(ms) = milliseconds.and_then(number) {
        return Some(bounded(ms / 1_000.0));
    }
    let text = seconds_or_date?;
    if let Some(seconds) = number(text) {
        return Some(bounded(seconds));
    }
    let date = chrono::DateTime::parse_from_rfc2822(text.trim()).ok()?;
    let date = std::time::SystemTime::from(date.with_timezone(&chrono::Utc));
    Some(date.duration_since(now).unwrap_or_default())
}

/// Whether a body came whole and was no JSON: one that broke off is told by the same kind of error.
fn is_about_json(error: &reqwest::Error) -> bool {
    std::error::Error::source(error).is_some_and(|cause| cause.is::<serde_json::Error>())
}

impl From<&reqwest::Error> for Trouble {
    fn from(error: &reqwest::Error) -> Self {
        if error.is_connect() {
            Self::Unreachable
        } else if error.is_timeout() {
            // Ours are told by whoever set them; this one is the HTTP client's own.
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
    use std::time::SystemTime;

    use super::*;
    use proptest::prelude::*;

    fn refused(status: u16, body: &str) -> Trouble {
        Trouble::Refused(Refusal::read(status, None, body.as_bytes()))
    }

    #[test]
    fn each_way_to_say_no_has_its_class_and_its_words() {
        let openai = |code: &str| format!(r#"{{"error":{{"message":"m","code":"{code}"}}}}"#);
        let anthropic = |kind: &str, m: &str| {
            format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"{m}"}}}}"#)
        };
        for (status, body, class, words) in [
            (
                401,
                openai("invalid_api_key"),
                Class::Permanent,
                "refuses our key",
            ),
            (
                403,
                openai("forbidden"),
                Class::Permanent,
                "may not do this",
            ),
            (
                404,
                openai("model_not_found"),
                Class::Permanent,
                "no such model",
            ),
            (429, openai("rate_limit_exceeded"), Class::Retryable, "busy"),
            (
                429,
                openai("insufficient_quota"),
                Class::Permanent,
                "quota is used up",
            ),
            (
                400,
                openai("content_filter"),
                Class::Permanent,
                "try other words",
            ),
            (
                400,
                openai("context_length_exceeded"),
                Class::Permanent,
                "send a part",
            ),
            (
                400,
                openai("bad_request"),
                Class::Permanent,
                "refuses the request (400)",
            ),
            (500, openai("x"), Class::Ambiguous, "has trouble (500)"),
            (
                503,
                "<html>".to_owned(),
                Class::Retryable,
                "has trouble (503)",
            ),
            (
                529,
                anthropic("overloaded_error", "m"),
                Class::Retryable,
                "trouble (529)",
            ),
            (
                429,
                anthropic("rate_limit_error", "m"),
                Class::Retryable,
                "busy",
            ),
            (
                400,
                anthropic("invalid_request_error", "Your credit balance is too low"),
                Class::Permanent,
                "quota is used up",
            ),
            (302, String::new(), Class::Permanent, "elsewhere"),
        ] {
            let trouble = refused(status, &body);
            assert_eq!(trouble.class(), class, "{status} {body}");
            assert!(trouble.reason().contains(words), "{}", trouble.reason());
        }
    }

    #[test]
    fn what_a_server_writes_is_repeated_only_where_it_is_a_code() {
        let leaky = r#"{"error":{"message":"Incorrect key sk-123","code":"<b>sk-123</b>"}}"#;
        assert!(!refused(401, leaky).reason().contains("sk-123"));
        assert!(
            refused(500, r#"{"error":{"code":42}}"#)
                .reason()
                .ends_with("[42]")
        );
    }

    #[test]
    fn a_long_pause_is_the_next_providers_chance() {
        let busy = |seconds| {
            let pause = Some(Duration::from_secs(seconds));
            Trouble::Refused(Refusal::read(429, pause, b""))
        };
        assert_eq!(busy(20).class(), Class::Retryable);
        let Error::Unavailable { retry_after, .. } = busy(20).into_error(1) else {
            panic!("retryable");
        };
        assert_eq!(retry_after, Some(Duration::from_secs(20)));
        assert_eq!(busy(600).class(), Class::Permanent);
        assert_eq!(busy(600).reason(), "it is busy and asks to wait 10 minutes");
    }

    #[test]
    fn a_server_that_is_being_restarted_is_waited_for() {
        let pauses: Duration = (1..3)
            .map(|attempt| match Trouble::Unreachable.into_error(attempt) {
                Error::Unavailable { retry_after, .. } => retry_after.unwrap(),
                other => panic!("{other}"),
            })
            .sum();
        assert!(pauses >= Duration::from_secs(30));
    }

    #[test]
    fn retry_after_is_read_in_all_its_forms() {
        let now = SystemTime::UNIX_EPOCH;
        let read = |s, ms| retry_after(s, ms, now);
        assert_eq!(read(Some("7"), None), Some(Duration::from_secs(7)));
        assert_eq!(
            read(Some("7"), Some("1500")),
            Some(Duration::from_millis(1500))
        );
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
        fn any_body_and_header_can_be_read(
            body in proptest::collection::vec(any::<u8>(), 0..200),
            header in "\\PC{0,20}",
            status in 300u16..600,
        ) {
            let pause = retry_after(Some(&header), Some(&header), SystemTime::UNIX_EPOCH);
            let reason = Trouble::Refused(Refusal::read(status, pause, &body)).reason();
            prop_assert!(reason.chars().count() < 200);
        }
    }
}
