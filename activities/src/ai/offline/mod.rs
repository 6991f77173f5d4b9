//! The offline provider: carousels without a model, from our own notes or the user's own text.
//!
//! Pure: the same brief gives the same draft; no I/O, no clock, no chance. Owns how notes become a
//! story. What the notes say, and whether they cover a topic, is `knowledge`'s. It invents nothing:
//! a topic that our notes don't cover becomes questions and a way to explore it, a long text is
//! condensed to its own sentences, and every caption says which of these it was.

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

/// What this provider is called in events, files and captions.
pub const PROVIDER: &str = "offline";

/// Why no draft could be written. None of these is expected: each means a mistake of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A slide that we composed is none.
    #[error("a slide of our own making is not valid: {0}")]
    Slide(#[from] SlideError),
    /// The slides, caption or hashtags make no draft.
    #[error("a draft of our own making is not valid: {0}")]
    Draft(#[from] DraftError),
    /// Less to say than there are slides.
    #[error("{wanted} slides were asked for and only {found} could be written")]
    TooLittle {
        /// Slides asked for, between the title and the summary.
        wanted: usize,
        /// Slides that could be written.
        found: usize,
    },
}

/// Looks at the topic before a word is written: which notes carry it, for whom, in which frame.
/// With a `source` the text is what the carousel is about, and the notes stand beside it.
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

/// Writes exactly as many slides as the brief asks for, with caption and hashtags.
///
/// `analysis` decides the notes and the frame; notes that are not in `corpus` are passed over, and
/// without any the draft explores the topic by questions.
///
/// # Errors
/// [`Error`], which none of the tests' topics, texts and counts brings about.
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
