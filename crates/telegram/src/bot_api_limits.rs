//! Telegram's limits, each with its source.

/// Fewest items of an album. Bot API, `sendMediaGroup`.
pub const ALBUM_MIN: usize = 2;
/// Most items of an album. Bot API, `sendMediaGroup`.
pub const ALBUM_MAX: usize = 10;

/// Longest caption, in UTF-16 code units after parsing of entities. Bot API, `InputMediaPhoto`.
pub const CAPTION_UNITS: usize = 1_024;

/// Longest message, in UTF-16 code units after parsing of entities. Bot API, `sendMessage`.
pub const MESSAGE_UNITS: usize = 4_096;

/// Longest answer to a callback query, in UTF-16 code units. Bot API, `answerCallbackQuery`.
pub const CALLBACK_ANSWER_UNITS: usize = 200;

/// Longest description of a command, in UTF-16 code units. Bot API, `BotCommand`.
pub const COMMAND_DESCRIPTION_UNITS: usize = 256;

/// Longest description of a bot, shown in an empty chat, in UTF-16 code units. Bot API,
/// `setMyDescription`.
pub const DESCRIPTION_UNITS: usize = 512;

/// Longest short description of a bot, shown on its profile, in UTF-16 code units. Bot API,
/// `setMyShortDescription`.
pub const SHORT_DESCRIPTION_UNITS: usize = 120;

/// Longest label of a button, in UTF-16 code units. Ours: the Bot API names no limit, and Telegram's
/// apps cut what does not fit.
pub const LABEL_UNITS: usize = 64;

/// Longest callback data of a button, in bytes. Bot API, `InlineKeyboardButton`.
pub const CALLBACK_BYTES: usize = 64;

/// Longest text that a button copies, in UTF-16 code units. Bot API, `CopyTextButton`.
pub const COPY_TEXT_UNITS: usize = 256;

/// Longest parameter of a deep link, in bytes. Bot features, "Deep linking".
pub const START_PARAMETER_BYTES: usize = 64;

/// Largest file that a bot can download, in bytes. Bot API, `getFile`.
pub const DOWNLOAD_BYTES: u32 = 20 * 1024 * 1024;

/// Largest document that we upload, in bytes; Telegram's limit is 50 MB. Bot API, "Sending files".
pub const DOCUMENT_BYTES: usize = 49 * 1000 * 1000;

/// Messages per second over all chats. Bots FAQ, "My bot is hitting limits".
pub const MESSAGES_PER_SECOND: u32 = 30;
