//! Bot API errors, grouped by what the caller may do next.

use std::time::Duration;

use domain::delivery::{MessageRecord, RejectionKind, SendReport};
use teloxide_core::{ApiError, RequestError};

/// Why a Bot API request failed.
///
/// The important distinction is whether the error *proves* that the request had no effect. A
/// message may be sent again only with that proof, because the Bot API has no idempotency keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Rate limited: retry after this time. No effect.
    #[error("Telegram asks to wait {} s", .0.as_secs())]
    RateLimited(Duration),
    /// The user blocked the bot, left, or was removed; or the bot was removed from a group.
    #[error("the bot may not write there: {0}")]
    Forbidden(String),
    /// The chat does not exist (any more).
    #[error("there is no such chat")]
    ChatGone,
    #[error("the group moved to chat {0}")]
    Moved(i64),
    #[error("the message is gone or too old")]
    MessageGone,
    #[error("the message has this content already")]
    NotModified,
    #[error("another program receives this bot's updates: stop it, or use another token")]
    Conflict,
    #[error("Telegram does not know this bot's token")]
    BadToken,
    /// Telegram does not accept the picture as a photo; a document may work. No effect.
    #[error("Telegram does not take it as a photo: {0}")]
    PhotoRefused(String),
    /// Telegram does not accept the caption, although it is within the limit as we count. Without it
    /// the same request may succeed. No effect.
    #[error("Telegram does not take the caption: {0}")]
    CaptionRefused(String),
    /// Refused for another reason; a retry will not help. No effect.
    #[error("Telegram refused: {0}")]
    Refused(String),
    /// The request was not sent. No effect.
    #[error("Telegram can't be reached: {0}")]
    Unreachable(String),
    /// The effect is unknown: a timeout, a server error or a malformed answer.
    #[error("Telegram did not say whether it was done: {0}")]
    Ambiguous(String),
}

impl SendError {
    fn report(&self) -> SendReport {
        match self.effect() {
            Effect::Unknown => SendReport::Unknown,
            Effect::NotSentRetry => SendReport::Undelivered(self.to_string()),
            Effect::NotSentFinal => {
                SendReport::Rejected { reason: self.to_string(), kind: self.rejection_kind() }
            }
        }
    }

    /// What a refusal means for later messages to this chat.
    pub const fn rejection_kind(&self) -> RejectionKind {
        match self {
            Self::Forbidden(_) | Self::ChatGone => RejectionKind::ChatClosed,
            Self::RateLimited(_)
            | Self::Moved(_)
            | Self::MessageGone
            | Self::NotModified
            | Self::Conflict
            | Self::BadToken
            | Self::PhotoRefused(_)
            | Self::CaptionRefused(_)
            | Self::Refused(_)
            | Self::Unreachable(_)
            | Self::Ambiguous(_) => RejectionKind::Other,
        }
    }

    /// How long Telegram asks to wait before another attempt.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited(wait) => Some(*wait),
            Self::Forbidden(_)
            | Self::ChatGone
            | Self::Moved(_)
            | Self::MessageGone
            | Self::NotModified
            | Self::Conflict
            | Self::BadToken
            | Self::PhotoRefused(_)
            | Self::CaptionRefused(_)
            | Self::Refused(_)
            | Self::Unreachable(_)
            | Self::Ambiguous(_) => None,
        }
    }

    /// The outcome of the request, for metrics.
    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::RateLimited(_) => "limited",
            Self::Unreachable(_) => "unreachable",
            Self::Ambiguous(_) => "unknown",
            Self::Forbidden(_)
            | Self::ChatGone
            | Self::Moved(_)
            | Self::MessageGone
            | Self::NotModified
            | Self::Conflict
            | Self::BadToken
            | Self::PhotoRefused(_)
            | Self::CaptionRefused(_)
            | Self::Refused(_) => "rejected",
        }
    }

    pub const fn effect(&self) -> Effect {
        match self {
            Self::Ambiguous(_) => Effect::Unknown,
            // An operator has to fix a wrong token, or one that two programs use.
            Self::RateLimited(_) | Self::Unreachable(_) | Self::Conflict | Self::BadToken => {
                Effect::NotSentRetry
            }
            Self::Forbidden(_)
            | Self::ChatGone
            | Self::Moved(_)
            | Self::MessageGone
            | Self::NotModified
            | Self::PhotoRefused(_)
            | Self::CaptionRefused(_)
            | Self::Refused(_) => Effect::NotSentFinal,
        }
    }
}

