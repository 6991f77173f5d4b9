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
mod fixed_texts;
mod lens;
mod note_answers;
mod note_story;
mod provider;
mod questions;
mod selected_notes;
mod sentence_forms;
mod sentences;
mod slide_selection;
mod topic_wording;

use domain::{Brief, Draft, DraftError, LongText, SlideError, record::AnalysisRecord};
use knowledge::Corpus;

pub(crate) use note_answers::{note_of_day, source_of};
pub use provider::Offline;

use self::{selected_notes::SelectedNotes, topic_wording::TopicWording};
use crate::story_frame::StoryFrame;

/// The provider's name in events, files and captions.
pub const PROVIDER: &str = "offline";

/// Why no draft could be written. Each means a bug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OfflineError {
    /// A generated slide is invalid.
    #[error("a generated slide is invalid: {0}")]
    Slide(#[from] SlideError),
    /// The slides, caption or hashtags are invalid together.
    #[error("a generated draft is invalid: {0}")]
    Draft(#[from] DraftError),
    /// There is less content than slides.
    #[error("{wanted} slides were requested and only {found} could be written")]
    TooLittle {
        /// Requested slides, without the title and the summary.
        wanted: usize,
        /// Slides that could be written.
        found: usize,
    },
}

/// Analyzes the topic: which notes cover it, the audience, the frame. With a `source`, the carousel
/// is about that text and the notes supplement it.
pub fn analyse(corpus: &Corpus, brief: &Brief, source: Option<&LongText>) -> AnalysisRecord {
    let subject = TopicWording::of(brief);
    let grounds = SelectedNotes::find(corpus, brief, source);
    match (source, grounds) {
        (Some(text), grounds) => condense::analyse(&subject, text, grounds.as_ref()),
        (None, Some(grounds)) => {
            let frame = StoryFrame::choose(brief.topic.as_str(), subject.seed());
            note_story::analyse(&subject, corpus, &grounds, frame)
        }
        (None, None) => questions::analyse(&subject),
    }
}

/// Writes exactly the requested number of slides, with caption and hashtags.
///
/// `analysis` selects the notes and the frame. Notes that are not in `corpus` are ignored; without
/// any note the draft explores the topic with questions.
///
/// # Errors
///
/// [`OfflineError`], which no topic, text and slide count of the tests causes.
pub fn write(
    corpus: &Corpus,
    brief: &Brief,
    source: Option<&LongText>,
    analysis: &AnalysisRecord,
) -> Result<Draft, OfflineError> {
    let subject = TopicWording::of(brief);
    let grounds = SelectedNotes::of_ids(corpus, brief, &analysis.notes);
    match (source, grounds) {
        (Some(text), grounds) => condense::write(&subject, corpus, text, grounds.as_ref()),
        (None, Some(grounds)) => {
            let frame = StoryFrame::parse(&analysis.frame)
                .unwrap_or_else(|| StoryFrame::choose(brief.topic.as_str(), subject.seed()));
            note_story::write(&subject, corpus, &grounds, frame)
        }
        (None, None) => questions::write(&subject),
    }
}
