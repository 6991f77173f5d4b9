//! The offline provider: carousels without a model, from our own notes or the user's text.
//!
//! Pure: the same brief gives the same draft, without I/O, clock or randomness. It decides how
//! notes become a story; the crate `knowledge` has the notes and decides whether they cover a
//! topic. It invents nothing: a topic that the notes do not cover becomes questions and ways to
//! explore it, a long text is condensed to its own sentences, and every caption says which of these
//! it is.

mod caption;
mod condense;
mod cut_slide;
mod drafts;
mod fixed_texts;
mod lens;
mod note_answers;
mod note_story;
mod offline_error;
mod provider;
mod questions;
mod selected_notes;
mod sentence_forms;
mod sentence_structure;
mod sentences;
mod slide_selection;
mod topic_wording;

pub use drafts::{analyse, write};
pub(crate) use note_answers::{note_of_day, source_of};
pub use offline_error::OfflineError;
pub use provider::{Offline, PROVIDER};
