//! The offline provider: carousels without a model, from our own notes or the user's text.
//!
//! Pure: the same brief gives the same draft, without I/O, clock or randomness. It decides how
//! notes become a story; the crate `knowledge` has the notes and decides whether they cover a
//! topic. It invents nothing: a topic that the notes do not cover becomes questions and ways to
//! explore it, a long text is condensed to its own sentences, and every caption says which of these
//! it is.

mod caption;
mod deck;
mod digest;
mod explore;
mod forms;
mod grounds;
mod lens;
mod provider;
mod sentences;
pub(in crate::ai) mod shorten;
mod subject;
mod talk;
mod tighten;
mod told;
mod voice;

use domain::{Brief, Draft, DraftError, LongText, SlideError, record::AnalysisRecord};
use knowledge::Corpus;

pub use provider::Offline;
pub(super) use talk::{note_of_day, source_of};

use self::{grounds::Grounds, subject::Subject};
use super::frame::Frame;

/// The provider's name in events, files and captions.
pub const PROVIDER: &str = "offline";

/// Why no draft could be written. Each means a bug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
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
    let subject = Subject::of(brief);
    let grounds = Grounds::find(corpus, brief, source);
    match (source, grounds) {
        (Some(text), grounds) => digest::analyse(&subject, text, grounds.as_ref()),
        (None, Some(grounds)) => {
            let frame = Frame::choose(brief.topic.as_str(), subject.seed());
            told::analyse(&subject, corpus, &grounds, frame)
        }
        (None, None) => explore::analyse(&subject),
    }
}

/// Writes exactly the requested number of slides, with caption and hashtags.
///
/// `analysis` selects the notes and the frame. Notes that are not in `corpus` are ignored; without
/// any note the draft explores the topic with questions.
///
/// # Errors
///
/// [`Error`], which no topic, text and slide count of the tests causes.
pub fn write(
    corpus: &Corpus,
    brief: &Brief,
    source: Option<&LongText>,
    analysis: &AnalysisRecord,
) -> Result<Draft, Error> {
    let subject = Subject::of(brief);
    let grounds = Grounds::of_ids(corpus, brief, &analysis.notes);
    match (source, grounds) {
        (Some(text), grounds) => digest::write(&subject, corpus, text, grounds.as_ref()),
        (None, Some(grounds)) => {
            let frame = Frame::parse(&analysis.frame)
                .unwrap_or_else(|| Frame::choose(brief.topic.as_str(), subject.seed()));
            told::write(&subject, corpus, &grounds, frame)
        }
        (None, None) => explore::write(&subject),
    }
}
