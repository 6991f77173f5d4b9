//! Answers questions and writes daily tips with a model.

use domain::{ContentLanguage, record::Citation};
use knowledge::{Corpus, Passage};
use llm::{
    language_model::CallPurpose,
    model_error::ModelError,
    reply_schema::{FieldSchema, Schema},
};

use super::{ReplyErrors, Writer, WritingTask, addresses, prompt_material, text_cleanup};
use crate::{
    model_caller::ModelCaller,
    offline,
    prompt::{self, PlaceholderValue, trusted},
    provider::{DailyTipSubject, ProviderAnswer, ProviderDailyTip, QuestionInput},
    reply::{self, TextReply},
    text_limits,
};

impl Writer {
    pub(super) async fn answer_question(
        &self,
        caller: &dyn ModelCaller,
        question: &QuestionInput,
    ) -> Result<ProviderAnswer, ModelError> {
        let passages = prompt_material::passages(&question.words, question.language);
        if passages.is_empty() {
            // Without notes there is no answer, so no paid call is needed.
            return Ok(ProviderAnswer::default());
        }
        let filled = prompt::ANSWER.fill(&[
            ("language", trusted(ContentLanguage::from(question.language).english_name())),
            ("question", PlaceholderValue::Fenced("question", &question.words)),
            ("notes", trusted(prompt_material::fenced_notes(&passages))),
        ]);
        let ids: Vec<String> = passages.iter().map(|p| p.note.clone()).collect();
        let schema = Schema::new(
            "answer",
            [
                ("covered", FieldSchema::Flag("whether the notes answer the question")),
                ("answer", FieldSchema::Text(text_limits::ANSWER, "the answer, or nothing")),
                ("notes", FieldSchema::SomeOf(text_limits::NOTES, ids)),
            ],
        );
        let judge = |reply: &str| check_answer(reply, &passages, question);
        let task = WritingTask {
            purpose: CallPurpose::Answer,
            prompt: prompt::ANSWER,
            filled,
            schema,
            language: question.language.into(),
            check: &judge,
        };
        self.do_task(caller, task).await
    }

    /// Words the day's note. The offline code selects the note, so that the tip has a source.
    pub(super) async fn write_daily_tip(
        &self,
        caller: &dyn ModelCaller,
        day: &DailyTipSubject,
    ) -> Result<ProviderDailyTip, ModelError> {
        let corpus = Corpus::embedded();
        let note = offline::note_of_day(corpus, day);
        let wording = note.wording(day.language);
        let passage = corpus.passage(note, &wording.title, day.language, text_limits::PASSAGE);
        let told = format!("{}\n{}", passage.title, passage.text);
        let filled = prompt::WISDOM.fill(&[
            ("language", trusted(ContentLanguage::from(day.language).english_name())),
            ("note", PlaceholderValue::Fenced("note", &told)),
        ]);
        let schema = Schema::new(
            "wisdom",
            [("thought", FieldSchema::Text(text_limits::DAILY_TIP, "the thought"))],
        );
        let judge = |reply: &str| {
            let raw: TextReply = reply::read(reply).map_err(|e| ReplyErrors::of(e.to_string()))?;
            check_text("thought", &raw.text, text_limits::DAILY_TIP, day.language.into(), &told)
        };
        let task = WritingTask {
            purpose: CallPurpose::DailyTip,
            prompt: prompt::WISDOM,
            filled,
            schema,
            language: day.language.into(),
            check: &judge,
        };
        let text = self.do_task(caller, task).await?;
        Ok(ProviderDailyTip {
            text,
            category: note.tags.first().cloned().unwrap_or_default(),
            source: offline::source_of(note, day.language),
        })
    }
}

fn check_answer(
    reply: &str,
    passages: &[Passage],
    question: &QuestionInput,
) -> Result<ProviderAnswer, ReplyErrors> {
    let raw: TextReply = reply::read(reply).map_err(|e| ReplyErrors::of(e.to_string()))?;
    if raw.covered == Some(false) {
        return Ok(ProviderAnswer::default());
    }
    let used = passages.iter().filter(|p| raw.notes.contains(&p.note));
    let citations: Vec<Citation> =
        used.map(|p| Citation { note: p.note.clone(), title: p.title.clone() }).collect();
    if citations.is_empty() {
        // An answer must be based on at least one note.
        return Err(ReplyErrors::of(
            "notes names none of the notes: name those that the answer rests on, or set covered to false",
        ));
    }
    let told = passages.iter().flat_map(|p| [p.title.as_str(), p.text.as_str()]);
    let given: Vec<&str> = told.chain([question.words.as_str()]).collect();
    let given = given.join("\n");
    let text =
        check_text("answer", &raw.text, text_limits::ANSWER, question.language.into(), &given)?;
    Ok(ProviderAnswer { text, citations })
}

/// Checks a text that belongs to no slide.
fn check_text(
    name: &str,
    raw: &str,
    max: usize,
    language: ContentLanguage,
    given: &str,
) -> Result<String, ReplyErrors> {
    let text = text_cleanup::plain(&text_cleanup::tidy(raw, max));
    let mut faults = ReplyErrors::default();
    let chars = text.chars().count();
    if !(1..=max).contains(&chars) {
        faults.add(format!("{name} has {chars} characters, 1 to {max} are allowed"));
    }
    if let Some(mark) = text_cleanup::leftover(&text) {
        faults.add(format!("{name}: “{mark}” does not belong there"));
    }
    if addresses::first_foreign(&text, given).is_some() {
        faults.add(format!("{name}: {}", addresses::FOREIGN_ADDRESS));
    }
    if !text_cleanup::is_in_language(&text, language) {
        faults.add_wrong_language(name, language);
    }
    faults.unless_any(addresses::unlinked(&text))
}
