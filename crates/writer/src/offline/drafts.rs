//! Analyzes a topic and writes a draft: from our notes, from the user's text, or as questions.

use domain::{Brief, Draft, LongText, record::AnalysisRecord};
use knowledge::Corpus;

use super::{
    condense, note_story, offline_error::OfflineError, questions, selected_notes::SelectedNotes,
    topic_wording::TopicWording,
};
use crate::story_frame::StoryFrame;

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