/// What the ledger records of an answer, and the error to handle afterwards.
pub fn send_report(
    answer: Result<Vec<MessageRecord>, SendError>,
) -> (SendReport, Option<SendError>) {
    match answer {
        Ok(sent) => (SendReport::Answered(sent), None),
        Err(error) => (error.report(), Some(error)),
    }
}

/// What a failure means for the request's effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// No effect; a later retry may succeed.
    NotSentRetry,
    /// No effect; a retry will not succeed.
    NotSentFinal,
    /// The request may have had its effect.
    Unknown,
}

/// Wait for a "too many requests" error that names no time.
const DEFAULT_WAIT: Duration = Duration::from_secs(5);

impl From<RequestError> for SendError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::RetryAfter(seconds) => Self::RateLimited(seconds.duration()),
            RequestError::MigrateToChatId(chat) => Self::Moved(chat.0),
            RequestError::Api(ApiError::Unknown(said)) => Self::from_description(&said),
            RequestError::Api(known) => Self::from_description(&known.to_string()),
            RequestError::Network(error) if error.is_connect() || error.is_builder() => {
                Self::Unreachable(innermost(&error))
            }
            RequestError::Network(error) => Self::Ambiguous(innermost(&error)),
            // A proxy's HTML page or a truncated answer: the request may have had its effect. The
            // text is dropped because it can contain user data.
            RequestError::InvalidJson { .. } => {
                Self::Ambiguous("its answer can't be read".to_owned())
            }
            RequestError::Io(error) => Self::Refused(error.to_string()),
        }
    }
}

impl SendError {
    /// Classifies an error by its description. teloxide drops the error code, and server errors
    /// (5xx) have no fixed text, so only known refusals count as proof.
    fn from_description(text: &str) -> Self {
        let starts = |prefix: &str| text.starts_with(prefix);
        let has = |part: &str| text.to_lowercase().contains(part);
        if starts("Forbidden") {
            Self::Forbidden(text.trim_start_matches("Forbidden: ").to_owned())
        } else if starts("Conflict") {
            Self::Conflict
        } else if matches!(text, "Unauthorized" | "Not Found" | "Invalid bot token") {
            Self::BadToken
        } else if starts("Too Many Requests") {
            Self::RateLimited(DEFAULT_WAIT)
        } else if has("message is not modified") {
            Self::NotModified
        } else if has("chat not found") || has("peer_id_invalid") || has("user not found") {
            Self::ChatGone
        } else if MESSAGE_GONE.iter().any(|part| has(part)) {
            Self::MessageGone
        } else if NO_PHOTO.iter().any(|part| has(part)) {
            Self::PhotoRefused(text.trim_start_matches("Bad Request: ").to_owned())
        } else if NO_CAPTION.iter().any(|part| has(part)) {
            Self::CaptionRefused(text.trim_start_matches("Bad Request: ").to_owned())
        } else if starts("Bad Request") || has("request entity too large") {
            Self::Refused(text.trim_start_matches("Bad Request: ").to_owned())
        } else {
            Self::Ambiguous(text.to_owned())
        }
    }
}

/// Bot API descriptions of a file that can't be shown as a photo.
const NO_PHOTO: [&str; 6] = [
    "photo_invalid_dimensions",
    "photo_save_file_invalid",
    "photo_ext_invalid",
    "photo_content_type_invalid",
    "image_process_failed",
    "too big for a photo",
];

