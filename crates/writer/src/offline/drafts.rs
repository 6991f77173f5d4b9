//! Analyzes a topic and writes a draft: from our notes, from the user's text, or as questions.

use domain::{Brief, Draft, LongText, record::AnalysisRecord};
use knowledge::{Corpus, KnowledgeNote};

use super::{
    condense, note_story,
    offline_error::{NotCovered, OfflineError},
    questions,
    selected_notes::SelectedNotes,
    topic_wording::TopicWording,
};
use crate::story_frame::StoryFrame;

/// Most notes that [`NotCovered`] names.
const NEAREST_NOTES: usize = 3;

/// Analyzes the topic: which notes cover it, the audience, the frame. With a `source`, the carousel
/// is about that text and the notes supplement it.
///
/// # Errors
///
/// [`NotCovered`] if there is no source, the notes do not cover the topic, and no questions are
/// requested.
pub fn analyse(
    corpus: &Corpus,
    brief: &Brief,
    source: Option<&LongText>,
) -> Result<AnalysisRecord, NotCovered> {
    let subject = TopicWording::of(brief);
    if brief.questions {
        return Ok(questions::analyse(&subject));
    }
    let grounds = SelectedNotes::find(corpus, brief);
    match (source, grounds) {
        (Some(text), grounds) => Ok(condense::analyse(&subject, text, grounds.as_ref())),
        (None, Some(grounds)) => {
            let frame = StoryFrame::choose(brief.topic.as_str(), subject.seed());
            Ok(note_story::analyse(&subject, corpus, &grounds, frame))
        }
        (None, None) => {
            let near =
                corpus.nearest(brief.topic.as_str(), brief.language.interface(), NEAREST_NOTES);
            let title =
                |note: &KnowledgeNote| note.wording(brief.language.interface()).title.clone();
            Err(NotCovered { nearest: near.into_iter().map(title).collect() })
        }
    }
}

/// Writes the requested number of slides, with caption and hashtags; fewer of a short text.
///
/// `analysis` selects the notes and the frame. Notes that are not in `corpus` are ignored. Without
/// any note and without a source the draft consists of questions, as older versions analyzed it.
///
/// # Errors
///
/// [`OfflineError::TooShort`] for a text without content; others are bugs.
pub fn write(
    corpus: &Corpus,
    brief: &Brief,
    source: Option<&LongText>,
    analysis: &AnalysisRecord,
) -> Result<Draft, OfflineError> {
    let subject = TopicWording::of(brief);
    if brief.questions {
        return questions::write(&subject);
    }
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
