//! Shortens text that does not fit its slides, with the provider that wrote it. The same for a new
//! carousel and an edited one.

use domain::record::{BriefRecord, DraftRecord};

use crate::{
    activity_caller::{ActivityCaller, StepFailure, StopReason},
    carousel::{ShortenInput, ShortenSlides},
    model_calls::ModelCall,
};
use domain::record::OverflowRecord;

/// The same draft with shorter text on the slides that overflow. The model calls are added to
/// `calls`, also on failure.
///
/// # Errors
/// The renderer's reason, if `provider` can't shorten the text.
pub(crate) async fn shorten<W>(
    steps: &ActivityCaller<'_, W>,
    provider: &str,
    brief: &BriefRecord,
    draft: &DraftRecord,
    refused: StepFailure,
    allowance: Option<u64>,
    calls: &mut Vec<ModelCall>,
) -> Result<DraftRecord, StopReason> {
    let wanted = overflowing_slides(&refused, draft.slides.len());
    let slide = |(at, _): &(usize, OverflowRecord)| draft.slides[*at].clone();
    let input = ShortenInput {
        provider: provider.to_owned(),
        language: brief.language.clone(),
        slides: wanted.iter().map(slide).collect(),
        overflows: wanted.iter().map(|(_, it)| it.clone()).collect(),
        allowance,
    };
    let summary = format!("{provider} says {} slides shorter", wanted.len());
    let shortened = match steps.call(ShortenSlides, input, summary).await {
        Ok(shortened) => shortened,
        Err(StopReason::Failed(failure)) => {
            calls.extend(failure.calls);
            return Err(StopReason::Failed(refused));
        }
        Err(StopReason::Cancelled(made)) => {
            calls.extend(made);
            return Err(StopReason::Cancelled(Vec::new()));
        }
    };
    calls.extend(shortened.calls);
    if shortened.slides.len() != wanted.len() {
        return Err(StopReason::Failed(refused));
    }
    let mut slides = draft.slides.clone();
    for ((at, _), slide) in wanted.into_iter().zip(shortened.slides) {
        slides[at] = slide;
    }
    Ok(DraftRecord { slides, ..draft.clone() })
}

/// The overflowing slides, from 0, each once.
fn overflowing_slides(refused: &StepFailure, slides: usize) -> Vec<(usize, OverflowRecord)> {
    let mut found: Vec<(usize, OverflowRecord)> = Vec::new();
    for overflow in &refused.overflows {
        let at = usize::try_from(overflow.slide).unwrap_or(0);
        let known = found.iter().any(|(known, _)| *known + 1 == at);
        if (1..=slides).contains(&at) && !known {
            found.push((at - 1, overflow.clone()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overflowing_slides_are_found_once() {
        let overflow = |slide| OverflowRecord { slide, ..OverflowRecord::default() };
        let refused = StepFailure {
            overflows: [2, 2, 0, 9, 3].map(overflow).into(),
            ..StepFailure::default()
        };
        let found: Vec<usize> = overflowing_slides(&refused, 3).iter().map(|(at, _)| *at).collect();
        assert_eq!(found, [1, 2]);
    }
}
