//! Every way in which a request fails, in the class that decides what happens next.

use std::time::Duration;

use teloxide::{ApiError, RequestError};

/// Why a request failed.
///
/// The line that matters runs between what *proves* that nothing was done and what does not: a
/// message may only be sent again on proof, because no request of Telegram's can be told apart
/// from its repetition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Too many requests; come back then. Nothing was done.
    #[error("Telegram asks to wait {} s", .0.as_secs())]
    Wait(Duration),
    /// The user blocked the bot, left, or was removed; or the bot was, from a group.
    #[error("{FORBIDDEN}: {0}")]
    Forbidden(String),
    /// There is no such chat (any more).
    #[error("{NO_CHAT}")]
    ChatGone,
    /// The group became a supergroup with another id.
    #[error("the group moved to chat {0}")]
    Moved(i64),
    /// The message to edit or delete is gone or too old.
    #[error("the message is gone or too old")]
    MessageGone,
    /// The edit would change nothing.
    #[error("the message says that already")]
    NotModified,
    /// Another program polls with the same token.
    #[error("another program receives this bot's updates: stop it, or use another token")]
    Conflict,
    /// The token is none.
    #[error("Telegram does not know this bot's token")]
    BadToken,
    /// The picture is none that Telegram shows as a photo; as a document it may be. Nothing was done.
    #[error("Telegram does not take it as a photo: {0}")]
    PhotoRefused(String),
    /// Refused for another reason; asking again will not help. Nothing was done.
    #[error("Telegram refused: {0}")]
    Refused(String),
    /// The request never left. Nothing was done.
    #[error("Telegram can't be reached: {0}")]
    Unreachable(String),
    /// Nobody can say whether it was done: a timeout, a server error, a broken answer.
    #[error("Telegram did not say whether it was done: {0}")]
    Ambiguous(String),
}

impl Fault {
    /// Whether this proves that the request had no effect.
    pub const fn proves_no_effect(&self) -> bool {
        !matches!(self.means(), Meaning::Unknown)
    }

    /// Whether the words of a fault say that nobody can be written to there any more. The delivery
    /// ledger keeps the words alone.
    pub fn closed_in(words: &str) -> bool {
        words.starts_with(FORBIDDEN) || words == NO_CHAT
    }

    /// What follows for the request.
    pub const fn means(&self) -> Meaning {
        match self {
            Self::Ambiguous(_) => Meaning::Unknown,
            // A token that is wrong, or used twice, is an operator's to mend.
            Self::Wait(_) | Self::Unreachable(_) | Self::Conflict | Self::BadToken => {
                Meaning::NotYet
            }
            Self::Forbidden(_)
            | Self::ChatGone
            | Self::Moved(_)
            | Self::MessageGone
            | Self::NotModified
            | Self::PhotoRefused(_)
            | Self::Refused(_) => Meaning::Never,
        }
    }
}

/// How the words of [`Fault::Forbidden`] begin.
const FORBIDDEN: &str = "the bot may not write there";

/// The words of [`Fault::ChatGone`].
const NO_CHAT: &str = "there is no such chat";

/// What a fault means for the request that met it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing was done, and later it may be.
    NotYet,
    /// Nothing was done, and never will be.
    Never,
    /// Nobody can say whether it was done.
    Unknown,
}

/// How long to wait where Telegram says "too many requests" and not how long.
const UNSAID_WAIT: Duration = Duration::from_secs(5);

impl From<RequestError> for Fault {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::RetryAfter(seconds) => Self::Wait(seconds.duration()),
            RequestError::MigrateToChatId(chat) => Self::Moved(chat.0),
            RequestError::Api(ApiError::Unknown(said)) => Self::said(&said),
            RequestError::Api(known) => Self::said(&known.to_string()),
            RequestError::Network(error) if error.is_connect() || error.is_builder() => {
                Self::Unreachable(innermost(&error))
            }
            RequestError::Network(error) => Self::Ambiguous(innermost(&error)),
            // A proxy's HTML page, half an answer: the request may have been carried out. What it
            // said is left out, it can hold people's words.
            RequestError::InvalidJson { .. } => {
                Self::Ambiguous("its answer can't be read".to_owned())
            }
            RequestError::Io(error) => Self::Refused(error.to_string()),
        }
    }
}

