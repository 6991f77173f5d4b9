//! Telegram's limits, each with its source.

/// Fewest items of an album. Bot API, `sendMediaGroup`.
pub const ALBUM_MIN: usize = 2;
/// Most items of an album. Bot API, `sendMediaGroup`.
pub const ALBUM_MAX: usize = 10;

/// Longest caption, in characters after parsing of entities. Bot API, `InputMediaPhoto`.
pub const CAPTION_CHARS: usize = 1_024;

/// Longest message, in characters after parsing of entities. Bot API, `sendMessage`.
pub const MESSAGE_CHARS: usize = 4_096;

/// Longest callback data of a button, in bytes. Bot API, `InlineKeyboardButton`.
pub const CALLBACK_BYTES: usize = 64;

/// Largest file that a bot can download, in bytes. Bot API, `getFile`.
pub const DOWNLOAD_BYTES: u32 = 20 * 1024 * 1024;

/// Largest document that we upload, in bytes; Telegram's limit is 50 MB. Bot API, "Sending files".
pub const DOCUMENT_BYTES: usize = 49 * 1000 * 1000;

/// Messages per second over all chats. Bots FAQ, "My bot is hitting limits".
pub const MESSAGES_PER_SECOND: u32 = 30;
