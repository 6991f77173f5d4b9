//! How long each text of a model may be, in characters.
//!
//! A model can't measure pixels, so it is told characters. The numbers are such that words of this
//! length fit their place in every theme and format; the tests of `writer::slide` draw them to prove
//! it. What overflows all the same (one endless word) the renderer refuses, and the workflow asks for
//! less.

/// A headline.
pub(super) const TITLE: usize = 60;
/// Under the opening's headline.
pub(super) const SUBTITLE: usize = 90;
/// A paragraph.
pub(super) const BODY: usize = 190;
/// A term.
pub(super) const TERM: usize = 28;
/// What a term means.
pub(super) const MEANING: usize = 160;
/// The headline over steps or items.
pub(super) const LISTED_TITLE: usize = 50;
/// A step, an item.
pub(super) const ITEM: usize = 80;
/// Fewest and most of them.
pub(super) const ITEMS: (usize, usize) = (3, 4);
/// The name of one side of a comparison.
pub(super) const LABEL: usize = 18;
/// One side of a comparison.
pub(super) const SIDE: usize = 110;
/// A point of the summary.
pub(super) const POINT: usize = 60;
/// How many points it has.
pub(super) const POINTS: (usize, usize) = (2, 3);
/// What to do next.
pub(super) const CALL: usize = 90;
/// Somebody's words, and whose they are: our notes' longest.
pub(super) const QUOTE: usize = 220;

/// The caption's first line: Instagram folds a caption after 125 characters.
pub(super) const HOOK: usize = 120;
/// The caption's body. Far below Instagram's 2,200: the rest is for what we add.
pub(super) const CAPTION: usize = 900;
/// The caption's last line.
pub(super) const CAPTION_CALL: usize = 150;
/// A hashtag, and how many.
pub(super) const HASHTAG: usize = 30;
pub(super) const HASHTAGS: (usize, usize) = (3, 5);

/// Of an analysis: its longer texts, its shorter ones, its words.
pub(super) const ANGLE: usize = 200;
pub(super) const THOUGHT: usize = 110;
pub(super) const KEYWORD: usize = 30;

/// An answer to a question.
pub(super) const ANSWER: usize = 900;
/// A thought of the day.
pub(super) const WISDOM: usize = 220;

/// Notes that a prompt carries, and how much of each.
pub(super) const NOTES: usize = 4;
pub(super) const PASSAGE: usize = 620;
/// How much of a source text a prompt carries. About 5,000 tokens: more than the smallest models of
/// one's own can take is cut.
pub(super) const SOURCE: usize = 14_000;
