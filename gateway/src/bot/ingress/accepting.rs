//! Taking updates in: each is stored whole, then acknowledged. Nothing is decided here, and nobody waits
//! for what an update asks for.

use std::time::Duration;

use chrono::Utc;
use domain::UpdateId;
use serde::Deserialize as _;
use serde_json::Value;
use storage::ingress::{self as rows, Arrival, Content, Incoming, Lane};
use telegram::types::Update;

use super::{Ingress, arrival, names::without_names};
use crate::bot::{hear, stored::Stored};

/// Largest update that is taken in. One is a message of at most 4,096 characters and what surrounds it;
/// Telegram names no limit.
pub const BODY_BYTES: usize = 1024 * 1024;

/// How long an update that is called in waits for the database. Less than Telegram waits for an answer; it
/// sends again what was not taken.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why an update was not taken: it has to be sent again.
#[derive(Debug, thiserror::Error)]
pub enum Unaccepted {
    /// The database does not answer.
    #[error("not within {} s", PATIENCE.as_secs())]
    Slow,
    /// The database.
    #[error(transparent)]
    Storage(#[from] storage::Error),
}

impl Ingress {
    /// Stores what a poll brought, all of it or nothing. Says how many updates were new.
    ///
    /// # Errors
    /// [`storage::Error`]; nothing may be acknowledged then.
    pub async fn take(&self, updates: Vec<Value>) -> Result<u64, storage::Error> {
        let batch: Vec<Incoming> = updates
            .iter()
            .map(|update| self.incoming(&update.to_string()))
            .collect();
        let (bot, stored, at) = (self.bot_id(), batch.as_slice(), Utc::now());
        let receive = |tx| async move { rows::receive(&tx, bot, stored, at).await };
        let received = self.db().write(receive).await?;
        for gone in received.gone {
            tracing::error!(update = %gone, "Telegram no longer has an update that nobody decided");
        }
        self.wake(&batch);
        Ok(received.fresh)
    }

    /// Stores an update that Telegram called in. One that comes again is taken at once.
    ///
    /// # Errors
    /// [`Unaccepted`]; nothing is promised then.
    pub async fn accept(&self, body: String) -> Result<(), Unaccepted> {
        let batch = &[self.incoming(&body)];
        let (bot, at) = (self.bot_id(), Utc::now());
        let store = |tx| async move { rows::store(&tx, bot, batch, at).await };
        let stored = tokio::time::timeout(PATIENCE, self.db().write(store)).await;
        stored.map_err(|_| Unaccepted::Slow)??;
        self.wake(batch);
        Ok(())
    }

    /// What is stored of an update: all of it, or only that there is nothing to be done.
    fn incoming(&self, raw: &str) -> Incoming {
        let read = serde_json::from_str::<Value>(raw).and_then(|json| {
            let json = without_names(json);
            Ok((Update::deserialize(&json)?, json))
        });
        let (update, json) = match read {
            Ok(read) => read,
            Err(error) => {
                // What it says is left out: it can hold people's words.
                let at = (error.line(), error.column());
                tracing::error!(?at, "what came is no update");
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

    /// Has those that are new worked on.
    fn wake(&self, batch: &[Incoming]) {
        let mut lanes = self.lanes();
        for Incoming { arrival, content } in batch {
            if matches!(content, Content::Body(_)) {
                // Where there is no room, it is found in the table later.
                let _ = lanes.wake(Lane::of(*arrival));
            }
        }
        drop(lanes);
        self.inner.changed.notify_one();
    }
}

/// The number of something that is no update, or one that follows from its bytes: it would be sent for
/// ever if it were refused.
fn number_of(raw: &str) -> UpdateId {
    let json: Option<Value> = serde_json::from_str(raw).ok();
    let number = json.and_then(|json| json["update_id"].as_i64());
    UpdateId::new(number.unwrap_or_else(|| {
        // FNV-1a. Below zero, where Telegram's own numbers are not.
        let fnv = raw.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        -1 - i64::from(fnv)
    }))
}
