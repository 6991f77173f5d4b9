//! Telegram's numeric ids: bots, accounts, chats, messages, updates. Each is a type of its own, so
//! that a chat can't be passed for a message.

use std::fmt;

macro_rules! numbers {
    ($( $(#[$about:meta])* $number:ident ),+ $(,)?) => {$(
        $(#[$about])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default,
            serde::Serialize, serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $number(i64);

        impl $number {
            /// Accepts every number; only Telegram knows which are valid.
            pub const fn new(number: i64) -> Self {
                Self(number)
            }

            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $number {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

numbers!(
    BotId,
    /// A person's account.
    AccountId,
    /// A chat; negative for a group.
    ChatId,
    /// A message within its chat.
    MessageId,
    /// A bot's update. Ids increase by one; after a week without updates Telegram continues at a
    /// random number.
    UpdateId,
);

impl AccountId {
    /// The person's private chat with the bot.
    pub const fn chat(self) -> ChatId {
        ChatId(self.0)
    }
}

/// A group became a supergroup, with another chat id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChatMigration {
    pub from: ChatId,
    pub to: ChatId,
}