/// Bot API descriptions of a caption that is too long.
const NO_CAPTION: [&str; 2] = ["caption is too long", "caption_too_long"];

/// Bot API descriptions of a message that can't be edited or deleted.
const MESSAGE_GONE: [&str; 6] = [
    "message to edit not found",
    "message to delete not found",
    "message can't be edited",
    "message can't be deleted",
    "message_id_invalid",
    "query is too old",
];

/// The innermost source of the error: outer texts contain the URL, which contains the token.
pub(crate) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    let said = inner.to_string();
    if said.contains("/bot") { "the connection broke".to_owned() } else { said }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bot_api_descriptions_are_classified() {
        let forbidden = |why: &str| SendError::Forbidden(why.to_owned());
        for (said, class) in [
            ("Forbidden: bot was blocked by the user", forbidden("bot was blocked by the user")),
            ("Forbidden: user is deactivated", forbidden("user is deactivated")),
            ("Bad Request: chat not found", SendError::ChatGone),
            ("Bad Request: message is not modified: specified…", SendError::NotModified),
            ("Bad Request: message to edit not found", SendError::MessageGone),
            ("Bad Request: message can't be edited", SendError::MessageGone),
            ("Bad Request: query is too old and response timeout expired", SendError::MessageGone),
            ("Conflict: terminated by other getUpdates request; make sure…", SendError::Conflict),
            ("Unauthorized", SendError::BadToken),
            (
                "Bad Request: wrong file identifier",
                SendError::Refused("wrong file identifier".into()),
            ),
            (
                "Bad Request: PHOTO_INVALID_DIMENSIONS",
                SendError::PhotoRefused("PHOTO_INVALID_DIMENSIONS".into()),
            ),
            (
                "Bad Request: message caption is too long",
                SendError::CaptionRefused("message caption is too long".into()),
            ),
            (
                "Bad Request: MEDIA_CAPTION_TOO_LONG",
                SendError::CaptionRefused("MEDIA_CAPTION_TOO_LONG".into()),
            ),
            ("Too Many Requests: retry later", SendError::RateLimited(DEFAULT_WAIT)),
        ] {
            let error = RequestError::Api(ApiError::Unknown(said.to_owned()));
            let fault = SendError::from(error);
            assert_eq!(fault, class, "{said}");
            assert_ne!(fault.effect(), Effect::Unknown);
        }
    }

    #[test]
    fn only_blocked_or_missing_chat_is_closed() {
        let kind = |said: &str| {
            SendError::from(RequestError::Api(ApiError::Unknown(said.to_owned()))).rejection_kind()
        };
        for said in ["Forbidden: bot was blocked by the user", "Bad Request: chat not found"] {
            assert_eq!(kind(said), RejectionKind::ChatClosed, "{said}");
        }
        for said in ["Bad Request: message is too long", "Bad Gateway"] {
            assert_eq!(kind(said), RejectionKind::Other, "{said}");
        }
    }

    #[test]
    fn unknown_errors_have_unknown_effect() {
        for said in ["Internal Server Error", "Bad Gateway", "Gateway Timeout", "что-то"] {
            let error = RequestError::Api(ApiError::Unknown(said.to_owned()));
            assert_eq!(SendError::from(error).effect(), Effect::Unknown, "{said}");
        }
    }

    #[test]
    fn typed_and_untyped_errors_are_classified_alike() {
        let fault = SendError::from(RequestError::Api(ApiError::BotBlocked));
        assert_eq!(fault, SendError::Forbidden("bot was blocked by the user".to_owned()));
        assert_eq!(
            SendError::from(RequestError::Api(ApiError::MessageNotModified)),
            SendError::NotModified
        );
        assert_eq!(SendError::from(RequestError::Api(ApiError::InvalidToken)), SendError::BadToken);
    }
}
