//! Edits a text: with the user's own words or with a provider. The same for a draft in review and a
//! delivered carousel.

use domain::{
    SlideKind,
    limits::{SLIDES_MAX, SLIDES_MIN},
    record::{AnalysisRecord, BriefRecord, DraftRecord, SlideRecord},
};

use crate::{
    activity_caller::{ActivityCaller, StepFailure, StopReason},
    carousel::compose::ProviderAttempts,
    carousel::{WriteInput, WriteSlides},
    edit::{EditKind, EditRecord, RewriteInput, RewriteSlide},
    model_calls::ModelCall,
};
use domain::failure::FailureKind;

#[derive(Clone)]
pub(crate) struct EditableText {
    pub(crate) brief: BriefRecord,
    pub(crate) analysis: AnalysisRecord,
    pub(crate) draft: DraftRecord,
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
            EditKind::Arrange => text.draft.slides = arranged(&text.draft.slides, &wish.order)?,
            EditKind::Add => {
                let added = wish.words.clone();
                let added = added.ok_or_else(|| invalid_edit("there is no new slide"))?;
                insert_after(&mut text.draft.slides, wish.slide, added)?;
            }
            EditKind::Caption => {
                text.draft.caption.clone_from(&wish.caption);
                text.draft.hashtags.clone_from(&wish.hashtags);
            }
            // The earlier revision was loaded; it becomes the new one.
            EditKind::Restore => {}
            EditKind::Instruct if wish.slide == 0 => self.rewrite_all(wish, &mut text).await?,
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

    /// Rewrites all slides by the user's instruction, one after the other. Quotes, statistics and
    /// code stay verbatim; a slide that can't be rewritten stays as it is, unless that is true of
    /// all.
    async fn rewrite_all(
        &mut self,
        wish: &EditRecord,
        text: &mut EditableText,
    ) -> Result<(), StopReason> {
        let mut failure = None;
        let mut rewritten = false;
        for (number, at) in (1..).zip(0..text.draft.slides.len()) {
            let kind = text.draft.slides.get(at).and_then(|slide| slide.kind.parse().ok());
            if kind.is_none_or(SlideKind::is_verbatim) {
                continue;
            }
            let wish = EditRecord { slide: number, ..wish.clone() };
            match self.rewrite_slide(&wish, text).await {
                Ok((slide, by)) => {
                    *slide_of(&wish, &mut text.draft)? = slide;
                    text.provider = by;
                    rewritten = true;
                }
                Err(StopReason::Failed(failed)) => failure = Some(failed),
                Err(cancelled) => return Err(cancelled),
            }
        }
        match failure {
            Some(failed) if !rewritten => Err(StopReason::Failed(failed)),
            _ if rewritten => Ok(()),
            _ => Err(invalid_edit("there is no slide that may be rewritten")),
        }
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
                let reason = "nothing else could be said about it";
                return Err(StopReason::Failed(StepFailure::new(FailureKind::NothingNew, reason)));
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

/// The slides of `order`, which names each at most once, from 1.
fn arranged(slides: &[SlideRecord], order: &[u32]) -> Result<Vec<SlideRecord>, StopReason> {
    let mut left: Vec<Option<&SlideRecord>> = slides.iter().map(Some).collect();
    let mut take = |number: &u32| {
        let at = usize::try_from(*number).ok()?.checked_sub(1)?;
        left.get_mut(at)?.take().cloned()
    };
    let kept: Option<Vec<SlideRecord>> = order.iter().map(&mut take).collect();
    let kept = kept.ok_or_else(|| invalid_edit("the new order names a slide that is not there"))?;
    within_limits(kept)
}

fn insert_after(
    slides: &mut Vec<SlideRecord>,
    number: u32,
    added: SlideRecord,
) -> Result<(), StopReason> {
    let at = usize::try_from(number).unwrap_or(usize::MAX);
    if at > slides.len() {
        return Err(invalid_edit(&format!("there is no slide {number}")));
    }
    let mut longer = slides.clone();
    longer.insert(at, added);
    *slides = within_limits(longer)?;
    Ok(())
}

/// The slides, if a carousel may have so many.
fn within_limits(slides: Vec<SlideRecord>) -> Result<Vec<SlideRecord>, StopReason> {
    if (usize::from(SLIDES_MIN)..=usize::from(SLIDES_MAX)).contains(&slides.len()) {
        return Ok(slides);
    }
    let count = slides.len();
    Err(invalid_edit(&format!("{count} slides: {SLIDES_MIN} to {SLIDES_MAX} are allowed")))
}

impl EditRecord {
    /// Refuses an edit that was chosen for another revision, whose slides have other numbers.
    pub(crate) fn check_base(&self, revision: u32) -> Result<(), StopReason> {
        if self.base == 0 || self.base == revision {
            return Ok(());
        }
        let base = self.base;
        Err(invalid_edit(&format!("it was chosen for revision {base}, and this is {revision}")))
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

pub(crate) fn invalid_edit(reason: &str) -> StopReason {
    StopReason::Failed(StepFailure::new(FailureKind::InvalidInput, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slides(titles: &[&str]) -> Vec<SlideRecord> {
        let slide = |title: &&str| SlideRecord { title: (*title).to_owned(), ..Default::default() };
        titles.iter().map(slide).collect()
    }

    #[test]
    fn order_removes_and_moves_slides() {
        let all = slides(&["a", "b", "c", "d"]);
        assert_eq!(arranged(&all, &[1, 3, 4]).unwrap(), slides(&["a", "c", "d"]));
        assert_eq!(arranged(&all, &[1, 3, 2, 4]).unwrap(), slides(&["a", "c", "b", "d"]));
        for wrong in [&[1, 2][..], &[1, 2, 5], &[1, 2, 2], &[0, 1, 2], &[]] {
            assert!(arranged(&all, wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn slide_is_inserted_after_another() {
        let new = || slides(&["new"]).remove(0);
        let mut three = slides(&["a", "b", "c"]);
        insert_after(&mut three, 1, new()).unwrap();
        assert_eq!(three, slides(&["a", "new", "b", "c"]));
        assert!(insert_after(&mut three, 5, new()).is_err());
        let mut full = slides(&["x"; SLIDES_MAX as usize]);
        assert!(insert_after(&mut full, 1, new()).is_err());
        assert_eq!(full.len(), usize::from(SLIDES_MAX), "nothing changes");
    }
}
