//! Limits on inputs and outputs, each with its source. “Ours” means that this project chose it.

/// Longest topic, in characters. Ours: it fits one chat bubble and one title slide.
pub const TOPIC_CHARS: usize = 300;

/// Longest source text, in characters. Ours: about ten pages, condensed before it is written up.
pub const TEXT_CHARS: usize = 20_000;

/// Longest link, in characters. Ours: what browsers and proxies agree on.
pub const LINK_CHARS: usize = 2_048;

/// Longest question, in characters. Ours: as a topic, one chat bubble.
pub const QUESTION_CHARS: usize = 300;

/// Longest instruction for rewriting a slide, in characters. Ours.
pub const INSTRUCTION_CHARS: usize = 500;

/// Largest recording, in bytes. Telegram's `getFile` hands out 20 MB.
pub const VOICE_BYTES: usize = 20 * 1024 * 1024;

/// Fewest slides. Ours: a title, one content slide, a summary.
pub const SLIDES_MIN: u8 = 3;

/// Most slides. Telegram: an album holds 2 to 10 items (Bot API, `sendMediaGroup`); Instagram's
/// publishing API takes at most 10 as well.
pub const SLIDES_MAX: u8 = 10;

pub const SLIDES_DEFAULT: u8 = 7;

/// Most rows of a slide that compares two things. Ours: more are too small to read on a phone.
pub const VERSUS_ROWS_MAX: usize = 4;

/// Longest caption, in characters. Instagram: 2,200.
pub const CAPTION_CHARS: usize = 2_200;

/// Most hashtags. Instagram: 5, since December 2025.
pub const HASHTAGS_MAX: usize = 5;

/// Longest hashtag without its `#`, in characters. Instagram refuses longer ones.
pub const HASHTAG_CHARS: usize = 100;

/// Longest alternative text of one picture, in characters. Instagram's publishing API: 1,000.
pub const ALT_CHARS: usize = 1_000;

/// Longest single text on a slide, in characters. Ours: far above what fits, because the renderer
/// measures and decides what is too long for a place.
pub const SLIDE_TEXT_CHARS: usize = 600;

/// Longest code block on a slide, in characters and lines. Ours.
pub const CODE_CHARS: usize = 900;
/// Most lines of a code block. Ours.
pub const CODE_LINES: usize = 18;

/// Most items of a list on one slide. Ours: seven can be read at a glance.
pub const ITEMS_MAX: usize = 7;

/// Largest picture, in bytes. Instagram's publishing API: 8 MB.
pub const PICTURE_BYTES: usize = 8 * 1024 * 1024;

/// Longest workflow id that we make, in UTF-8 bytes. Temporal's default limit is 1,000 bytes; file
/// names end at 255.
pub const ID_BYTES: usize = 200;

/// Longest handle, in characters. Instagram: 30.
pub const HANDLE_CHARS: usize = 30;

/// Longest name of an author, in characters. Ours: it fits under a slide.
pub const BRAND_NAME_CHARS: usize = 60;

/// Most messages that one request sends. Telegram: an album holds 2 to 10 items (Bot API,
/// `sendMediaGroup`).
pub const ALBUM_MAX: u8 = 10;

/// Edits and questions that call a model, per user and day, for a daily quota of carousels. Ours.
pub const fn requests_per_day(carousels: u32) -> u32 {
    carousels.saturating_mul(5)
}
