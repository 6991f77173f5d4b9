//! Builds the outbox events of an update.

use domain::UserId;
use events::{
    EventContext, EventId, EventJournal, EventSource, Timestamp,
    gateway::{MessageKind, UserMessageReceived, UserSessionCreated},
    persistence::{SessionSaved, UserCreated, UserUpdated},
};
use storage::sessions::SavedSession;
use telegram::action::Action;

use super::{DIALOGUE_LIFETIME, Ingress, user_id};
use crate::bot::parse::{Incoming, ParsedContent};

impl Ingress {
    pub(super) fn correlation(&self, heard: &Incoming) -> String {
        format!("update-{}-{}", self.bot_id(), heard.update)
    }

    pub(super) fn journal(
        &self,
        heard: &Incoming,
        what: &str,
        session: Option<String>,
        cause: Option<EventId>,
    ) -> EventJournal {
        let update = self.correlation(heard);
        let context = EventContext {
            correlation: update.clone(),
            environment: self.inner.deps.environment.clone(),
            session,
            user: user_id(heard.account).ok().map(|id| id.as_str().to_owned()),
            request: Some(update.clone()),
            ..EventContext::default()
        };
        EventJournal::for_request(&format!("{update}-{what}"), EventSource::GATEWAY, context, cause)
    }

    pub(super) fn received_events(
        &self,
        journal: &mut EventJournal,
        heard: &Incoming,
        user: &UserId,
        new: bool,
        at: Timestamp,
    ) {
        let (kind, length) = kind_of(&heard.content);
        journal.record(
            at,
            UserMessageReceived {
                user: user.as_str().to_owned(),
                chat: heard.chat.id.get(),
                message: i64::from(heard.message),
                kind,
                length,
            },
        );
        if new {
            journal.record(
                at,
                UserCreated {
                    user: user.as_str().to_owned(),
                    changed_fields: vec!["language".to_owned()],
                },
            );
        }
    }
}

/// The events of a stored dialogue.
pub(super) fn session_events(
    journal: &mut EventJournal,
    saved: &SavedSession,
    user: &UserId,
    at: Timestamp,
) {
    if saved.fresh {
        let created =
            UserSessionCreated { session: saved.id.clone(), user: user.as_str().to_owned() };
        journal.record(at, created);
    }
    let stored = SessionSaved { session: saved.id.clone(), expires_at: at + DIALOGUE_LIFETIME };
    journal.record(at, stored);
}

/// The event of a changed profile; none if no field changed.
pub(super) fn updated_event(
    journal: &mut EventJournal,
    user: &UserId,
    fields: &[&str],
    at: Timestamp,
) {
    if !fields.is_empty() {
        let changed_fields = fields.iter().map(|field| (*field).to_owned()).collect();
        journal.record(at, UserUpdated { user: user.as_str().to_owned(), changed_fields });
    }
}

fn kind_of(said: &ParsedContent) -> (MessageKind, u64) {
    let length = |text: &str| text.chars().count() as u64;
    match said {
        ParsedContent::Command { rest, .. } => (MessageKind::Command, length(rest)),
        ParsedContent::Text(words) if words.starts_with("http") => {
            (MessageKind::Link, length(words))
        }
        ParsedContent::Text(words) => (MessageKind::Text, length(words)),
        ParsedContent::Voice { .. } => (MessageKind::Voice, 0),
        ParsedContent::Picture { .. } => (MessageKind::Photo, 0),
        ParsedContent::Document { .. } | ParsedContent::OtherFile { .. } => {
            (MessageKind::Document, 0)
        }
        ParsedContent::Press { .. } => (MessageKind::Callback, 0),
        ParsedContent::Migrated(_) | ParsedContent::Membership(_) | ParsedContent::Other => {
            (MessageKind::Text, 0)
        }
    }
}

pub(super) fn name_of(action: &Action) -> String {
    let json = serde_json::to_value(action).unwrap_or_default();
    json["do"].as_str().unwrap_or_default().to_owned()
}
