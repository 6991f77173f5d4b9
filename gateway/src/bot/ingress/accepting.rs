//! Accepts updates: each is stored whole, then acknowledged. Nothing is decided here, so an
//! acknowledgement does not wait for the work that an update causes.

use std::time::Duration;

use chrono::Utc;
use domain::UpdateId;
use serde::Deserialize as _;
use serde_json::Value;
use storage::ingress::{self as rows, Arrival, Content, Incoming, Lane};
use telegram::types::Update;

use super::{Ingress, arrival, names::without_names};
use crate::bot::{hear, stored::Stored};

/// Largest accepted update. An update is a message of at most 4,096 characters and its metadata;
/// Telegram documents no limit.
pub const BODY_BYTES: usize = 1024 * 1024;

/// How long a webhook request waits for the database. Shorter than Telegram's own timeout; Telegram
/// retries updates that were not acknowledged.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why an update was not accepted: Telegram must send it again.
#[derive(Debug, thiserror::Error)]
pub enum Unaccepted {
    /// The database did not answer in time.
    #[error("the database did not answer within {} s", PATIENCE.as_secs())]
    Slow,
    #[error(transparent)]
    Storage(#[from] storage::Error),
}

impl Ingress {
    /// Stores the updates of one poll in one transaction. Returns how many were new.
    ///
    /// # Errors
    /// [`storage::Error`]; then no update may be acknowledged.
    pub async fn take(&self, updates: Vec<Value>) -> Result<u64, storage::Error> {
        let batch: Vec<Incoming> = updates
            .iter()
            .map(|update| self.incoming(&update.to_string()))
            .collect();
        let (bot, stored, at) = (self.bot_id(), batch.as_slice(), Utc::now());
        let receive = |tx| async move { rows::receive(&tx, bot, stored, at).await };
        let received = self.db().write(receive).await?;
        for gone in received.gone {
            tracing::error!(update = %gone, "Telegram dropped an update that was not decided");
        }
        self.wake(&batch);
        Ok(received.fresh)
    }

    /// Stores an update from the webhook. A redelivered update is acknowledged at once.
    ///
    /// # Errors
    /// [`Unaccepted`]; then the update must not be acknowledged.
    pub async fn accept(&self, body: String) -> Result<(), Unaccepted> {
        let batch = &[self.incoming(&body)];
        let (bot, at) = (self.bot_id(), Utc::now());
        let store = |tx| async move { rows::store(&tx, bot, batch, at).await };
        let stored = tokio::time::timeout(PATIENCE, self.db().write(store)).await;
        stored.map_err(|_| Unaccepted::Slow)??;
        self.wake(batch);
        Ok(())
    }

    /// What is stored of an update: its body, or only that there is nothing to do.
    fn incoming(&self, raw: &str) -> Incoming {
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
                let update = number_of(raw);
                return Incoming {
                    arrival: Arrival { update, chat: None },
                    content: Content::Dead("it is no update".to_owned()),
                };
            }
        };
        let content = if hear::hear(&update, &self.inner.desk.name).is_none() {
            let nothing = serde_json::json!(Stored::nothing());
            Content::Nothing(nothing.to_string())
        } else if raw.len() > BODY_BYTES {
            Content::Dead(format!("it has {} bytes", raw.len()))
        } else {
            Content::Body(json.to_string())
        };
        Incoming {
            arrival: arrival(&update),
            content,
        }
    }

    /// Marks the lanes of the stored updates as ready.
    fn wake(&self, batch: &[Incoming]) {
        let mut lanes = self.lanes();
        for Incoming { arrival, content } in batch {
            if matches!(content, Content::Body(_)) {
                // If there are too many lanes, the next scan of the table finds it.
                let _ = lanes.wake(Lane::of(*arrival));
            }
        }
        drop(lanes);
        self.inner.changed.notify_one();
    }
}

/// The id of a body that is not an update, or one that is derived from its bytes. Such a body must
/// be stored: Telegram would resend a refused one without end.
fn number_of(raw: &str) -> UpdateId {
    let json: Option<Value> = serde_json::from_str(raw).ok();
    let number = json.and_then(|json| json["update_id"].as_i64());
    UpdateId::new(number.unwrap_or_else(|| {
        // FNV-1a. Negative, so it can't collide with Telegram's ids.
        let fnv = raw.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        -1 - i64::from(fnv)
    }))
}
