//! Numbers that others count: Telegram's bots, chats, updates, messages and accounts. Each is a
//! type of its own, so that a chat can't be passed for a message.

use std::fmt;

macro_rules! numbers {
    ($( $(#[$about:meta])* $number:ident ),+ $(,)?) => {$(
        $(#[$about])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
            serde::Serialize, serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $number(i64);

        impl $number {
            /// Any number is one: what it stands for, only Telegram knows.
            pub const fn new(number: i64) -> Self {
                Self(number)
            }

            /// The number.
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
    /// A bot.
    BotId,
    /// A person's account.
    AccountId,
    /// A chat; of a group it is negative.
    ChatId,
    /// A message within its chat.
    MessageId,
    /// An update of a bot's. They rise by one, but after a week of silence begin anywhere.
    UpdateId,
);
