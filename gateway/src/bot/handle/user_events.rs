//! Writes `user.updated` in the transaction that changes a user's profile, settings or brand.

use domain::UserId;
use events::{EventContext, EventJournal, EventSource, Timestamp, persistence::UserUpdated};
use storage::{Changed, Tx, outbox, users::User};

use super::CommandHandler;

impl CommandHandler<'_> {
    /// Writes the event if fields of `user` changed. The id is derived from the update, the user
    /// and the fields, because one update can change several rows.
    pub(super) async fn record_changed_fields(
        &self,
        tx: &Tx,
        user: &UserId,
        fields: &[impl AsRef<str>],
        at: Timestamp,
    ) -> storage::Result<()> {
        if fields.is_empty() {
            return Ok(());
        }
        let changed_fields: Vec<String> =
            fields.iter().map(|field| field.as_ref().to_owned()).collect();
        let update = format!("update-{}-{}", self.deps.id, self.update.update);
        let cause = outbox::last_event_id(tx, &update).await?;
        let context = EventContext {
            correlation: update.clone(),
            environment: self.deps.environment.clone(),
            user: Some(self.user.as_str().to_owned()),
            request: Some(update.clone()),
            ..EventContext::default()
        };
        let request = format!("{update}-{user}-{}", changed_fields.join("-"));
        let mut journal = EventJournal::for_request(&request, EventSource::GATEWAY, context, cause);
        journal.record(at, UserUpdated { user: user.as_str().to_owned(), changed_fields });
        outbox::append(tx, journal.events()).await?;
        Ok(())
    }

    /// Like [`Self::record_changed_fields`], about the profile of a user, who may not exist.
    pub(super) async fn record_changed_profile(
        &self,
        tx: &Tx,
        changed: Option<&Changed<User>>,
        at: Timestamp,
    ) -> storage::Result<()> {
        match changed {
            Some(Changed { value, fields }) => {
                self.record_changed_fields(tx, &value.id, fields, at).await
            }
            None => Ok(()),
        }
    }
}
