//! Marks users whose chat is closed as unreachable, with the event `user.updated` in the same
//! transaction.

use domain::UserId;
use events::{EventContext, EventJournal, EventSource, Timestamp, persistence::UserUpdated};
use storage::{Tx, outbox, users};

/// Marks a user as unreachable until they write to the bot again. `workflow` found that their chat
/// is closed.
pub(crate) async fn mark_unreachable(
    tx: &Tx,
    user: &UserId,
    workflow: &str,
    environment: &str,
    at: Timestamp,
) -> storage::Result<()> {
    let changed = users::change(tx, user, at, |profile| {
        profile.unreachable_since.get_or_insert(at);
    });
    let fields = changed.await?.map(|changed| changed.fields).unwrap_or_default();
    if fields.is_empty() {
        return Ok(());
    }
    let context = EventContext {
        // One correlation per user: a deletion or an export takes whole correlations.
        correlation: format!("{workflow} {user}"),
        environment: environment.to_owned(),
        subject: Some(user.as_str().to_owned()),
        ..EventContext::default()
    };
    let step = format!("unreachable {user}");
    let source = EventSource::PERSISTENCE;
    let mut journal = EventJournal::for_step(workflow, &step, source, context, None);
    let changed_fields = fields.into_iter().map(str::to_owned).collect();
    journal.record(at, UserUpdated { user: user.as_str().to_owned(), changed_fields });
    outbox::append(tx, journal.events()).await?;
    Ok(())
}
