//! Edits a text: with the user's own words or with a provider. The same for a draft in review and a
//! delivered carousel.

use domain::record::{AnalysisRecord, BriefRecord, DraftRecord, SlideRecord};

use crate::{
    carousel::compose::Attempts,
    contract::{
        AiActivities, Change, ChangeRecord, FailureKind, ModelCall, RewriteInput, WriteInput,
    },
    policy::Step,
    steps::{Failure, Steps, Stop},
};

/// The text to edit.
#[derive(Clone)]
pub(crate) struct Text {
    pub(crate) brief: BriefRecord,
    pub(crate) analysis: AnalysisRecord,
    pub(crate) draft: DraftRecord,
    /// The provider that wrote it.
    pub(crate) provider: String,
}

/// The permitted providers, and their calls so far.
pub(crate) struct Writers<'a, W> {
    pub(crate) steps: &'a Steps<'a, W>,
    pub(crate) providers: &'a [String],
    /// What all calls may cost, if that is limited.
    pub(crate) allowance: Option<u64>,
    pub(crate) calls: Vec<ModelCall>,
}

/// The rest of an allowance after these calls.
pub(crate) fn left(allowance: Option<u64>, calls: &[ModelCall]) -> Option<u64> {
    let cost = |call: &ModelCall| call.cost_micros;
    allowance.map(|had| had.saturating_sub(calls.iter().map(cost).sum()))
}

impl<W> Writers<'_, W> {
    /// Applies `change` to the text.
    pub(crate) async fn change(
        &mut self,
        change: Change,
        wish: &ChangeRecord,
        mut text: Text,
    ) -> Result<Text, Stop> {
        match change {
            Change::Reword => {
                let words = wish.words.clone();
                let words = words.ok_or_else(|| wrong("there are no new words"))?;
                *slide_of(wish, &mut text.draft)? = words;
            }
            Change::Instruct => {
                let (slide, by) = self.rewrite_slide(wish, &text).await?;
                *slide_of(wish, &mut text.draft)? = slide;
                text.provider = by;
            }
            Change::Rewrite => self.write(&mut text).await?,
            Change::Restyle => text.brief.theme.clone_from(&wish.theme),
            Change::Send | Change::Files | Change::Draw => {
                return Err(wrong("that changes no words"));
            }
        }
        Ok(text)
    }

    /// Rewrites one slide by the user's instruction with the first provider that can.
    async fn rewrite_slide(
        &mut self,
        wish: &ChangeRecord,
        text: &Text,
    ) -> Result<(SlideRecord, String), Stop> {
        let mut attempts = Attempts::default();
        for provider in self.providers {
            let input = RewriteInput {
                provider: provider.clone(),
                brief: text.brief.clone(),
                slides: text.draft.slides.clone(),
                slide: wish.slide,
                instruction: wish.instruction.clone(),
                allowance: left(self.allowance, &self.calls),
            };
            let summary = format!("{provider} writes slide {} anew", wish.slide);
            let rewrite = AiActivities::rewrite_slide;
            match self
                .steps
                .call(Step::Rewrite, rewrite, input, summary)
                .await
            {
                Ok(rewritten) => {
                    self.calls.extend(rewritten.calls);
                    return Ok((rewritten.slide, provider.clone()));
                }
                Err(stop) => attempts.failed(provider, stop, |calls| self.calls.extend(calls))?,
            }
        }
        Err(Stop::Failed(attempts.in_words()))
    }

    /// Rewrites all slides from the existing analysis, in another narrative frame, with the first
    /// provider that can.
    async fn write(&mut self, text: &mut Text) -> Result<(), Stop> {
        let mut attempts = Attempts::default();
        for provider in self.providers {
            let input = WriteInput {
                provider: provider.clone(),
                brief: text.brief.clone(),
                analysis: text.analysis.clone(),
                again: true,
                allowance: left(self.allowance, &self.calls),
            };
            let summary = format!("{provider} writes {} slides anew", text.brief.slides);
            let write = AiActivities::write_slides;
            let written = match self.steps.call(Step::Write, write, input, summary).await {
                Ok(written) => written,
                Err(stop) => {
                    attempts.failed(provider, stop, |calls| self.calls.extend(calls))?;
                    continue;
                }
            };
            self.calls.extend(written.calls);
            if written.draft == text.draft {
                return Err(Stop::Failed(Failure {
                    kind: FailureKind::NothingNew,
                    reason: "nothing else could be said about it".to_owned(),
                    ..Failure::default()
                }));
            }
            if !written.frame.is_empty() {
                text.analysis.frame = written.frame;
            }
            text.draft = written.draft;
            provider.clone_into(&mut text.provider);
            return Ok(());
        }
        Err(Stop::Failed(attempts.in_words()))
    }
}

fn slide_of<'d>(
    wish: &ChangeRecord,
    draft: &'d mut DraftRecord,
) -> Result<&'d mut SlideRecord, Stop> {
    let at = usize::try_from(wish.slide).unwrap_or(0);
    let total = draft.slides.len();
    at.checked_sub(1)
        .and_then(|at| draft.slides.get_mut(at))
        .ok_or_else(|| wrong(&format!("there is no slide {at}: there are {total}")))
}

/// An invalid edit.
pub(crate) fn wrong(reason: &str) -> Stop {
    Stop::Failed(Failure {
        kind: FailureKind::InvalidInput,
        reason: reason.to_owned(),
        ..Failure::default()
    })
}
