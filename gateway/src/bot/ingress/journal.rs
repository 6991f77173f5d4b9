//! Builds the outbox events of an update.

use domain::UserId;
use events::{
    Context, EventId, Journal, Origin, Timestamp,
    gateway::{MessageKind, UserMessageReceived, UserSessionCreated},
    persistence::{SessionSaved, UserCreated},
};
use storage::sessions::Saved;

use super::{DIALOGUE, Ingress, user_id};
use crate::bot::{
    command::Command,
    hear::{Heard, Said},
};

impl Ingress {
    pub(super) fn correlation(&self, heard: &Heard) -> String {
        format!("update-{}-{}", self.bot_id(), heard.update)
    }

    pub(super) fn journal(
        &self,
        heard: &Heard,
        what: &str,
        session: Option<String>,
        cause: Option<EventId>,
    ) -> Journal {
        let update = self.correlation(heard);
        let context = Context {
            correlation: update.clone(),
            environment: self.inner.desk.environment.clone(),
            session,
            user: user_id(heard.from).ok().map(|id| id.as_str().to_owned()),
            request: Some(update.clone()),
            ..Context::default()
        };
        Journal::of_request(&format!("{update}-{what}"), Origin::GATEWAY, context, cause)
    }

    pub(super) fn heard_events(
        &self,
        journal: &mut Journal,
        heard: &Heard,
        user: &UserId,
        new: bool,
        at: Timestamp,
    ) {
        let (kind, length) = kind_of(&heard.said);
        journal.record(
            at,
            UserMessageReceived {
                user: user.as_str().to_owned(),
                chat: heard.chat.id,
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
pub(super) fn session_events(journal: &mut Journal, saved: &Saved, user: &UserId, at: Timestamp) {
    if saved.fresh {
        let created = UserSessionCreated {
            session: saved.id.clone(),
            user: user.as_str().to_owned(),
        };
        journal.record(at, created);
    }
    let stored = SessionSaved {
        session: saved.id.clone(),
        expires_at: at + DIALOGUE,
    };
    journal.record(at, stored);
}

fn kind_of(said: &Said) -> (MessageKind, u64) {
    let length = |text: &str| text.chars().count() as u64;
    match said {
        Said::Command { rest, .. } => (MessageKind::Command, length(rest)),
        Said::Words(words) if words.starts_with("http") => (MessageKind::Link, length(words)),
        Said::Words(words) => (MessageKind::Text, length(words)),
        Said::Voice { .. } => (MessageKind::Voice, 0),
        Said::Picture { .. } => (MessageKind::Photo, 0),
        Said::Document { .. } | Said::OtherFile { .. } => (MessageKind::Document, 0),
        Said::Press { .. } => (MessageKind::Callback, 0),
        Said::Other => (MessageKind::Text, 0),
    }
}

/// A command's serialized name.
pub(super) fn name_of(command: &Command) -> String {
    let json = serde_json::to_value(command).unwrap_or_default();
    json["do"].as_str().unwrap_or_default().to_owned()
}
