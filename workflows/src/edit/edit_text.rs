//! Edits a text: with the user's own words or with a provider. The same for a draft in review and a
//! delivered carousel.

use domain::record::{AnalysisRecord, BriefRecord, DraftRecord, SlideRecord};

use crate::{
    activity_caller::{ActivityCaller, StepFailure, StopReason},
    carousel::compose::ProviderAttempts,
    carousel::{WriteInput, WriteSlides},
    edit::{EditKind, EditRecord, RewriteInput, RewriteSlide},
    model_calls::ModelCall,
};
use domain::failure::FailureKind;

/// The text to edit.
#[derive(Clone)]
pub(crate) struct EditableText {
    pub(crate) brief: BriefRecord,
    pub(crate) analysis: AnalysisRecord,
    pub(crate) draft: DraftRecord,
    /// The provider that wrote it.
    pub(crate) provider: String,
}

/// The permitted providers, and their calls so far.
pub(crate) struct TextEditor<'a, W> {
    pub(crate) steps: &'a ActivityCaller<'a, W>,
    pub(crate) providers: &'a [String],
    /// What all calls may cost, if that is limited.
    pub(crate) allowance: Option<u64>,
    pub(crate) calls: Vec<ModelCall>,
}

/// The rest of an allowance after these calls.
pub(crate) fn remaining_allowance(allowance: Option<u64>, calls: &[ModelCall]) -> Option<u64> {
    let cost = |call: &ModelCall| call.cost_micros;
    allowance.map(|had| had.saturating_sub(calls.iter().map(cost).sum()))
}

impl<W> TextEditor<'_, W> {
    /// Applies `change` to the text.
    pub(crate) async fn change(
        &mut self,
        change: EditKind,
        wish: &EditRecord,
        mut text: EditableText,
    ) -> Result<EditableText, StopReason> {
        match change {
            EditKind::Reword => {
                let words = wish.words.clone();
                let words = words.ok_or_else(|| invalid_edit("there are no new words"))?;
                *slide_of(wish, &mut text.draft)? = words;
            }
            EditKind::Instruct => {
                let (slide, by) = self.rewrite_slide(wish, &text).await?;
                *slide_of(wish, &mut text.draft)? = slide;
                text.provider = by;
            }
            EditKind::Rewrite => self.write(&mut text).await?,
            EditKind::Restyle => text.brief.theme.clone_from(&wish.theme),
            EditKind::Send | EditKind::Files | EditKind::Draw => {
                return Err(invalid_edit("that changes no words"));
            }
        }
        Ok(text)
    }

    /// Rewrites one slide by the user's instruction with the first provider that can.
    async fn rewrite_slide(
        &mut self,
        wish: &EditRecord,
        text: &EditableText,
    ) -> Result<(SlideRecord, String), StopReason> {
        let mut attempts = ProviderAttempts::default();
        for provider in self.providers {
            let input = RewriteInput {
                provider: provider.clone(),
                brief: text.brief.clone(),
                slides: text.draft.slides.clone(),
                slide: wish.slide,
                instruction: wish.instruction.clone(),
                allowance: remaining_allowance(self.allowance, &self.calls),
            };
            let summary = format!("{provider} writes slide {} anew", wish.slide);
            match self.steps.call(RewriteSlide, input, summary).await {
                Ok(rewritten) => {
                    self.calls.extend(rewritten.calls);
                    return Ok((rewritten.slide, provider.clone()));
                }
                Err(stop) => {
                    attempts.record_failure(provider, stop, |calls| self.calls.extend(calls))?;
                }
            }
        }
        Err(StopReason::Failed(attempts.final_failure()))
    }

    /// Rewrites all slides from the existing analysis, in another narrative frame, with the first
    /// provider that can.
    async fn write(&mut self, text: &mut EditableText) -> Result<(), StopReason> {
        let mut attempts = ProviderAttempts::default();
        for provider in self.providers {
            let input = WriteInput {
                provider: provider.clone(),
                brief: text.brief.clone(),
                analysis: text.analysis.clone(),
                again: true,
                allowance: remaining_allowance(self.allowance, &self.calls),
            };
            let summary = format!("{provider} writes {} slides anew", text.brief.slides);
            let written = match self.steps.call(WriteSlides, input, summary).await {
                Ok(written) => written,
                Err(stop) => {
                    attempts.record_failure(provider, stop, |calls| self.calls.extend(calls))?;
                    continue;
                }
            };
            self.calls.extend(written.calls);
            if written.draft == text.draft {
                return Err(StopReason::Failed(StepFailure {
                    kind: FailureKind::NothingNew,
                    reason: "nothing else could be said about it".to_owned(),
                    ..StepFailure::default()
                }));
            }
            if !written.frame.is_empty() {
                text.analysis.frame = written.frame;
            }
            text.draft = written.draft;
            provider.clone_into(&mut text.provider);
            return Ok(());
        }
        Err(StopReason::Failed(attempts.final_failure()))
    }
}

fn slide_of<'d>(
    wish: &EditRecord,
    draft: &'d mut DraftRecord,
) -> Result<&'d mut SlideRecord, StopReason> {
    let at = usize::try_from(wish.slide).unwrap_or(0);
    let total = draft.slides.len();
    at.checked_sub(1)
        .and_then(|at| draft.slides.get_mut(at))
        .ok_or_else(|| invalid_edit(&format!("there is no slide {at}: there are {total}")))
}

/// An invalid edit.
pub(crate) fn invalid_edit(reason: &str) -> StopReason {
    StopReason::Failed(StepFailure {
        kind: FailureKind::InvalidInput,
        reason: reason.to_owned(),
        ..StepFailure::default()
    })
}
