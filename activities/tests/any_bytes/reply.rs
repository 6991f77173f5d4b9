//! Any bytes as a model's reply: what the fuzz target `reply` and the test of the same name both run.

use crate::reply::{AnalysisReply, DeckReply, ReplyError, TextReply, read};

/// Reads `bytes` as every kind of reply. Gives whether a deck with slides was in them.
///
/// # Panics
/// When an error says more than where the reply went wrong: its words go back to the model and into
/// logs, and must not repeat what stood there.
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
        tells_places_only(&error);
    }
    deck.is_ok_and(|deck| !deck.slides.is_empty())
}

fn tells_places_only(error: &ReplyError) {
    match error {
        ReplyError::NoObject | ReplyError::TooLong => {}
        ReplyError::Shape(place) => {
            let known = |c: char| "line, column".contains(c) || c.is_ascii_digit();
            assert!(place.chars().all(known), "{place}");
        }
    }
}
