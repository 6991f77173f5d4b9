//! Analyzes a topic with a model: prompt, schema, checks.

use domain::{Language, record::AnalysisRecord};

use super::{Faults, Task, Writer, addresses, deck, grounds::Grounds, named, plan, words};
use crate::{
    ai::{
        desk::Desk,
        frame::Frame,
        limits,
        model::Purpose,
        prompt::{self, Fill, number, ours},
        provider::Subject,
        reply::{self, AnalysisReply},
        schema::{Schema, Shape},
    },
    error::Error,
};

impl Writer {
    pub(super) async fn analyze_topic(
        &self,
        desk: &Desk<'_>,
        subject: &Subject,
    ) -> Result<AnalysisRecord, Error> {
        let brief = &subject.brief;
        let grounds = Grounds::of(subject);
        let asked_for = Frame::asked_for(brief.topic.as_str());
        let filled = prompt::ANALYZE_TOPIC.fill(&[
            ("slides", number(brief.slides.get().into())),
            ("language", ours(named(brief.language))),
            ("topic", Fill::Fenced("topic", brief.topic.as_str())),
            ("source", grounds.text()),
            ("notes", grounds.notes()),
            ("frame", frame_wanted(asked_for)),
            ("quotes", quotes_wanted(&grounds)),
        ]);
        let given = deck::given(subject, &grounds, None);
        let judge = |reply: &str| {
            let record = judge(reply, &grounds, asked_for)?;
            checked(record, brief.language, &given)
        };
        let task = Task {
            purpose: Purpose::Analysis,
            prompt: prompt::ANALYZE_TOPIC,
            filled,
            schema: schema(&grounds, asked_for),
            language: brief.language,
            judge: &judge,
        };
        self.do_task(desk, task).await
    }
}

fn frame_wanted(asked_for: Option<Frame>) -> Fill<'static> {
    match asked_for {
        // The topic's wording has selected the frame.
        Some(_) => ours(""),
        None => {
            let all: Vec<String> = Frame::ALL
                .iter()
                .map(|frame| format!("{} ({})", frame.name(), plan::described(*frame)))
                .collect();
            ours(format!(
                "the frame that suits the story best, one of: {};",
                all.join(", ")
            ))
        }
    }
}

fn quotes_wanted(grounds: &Grounds) -> Fill<'static> {
    ours(if grounds.has_source() {
        "Quotes are sentences of the source that are worth repeating, word for word, at most two."
    } else {
        ""
    })
}

fn schema(grounds: &Grounds, asked_for: Option<Frame>) -> Schema {
    use limits::{ANGLE, KEYWORD, QUOTE, THOUGHT, TITLE};
    let mut fields = vec![
        ("title", Shape::Text(TITLE, "a working title")),
        ("audience", Shape::Text(THOUGHT, "who it is for")),
        ("angle", Shape::Text(ANGLE, "the one thing it says")),
    ];
    if asked_for.is_none() {
        let names = Frame::ALL.iter().map(|frame| frame.name().to_owned());
        fields.push(("frame", Shape::OneOf(names.collect())));
    }
    fields.extend([
        (
            "principles",
            Shape::Texts((3, 5), THOUGHT, "rules to hold on to"),
        ),
        (
            "concepts",
            Shape::Texts((1, 4), KEYWORD, "terms that need a meaning"),
        ),
        (
            "keywords",
            Shape::Texts((3, 6), KEYWORD, "words to be found by"),
        ),
        (
            "risks",
            Shape::Texts((1, 2), THOUGHT, "what could be misunderstood"),
        ),
    ]);
    if grounds.has_source() {
        fields.push((
            "quotes",
            Shape::Texts((0, 2), QUOTE, "sentences of the source"),
        ));
    }
    Schema::new("analysis", fields)
}

fn judge(
    reply: &str,
    grounds: &Grounds,
    asked_for: Option<Frame>,
) -> Result<AnalysisRecord, Faults> {
    let raw: AnalysisReply = reply::read(reply).map_err(|e| Faults::of(e.to_string()))?;
    let listed = |texts: &[String], max: usize, most: usize| -> Vec<String> {
        let tidied = texts
            .iter()
            .map(|text| words::plain(&words::tidy(text, max)));
        tidied.filter(|text| !text.is_empty()).take(most).collect()
    };
    let one = |text: &str, max: usize| words::plain(&words::headline(text, max));
    let quotes = listed(&raw.quotes, limits::QUOTE, 2);
    Ok(AnalysisRecord {
        title: one(&raw.title, limits::TITLE),
        audience: one(&raw.audience, limits::THOUGHT),
        angle: words::plain(&words::tidy(&raw.angle, limits::ANGLE)),
        frame: asked_for
            .or_else(|| Frame::parse(raw.frame.trim()))
            .unwrap_or(Frame::Principles)
            .name()
            .to_owned(),
        principles: listed(&raw.principles, limits::THOUGHT, 5),
        // Only verbatim quotes: a model's memory is not a source.
        quotes: quotes
            .into_iter()
            .filter(|quote| grounds.source_says(quote))
            .chain(
                grounds
                    .quotes()
                    .into_iter()
                    .map(|(text, author, _)| format!("{text} ({author})")),
            )
            .collect(),
        concepts: listed(&raw.concepts, limits::KEYWORD, 4),
        keywords: listed(&raw.keywords, limits::KEYWORD, 6),
        risks: listed(&raw.risks, limits::THOUGHT, 2),
        notes: grounds.ids(),
    })
}

fn checked(
    record: AnalysisRecord,
    language: Language,
    given: &str,
) -> Result<AnalysisRecord, Faults> {
    let mut faults = Faults::default();
    let single = [
        ("title", &record.title, limits::TITLE),
        ("audience", &record.audience, limits::THOUGHT),
        ("angle", &record.angle, limits::ANGLE),
    ];
    for (name, text, max) in single {
        let chars = text.chars().count();
        if !(1..=max).contains(&chars) {
            faults.add(format!(
                "{name} has {chars} characters, 1 to {max} are allowed"
            ));
        }
    }
    if record.principles.is_empty() {
        faults.add("principles is empty");
    }
    let said = [&record.title, &record.audience, &record.angle];
    let all: Vec<&String> = said
        .into_iter()
        .chain(&record.principles)
        .chain(&record.risks)
        .collect();
    for text in &all {
        if let Some(mark) = words::leftover(text) {
            faults.add(format!("“{mark}” does not belong into the text"));
        }
    }
    // The slides are written from the analysis.
    let terms = record.concepts.iter().chain(&record.keywords);
    let texts = all.iter().copied().chain(terms);
    if texts
        .into_iter()
        .any(|text| addresses::foreign(text, given).is_some())
    {
        faults.add(addresses::FAULT);
    }
    let all = all
        .into_iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(". ");
    if !words::speaks(&all, language) {
        faults.add(format!("it is not written in {}", named(language)));
    }
    faults.unless_any(record)
}
