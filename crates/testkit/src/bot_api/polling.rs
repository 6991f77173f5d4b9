//! `getUpdates`: waits for updates, and ends when another poll starts.

use super::{
    fake::Fake, model::Moment, refusal::Refusal, request::Params, updates::patience, world::World,
};

/// The state that a poll finds.
enum Look {
    Updates(Vec<serde_json::Value>),
    Nothing,
    Replaced,
    Webhook,
}

/// Waits for updates, at most for the requested timeout.
///
/// As at Telegram, if two polls run at once, the *earlier* one is refused.
pub(super) async fn poll(fake: &Fake, params: &Params) -> Result<Vec<serde_json::Value>, Refusal> {
    let limit = params.number("limit").unwrap_or(100).clamp(1, 100);
    let limit = usize::try_from(limit).unwrap_or(100);
    let offset = params.number("offset").unwrap_or(0);
    let allowed = params.structure("allowed_updates")?;
    let mut changed = fake.changes();
    let turn = fake.change(|world, now| {
        if world.webhook.is_some() {
            return Err(Refusal::webhook_is_active());
        }
        world.updates.allow(allowed);
        confirm(world, offset, now.moment());
        world.updates.poller += 1;
        Ok(world.updates.poller)
    })?;
    let deadline = tokio::time::Instant::now() + patience(params.number("timeout"));
    loop {
        changed.mark_unchanged();
        match fake.look(|world, _| look(world, turn, limit)) {
            Look::Updates(updates) => return Ok(updates),
            Look::Replaced => return Err(Refusal::other_poller()),
            Look::Webhook => {
                return Err(Refusal::conflict("terminated by setWebhook request"));
            }
            Look::Nothing => {}
        }
        let waited = tokio::time::timeout_at(deadline, changed.changed()).await;
        if waited.is_err() {
            return Ok(Vec::new());
        }
    }
}

fn confirm(world: &mut World, offset: i64, now: Moment) {
    if offset != 0 {
        world.updates.confirm(offset, now);
    }
}

fn look(world: &mut World, turn: u64, limit: usize) -> Look {
    if world.webhook.is_some() {
        return Look::Webhook;
    }
    if world.updates.poller != turn {
        return Look::Replaced;
    }
    let updates = world.updates.hand_out(limit);
    if updates.is_empty() {
        Look::Nothing
    } else {
        Look::Updates(updates)
    }
}
