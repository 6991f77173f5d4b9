//! Owns the stored form of a decision: the command, and the parts of the conversation that carrying
//! it out needs. Telegram does not resend what a webhook has accepted, so a gateway that takes over
//! a decision has only this row.

use domain::{AccountId, Language, UpdateId};
use serde::{Deserialize, Serialize};
use telegram::Chat;

use super::{
    command::{Command, Why},
    hear::{Heard, Said},
};

/// A stored decision. Rows of older versions contain only the command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    #[serde(flatten)]
    pub command: Command,
    /// The conversation; `None` in rows of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub around: Option<Around>,
}

/// The conversation of a command.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Around {
    /// Telegram's chat id.
    pub chat: i64,
    /// The topic of a forum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<i32>,
    /// Whether it is a private chat with the bot.
    pub private: bool,
    /// Telegram's account number of the user.
    pub from: i64,
    /// A [`Language`]'s name, from the user's Telegram app.
    pub language: String,
    /// The message id.
    pub message: i32,
    /// The callback query that must be answered; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub press: String,
}

impl Stored {
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

    /// Whether carrying it out notifies the user of their lock.
    pub fn is_told_of_lock(&self) -> bool {
        let told = Command::Refuse { why: Why::Locked };
        self.command == told
    }

    pub fn nothing() -> Self {
        Self {
            command: Command::Nothing,
            around: None,
        }
    }

    /// The parsed update without its text, which the command contains; `None` for an older
    /// version's row.
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
    fn stored_decision_round_trips() {
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
            // The command alone can be read, too.
            assert_eq!(serde_json::from_str::<Command>(&json).unwrap(), command);
        }
    }

    #[test]
    fn older_versions_decision_is_read() {
        let read: Stored = serde_json::from_str(r#"{"do":"history","page":2}"#).unwrap();
        assert_eq!(read.command, Command::History { page: 2 });
        assert_eq!(read.heard(UpdateId::new(7)), None);
    }
}
