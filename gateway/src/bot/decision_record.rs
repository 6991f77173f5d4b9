//! Owns the stored form of a decision: the action, and the parts of the conversation that carrying
//! it out needs. Telegram does not resend what a webhook has accepted, so a gateway that takes over
//! a decision has only this row.

use domain::{AccountId, ChatId, Language, UpdateId};
use serde::{Deserialize, Serialize};
use telegram::{
    ChatRef,
    action::{Action, RefusalReason},
};

use super::parse::{Incoming, MessageAuthor, ParsedContent};

/// A stored decision. Rows of older versions contain only the action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRecord {
    #[serde(flatten)]
    pub action: Action,
    /// The conversation; `None` in rows of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub around: Option<ConversationRecord>,
    /// The revision of the carousel under whose button the user pressed: part of what the press
    /// asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
    /// The update whose request this update is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_of: Option<UpdateId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConversationRecord {
    /// Telegram's chat id.
    pub chat: ChatId,
    /// The topic of a forum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<i32>,
    /// Whether it is a private chat with the bot.
    pub private: bool,
    /// Telegram's account number of the user.
    pub from: i64,
    /// A [`Language`]'s name, from the user's Telegram app.
    pub language: String,
    pub message: i32,
    /// The callback query that must be answered; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub press: String,
}

impl DecisionRecord {
    pub fn new(action: Action, heard: &Incoming) -> Self {
        let press = match &heard.content {
            ParsedContent::Press { query, .. } => query.clone(),
            _ => String::new(),
        };
        let around = ConversationRecord {
            chat: heard.chat.id,
            thread: heard.chat.thread,
            private: heard.private,
            from: heard.account.get(),
            language: heard.language.name().to_owned(),
            message: heard.message,
            press,
        };
        Self { action, around: Some(around), revision: None, part_of: None }
    }

    /// Whether carrying it out notifies the user of their lock.
    pub fn notifies_of_lock(&self) -> bool {
        let told = Action::Refuse { why: RefusalReason::Locked };
        self.action == told
    }

    pub fn nothing() -> Self {
        Self { action: Action::Nothing, around: None, revision: None, part_of: None }
    }

    /// The decision about a further part of `update`'s request.
    pub fn part_of(update: UpdateId) -> Self {
        Self { part_of: Some(update), ..Self::nothing() }
    }

    /// The parsed update without its text, which the action contains; `None` for an older
    /// version's row.
    pub fn parsed_update(&self, update: UpdateId) -> Option<Incoming> {
        let around = self.around.as_ref()?;
        Some(Incoming {
            update,
            chat: ChatRef { id: around.chat, thread: around.thread },
            private: around.private,
            account: AccountId::new(around.from),
            language: around.language.parse().unwrap_or(Language::En),
            message: around.message,
            author: MessageAuthor::Person,
            reply_to: None,
            edited: false,
            comment: String::new(),
            link: None,
            content: match around.press.as_str() {
                "" => ParsedContent::Other,
                query => ParsedContent::Press { query: query.to_owned(), data: String::new() },
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press() -> Incoming {
        Incoming {
            update: UpdateId::new(7),
            chat: ChatRef { id: ChatId::new(-100), thread: Some(3) },
            private: false,
            account: AccountId::new(5),
            language: Language::Ru,
            message: 9,
            author: MessageAuthor::Person,
            reply_to: None,
            edited: false,
            comment: String::new(),
            link: None,
            content: ParsedContent::Press { query: "q".to_owned(), data: String::new() },
        }
    }

    #[test]
    fn stored_decision_round_trips() {
        for action in [
            Action::Greet { topic: None },
            Action::History { page: 2 },
            Action::Schedule { what: telegram::action::ScheduleAction::Show },
        ] {
            let stored = DecisionRecord::new(action.clone(), &press());
            let json = serde_json::to_string(&stored).unwrap();
            let read: DecisionRecord = serde_json::from_str(&json).unwrap();
            assert_eq!(read, stored);
            assert_eq!(read.parsed_update(UpdateId::new(7)), Some(press()));
            // The action alone can be read, too.
            assert_eq!(serde_json::from_str::<Action>(&json).unwrap(), action);
        }
    }

    #[test]
    fn part_names_the_update_of_its_request() {
        let part = serde_json::json!(DecisionRecord::part_of(UpdateId::new(7)));
        assert_eq!(part.to_string(), r#"{"do":"nothing","part_of":7}"#);
        // An older version reads it, too: there is nothing to do.
        assert_eq!(serde_json::from_value::<Action>(part).unwrap(), Action::Nothing);
    }

    #[test]
    fn older_versions_decision_is_read() {
        let read: DecisionRecord = serde_json::from_str(r#"{"do":"history","page":2}"#).unwrap();
        assert_eq!((&read.action, read.revision), (&Action::History { page: 2 }, None));
        assert_eq!(read.parsed_update(UpdateId::new(7)), None);
    }
}
