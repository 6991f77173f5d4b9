//! [`Writer`]: a provider that uses a model. It builds prompts, checks replies, and requests one
//! repair of an unusable reply. `model` and `caller` make the calls.

mod addresses;
mod analysis;
mod answers;
mod prompt_material;
mod reply_errors;
mod slide_edits;
mod slide_fields;
mod slide_plan;
mod source_inserts;
mod text_cleanup;
mod write_deck;

use domain::{
    Brief, ContentLanguage, Draft, LongText, ProviderName, Slide, failure::ModelProblem,
    record::AnalysisRecord,
};
use futures::future::FutureExt as _;
use llm::{
    language_model::{CallPurpose, ConversationTurn, ModelRequest, Recording},
    model_connection::ModelConnection,
    model_error::ModelError,
    reply_schema::Schema,
};

use self::reply_errors::ReplyErrors;
pub use self::text_cleanup::is_cut;
use crate::{
    model_caller::ModelCaller,
    prompt::{self, FilledPrompt, Prompt, trusted},
    provider::{
        DailyTipSubject, OverflowingSlides, Provider, ProviderAnswer, ProviderDailyTip,
        ProviderFuture, QuestionInput, SlideEdit,
    },
};

/// Most errors named in a failure: users and operators read it.
const NAMED_ERRORS: usize = 3;

pub struct Writer {
    line: std::sync::Arc<ModelConnection>,
}

/// A request to a model with the checks of its reply.
struct WritingTask<'a, T> {
    purpose: CallPurpose,
    prompt: Prompt,
    filled: FilledPrompt,
    schema: Schema,
    language: ContentLanguage,
    check: &'a (dyn Fn(&str) -> Result<T, ReplyErrors> + Sync),
}

impl Writer {
    pub fn new(line: std::sync::Arc<ModelConnection>) -> Self {
        Self { line }
    }

    /// Sends the request and checks the reply; requests one repair if the reply is unusable.
    async fn do_task<T>(
        &self,
        caller: &dyn ModelCaller,
        task: WritingTask<'_, T>,
    ) -> Result<T, ModelError> {
        let line = &*self.line;
        let mut ask = ModelRequest {
            purpose: task.purpose,
            prompt: task.prompt.id(),
            system: task.filled.system,
            turns: vec![ConversationTurn::User(task.filled.user)],
            schema: task.schema,
        };
        let first = caller.ask(line, &ask).await?.text;
        let faults = match check_reply(&first, &ask.system, task.check) {
            Ok(value) => return Ok(value),
            Err(faults) => faults,
        };
        caller.count_unusable_reply(line, task.purpose, true);
        let list = faults.to_string();
        let repair = prompt::REPAIR.fill(&[
            ("faults", prompt::PlaceholderValue::Fenced("faults", &list)),
            ("language", trusted(task.language.english_name())),
        ]);
        ask.purpose = CallPurpose::Repair;
        ask.prompt = prompt::REPAIR.id();
        ask.turns.extend([ConversationTurn::Assistant(first), ConversationTurn::User(repair.user)]);
        let second = caller.ask(line, &ask).await?.text;
        check_reply(&second, &ask.system, task.check).map_err(|faults| {
            caller.count_unusable_reply(line, task.purpose, false);
            let named = faults.first(NAMED_ERRORS);
            let reason = format!("its reply can't be used, even after a repair: {named}");
            let problem = match faults.is_wrong_language() {
                true => ModelProblem::WrongLanguage,
                false => ModelProblem::UnusableReply,
            };
            ModelError::unable(problem, reason)
        })
    }
}

/// Rejects a reply that repeats its instructions: that is a sign of
/// prompt injection.
fn check_reply<T>(
    reply: &str,
    system: &str,
    judge: &(dyn Fn(&str) -> Result<T, ReplyErrors> + Sync),
) -> Result<T, ReplyErrors> {
    if text_cleanup::copies(reply, system) {
        return Err(ReplyErrors::of("it repeats the rules it was given"));
    }
    judge(reply)
}

impl Provider for Writer {
    fn name(&self) -> ProviderName {
        self.line.provider()
    }

    fn analyze<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        brief: &'a Brief,
        text: Option<&'a LongText>,
    ) -> ProviderFuture<'a, AnalysisRecord> {
        self.analyze_topic(caller, brief, text).boxed()
    }

    fn write<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        brief: &'a Brief,
        text: Option<&'a LongText>,
        analysis: &'a AnalysisRecord,
    ) -> ProviderFuture<'a, Draft> {
        self.write_slides(caller, brief, text, analysis).boxed()
    }

    fn shorten<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        tight: &'a OverflowingSlides,
    ) -> ProviderFuture<'a, Vec<Slide>> {
        self.shorten_slides(caller, tight).boxed()
    }

    fn rewrite<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        wish: &'a SlideEdit,
    ) -> ProviderFuture<'a, Slide> {
        self.rewrite_slide(caller, wish).boxed()
    }

    fn answer<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        question: &'a QuestionInput,
    ) -> ProviderFuture<'a, ProviderAnswer> {
        self.answer_question(caller, question).boxed()
    }

    fn daily_tip<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        day: &'a DailyTipSubject,
    ) -> ProviderFuture<'a, ProviderDailyTip> {
        self.write_daily_tip(caller, day).boxed()
    }

    fn transcribe<'a>(
        &'a self,
        caller: &'a dyn ModelCaller,
        of: Recording<'a>,
    ) -> ProviderFuture<'a, String> {
        async move { Ok(caller.transcribe(&self.line, of).await?.text) }.boxed()
    }
}
