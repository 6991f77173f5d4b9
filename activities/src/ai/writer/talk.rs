//! Answers questions and writes daily tips with a model.

use domain::Language;
use knowledge::{Corpus, Passage};
use workflows::contract::Citation;

use super::{Faults, Task, Writer, addresses, grounds, named, words};
use crate::{
    ai::{
        desk::Desk,
        limits,
        model::Purpose,
        offline,
        prompt::{self, Fill, ours},
        provider::{Answer, Day, Question, Wisdom},
        reply::{self, TextReply},
        schema::{Schema, Shape},
    },
    error::Error,
};

impl Writer {
    pub(super) async fn answer_question(
        &self,
        desk: &Desk<'_>,
        question: &Question,
    ) -> Result<Answer, Error> {
        let passages = grounds::passages(&question.words, question.language);
        if passages.is_empty() {
            // Without notes there is no answer, so no paid call is needed.
            return Ok(Answer::default());
        }
        let filled = prompt::ANSWER.fill(&[
            ("language", ours(named(question.language))),
            ("question", Fill::Fenced("question", &question.words)),
            ("notes", ours(grounds::fenced_notes(&passages))),
        ]);
        let ids: Vec<String> = passages.iter().map(|p| p.note.clone()).collect();
        let schema = Schema::new(
            "answer",
            [
                (
                    "covered",
                    Shape::Flag("whether the notes answer the question"),
                ),
                (
                    "answer",
                    Shape::Text(limits::ANSWER, "the answer, or nothing"),
                ),
                ("notes", Shape::SomeOf(limits::NOTES, ids)),
            ],
        );
        let judge = |reply: &str| judge_answer(reply, &passages, question);
        let task = Task {
            purpose: Purpose::Answer,
            prompt: prompt::ANSWER,
            filled,
            schema,
            language: question.language,
            judge: &judge,
        };
        self.do_task(desk, task).await
    }

    /// Words the day's note. The offline code selects the note, so that the tip has a source.
    pub(super) async fn word_wisdom(&self, desk: &Desk<'_>, day: &Day) -> Result<Wisdom, Error> {
        let corpus = Corpus::embedded();
        let note = offline::note_of_day(corpus, day);
        let wording = note.wording(day.language);
        let passage = corpus.passage(note, &wording.title, day.language, limits::PASSAGE);
        let told = format!("{}\n{}", passage.title, passage.text);
        let filled = prompt::WISDOM.fill(&[
            ("language", ours(named(day.language))),
            ("note", Fill::Fenced("note", &told)),
        ]);
        let schema = Schema::new(
            "wisdom",
            [("thought", Shape::Text(limits::WISDOM, "the thought"))],
        );
        let judge = |reply: &str| {
            let raw: TextReply = reply::read(reply).map_err(|e| Faults::of(e.to_string()))?;
            said("thought", &raw.text, limits::WISDOM, day.language, &told)
        };
        let task = Task {
            purpose: Purpose::Wisdom,
            prompt: prompt::WISDOM,
            filled,
            schema,
            language: day.language,
            judge: &judge,
        };
        let text = self.do_task(desk, task).await?;
        Ok(Wisdom {
            text,
            category: note.tags.first().cloned().unwrap_or_default(),
            source: offline::source_of(note, day.language),
        })
    }
}

fn judge_answer(reply: &str, passages: &[Passage], question: &Question) -> Result<Answer, Faults> {
    let raw: TextReply = reply::read(reply).map_err(|e| Faults::of(e.to_string()))?;
    if raw.covered == Some(false) {
        return Ok(Answer::default());
    }
    let used = passages.iter().filter(|p| raw.notes.contains(&p.note));
    let citations: Vec<Citation> = used
        .map(|p| Citation {
            note: p.note.clone(),
            title: p.title.clone(),
        })
        .collect();
    if citations.is_empty() {
        // An answer must be based on at least one note.
        return Err(Faults::of(
            "notes names none of the notes: name those that the answer rests on, or set covered to false",
        ));
    }
    let told = passages
        .iter()
        .flat_map(|p| [p.title.as_str(), p.text.as_str()]);
    let given: Vec<&str> = told.chain([question.words.as_str()]).collect();
    let given = given.join("\n");
    let text = said(
        "answer",
        &raw.text,
        limits::ANSWER,
        question.language,
        &given,
    )?;
    Ok(Answer { text, citations })
}

/// Checks a text that belongs to no slide.
fn said(
    name: &str,
    raw: &str,
    max: usize,
    language: Language,
    given: &str,
) -> Result<String, Faults> {
    let text = words::plain(&words::tidy(raw, max));
    let mut faults = Faults::default();
    let chars = text.chars().count();
    if !(1..=max).contains(&chars) {
        faults.add(format!(
            "{name} has {chars} characters, 1 to {max} are allowed"
        ));
    }
    if let Some(mark) = words::leftover(&text) {
        faults.add(format!("{name}: “{mark}” does not belong there"));
    }
    if addresses::foreign(&text, given).is_some() {
        faults.add(format!("{name}: {}", addresses::FAULT));
    }
    if !words::speaks(&text, language) {
        faults.add(format!("{name} is not written in {}", named(language)));
    }
    faults.unless_any(addresses::unlinked(&text))
}
