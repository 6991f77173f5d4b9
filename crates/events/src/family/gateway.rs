//! What the Telegram gateway saw and said.

use crate::catalogue::{data, family};

family! {
    /// What the Telegram gateway saw and said.
    GatewayEvent in Gateway {
        /// An update was accepted.
        UserMessageReceived = "user.message.received",
        /// A command was handled.
        CommandExecuted = "command.executed",
        /// The first message of a dialogue came in.
        UserSessionCreated = "user.session.created",
        /// A reply left.
        BotResponseSent = "bot.response.sent",
    }
}

data! {
    /// An update was accepted.
    pub struct UserMessageReceived {
        /// Who wrote; pseudonymous.
        pub user: String,
        /// The chat, in Telegram's numbering.
        pub chat: i64,
        /// The message, in Telegram's numbering within the chat.
        pub message: i64,
        /// What it was.
        pub kind: MessageKind,
        /// How long its text was, in characters; 0 without text.
        pub length: u64,
    }

    /// A command was handled.
    pub struct CommandExecuted {
        /// The command's name, without the slash and without what followed it.
        pub command: String,
        /// Whether it did what it says.
        pub success: bool,
        /// From the update's acceptance to the answer, in milliseconds.
        pub duration_ms: u64,
    }

    /// The first message of a dialogue came in.
    pub struct UserSessionCreated {
        /// The dialogue.
        pub session: String,
        /// Whose it is; pseudonymous.
        pub user: String,
    }

    /// A reply left.
    pub struct BotResponseSent {
        /// What was sent: `text`, `album`, `document`, …
        pub kind: String,
        /// Whether Telegram took it.
        pub success: bool,
    }

    /// What a message was.
    #[derive(Copy, Eq)]
    #[serde(rename_all = "lowercase")]
    pub enum MessageKind {
        /// Words.
        Text,
        /// A slash command.
        Command,
        /// A button was pressed.
        Callback,
        /// A voice message.
        Voice,
        /// A photo.
        Photo,
        /// A file.
        Document,
        /// Words with an address.
        Link,
    }
}
