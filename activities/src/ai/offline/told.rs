//! Carousels from notes.
//!
//! Combines parts of notes into one story: mostly the best note, with the others where there is
//! room. `grounds.rs` selects the notes.

use domain::{Draft, Language, SlideError, record::AnalysisRecord};
use knowledge::{Corpus, Note, Wording};

use super::{
    super::frame::Frame,
    Error, caption,
    deck::{self, Deck, Dress, Piece},
    grounds::Grounds,
    subject::Subject,
    voice::Voice,
};

/// Rank of the second of two subjects.
const SECOND_SUBJECT: u8 = 2;

/// A part of a note that yields a slide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
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
fn plan(frame: Frame) -> &'static [(usize, Part, u8)] {
    use Part::{Checklist, Contrast, Example, Idea, Later, Myth, Quote, Scene, Steps, Term, Why};
    match frame {
        Frame::Principles => &[
            (0, Idea, 1), (1, Idea, 2), (1, Contrast, 3), (2, Idea, 4), (0, Quote, 7),
            (3, Idea, 6), (2, Myth, 8), (0, Term, 9), (0, Steps, 5), (1, Checklist, 10),
        ],
        Frame::Problem => &[
            (0, Myth, 6), (0, Idea, 1), (0, Why, 9), (0, Term, 3), (0, Contrast, 2),
            (0, Quote, 5), (1, Idea, 7), (0, Example, 5), (2, Idea, 10), (0, Steps, 4),
            (1, Checklist, 8),
        ],
        Frame::BeforeAfter => &[
            (0, Contrast, 2), (0, Idea, 1), (0, Term, 4), (0, Example, 5), (0, Quote, 7),
            (1, Idea, 6), (0, Myth, 8), (0, Steps, 3), (2, Idea, 10), (1, Checklist, 9),
            (0, Why, 11),
        ],
        Frame::Steps => &[
            (0, Idea, 1), (0, Term, 6), (0, Steps, 2), (0, Example, 4), (0, Myth, 3),
            (1, Idea, 5), (1, Checklist, 7), (0, Quote, 8), (0, Contrast, 9), (2, Idea, 10),
        ],
        Frame::Myths => &[
            (0, Myth, 1), (0, Idea, 2), (1, Myth, 3), (1, Idea, 5), (2, Myth, 6),
            (0, Quote, 7), (0, Term, 8), (0, Steps, 4), (2, Idea, 9), (1, Checklist, 10),
        ],
        Frame::Checklist => &[
            (0, Idea, 1), (0, Checklist, 2), (0, Contrast, 5), (1, Idea, 3), (1, Checklist, 4),
            (0, Term, 6), (2, Idea, 7), (2, Checklist, 8), (0, Quote, 9), (0, Myth, 10),
        ],
        Frame::Story => &[
            (0, Scene, 2), (0, Myth, 5), (0, Idea, 1), (0, Term, 6), (0, Quote, 7),
            (0, Steps, 3), (1, Idea, 8), (0, Example, 9), (1, Checklist, 10), (2, Idea, 11),
            (0, Later, 4),
        ],
    }
}

pub(super) fn analyse(
    subject: &Subject,
    corpus: &Corpus,
    grounds: &Grounds<'_>,
    frame: Frame,
) -> AnalysisRecord {
    let language = subject.language;
    let notes = grounds.all();
    let words: Vec<&Wording> = notes.iter().map(|note| note.wording(language)).collect();
    let main_tag = grounds.best.tags.first().and_then(|tag| corpus.tag(tag));
    let each = |field: fn(&Wording) -> &String| words.iter().map(|w| field(w).clone()).collect();
    let quotes = words.iter().filter_map(|w| w.quote.as_ref());
    AnalysisRecord {
        title: subject.headline.clone(),
        audience: main_tag.map_or_else(String::new, |tag| tag.wording(language).audience.clone()),
        angle: words[0].idea.clone(),
        frame: frame.name().to_owned(),
        principles: each(|w| &w.title),
        quotes: quotes
            .map(|q| format!("{} ({})", q.text, q.author))
            .collect(),
        concepts: each(|w| &w.term),
        keywords: keywords(corpus, language, &notes),
        risks: vec![words[0].myth.clone()],
        notes: notes.iter().map(|note| note.id.clone()).collect(),
    }
}

