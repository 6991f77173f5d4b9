//! Carousels that condense the user's own long text.
//!
//! Selects the sentences and their form on a slide. Sentences are selected and shortened but not
//! rewritten. A note on the same subject gets a slide of its own, and the caption names it. If the
//! text is too short for the carousel, questions to the text fill it up.

use domain::{Draft, LongText, SlideError, limits, record::AnalysisRecord};
use knowledge::{Corpus, KnowledgeNote, words};

use super::{
    caption,
    fixed_texts::FixedTexts,
    lens,
    offline_error::OfflineError,
    questions,
    selected_notes::SelectedNotes,
    sentence_forms::{BODY_CHARS, TITLE_CHARS, forms, statement},
    sentence_structure::depends_on_previous,
    sentences::{Sentence, TextList, TextParts, keywords},
    slide_selection::{self, CandidateSlide, SlideExtras, SlideSelection},
    topic_wording::TopicWording,
};
use crate::shorten::shorten;

const FRAME: &str = "digest";
const ITEM_CHARS: usize = 90;
const POINT_CHARS: usize = 100;

/// Ranks of slides, the most important first.
const SENTENCES: u8 = 1;
const LISTS: u8 = 2;
const NOTES: u8 = 3;
/// Ranks of slides that only fill up.
const SPARE_SENTENCES: u8 = 40;
const SPARE_NOTES: u8 = 120;
const SPARE_QUESTIONS: u8 = 140;

pub(super) fn analyse(
    subject: &TopicWording,
    text: &LongText,
    grounds: Option<&SelectedNotes<'_>>,
) -> AnalysisRecord {
    let parts = TextParts::of(text.as_str());
    let voice = FixedTexts::of(subject.language);
    let best = by_score(&parts.sentences).into_iter().take(3);
    let notes = grounds.map(SelectedNotes::all).unwrap_or_default();
    AnalysisRecord {
        title: subject.headline.clone(),
        audience: voice.readers.to_owned(),
        angle: voice.digest_angle.to_owned(),
        frame: FRAME.to_owned(),
        principles: best.map(|at| shorten(&parts.sentences[at].text, BODY_CHARS)).collect(),
        keywords: keywords(text.as_str(), 8),
        notes: notes.into_iter().map(|note| note.id.clone()).collect(),
        ..AnalysisRecord::default()
    }
}

pub(super) fn write(
    subject: &TopicWording,
    corpus: &Corpus,
    text: &LongText,
    grounds: Option<&SelectedNotes<'_>>,
) -> Result<Draft, OfflineError> {
    let voice = FixedTexts::of(subject.language);
    let parts = parts_beyond_title(subject, text);
    let subtitle = subject.phrase(&voice.digest_subtitles, 6);
    let title = CandidateSlide::plain("title", plain("📄"), &subject.headline, subtitle)?;
    let mut deck = SlideSelection::starting_with(&title);
    let wanted = subject.slides.saturating_sub(2);
    let chosen = select_sentences(&parts, sentences_among(wanted, &parts, grounds.is_some()));
    let mut pieces = text_slides(subject, &parts, &chosen)?;
    pieces.extend(note_slides(subject, grounds)?);
    pieces.extend(questions(subject)?);
    let body = deck.choose(pieces, wanted);
    let notes = notes_on(&body, grounds);
    let summary = summary(subject, &parts, &deck)?;
    let slides = slide_selection::finish(subject.slides, title, body, summary)?;
    let about = grounds.map(SelectedNotes::all).unwrap_or_default();
    let tags = caption::note_hashtags(corpus, subject.language, &about);
    let general = voice.digest_hashtags.map(str::to_owned);
    let tags = tags.into_iter().chain(subject.hashtag()).chain(general);
    Ok(Draft::new(
        slides,
        caption::caption(&paragraphs(subject, &parts, &notes))?,
        caption::hashtags(tags)?,
    )?)
}

/// How many of `wanted` slides are for sentences: each list of the text has a slide if there is
/// room, and longer carousels have one or two slides from notes.
fn sentences_among(wanted: usize, parts: &TextParts, noted: bool) -> usize {
    let lists = parts.listings.len().min(wanted / 3);
    let notes = if noted { notes_among(wanted) } else { 0 };
    wanted - lists - notes
}

