//! `getUpdates`: waits for updates, and ends when another poll starts.

use super::{
    error_response::{ErrorResponse, Result},
    fake::Fake,
    fake_model::MillisSinceStart,
    fake_state::FakeState,
    request::Params,
    updates::patience,
};

enum PollState {
    Updates(Vec<serde_json::Value>),
    Nothing,
    Replaced,
    Webhook,
}

/// Waits for updates, at most for the requested timeout.
///
/// As at Telegram, if two polls run at once, the *earlier* one is refused.
pub(super) async fn poll(fake: &Fake, params: &Params) -> Result<Vec<serde_json::Value>> {
    let limit = params.number("limit").unwrap_or(100).clamp(1, 100);
    let limit = usize::try_from(limit).unwrap_or(100);
    let offset = params.number("offset").unwrap_or(0);
    let allowed = params.structure("allowed_updates")?;
    let mut changed = fake.changes();
    let turn = fake.change(|state, now| {
        if state.webhook.is_some() {
            return Err(ErrorResponse::webhook_is_active());
        }
        state.updates.allow(allowed);
        confirm(state, offset, now.moment());
        state.updates.poller += 1;
        Ok(state.updates.poller)
    })?;
    let deadline = tokio::time::Instant::now() + patience(params.number("timeout"));
    loop {
        changed.mark_unchanged();
        match fake.read(|state, _| poll_state(state, turn, limit)) {
            PollState::Updates(updates) => return Ok(updates),
            PollState::Replaced => return Err(ErrorResponse::other_poller()),
            PollState::Webhook => {
                return Err(ErrorResponse::conflict("terminated by setWebhook request"));
            }
            PollState::Nothing => {}
        }
        let waited = tokio::time::timeout_at(deadline, changed.changed()).await;
        if waited.is_err() {
            return Ok(Vec::new());
        }
    }
}

fn confirm(state: &mut FakeState, offset: i64, now: MillisSinceStart) {
    if offset != 0 {
        state.updates.confirm(offset, now);
    }
}

fn poll_state(state: &mut FakeState, turn: u64, limit: usize) -> PollState {
    if state.webhook.is_some() {
        return PollState::Webhook;
    }
    if state.updates.poller != turn {
        return PollState::Replaced;
    }
    let updates = state.updates.deliver(limit);
    if updates.is_empty() { PollState::Nothing } else { PollState::Updates(updates) }
}