/// The names of the notes' tags, without duplicates.
fn keywords(corpus: &Corpus, language: Language, notes: &[&Note]) -> Vec<String> {
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
    subject: &Subject,
    corpus: &Corpus,
    grounds: &Grounds<'_>,
    frame: Frame,
) -> Result<Draft, Error> {
    let language = subject.language;
    let best = grounds.best.wording(language);
    let title = Piece::plain(
        "title",
        dress(grounds.best, None),
        &subject.headline,
        &best.hook,
    )?;
    let mut deck = Deck::opened_by(&title);
    let pieces = pieces(subject, grounds, frame)?;
    let body = deck.choose(pieces, subject.slides.saturating_sub(2));
    let used = match frame {
        Frame::Principles => grounds.all(),
        Frame::Problem
        | Frame::BeforeAfter
        | Frame::Steps
        | Frame::Myths
        | Frame::Checklist
        | Frame::Story => used(grounds, &body),
    };
    let summary = summary(subject, &used, frame, &deck)?;
    let slides = deck::finish(subject.slides, title, body, summary)?;
    let tags = caption::note_hashtags(corpus, language, &used);
    let craft = Voice::of(language).craft_hashtag.to_owned();
    Ok(Draft::new(
        slides,
        caption::caption(&paragraphs(subject, &used))?,
        caption::hashtags(tags.into_iter().chain([craft]))?,
    )?)
}

/// All slides that the frame yields, in order.
fn pieces(
    subject: &Subject,
    grounds: &Grounds<'_>,
    frame: Frame,
) -> Result<Vec<Piece>, SlideError> {
    let notes = grounds.all();
    let mut pieces = Vec::new();
    let mut myths = 0;
    for (at, part, rank) in plan(frame) {
        let Some(note) = notes.get(*at) else { continue };
        let named_too = *at == 1 && *part == Part::Idea && grounds.two_subjects;
        let rank = if named_too { SECOND_SUBJECT } else { *rank };
        for piece in part_of(subject, note, *part, *at == 0, myths)? {
            pieces.push(piece.ranked(rank));
        }
        myths += usize::from(*part == Part::Myth);
    }
    Ok(pieces)
}

