//! Telegram's error responses, with Telegram's descriptions: clients classify errors by them.

use std::time::Duration;

use serde_json::{Value, json};

use super::telegram_limits::retry_after;

pub(super) type Result<T, E = ErrorResponse> = std::result::Result<T, E>;

/// A response with `"ok": false`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ErrorResponse {
    pub(super) code: u16,
    pub(super) description: String,
    pub(super) retry_after: Option<u64>,
    /// The new id of a group that became a supergroup.
    pub(super) migrated_to: Option<i64>,
}

impl ErrorResponse {
    /// 400.
    pub(super) fn bad(reason: impl std::fmt::Display) -> Self {
        Self::new(400, format!("Bad Request: {reason}"))
    }

    /// 403.
    pub(super) fn forbidden(reason: &str) -> Self {
        Self::new(403, format!("Forbidden: {reason}"))
    }

    /// 409: another poll or a webhook is active.
    pub(super) fn conflict(reason: &str) -> Self {
        Self::new(409, format!("Conflict: {reason}"))
    }

    /// 401: the token is wrong.
    pub(super) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized".to_owned())
    }

    /// 404: there is no such method.
    pub(super) fn not_found() -> Self {
        Self::new(404, "Not Found".to_owned())
    }

    /// 413: the upload is too large.
    pub(super) fn too_large() -> Self {
        Self::new(413, "Request Entity Too Large".to_owned())
    }

    /// 429, with `retry_after`.
    pub(super) fn too_many(wait: Duration) -> Self {
        let seconds = retry_after(wait);
        Self {
            retry_after: Some(seconds),
            ..Self::new(429, format!("Too Many Requests: retry after {seconds}"))
        }
    }

    /// 5xx: a failure of Telegram itself.
    pub(super) fn server(code: u16) -> Self {
        let description = match code {
            502 => "Bad Gateway",
            503 => "Service Unavailable",
            504 => "Gateway Timeout",
            _ => "Internal Server Error",
        };
        Self::new(code, description.to_owned())
    }

    /// The group became a supergroup.
    pub(super) fn migrated(to: i64) -> Self {
        let reason = "group chat was upgraded to a supergroup chat";
        Self { migrated_to: Some(to), ..Self::bad(reason) }
    }

    pub(super) fn chat_not_found() -> Self {
        Self::bad("chat not found")
    }

    pub(super) fn not_modified() -> Self {
        Self::bad(
            "message is not modified: specified new message content and reply markup are exactly \
             the same as a current content and reply markup of the message",
        )
    }

    pub(super) fn other_poller() -> Self {
        Self::conflict(
            "terminated by other getUpdates request; make sure that only one bot instance is \
             running",
        )
    }

    pub(super) fn webhook_is_active() -> Self {
        Self::conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the \
             webhook first",
        )
    }

    fn new(code: u16, description: String) -> Self {
        Self { code, description, retry_after: None, migrated_to: None }
    }

    pub(super) fn body(&self) -> Value {
        let mut body = json!({
            "ok": false,
            "error_code": self.code,
            "description": self.description,
        });
        if let Some(seconds) = self.retry_after {
            body["parameters"] = json!({ "retry_after": seconds });
        }
        if let Some(chat) = self.migrated_to {
            body["parameters"] = json!({ "migrate_to_chat_id": chat });
        }
        body
    }
}
