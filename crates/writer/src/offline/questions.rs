//! Carousels of questions to ask about a topic, and of ways to find answers, on request.
//!
//! Turns a lens into slides. A hash of the topic selects the lens, so that two topics rarely get
//! the same one.

use domain::{Draft, SlideError, record::AnalysisRecord};

use super::{
    caption,
    fixed_texts::FixedTexts,
    lens::{self, Beat, Lens},
    offline_error::OfflineError,
    slide_selection::{self, CandidateSlide, SlideExtras, SlideSelection},
    topic_wording::TopicWording,
};

const FRAME: &str = "questions";

fn lens_for(subject: &TopicWording) -> &'static Lens {
    subject.pick(lens::for_topics(subject.language), 5)
}

pub(super) fn analyse(subject: &TopicWording) -> AnalysisRecord {
    let lens = lens_for(subject);
    let questions = lens.beats.iter().filter_map(|ranked| match &ranked.beat {
        Beat::Questions { items, .. } => Some(items),
        Beat::Thought { .. }
        | Beat::Term { .. }
        | Beat::Steps { .. }
        | Beat::Check { .. }
        | Beat::Sides { .. } => None,
    });
    AnalysisRecord {
        title: named(subject, FixedTexts::of(subject.language).questions_about),
        audience: FixedTexts::of(subject.language).curious.to_owned(),
        angle: named(subject, &lens.angle),
        frame: FRAME.to_owned(),
        principles: questions.flatten().map(|text| named(subject, text)).collect(),
        keywords: subject.hashtag().into_iter().collect(),
        ..AnalysisRecord::default()
    }
}

pub(super) fn write(subject: &TopicWording) -> Result<Draft, OfflineError> {
    let lens = lens_for(subject);
    let cover = SlideExtras { emoji: &lens.emoji, note: "" };
    let heading = named(subject, FixedTexts::of(subject.language).questions_about);
    let title = CandidateSlide::plain("title", cover, &heading, &lens.subtitle)?;
    let mut deck = SlideSelection::starting_with(&title);
    let body = deck.choose(pieces(subject, lens)?, subject.slides.saturating_sub(2));
    let call = named(subject, &lens.call);
    let ending = SlideExtras { emoji: "📌", note: "" };
    let summary = CandidateSlide::summary(ending, &lens.last, &lens.points, &call)?;
    let slides = slide_selection::finish(subject.slides, title, body, summary)?;
    let general = FixedTexts::of(subject.language).explore_hashtags.map(str::to_owned);
    Ok(Draft::new(
        slides,
        caption::caption(&paragraphs(subject, lens))?,
        caption::hashtags(subject.hashtag().into_iter().chain(general))?,
    )?)
}

/// All slides of a lens, in order.
pub(super) fn pieces(
    subject: &TopicWording,
    lens: &Lens,
) -> Result<Vec<CandidateSlide>, SlideError> {
    let beats = lens.beats.iter();
    beats.map(|ranked| Ok(piece(subject, &ranked.beat)?.ranked(ranked.rank))).collect()
}

fn piece(subject: &TopicWording, beat: &Beat) -> Result<CandidateSlide, SlideError> {
    let said = |text: &str| named(subject, text);
    let all = |items: &[String]| items.iter().map(|text| said(text)).collect::<Vec<_>>();
    let dress = |emoji| SlideExtras { emoji, note: "" };
    match beat {
        Beat::Thought { title, body } => {
            CandidateSlide::plain("principle", dress("💭"), &said(title), &said(body))
        }
        Beat::Term { term, meaning } => {
            CandidateSlide::plain("concept", dress("📖"), &said(term), &said(meaning))
        }
        Beat::Steps { title, items } => {
            CandidateSlide::listed("practice", dress("👣"), &said(title), &all(items), "")
        }
        Beat::Questions { title, items } => {
            CandidateSlide::listed("list", dress("❓"), &said(title), &all(items), "numbered")
        }
        Beat::Check { title, items } => {
            CandidateSlide::listed("list", dress("✅"), &said(title), &all(items), "checked")
        }
        Beat::Sides { title, sides, polarity } => {
            let [a, b] = sides;
            let sides = [(a[0].as_str(), a[1].as_str()), (&b[0], &b[1])];
            CandidateSlide::comparison(dress("⚖️"), &said(title), sides, *polarity)
        }
    }
}

fn paragraphs(subject: &TopicWording, lens: &Lens) -> Vec<String> {
    let topic =
        caption::sentence(&named(subject, FixedTexts::of(subject.language).questions_about));
    let points = lens.points.iter().map(|point| format!("— {point}"));
    vec![
        format!("{} {topic} {}", lens.emoji, caption::sentence(&lens.subtitle)),
        named(subject, &lens.angle),
        points.collect::<Vec<_>>().join("\n"),
        caption::sentence(&named(subject, &lens.call)),
    ]
}

fn named(subject: &TopicWording, text: &str) -> String {
    text.replace("{topic}", &subject.quoted)
}
