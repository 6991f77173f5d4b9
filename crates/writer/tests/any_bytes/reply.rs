//! Parses arbitrary bytes as a model's reply; shared by the fuzz target `reply` and the test of the
//! same name.

use crate::reply::{AnalysisReply, DeckReply, ReplyError, TextReply, read};

/// Parses `bytes` as every kind of reply. Returns whether they contained a deck with slides.
///
/// # Panics
///
/// If an error contains more than positions: its text is sent to the model and logged, and must not
/// repeat the reply's content.
pub(crate) fn examine(bytes: &[u8]) -> bool {
    let reply = String::from_utf8_lossy(bytes);
    let deck = read::<DeckReply>(&reply);
    for error in [
        deck.as_ref().err().cloned(),
        read::<AnalysisReply>(&reply).err(),
        read::<TextReply>(&reply).err(),
    ]
    .into_iter()
    .flatten()
    {
        assert_positions_only(&error);
    }
    deck.is_ok_and(|deck| !deck.slides.is_empty())
}

fn assert_positions_only(error: &ReplyError) {
    match error {
        ReplyError::NoObject | ReplyError::TooLong => {}
        ReplyError::Shape(place) => {
            let known = |c: char| "line, column".contains(c) || c.is_ascii_digit();
            assert!(place.chars().all(known), "{place}");
        }
    }
}
