//! What Telegram takes, with its source.

/// Fewest and most items of an album. Bot API, `sendMediaGroup`.
pub const ALBUM_MIN: usize = 2;
/// See [`ALBUM_MIN`].
pub const ALBUM_MAX: usize = 10;

/// Longest caption, in characters after entities were parsed. Bot API, `InputMediaPhoto`.
pub const CAPTION_CHARS: usize = 1_024;

/// Longest message, in characters after entities were parsed. Bot API, `sendMessage`.
pub const MESSAGE_CHARS: usize = 4_096;

/// Longest data of a button, in bytes. Bot API, `InlineKeyboardButton`.
pub const CALLBACK_BYTES: usize = 64;

/// Largest file that a bot can download. Bot API, `getFile`.
pub const DOWNLOAD_BYTES: u32 = 20 * 1024 * 1024;

/// Largest file that a bot can upload is 50 MB; this stays below it. Bot API, "Sending files".
pub const DOCUMENT_BYTES: usize = 49 * 1000 * 1000;

/// Largest photo that a bot can upload. Bot API, "Sending files".
pub const PHOTO_BYTES: usize = 10 * 1024 * 1024;

/// Largest sum of a photo's width and height. Bot API, `sendPhoto`.
pub const PHOTO_SIDES: u32 = 10_000;

/// Messages a second over all chats. Bots FAQ, "My bot is hitting limits".
pub const MESSAGES_PER_SECOND: u32 = 30;

/// Longest secret of a webhook. Bot API, `setWebhook`.
pub const WEBHOOK_SECRET_CHARS: usize = 256;

/// Longest answer to a pressed button. Bot API, `answerCallbackQuery`.
pub const TOAST_CHARS: usize = 200;
