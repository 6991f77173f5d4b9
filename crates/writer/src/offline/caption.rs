//! Captions and hashtags of the offline provider.
//!
//! Every caption fits the limit and ends with a complete sentence. It says nothing about how it was
//! made, because people paste it: the chat and the terminal say that.

use domain::{Caption, DraftError, Hashtags, Language, limits};
use knowledge::{Corpus, KnowledgeNote};

use super::fixed_texts::FixedTexts;

/// Joins paragraphs to a caption. If it is too long, it drops the longest paragraphs, but never the
/// first one, which is the hook.
pub(super) fn caption(paragraphs: &[String]) -> Result<Caption, DraftError> {
    let mut kept: Vec<&String> = paragraphs.iter().filter(|p| !p.trim().is_empty()).collect();
    let joined = |kept: &[&String]| {
        let texts: Vec<&str> = kept.iter().map(|p| p.as_str()).collect();
        texts.join("\n\n")
    };
    while kept.len() > 1 && joined(&kept).chars().count() > limits::CAPTION_CHARS {
        let after_first = kept.iter().enumerate().skip(1);
        let longest = after_first.max_by_key(|(_, p)| p.chars().count());
        let at = longest.map_or(1, |(at, _)| at);
        kept.remove(at);
    }
    Caption::parse(&joined(&kept))
}

/// Further reading from at most two notes; empty if they name none.
pub(crate) fn read_on(language: Language, notes: &[&KnowledgeNote]) -> String {
    const WORKS: usize = 3;
    let voice = FixedTexts::of(language);
    let mut works: Vec<&str> = Vec::new();
    for work in notes.iter().take(2).flat_map(|note| &note.sources) {
        if works.len() < WORKS && !works.contains(&work.as_str()) {
            works.push(work);
        }
    }
    if works.is_empty() {
        String::new()
    } else {
        voice.read_on.replace("{sources}", &works.join("; "))
    }
}

/// The first five different, well-formed hashtags of `wanted`.
pub(super) fn hashtags(wanted: impl IntoIterator<Item = String>) -> Result<Hashtags, DraftError> {
    let mut taken: Vec<String> = Vec::new();
    for tag in wanted {
        let known = taken.iter().any(|t| t.to_lowercase() == tag.to_lowercase());
        let good = domain::Hashtag::parse(&tag).is_ok();
        if good && !known && taken.len() < limits::HASHTAGS_MAX {
            taken.push(tag);
        }
    }
    Hashtags::parse(&taken)
}

/// The hashtags of notes: the main tag of each, then their other tags.
pub(super) fn note_hashtags(
    corpus: &Corpus,
    language: Language,
    notes: &[&KnowledgeNote],
) -> Vec<String> {
    let hashtag = |id: &String| Some(corpus.tag(id)?.wording(language).hashtag.clone());
    let main = notes.iter().filter_map(|note| note.tags.first());
    let first = notes.first().map(|note| note.tags.as_slice());
    let others = first.unwrap_or_default().iter().skip(1);
    main.take(2).chain(others).filter_map(hashtag).collect()
}

/// Adds a full stop unless the text ends with punctuation.
pub(super) fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}
