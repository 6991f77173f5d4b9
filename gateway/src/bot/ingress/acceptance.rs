//! Accepts updates: each is stored whole, then acknowledged. Nothing is decided here, so an
//! acknowledgement does not wait for the work that an update causes.

use std::time::Duration;

use chrono::Utc;
use domain::UpdateId;
use serde::Deserialize as _;
use serde_json::Value;
use storage::ingress::{self as rows, IncomingContent, IncomingUpdate, UpdateKey, UpdateLane};
use telegram::types::Update;

use super::{Ingress, arrival, name_removal::without_names};
use crate::bot::{decision_record::DecisionRecord, parse};

/// Largest accepted update. An update is a message of at most 4,096 characters and its metadata;
/// Telegram documents no limit.
pub const BODY_BYTES: usize = 1024 * 1024;

/// How long a webhook request waits for the database. Shorter than Telegram's own timeout; Telegram
/// retries updates that were not acknowledged.
const ACCEPT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why an update was not accepted: Telegram must send it again.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    #[error("the database did not answer within {} s", ACCEPT_TIMEOUT.as_secs())]
    Slow,
    #[error(transparent)]
    Storage(#[from] storage::StorageError),
}

impl Ingress {
    /// Stores the updates of one poll in one transaction. Returns how many were new.
    ///
    /// # Errors
    /// [`storage::StorageError`]; then no update may be acknowledged.
    pub async fn accept_poll(&self, updates: Vec<Value>) -> Result<u64, storage::StorageError> {
        let batch: Vec<IncomingUpdate> =
            updates.iter().map(|update| self.incoming(&update.to_string())).collect();
        updates.iter().for_each(|update| self.answer_inline(update));
        let (bot, stored, at) = (self.bot_id(), batch.as_slice(), Utc::now());
        let receive = |tx| async move { rows::receive(&tx, bot, stored, at).await };
        let received = self.db().write(receive).await?;
        for gone in received.lost {
            tracing::error!(update = %gone, "Telegram dropped an update that was not decided");
        }
        self.wake(&batch);
        Ok(received.fresh)
    }

    /// Stores an update from the webhook. A redelivered update is acknowledged at once.
    ///
    /// # Errors
    /// [`AcceptError`]; then the update must not be acknowledged.
    pub async fn accept_webhook(&self, body: String) -> Result<(), AcceptError> {
        let batch = &[self.incoming(&body)];
        if let Ok(update) = serde_json::from_str(&body) {
            self.answer_inline(&update);
        }
        let (bot, at) = (self.bot_id(), Utc::now());
        let store = |tx| async move { rows::store(&tx, bot, batch, at).await };
        let stored = tokio::time::timeout(ACCEPT_TIMEOUT, self.db().write(store)).await;
        stored.map_err(|_| AcceptError::Slow)??;
        self.wake(batch);
        Ok(())
    }

    /// What is stored of an update: its body, or only that there is nothing to do.
    fn incoming(&self, raw: &str) -> IncomingUpdate {
        let read = serde_json::from_str::<Value>(raw).and_then(|json| {
            let json = without_names(json);
            Ok((Update::deserialize(&json)?, json))
        });
        let (update, json) = match read {
            Ok(read) => read,
            Err(error) => {
                // The error's text is not logged: it can contain what users wrote.
                let at = (error.line(), error.column());
                tracing::error!(?at, "received an invalid update");
                let update = id_of_invalid(raw);
                return IncomingUpdate {
                    arrival: UpdateKey { update, chat: None },
                    content: IncomingContent::DeadLetter("it is no update".to_owned()),
                };
            }
        };
        let content = if parse::parse_update(&update, self.inner.deps.bot_name()).is_none() {
            let nothing = serde_json::json!(DecisionRecord::nothing());
            IncomingContent::Ignored(nothing.to_string())
        } else if raw.len() > BODY_BYTES {
            IncomingContent::DeadLetter(format!("it has {} bytes", raw.len()))
        } else {
            IncomingContent::Body(json.to_string())
        };
        IncomingUpdate { arrival: arrival(&update), content }
    }

    /// Marks the lanes of the stored updates as ready.
    fn wake(&self, batch: &[IncomingUpdate]) {
        let mut lanes = self.lanes();
        for IncomingUpdate { arrival, content } in batch {
            if matches!(content, IncomingContent::Body(_)) {
                // If there are too many lanes, the next scan of the table finds it.
                let _ = lanes.wake(UpdateLane::of(*arrival));
            }
        }
        drop(lanes);
        self.inner.update_stored.notify_one();
    }
}

/// The id of a body that is not an update, or one that is derived from its bytes. Such a body must
/// be stored: Telegram would resend a refused one without end.
fn id_of_invalid(raw: &str) -> UpdateId {
    let json: Option<Value> = serde_json::from_str(raw).ok();
    let number = json.and_then(|json| json["update_id"].as_i64());
    UpdateId::new(number.unwrap_or_else(|| {
        // FNV-1a. Negative, so it can't collide with Telegram's ids.
        let fnv = raw
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        -1 - i64::from(fnv)
    }))
}
