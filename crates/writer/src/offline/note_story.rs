//! Carousels from notes.
//!
//! Combines parts of notes into one story: mostly the best note, with the others where there is
//! room. `grounds.rs` selects the notes.

use domain::{CoverKind, Draft, Language, Polarity, SlideError, record::AnalysisRecord};
use knowledge::{Corpus, KnowledgeNote, NoteText};

use super::{
    super::story_frame::StoryFrame,
    caption,
    fixed_texts::FixedTexts,
    offline_error::OfflineError,
    selected_notes::SelectedNotes,
    slide_selection::{self, CandidateSlide, SlideExtras, SlideSelection},
    topic_wording::TopicWording,
};
use crate::cover::CoverProposal;

/// Rank of the second of two subjects.
const SECOND_SUBJECT: u8 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NotePart {
    Idea,
    Why,
    Term,
    Contrast,
    Myth,
    Steps,
    Checklist,
    Quote,
    Example,
    Scene,
    Later,
}

/// The story of each frame: note (0 is the best), part of the note, rank.
#[rustfmt::skip] // One story per line.
fn plan(frame: StoryFrame) -> &'static [(usize, NotePart, u8)] {
    use NotePart::{Checklist, Contrast, Example, Idea, Later, Myth, Quote, Scene, Steps, Term, Why};
    match frame {
        StoryFrame::Principles => &[
            (0, Idea, 1), (1, Idea, 2), (1, Contrast, 3), (2, Idea, 4), (0, Quote, 7),
            (3, Idea, 6), (2, Myth, 8), (0, Term, 9), (0, Steps, 5), (1, Checklist, 10),
        ],
        StoryFrame::Problem => &[
            (0, Myth, 6), (0, Idea, 1), (0, Why, 9), (0, Term, 3), (0, Contrast, 2),
            (0, Quote, 5), (1, Idea, 7), (0, Example, 5), (2, Idea, 10), (0, Steps, 4),
            (1, Checklist, 8),
        ],
        StoryFrame::BeforeAfter => &[
            (0, Contrast, 2), (0, Idea, 1), (0, Term, 4), (0, Example, 5), (0, Quote, 7),
            (1, Idea, 6), (0, Myth, 8), (0, Steps, 3), (2, Idea, 10), (1, Checklist, 9),
            (0, Why, 11),
        ],
        StoryFrame::Steps => &[
            (0, Idea, 1), (0, Term, 6), (0, Steps, 2), (0, Example, 4), (0, Myth, 3),
            (1, Idea, 5), (1, Checklist, 7), (0, Quote, 8), (0, Contrast, 9), (2, Idea, 10),
        ],
        StoryFrame::Myths => &[
            (0, Myth, 1), (0, Idea, 2), (1, Myth, 3), (1, Idea, 5), (2, Myth, 6),
            (0, Quote, 7), (0, Term, 8), (0, Steps, 4), (2, Idea, 9), (1, Checklist, 10),
        ],
        StoryFrame::Checklist => &[
            (0, Idea, 1), (0, Checklist, 2), (0, Contrast, 5), (1, Idea, 3), (1, Checklist, 4),
            (0, Term, 6), (2, Idea, 7), (2, Checklist, 8), (0, Quote, 9), (0, Myth, 10),
        ],
        StoryFrame::Story => &[
            (0, Scene, 2), (0, Myth, 5), (0, Idea, 1), (0, Term, 6), (0, Quote, 7),
            (0, Steps, 3), (1, Idea, 8), (0, Example, 9), (1, Checklist, 10), (2, Idea, 11),
            (0, Later, 4),
        ],
    }
}

pub(super) fn analyse(
    subject: &TopicWording,
    corpus: &Corpus,
    grounds: &SelectedNotes<'_>,
    frame: StoryFrame,
) -> AnalysisRecord {
    let language = subject.language;
    let notes = grounds.all();
    let words: Vec<&NoteText> = notes.iter().map(|note| note.wording(language)).collect();
    let main_tag = grounds.best.tags.first().and_then(|tag| corpus.tag(tag));
    let each = |field: fn(&NoteText) -> &String| words.iter().map(|w| field(w).clone()).collect();
    let quotes = words.iter().filter_map(|w| w.quote.as_ref());
    AnalysisRecord {
        title: subject.headline.clone(),
        audience: main_tag.map_or_else(String::new, |tag| tag.wording(language).audience.clone()),
        angle: words[0].idea.clone(),
        frame: frame.name().to_owned(),
        principles: each(|w| &w.title),
        quotes: quotes.map(|q| format!("{} ({})", q.text, q.author)).collect(),
        concepts: each(|w| &w.term),
        keywords: keywords(corpus, language, &notes),
        risks: vec![words[0].myth.clone()],
        notes: notes.iter().map(|note| note.id.clone()).collect(),
    }
}

