//! The queue of updates, with the semantics of `getUpdates`: an offset confirms all earlier
//! updates, and unconfirmed updates are delivered again.

use std::time::Duration;

use serde_json::{Map, Value};

use super::fake_model::{MillisSinceStart, QueuedUpdate};

/// The first `update_id`; Telegram starts at any number.
const FIRST: i64 = 700_001;

/// Types that a bot gets only if it requests them (Bot API, `getUpdates`).
const ON_REQUEST: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];

#[derive(Debug, Default)]
pub(super) struct Updates {
    all: Vec<QueuedUpdate>,
    /// `allowed_updates`; empty means the default types.
    allowed: Vec<String>,
    /// Increases with each poll; an earlier poll sees the change and ends.
    pub(super) poller: u64,
}

impl Updates {
    /// Adds an update, unless the bot does not accept its type; returns its `update_id`.
    pub(super) fn push(&mut self, kind: &str, body: Value, at: MillisSinceStart) -> Option<i64> {
        self.accepts(kind).then(|| {
            let whole = Map::from_iter([(kind.to_owned(), body)]);
            self.push_raw(kind, Value::Object(whole), at)
        })
    }

    /// Adds an update unchanged except for its `update_id`.
    pub(super) fn push_raw(&mut self, kind: &str, mut body: Value, at: MillisSinceStart) -> i64 {
        let id = FIRST + i64::try_from(self.all.len()).unwrap_or(i64::MAX - FIRST);
        body["update_id"] = id.into();
        self.all.push(QueuedUpdate {
            id,
            kind: kind.to_owned(),
            body,
            at,
            handed: 0,
            confirmed_at: None,
        });
        id
    }

    fn accepts(&self, kind: &str) -> bool {
        if self.allowed.is_empty() {
            !ON_REQUEST.contains(&kind)
        } else {
            self.allowed.iter().any(|allowed| allowed == kind)
        }
    }

    /// Stores `allowed_updates`.
    pub(super) fn allow(&mut self, kinds: Option<Value>) {
        if let Some(Value::Array(kinds)) = kinds {
            let text = |kind: &Value| kind.as_str().map(str::to_owned);
            self.allowed = kinds.iter().filter_map(text).collect();
        }
    }

    pub(super) fn allowed(&self) -> &[String] {
        &self.allowed
    }

    /// Confirms all updates below `offset`; a negative one confirms all but the last `-offset`.
    pub(super) fn confirm(&mut self, offset: i64, now: MillisSinceStart) {
        let offset = if offset < 0 {
            let waiting: Vec<i64> = self.unconfirmed().map(|u| u.id).collect();
            let keep = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
            let first = waiting.len().saturating_sub(keep);
            waiting.get(first).copied().unwrap_or(i64::MIN)
        } else {
            offset
        };
        for update in &mut self.all {
            if update.id < offset && update.confirmed_at.is_none() {
                update.confirmed_at = Some(now);
            }
        }
    }

    /// Confirms one update: the effect of a webhook's 2xx.
    pub(super) fn confirm_one(&mut self, id: i64, now: MillisSinceStart) {
        if let Some(update) = self.all.iter_mut().find(|u| u.id == id) {
            update.confirmed_at.get_or_insert(now);
        }
    }

    /// Delivers unconfirmed updates, oldest first, at most `limit`.
    pub(super) fn deliver(&mut self, limit: usize) -> Vec<Value> {
        let waiting = self.all.iter_mut().filter(|u| u.confirmed_at.is_none());
        waiting
            .take(limit)
            .map(|update| {
                update.handed += 1;
                update.body.clone()
            })
            .collect()
    }

    pub(super) fn count_delivery(&mut self, id: i64) {
        if let Some(update) = self.all.iter_mut().find(|u| u.id == id) {
            update.handed += 1;
        }
    }

    /// Marks an update as unconfirmed again, as after a lost response.
    pub(super) fn unconfirm(&mut self, id: i64) -> bool {
        let update = self.all.iter_mut().find(|u| u.id == id);
        update.map(|update| update.confirmed_at = None).is_some()
    }

    pub(super) fn confirm_all(&mut self, now: MillisSinceStart) {
        self.confirm(i64::MAX, now);
    }

    pub(super) fn unconfirmed(&self) -> impl Iterator<Item = &QueuedUpdate> {
        self.all.iter().filter(|u| u.confirmed_at.is_none())
    }

    pub(super) fn all(&self) -> &[QueuedUpdate] {
        &self.all
    }
}

/// How long a poll may wait: Telegram's maximum is 50 s.
pub(super) fn patience(timeout: Option<i64>) -> Duration {
    Duration::from_secs(timeout.unwrap_or(0).clamp(0, 50).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn three() -> Updates {
        let mut updates = Updates::default();
        for n in 0..3 {
            updates.push("message", json!(n), n);
        }
        updates
    }

    fn ids(handed: &[Value]) -> Vec<i64> {
        handed.iter().map(|u| u["update_id"].as_i64().unwrap() - FIRST).collect()
    }

    #[test]
    fn unconfirmed_updates_are_delivered_again() {
        let mut updates = three();
        assert_eq!(ids(&updates.deliver(2)), [0, 1]);
        assert_eq!(ids(&updates.deliver(100)), [0, 1, 2]);
        updates.confirm(FIRST + 2, 9);
        assert_eq!(ids(&updates.deliver(100)), [2]);
        assert_eq!(updates.all()[0].handed, 2);
        assert_eq!(updates.all()[0].confirmed_at, Some(9));
    }

    #[test]
    fn negative_offset_keeps_last_updates() {
        let mut updates = three();
        updates.confirm(-1, 0);
        assert_eq!(ids(&updates.deliver(100)), [2]);
        updates.confirm(-5, 0);
        assert_eq!(ids(&updates.deliver(100)), [2]);
    }

    #[test]
    fn only_allowed_update_types_are_queued() {
        let mut updates = Updates::default();
        assert_eq!(updates.push("chat_member", json!({}), 0), None);
        updates.allow(Some(json!(["callback_query"])));
        assert_eq!(updates.push("message", json!({}), 0), None);
        assert!(updates.push("callback_query", json!({}), 0).is_some());
        updates.allow(None);
        assert_eq!(updates.allowed(), ["callback_query"], "not said is as before");
    }

    #[test]
    fn confirmed_update_can_be_redelivered() {
        let mut updates = three();
        updates.confirm(i64::MAX, 0);
        assert!(updates.unconfirm(FIRST + 1) && !updates.unconfirm(5));
        assert_eq!(ids(&updates.deliver(100)), [1]);
    }
}
