//! The offline provider: carousels without a model, from our own notes or the user's text.
//!
//! Pure: the same brief gives the same draft, without I/O, clock or randomness. It decides how
//! notes become a story; the crate `knowledge` has the notes and decides whether they cover a
//! topic. It invents nothing: a topic that the notes do not cover is refused with the nearest notes, a
//! long text is condensed to its own sentences, and questions are written only on request.

mod caption;
mod condense;
mod cut_slide;
mod drafts;
mod fixed_texts;
mod insert_slides;
mod lens;
mod note_answers;
mod note_story;
mod offline_error;
mod provider;
mod questions;
mod selected_notes;
mod sentence_forms;
mod sentence_selection;
mod sentence_structure;
mod sentences;
mod slide_selection;
mod table_slides;
mod table_wording;
mod topic_wording;

pub(crate) use caption::read_on;
pub use drafts::{analyse, write};
pub(crate) use insert_slides::fitting_code;
pub(crate) use note_answers::{note_of_day, source_of};
pub use offline_error::{NotCovered, OfflineError};
pub use provider::Offline;
pub(crate) use sentence_forms::StatedNumber;
