//! Lengths of the texts that models write, in characters.
//!
//! A model can't measure pixels, so prompts state characters. Texts of these lengths fit in every
//! theme and format; the tests of `writer::slide` draw them to prove it. If a text overflows all
//! the same (one very long word), the renderer rejects it and the workflow requests a shorter one.

pub(crate) const TITLE: usize = 60;
/// The subtitle of the opening slide.
pub(crate) const SUBTITLE: usize = 90;
pub(crate) const BODY: usize = 190;
pub(crate) const TERM: usize = 28;
/// The definition of a term.
pub(crate) const MEANING: usize = 160;
/// The headline above steps or items.
pub(crate) const LISTED_TITLE: usize = 50;
pub(crate) const ITEM: usize = 80;
/// Fewest and most steps or items.
pub(crate) const ITEMS: (usize, usize) = (3, 4);
/// The label of one side of a comparison.
pub(crate) const LABEL: usize = 18;
pub(crate) const SIDE: usize = 110;
/// A row of two things: their names, what is compared, and what each says to it.
pub(crate) const VERSUS_NAME: usize = 18;
pub(crate) const VERSUS_ASPECT: usize = 24;
pub(crate) const VERSUS_CELL: usize = 28;
pub(crate) const POINT: usize = 60;
/// Fewest and most points.
pub(crate) const POINTS: (usize, usize) = (2, 3);
pub(crate) const CALL: usize = 90;
/// A quote with its author; the longest in our notes.
pub(crate) const QUOTE: usize = 220;

/// The caption's first line: Instagram folds a caption after 125 characters.
pub(crate) const HOOK: usize = 120;
/// The caption's body. Far below Instagram's 2,200, because we append more.
pub(crate) const CAPTION: usize = 900;
/// The caption's last line.
pub(crate) const CAPTION_CALL: usize = 150;
/// A hashtag, and how many.
pub(crate) const HASHTAG: usize = 30;
pub(crate) const HASHTAGS: (usize, usize) = (3, 5);

/// Texts of an analysis: long ones, short ones, keywords.
pub(crate) const ANGLE: usize = 200;
pub(crate) const SHORT_TEXT: usize = 110;
pub(crate) const KEYWORD: usize = 30;

pub(crate) const ANSWER: usize = 900;
pub(crate) const DAILY_TIP: usize = 220;

/// Number of notes in a prompt, and characters of each.
pub(crate) const NOTES: usize = 4;
pub(crate) const PASSAGE: usize = 620;
/// Characters of the source text in a prompt, about 5,000 tokens. The rest is cut, because small
/// self-hosted models can't take more.
pub(crate) const SOURCE: usize = 14_000;
