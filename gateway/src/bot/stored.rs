//! A decision as it is stored: the command, and what of the conversation is needed to carry it out.
//! Telegram does not send again what a webhook has taken, so whoever goes on with a decision after a
//! gateway died has the row and nothing else.

use domain::{AccountId, Language, UpdateId};
use serde::{Deserialize, Serialize};
use telegram::Chat;

use super::{
    command::{Command, Why},
    hear::{Heard, Said},
};

/// A stored decision. One of an older version has the command alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// What is to be done.
    #[serde(flatten)]
    pub command: Command,
    /// Where, and for whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub around: Option<Around>,
}

/// What surrounds a command.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Around {
    /// The chat, in Telegram's numbering.
    pub chat: i64,
    /// The topic of a forum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<i32>,
    /// Whether nobody else is there.
    pub private: bool,
    /// Who.
    pub from: i64,
    /// A [`Language`]'s name: that of their Telegram.
    pub language: String,
    /// The number of the message.
    pub message: i32,
    /// The press that is to be answered; empty where none was.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub press: String,
}

impl Stored {
    /// What was decided about this.
    pub fn new(command: Command, heard: &Heard) -> Self {
        let press = match &heard.said {
            Said::Press { query, .. } => query.clone(),
            _ => String::new(),
        };
        let around = Around {
            chat: heard.chat.id,
            thread: heard.chat.thread,
            private: heard.private,
            from: heard.from.get(),
            language: heard.language.name().to_owned(),
            message: heard.message,
            press,
        };
        Self {
            command,
            around: Some(around),
        }
    }

    /// Whether a locked person learns that they are.
    pub fn is_told_of_lock(&self) -> bool {
        let told = Command::Refuse { why: Why::Locked };
        self.command == told
    }

    /// Nothing is to be done.
    pub fn nothing() -> Self {
        Self {
            command: Command::Nothing,
            around: None,
        }
    }

    /// What was heard, without the words, which the command has; `None` for an older version's.
    pub fn heard(&self, update: UpdateId) -> Option<Heard> {
        let around = self.around.as_ref()?;
        Some(Heard {
            update,
            chat: Chat {
                id: around.chat,
                thread: around.thread,
            },
            private: around.private,
            from: AccountId::new(around.from),
            language: around.language.parse().unwrap_or(Language::En),
            message: around.message,
            reply_to: None,
            said: match around.press.as_str() {
                "" => Said::Other,
                query => Said::Press {
                    query: query.to_owned(),
                    data: String::new(),
                },
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press() -> Heard {
        Heard {
            update: UpdateId::new(7),
            chat: Chat {
                id: -100,
                thread: Some(3),
            },
            private: false,
            from: AccountId::new(5),
            language: Language::Ru,
            message: 9,
            reply_to: None,
            said: Said::Press {
                query: "q".to_owned(),
                data: String::new(),
            },
        }
    }

    #[test]
    fn a_decision_survives_the_way_there_and_back() {
        for command in [
            Command::Greet,
            Command::History { page: 2 },
            Command::Schedule {
                what: super::super::timetable::Ask::Show,
            },
        ] {
            let stored = Stored::new(command.clone(), &press());
            let json = serde_json::to_string(&stored).unwrap();
            let read: Stored = serde_json::from_str(&json).unwrap();
            assert_eq!(read, stored);
            assert_eq!(read.heard(UpdateId::new(7)), Some(press()));
            // And whoever wants the command alone can have it.
            assert_eq!(serde_json::from_str::<Command>(&json).unwrap(), command);
        }
    }

    #[test]
    fn what_an_older_version_stored_is_read() {
        let read: Stored = serde_json::from_str(r#"{"do":"history","page":2}"#).unwrap();
        assert_eq!(read.command, Command::History { page: 2 });
        assert_eq!(read.heard(UpdateId::new(7)), None);
    }
}