/// The names of the notes' tags, without duplicates.
fn keywords(corpus: &Corpus, language: Language, notes: &[&KnowledgeNote]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let tags = notes.iter().flat_map(|note| &note.tags);
    for tag in tags.filter_map(|id| corpus.tag(id)) {
        let name = &tag.wording(language).name;
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

pub(super) fn write(
    subject: &TopicWording,
    corpus: &Corpus,
    grounds: &SelectedNotes<'_>,
    frame: StoryFrame,
) -> Result<Draft, OfflineError> {
    let language = subject.language;
    let best = grounds.best.wording(language);
    let title =
        CandidateSlide::plain("title", extras(grounds.best, None), &subject.headline, &best.hook)?;
    let mut deck = SlideSelection::starting_with(&title);
    let pieces = pieces(subject, grounds, frame)?;
    let body = deck.choose(pieces, subject.slides.saturating_sub(2));
    let used = match frame {
        StoryFrame::Principles => grounds.all(),
        StoryFrame::Problem
        | StoryFrame::BeforeAfter
        | StoryFrame::Steps
        | StoryFrame::Myths
        | StoryFrame::Checklist
        | StoryFrame::Story => used(grounds, &body),
    };
    let summary = summary(subject, &used, frame, &deck)?;
    let title =
        title.into_cover(subject, proposals(subject, grounds.best, &body), &body, &summary)?;
    let slides = slide_selection::finish(subject.slides, title, body, summary)?;
    let tags = caption::note_hashtags(corpus, language, &used);
    let craft = FixedTexts::of(language).craft_hashtag.to_owned();
    Ok(Draft::new(
        slides,
        caption::caption(&paragraphs(subject, &used))?,
        caption::hashtags(tags.into_iter().chain([craft]))?,
    )?)
}

/// Title slides that the best note yields. The steps are promised only if a slide shows them.
fn proposals(
    subject: &TopicWording,
    best: &KnowledgeNote,
    body: &[CandidateSlide],
) -> Vec<CoverProposal> {
    let (voice, w) = (FixedTexts::of(subject.language), best.wording(subject.language));
    let steps = w.practices.len();
    let shown = body.iter().any(|slide| slide.says(&w.practices[0]));
    let count = format!("{steps}\u{a0}{}", voice.steps(steps));
    let promise = if shown { format!("{}: {count}", w.how) } else { String::new() };
    let mut proposals = vec![
        CoverProposal::said(&w.hook, &promise),
        CoverProposal::said(&w.question, &promise),
        CoverProposal::said(&subject.headline, &w.hook),
    ];
    if shown {
        let promised = CoverProposal::said(&w.hook, &promise).of_kind(CoverKind::Promise);
        proposals.insert(1, promised);
    }
    proposals
}

/// All slides that the frame yields, in order.
fn pieces(
    subject: &TopicWording,
    grounds: &SelectedNotes<'_>,
    frame: StoryFrame,
) -> Result<Vec<CandidateSlide>, SlideError> {
    let notes = grounds.all();
    let mut pieces = Vec::new();
    let mut myths = 0;
    for (at, part, rank) in plan(frame) {
        let Some(note) = notes.get(*at) else { continue };
        let named_too = *at == 1 && *part == NotePart::Idea && grounds.two_subjects;
        let rank = if named_too { SECOND_SUBJECT } else { *rank };
        for piece in part_of(subject, note, *part, *at == 0, myths)? {
            pieces.push(piece.ranked(rank));
        }
        myths += usize::from(*part == NotePart::Myth);
    }
    Ok(pieces)
}

/// The slides of a part of a note; none if the note lacks the part. An idea yields two; the second
/// replaces the first if the user's topic is its headline already.
fn part_of(
    subject: &TopicWording,
    note: &KnowledgeNote,
    part: NotePart,
    is_best: bool,
    myths: usize,
) -> Result<Vec<CandidateSlide>, SlideError> {
    let (voice, w) = (FixedTexts::of(subject.language), note.wording(subject.language));
    let dress = extras(note, if is_best { Some(part) } else { None });
    let phrase = |choices: &[&'static str], salt| subject.phrase(choices, salt);
    let thought = |title, body| CandidateSlide::plain("principle", dress, title, body);
    let listed = |kind, marker| CandidateSlide::listed(kind, dress, &w.how, &w.practices, marker);
    let sides = |[a, b]: [&'static str; 2], x, y| [(a, x), (b, y)];
    Ok(match part {
        NotePart::Idea => {
            vec![thought(&w.title, &w.idea)?, thought(phrase(&voice.gist, 8), &w.idea)?]
        }
        NotePart::Why => vec![thought(phrase(&voice.why, 9), &w.why)?],
        NotePart::Scene => vec![thought(phrase(&voice.scene, 2), &w.before)?],
        NotePart::Later => vec![thought(phrase(&voice.later, 3), &w.after)?],
        NotePart::Term => vec![CandidateSlide::plain("concept", dress, &w.term, &w.meaning)?],
        NotePart::Contrast => {
            let sides = sides(voice.before_after, w.before.as_str(), w.after.as_str());
            let heading = phrase(&voice.contrasts, 1);
            vec![CandidateSlide::comparison(dress, heading, sides, Polarity::SecondBetter)?]
        }
        NotePart::Myth => {
            let sides = sides(voice.myth_truth, w.myth.as_str(), w.truth.as_str());
            let heading = match myths {
                0 => phrase(&voice.myths, 10),
                1 => phrase(&voice.more_myths[0], 11),
                _ => phrase(&voice.more_myths[1], 12),
            };
            vec![CandidateSlide::comparison(dress, heading, sides, Polarity::SecondBetter)?]
        }
        NotePart::Steps => vec![listed("practice", "")?],
        NotePart::Checklist => vec![listed("list", "checked")?],
        NotePart::Quote => quote(w, dress)?.into_iter().collect(),
        NotePart::Example => example(note, w, dress)?.into_iter().collect(),
    })
}

fn quote(w: &NoteText, dress: SlideExtras<'_>) -> Result<Option<CandidateSlide>, SlideError> {
    let quote = w.quote.as_ref();
    quote.map(|quote| CandidateSlide::quote(dress, &quote.text, &quote.author)).transpose()
}

fn example(
    note: &KnowledgeNote,
    w: &NoteText,
    dress: SlideExtras<'_>,
) -> Result<Option<CandidateSlide>, SlideError> {
    let both = note.code.as_ref().zip(w.code.as_ref());
    both.map(|(code, around)| {
        let block = (code.language.as_str(), code.text.as_str());
        CandidateSlide::code(dress, &around.title, block, &around.remark)
    })
    .transpose()
}

/// Supporting notes have one emoji each; each part of the best note has its own.
fn extras(note: &KnowledgeNote, part: Option<NotePart>) -> SlideExtras<'_> {
    let emoji = match part {
        None => note.emoji.as_str(),
        Some(NotePart::Idea) => "💡",
        Some(NotePart::Why) => "🧠",
        Some(NotePart::Term) => "📖",
        Some(NotePart::Contrast) => "⚖️",
        Some(NotePart::Myth) => "🤔",
        Some(NotePart::Steps) => "🛠️",
        Some(NotePart::Checklist) => "✅",
        Some(NotePart::Quote) => "💬",
        Some(NotePart::Example) => "💻",
        Some(NotePart::Scene) => "🎬",
        Some(NotePart::Later) => "🌅",
    };
    SlideExtras { emoji, note: &note.id }
}

/// The notes that have a slide; always includes the best.
fn used<'a>(grounds: &SelectedNotes<'a>, body: &[CandidateSlide]) -> Vec<&'a KnowledgeNote> {
    let on_a_slide = |note: &KnowledgeNote| body.iter().any(|piece| piece.note() == Some(&note.id));
    let others = grounds.others.iter().copied().filter(|note| on_a_slide(note));
    std::iter::once(grounds.best).chain(others).collect()
}

/// The last slide: what to remember, and either the other notes' ideas or the steps, if they have
/// no slide of their own.
fn summary(
    subject: &TopicWording,
    used: &[&KnowledgeNote],
    frame: StoryFrame,
    deck: &SlideSelection,
) -> Result<CandidateSlide, SlideError> {
    const POINTS: usize = 3;
    let language = subject.language;
    let best = used[0].wording(language);
    let takeaways = used[1..].iter().map(|note| &note.wording(language).takeaway);
    let takeaways: Vec<&String> = takeaways.collect();
    let steps_are_new = best.practices.iter().all(|step| !deck.contains(step));
    let points: Vec<&String> = if steps_are_new && frame != StoryFrame::Principles {
        best.practices.iter().take(POINTS).collect()
    } else if takeaways.len() > 1 {
        takeaways
    } else {
        vec![]
    };
    let call = subject.phrase(&FixedTexts::of(language).calls, 4);
    let call = call.replace("{question}", &best.question);
    let dress = SlideExtras { emoji: "📌", note: &used[0].id };
    CandidateSlide::summary(dress, &best.takeaway, &points, &call)
}

fn paragraphs(subject: &TopicWording, used: &[&KnowledgeNote]) -> Vec<String> {
    let language = subject.language;
    let (voice, w) = (FixedTexts::of(language), used[0].wording(language));
    let topic = caption::sentence(&subject.headline);
    let second = used.get(1).map(|note| note.wording(language).idea.clone());
    vec![
        format!("{} {topic} {}", used[0].emoji, caption::sentence(&w.hook)),
        format!("{} {}", w.idea, w.why),
        second.unwrap_or_default(),
        voice.first_step.replace("{step}", &w.practices[0]),
        format!("{}\n{}", voice.answer.replace("{question}", &w.question), voice.save),
        caption::read_on(language, used),
    ]
}
