//! [`Writer`]: a provider that uses a model. It builds prompts, checks replies, and requests one
//! repair of an unusable reply. `model` and `desk` make the calls.

mod addresses;
mod analysis;
mod deck;
mod faults;
mod grounds;
mod plan;
mod revising;
mod slide;
mod talk;
mod words;

use domain::{Draft, Language, Slide, failure::ModelProblem, record::AnalysisRecord};
use futures::future::FutureExt as _;

use self::faults::Faults;
use super::{
    desk::{Desk, Line},
    model::{Ask, Purpose, Recording, Turn},
    prompt::{self, Filled, Prompt, ours},
    provider::{Answer, Day, Later, Provider, Question, Subject, Tight, Wisdom, Wish},
    schema::Schema,
};
use crate::error::Error;

/// Most errors named in a failure: users and operators read it.
const NAMED_FAULTS: usize = 3;

/// Writes with a model.
pub struct Writer {
    line: std::sync::Arc<Line>,
}

/// A request to a model with the checks of its reply.
struct Task<'a, T> {
    purpose: Purpose,
    prompt: Prompt,
    filled: Filled,
    schema: Schema,
    language: Language,
    judge: &'a (dyn Fn(&str) -> Result<T, Faults> + Sync),
}

impl Writer {
    pub fn new(line: std::sync::Arc<Line>) -> Self {
        Self { line }
    }

    /// Sends the request and checks the reply; requests one repair if the reply is unusable.
    async fn do_task<T>(&self, desk: &Desk<'_>, task: Task<'_, T>) -> Result<T, Error> {
        let line = &*self.line;
        let mut ask = Ask {
            purpose: task.purpose,
            prompt: task.prompt.id(),
            system: task.filled.system,
            turns: vec![Turn::Ours(task.filled.user)],
            schema: task.schema,
        };
        let first = desk.ask(line, &ask).await?.text;
        let faults = match judged(&first, &ask.system, task.judge) {
            Ok(value) => return Ok(value),
            Err(faults) => faults,
        };
        desk.refused(line, task.purpose, true);
        let list = faults.to_string();
        let repair = prompt::REPAIR.fill(&[
            ("faults", prompt::Fill::Fenced("faults", &list)),
            ("language", ours(named(task.language))),
        ]);
        ask.purpose = Purpose::Repair;
        ask.prompt = prompt::REPAIR.id();
        ask.turns
            .extend([Turn::Theirs(first), Turn::Ours(repair.user)]);
        let second = desk.ask(line, &ask).await?.text;
        judged(&second, &ask.system, task.judge).map_err(|faults| {
            desk.refused(line, task.purpose, false);
            let named = faults.first(NAMED_FAULTS);
            let reason = format!("its reply can't be used, even after a repair: {named}");
            Error::model(line.provider(), ModelProblem::UnusableReply, reason)
        })
    }
}

/// Rejects a reply that repeats its instructions: that is a sign of
/// prompt injection.
fn judged<T>(
    reply: &str,
    system: &str,
    judge: &(dyn Fn(&str) -> Result<T, Faults> + Sync),
) -> Result<T, Faults> {
    if words::copies(reply, system) {
        return Err(Faults::of("it repeats the rules it was given"));
    }
    judge(reply)
}

/// The language's name for prompts.
fn named(language: Language) -> &'static str {
    match language {
        Language::Ru => "Russian",
        Language::En => "English",
    }
}

impl Provider for Writer {
    fn name(&self) -> &'static str {
        self.line.provider()
    }

    fn analyze<'a>(
        &'a self,
        desk: &'a Desk<'a>,
        subject: &'a Subject,
    ) -> Later<'a, AnalysisRecord> {
        self.analyze_topic(desk, subject).boxed()
    }

    fn write<'a>(
        &'a self,
        desk: &'a Desk<'a>,
        subject: &'a Subject,
        analysis: &'a AnalysisRecord,
    ) -> Later<'a, Draft> {
        self.write_slides(desk, subject, analysis).boxed()
    }

    fn shorten<'a>(&'a self, desk: &'a Desk<'a>, tight: &'a Tight) -> Later<'a, Vec<Slide>> {
        self.shorten_slides(desk, tight).boxed()
    }

    fn rewrite<'a>(&'a self, desk: &'a Desk<'a>, wish: &'a Wish) -> Later<'a, Slide> {
        self.rewrite_slide(desk, wish).boxed()
    }

    fn answer<'a>(&'a self, desk: &'a Desk<'a>, question: &'a Question) -> Later<'a, Answer> {
        self.answer_question(desk, question).boxed()
    }

    fn wisdom<'a>(&'a self, desk: &'a Desk<'a>, day: &'a Day) -> Later<'a, Wisdom> {
        self.word_wisdom(desk, day).boxed()
    }

    fn transcribe<'a>(&'a self, desk: &'a Desk<'a>, of: Recording<'a>) -> Later<'a, String> {
        async move { Ok(desk.listen(&self.line, of).await?.text) }.boxed()
    }
}