/// The slides of a part of a note; none if the note lacks the part. An idea yields two; the second
/// replaces the first if the user's topic is its headline already.
fn part_of(
    subject: &Subject,
    note: &Note,
    part: Part,
    is_best: bool,
    myths: usize,
) -> Result<Vec<Piece>, SlideError> {
    let (voice, w) = (Voice::of(subject.language), note.wording(subject.language));
    let dress = dress(note, if is_best { Some(part) } else { None });
    let thought = |title, body| Piece::plain("principle", dress, title, body);
    let listed = |kind, marker| Piece::listed(kind, dress, &w.how, &w.practices, marker);
    let sides = |[a, b]: [&'static str; 2], x, y| [(a, x), (b, y)];
    Ok(match part {
        Part::Idea => vec![thought(&w.title, &w.idea)?, thought(voice.gist, &w.idea)?],
        Part::Why => vec![thought(voice.why, &w.why)?],
        Part::Scene => vec![thought(subject.phrase(&voice.scene, 2), &w.before)?],
        Part::Later => vec![thought(subject.phrase(&voice.later, 3), &w.after)?],
        Part::Term => vec![Piece::plain("concept", dress, &w.term, &w.meaning)?],
        Part::Contrast => {
            let sides = sides(voice.before_after, w.before.as_str(), w.after.as_str());
            let heading = subject.phrase(&voice.contrasts, 1);
            vec![Piece::comparison(dress, heading, sides)?]
        }
        Part::Myth => {
            let sides = sides(voice.myth_truth, w.myth.as_str(), w.truth.as_str());
            let heading = voice.myths[myths.min(voice.myths.len() - 1)];
            vec![Piece::comparison(dress, heading, sides)?]
        }
        Part::Steps => vec![listed("practice", "")?],
        Part::Checklist => vec![listed("list", "checked")?],
        Part::Quote => quote(w, dress)?.into_iter().collect(),
        Part::Example => example(note, w, dress)?.into_iter().collect(),
    })
}

fn quote(w: &Wording, dress: Dress<'_>) -> Result<Option<Piece>, SlideError> {
    let quote = w.quote.as_ref();
    quote
        .map(|quote| Piece::quote(dress, &quote.text, &quote.author))
        .transpose()
}

fn example(note: &Note, w: &Wording, dress: Dress<'_>) -> Result<Option<Piece>, SlideError> {
    let both = note.code.as_ref().zip(w.code.as_ref());
    both.map(|(code, around)| {
        let block = (code.language.as_str(), code.text.as_str());
        Piece::code(dress, &around.title, block, &around.remark)
    })
    .transpose()
}

/// Supporting notes have one emoji each; each part of the best note has its own.
fn dress(note: &Note, part: Option<Part>) -> Dress<'_> {
    let emoji = match part {
        None => note.emoji.as_str(),
        Some(Part::Idea) => "💡",
        Some(Part::Why) => "🧠",
        Some(Part::Term) => "📖",
        Some(Part::Contrast) => "⚖️",
        Some(Part::Myth) => "🤔",
        Some(Part::Steps) => "🛠️",
        Some(Part::Checklist) => "✅",
        Some(Part::Quote) => "💬",
        Some(Part::Example) => "💻",
        Some(Part::Scene) => "🎬",
        Some(Part::Later) => "🌅",
    };
    Dress {
        emoji,
        note: &note.id,
    }
}

/// The notes that have a slide; always includes the best.
fn used<'a>(grounds: &Grounds<'a>, body: &[Piece]) -> Vec<&'a Note> {
    let on_a_slide = |note: &Note| body.iter().any(|piece| piece.note() == Some(&note.id));
    let others = grounds
        .others
        .iter()
        .copied()
        .filter(|note| on_a_slide(note));
    std::iter::once(grounds.best).chain(others).collect()
}

/// The last slide: what to remember, and either the other notes' ideas or the steps, if they have
/// no slide of their own.
fn summary(
    subject: &Subject,
    used: &[&Note],
    frame: Frame,
    deck: &Deck,
) -> Result<Piece, SlideError> {
    const POINTS: usize = 3;
    let language = subject.language;
    let best = used[0].wording(language);
    let takeaways = used[1..]
        .iter()
        .map(|note| &note.wording(language).takeaway);
    let takeaways: Vec<&String> = takeaways.collect();
    let steps_are_new = best.practices.iter().all(|step| !deck.has_said(step));
    let points: Vec<&String> = if steps_are_new && frame != Frame::Principles {
        best.practices.iter().take(POINTS).collect()
    } else if takeaways.len() > 1 {
        takeaways
    } else {
        vec![]
    };
    let call = subject.phrase(&Voice::of(language).calls, 4);
    let call = call.replace("{question}", &best.question);
    let dress = Dress {
        emoji: "📌",
        note: &used[0].id,
    };
    Piece::summary(dress, &best.takeaway, &points, &call)
}

fn paragraphs(subject: &Subject, used: &[&Note]) -> Vec<String> {
    let language = subject.language;
    let (voice, w) = (Voice::of(language), used[0].wording(language));
    let topic = caption::sentence(&subject.headline);
    let second = used.get(1).map(|note| note.wording(language).idea.clone());
    vec![
        format!("{} {topic} {}", used[0].emoji, caption::sentence(&w.hook)),
        format!("{} {}", w.idea, w.why),
        second.unwrap_or_default(),
        voice.first_step.replace("{step}", &w.practices[0]),
        format!(
            "{}\n{}",
            voice.answer.replace("{question}", &w.question),
            voice.save
        ),
        caption::read_on(voice, used),
        caption::from_notes(voice.from_notes, language, used),
    ]
}