impl Fault {
    /// The class of an error by its description. teloxide drops the error code, and a server
    /// error (5xx) is worded freely; so only what is known to be a refusal counts as proof.
    fn said(text: &str) -> Self {
        let starts = |prefix: &str| text.starts_with(prefix);
        let has = |part: &str| text.to_lowercase().contains(part);
        if starts("Forbidden") {
            Self::Forbidden(text.trim_start_matches("Forbidden: ").to_owned())
        } else if starts("Conflict") {
            Self::Conflict
        } else if matches!(text, "Unauthorized" | "Not Found" | "Invalid bot token") {
            Self::BadToken
        } else if starts("Too Many Requests") {
            Self::Wait(UNSAID_WAIT)
        } else if has("message is not modified") {
            Self::NotModified
        } else if has("chat not found") || has("peer_id_invalid") || has("user not found") {
            Self::ChatGone
        } else if GONE.iter().any(|part| has(part)) {
            Self::MessageGone
        } else if NO_PHOTO.iter().any(|part| has(part)) {
            Self::PhotoRefused(text.trim_start_matches("Bad Request: ").to_owned())
        } else if starts("Bad Request") || has("request entity too large") {
            Self::Refused(text.trim_start_matches("Bad Request: ").to_owned())
        } else {
            Self::Ambiguous(text.to_owned())
        }
    }
}

/// What Telegram says when it does not take a file as a photo.
const NO_PHOTO: [&str; 6] = [
    "photo_invalid_dimensions",
    "photo_save_file_invalid",
    "photo_ext_invalid",
    "photo_content_type_invalid",
    "image_process_failed",
    "too big for a photo",
];

/// What Telegram says when a message can't be edited or deleted (any more).
const GONE: [&str; 6] = [
    "message to edit not found",
    "message to delete not found",
    "message can't be edited",
    "message can't be deleted",
    "message_id_invalid",
    "query is too old",
];

/// The reason alone: the URL holds the token.
pub(crate) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    let said = inner.to_string();
    if said.contains("/bot") {
        "the connection broke".to_owned()
    } else {
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_telegrams_sentences_has_its_class() {
        let forbidden = |why: &str| Fault::Forbidden(why.to_owned());
        for (said, class) in [
            (
                "Forbidden: bot was blocked by the user",
                forbidden("bot was blocked by the user"),
            ),
            (
                "Forbidden: user is deactivated",
                forbidden("user is deactivated"),
            ),
            ("Bad Request: chat not found", Fault::ChatGone),
            (
                "Bad Request: message is not modified: specified…",
                Fault::NotModified,
            ),
            ("Bad Request: message to edit not found", Fault::MessageGone),
            ("Bad Request: message can't be edited", Fault::MessageGone),
            (
                "Bad Request: query is too old and response timeout expired",
                Fault::MessageGone,
            ),
            (
                "Conflict: terminated by other getUpdates request; make sure…",
                Fault::Conflict,
            ),
            ("Unauthorized", Fault::BadToken),
            (
                "Bad Request: wrong file identifier",
                Fault::Refused("wrong file identifier".into()),
            ),
            (
                "Bad Request: PHOTO_INVALID_DIMENSIONS",
                Fault::PhotoRefused("PHOTO_INVALID_DIMENSIONS".into()),
            ),
            ("Too Many Requests: retry later", Fault::Wait(UNSAID_WAIT)),
        ] {
            let error = RequestError::Api(ApiError::Unknown(said.to_owned()));
            let fault = Fault::from(error);
            assert_eq!(fault, class, "{said}");
            assert!(fault.proves_no_effect());
        }
    }

    #[test]
    fn a_chat_that_is_closed_is_known_by_the_words_of_its_fault() {
        let blocked = Fault::Forbidden("bot was blocked by the user".to_owned());
        assert_eq!(
            blocked.to_string(),
            "the bot may not write there: bot was blocked by the user"
        );
        assert!(Fault::closed_in(&blocked.to_string()));
        assert!(Fault::closed_in(&Fault::ChatGone.to_string()));
        assert!(!Fault::closed_in(&Fault::MessageGone.to_string()));
    }

    #[test]
    fn what_is_not_known_to_be_a_refusal_proves_nothing() {
        for said in [
            "Internal Server Error",
            "Bad Gateway",
            "Gateway Timeout",
            "что-то",
        ] {
            let error = RequestError::Api(ApiError::Unknown(said.to_owned()));
            assert!(!Fault::from(error).proves_no_effect(), "{said}");
        }
    }

    #[test]
    fn named_errors_of_the_library_are_classed_like_their_words() {
        let fault = Fault::from(RequestError::Api(ApiError::BotBlocked));
        assert_eq!(
            fault,
            Fault::Forbidden("bot was blocked by the user".to_owned())
        );
        assert_eq!(
            Fault::from(RequestError::Api(ApiError::MessageNotModified)),
            Fault::NotModified
        );
        assert_eq!(
            Fault::from(RequestError::Api(ApiError::InvalidToken)),
            Fault::BadToken
        );
    }
}