/// How many of `wanted` slides are for a note on the same subject.
fn notes_among(wanted: usize) -> usize {
    match wanted {
        0..6 => 0,
        6 | 7 => 1,
        _ => 2,
    }
}

fn plain(emoji: &str) -> SlideExtras<'_> {
    SlideExtras { emoji, note: "" }
}

/// The text's parts, without the sentence that is the title.
fn parts_beyond_title(subject: &TopicWording, text: &LongText) -> TextParts {
    let letters = |text: &str| -> String {
        let kept = text.chars().filter(|c| c.is_alphanumeric());
        kept.flat_map(char::to_lowercase).collect()
    };
    let title = letters(&subject.headline);
    let mut parts = TextParts::of(text.as_str());
    parts.sentences.retain(|s| !letters(&s.text).starts_with(&title));
    parts
}

/// Indices of sentences, the best first.
fn by_score(sentences: &[Sentence]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sentences.len()).collect();
    order.sort_by(|a, b| sentences[*b].score.total_cmp(&sentences[*a].score).then(a.cmp(b)));
    order
}

/// The selected sentences: none repeats another, and none is the explanation that another one
/// includes.
fn select_sentences(parts: &TextParts, wanted: usize) -> Vec<usize> {
    const SHARED: f32 = 0.5;
    let stems = |at: usize| -> Vec<String> {
        let content = words(&parts.sentences[at].text).filter(|w| !knowledge::is_filler(w));
        content.map(|word| word.stem).collect()
    };
    let mut taken: Vec<usize> = Vec::new();
    for at in by_score(&parts.sentences) {
        let own = stems(at);
        let repeats = |other: &usize| {
            let others = stems(*other);
            let common = own.iter().filter(|stem| others.contains(stem)).count();
            common as f32 > own.len() as f32 * SHARED
        };
        let brought = at > 0
            && taken.contains(&(at - 1))
            && statement(&parts.sentences[at - 1]) == Some(&parts.sentences[at].text);
        if taken.len() < wanted && !brought && !taken.iter().any(repeats) {
            taken.push(at);
        }
    }
    taken
}

/// All slides that the text yields, in its order: selected sentences, lists, and the remaining
/// sentences as filler.
fn text_slides(
    subject: &TopicWording,
    parts: &TextParts,
    chosen: &[usize],
) -> Result<Vec<CandidateSlide>, SlideError> {
    let mut pieces = Vec::new();
    let mut after_heading = false;
    let mut neutral = FixedTexts::of(subject.language).digest_others.iter();
    for (at, sentence) in parts.sentences.iter().enumerate() {
        for listing in parts.listings.iter().filter(|listing| listing.at == at) {
            pieces.push(list(listing)?.ranked(LISTS));
            after_heading = false;
        }
        if !chosen.contains(&at) {
            pieces.extend(ranked(forms(sentence, false, None)?, SPARE_SENTENCES));
            continue;
        }
        let heading = match position_heading(subject, parts, at) {
            Some(place) => Some(place),
            None if after_heading => None,
            None => neutral.next().copied(),
        };
        let unfolded = !chosen.contains(&(at + 1));
        let forms = forms(sentence, unfolded, heading)?;
        after_heading = forms.first().is_some_and(CandidateSlide::is_principle);
        pieces.extend(ranked(forms, SENTENCES));
    }
    for listing in parts.listings.iter().filter(|l| l.at >= parts.sentences.len()) {
        pieces.push(list(listing)?.ranked(LISTS));
    }
    Ok(pieces)
}

fn ranked(pieces: Vec<CandidateSlide>, rank: u8) -> impl Iterator<Item = CandidateSlide> {
    pieces.into_iter().map(move |piece| piece.ranked(rank))
}

/// A heading for the text's first and last sentence.
fn position_heading(subject: &TopicWording, parts: &TextParts, at: usize) -> Option<&'static str> {
    let voice = FixedTexts::of(subject.language);
    if at == 0 {
        Some(voice.digest_first)
    } else if at + 1 == parts.sentences.len() {
        Some(voice.digest_last)
    } else {
        None
    }
}

fn list(listing: &TextList) -> Result<CandidateSlide, SlideError> {
    let items = listing.items.iter().take(limits::ITEMS_MAX);
    let items: Vec<String> = items.map(|item| shorten(item, ITEM_CHARS)).collect();
    let title = shorten(&listing.lead, TITLE_CHARS);
    CandidateSlide::listed("list", plain("📋"), &title, &items, "dotted")
}

