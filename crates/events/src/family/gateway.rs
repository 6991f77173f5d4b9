//! Events about what the Telegram gateway received and sent.

use crate::catalogue::{data, family};

family! {
    GatewayEvent in Gateway {
        UserMessageReceived = "user.message.received",
        CommandExecuted = "command.executed",
        UserSessionCreated = "user.session.created",
        BotResponseSent = "bot.response.sent",
    }
}

data! {
    /// An update was accepted.
    pub struct UserMessageReceived {
        /// The sender's pseudonym.
        pub user: String,
        /// The Telegram chat id.
        pub chat: i64,
        /// The Telegram message id, unique within the chat.
        pub message: i64,
        /// The kind of message.
        pub kind: MessageKind,
        /// The length of its text, in characters; 0 without text.
        pub length: u64,
    }

    /// A command was handled.
    pub struct CommandExecuted {
        /// The command's name, without the slash and the arguments.
        pub command: String,
        /// Whether the command succeeded.
        pub success: bool,
        /// From the acceptance of the update to the reply, in milliseconds.
        pub duration_ms: u64,
    }

    /// The first message of a dialogue was received.
    pub struct UserSessionCreated {
        /// The dialogue's id.
        pub session: String,
        /// The user's pseudonym.
        pub user: String,
    }

    /// A reply was sent.
    pub struct BotResponseSent {
        /// The kind of reply: `text`, `album`, `document`, …
        pub kind: String,
        /// Whether Telegram accepted it.
        pub success: bool,
    }

    /// The kind of a message.
    #[derive(Copy, Eq)]
    #[serde(rename_all = "lowercase")]
    pub enum MessageKind {
        /// Plain text.
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
        /// A text with a link.
        Link,
    }
}