/// Slides from notes on the same subject: one or two for a long text, more only if the text is too
/// short.
fn note_slides(
    subject: &TopicWording,
    grounds: Option<&SelectedNotes<'_>>,
) -> Result<Vec<CandidateSlide>, SlideError> {
    let Some(grounds) = grounds else {
        return Ok(vec![]);
    };
    let rank = |first: bool, least: usize| {
        let room = notes_among(subject.slides.saturating_sub(2)) >= least;
        if first && room { NOTES } else { SPARE_NOTES }
    };
    let mut pieces = Vec::new();
    for note in grounds.all() {
        let w = note.wording(subject.language);
        let first = note.id == grounds.best.id;
        let dress = |emoji| SlideExtras { emoji, note: &note.id };
        let idea = CandidateSlide::plain("principle", dress("🌱"), &w.title, &w.idea)?;
        pieces.push(idea.ranked(rank(first, 2)));
        let steps = CandidateSlide::listed("practice", dress("🛠️"), &w.how, &w.practices, "")?;
        pieces.push(steps.ranked(rank(first, 1)));
    }
    Ok(pieces)
}

/// Questions to the text, as the last filler.
fn questions(subject: &TopicWording) -> Result<Vec<CandidateSlide>, SlideError> {
    let reading = lens::for_reading(subject.language);
    let pieces = questions::pieces(subject, reading)?.into_iter();
    let ranked =
        pieces.zip(&reading.beats).map(|(piece, beat)| piece.ranked(SPARE_QUESTIONS + beat.rank));
    Ok(ranked.collect())
}

/// Short unused sentences; if there are too few, advice on what to do with the text.
fn summary(
    subject: &TopicWording,
    parts: &TextParts,
    deck: &SlideSelection,
) -> Result<CandidateSlide, SlideError> {
    const POINTS: usize = 3;
    let voice = FixedTexts::of(subject.language);
    let fits = |s: &Sentence| {
        s.text.chars().count() <= POINT_CHARS
            && !depends_on_previous(&s.text)
            && !s.text.ends_with('?')
    };
    let mut points: Vec<usize> = Vec::new();
    for at in by_score(&parts.sentences) {
        let sentence = &parts.sentences[at];
        let new = !deck.contains(&sentence.text)
            && points.iter().all(|other| parts.sentences[*other].text != sentence.text);
        if points.len() < POINTS && fits(sentence) && new {
            points.push(at);
        }
    }
    points.sort_unstable();
    let points: Vec<&str> = points.iter().map(|at| parts.sentences[*at].text.as_str()).collect();
    if points.len() > 1 {
        let title = subject.phrase(&voice.digest_ending, 7);
        CandidateSlide::summary(plain("📌"), title, &points, voice.digest_call)
    } else {
        let reading = lens::for_reading(subject.language);
        CandidateSlide::summary(plain("📌"), &reading.last, &reading.points, &reading.call)
    }
}

fn notes_on<'a>(
    body: &[CandidateSlide],
    grounds: Option<&SelectedNotes<'a>>,
) -> Vec<&'a KnowledgeNote> {
    let notes = grounds.map(SelectedNotes::all).unwrap_or_default();
    let on_a_slide = |note: &KnowledgeNote| body.iter().any(|piece| piece.note() == Some(&note.id));
    notes.into_iter().filter(|note| on_a_slide(note)).collect()
}

fn paragraphs(subject: &TopicWording, parts: &TextParts, notes: &[&KnowledgeNote]) -> Vec<String> {
    const QUOTED: usize = 3;
    let voice = FixedTexts::of(subject.language);
    let mut best: Vec<usize> = by_score(&parts.sentences).into_iter().take(QUOTED).collect();
    best.sort_unstable();
    let texts: Vec<&str> = best.iter().map(|at| parts.sentences[*at].text.as_str()).collect();
    let beside = if notes.is_empty() {
        String::new()
    } else {
        caption::from_notes(voice.notes_with_text, subject.language, notes)
    };
    vec![
        format!("📄 {}", caption::sentence(&subject.headline)),
        texts.join(" "),
        caption::sentence(voice.digest_call),
        format!("{} {beside}", voice.from_text),
    ]
}
