//! The state of a carousel's saga as a pure state machine: the order of stages, the registered
//! undos, and until when a cancel is possible. Calls no activities.

use domain::{CarouselStage, Outcome};

use crate::{
    carousel::{CarouselProgress, CarouselResult},
    edit::edit_text::remaining_allowance,
    model_calls::{ModelCall, UsageRecord},
};

/// A compensation. It is registered before its step runs, because a failed step may have had its
/// effect; undoing a step that never ran is a no-op.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undo {
    /// Releases the quota, marks the row, writes the end event.
    Open,
    /// Deletes the draft and its references to images.
    SaveDraft,
}

#[derive(Debug, Default)]
pub(super) struct SagaState {
    stage: Option<CarouselStage>,
    failed_at: Option<CarouselStage>,
    undos: Vec<Undo>,
    provider: String,
    unrecorded: Vec<ModelCall>,
    usage: UsageRecord,
    allowance: Option<u64>,
    revision: Option<u32>,
    result: Option<CarouselResult>,
}

impl SagaState {
    /// Enters `stage`. Stages follow each other. None is entered twice, except that reviewing
    /// alternates with writing, analysing and writing repeat per provider, and rendering repeats
    /// after a lost image or shortened text.
    pub(super) fn enter(&mut self, stage: CarouselStage) {
        self.stage = Some(stage);
    }

    pub(super) fn stage(&self) -> CarouselStage {
        self.stage.unwrap_or(CarouselStage::Queued)
    }

    /// The provider that wrote the draft.
    pub(super) fn provider(&self) -> &str {
        &self.provider
    }

    pub(super) fn set_provider(&mut self, provider: &str) {
        provider.clone_into(&mut self.provider);
    }

    /// `false` once the delivery has begun.
    pub(super) fn can_be_cancelled(&self) -> bool {
        match self.stage() {
            CarouselStage::Queued
            | CarouselStage::Opening
            | CarouselStage::Analysing
            | CarouselStage::Writing
            | CarouselStage::Saving
            | CarouselStage::Reviewing
            | CarouselStage::Drawing => true,
            CarouselStage::Delivering
            | CarouselStage::Completing
            | CarouselStage::Undoing
            | CarouselStage::Finished => false,
        }
    }

    /// Registers an undo, before its step runs.
    pub(super) fn register(&mut self, undo: Undo) {
        self.undos.push(undo);
    }

    /// What further calls may cost, if that is limited.
    pub(super) fn allowance(&self) -> Option<u64> {
        self.allowance
    }

    /// Sets what further calls may cost.
    pub(super) fn set_allowance(&mut self, allowance: Option<u64>) {
        self.allowance = allowance;
    }

    /// Adds model calls that no step has recorded yet.
    pub(super) fn add_calls(&mut self, calls: Vec<ModelCall>) {
        self.usage.add(&calls);
        self.allowance = remaining_allowance(self.allowance, &calls);
        self.unrecorded.extend(calls);
    }

    /// The usage of all calls; `None` if none of them is metered.
    pub(super) fn usage(&self) -> Option<UsageRecord> {
        (!self.usage.is_empty()).then_some(self.usage)
    }

    /// This revision of the draft is stored.
    pub(super) fn set_revision(&mut self, revision: u32) {
        self.revision = Some(revision);
    }

    /// The current revision: the last stored one, or the first that will be stored.
    pub(super) fn revision(&self) -> u32 {
        self.revision.unwrap_or(1)
    }

    /// Model calls that are not recorded yet.
    pub(super) fn unrecorded(&self) -> Vec<ModelCall> {
        self.unrecorded.clone()
    }

    pub(super) fn mark_recorded(&mut self) {
        self.unrecorded.clear();
    }

    /// Starts compensating: only undos follow.
    pub(super) fn start_compensation(&mut self) {
        self.failed_at = Some(self.stage());
        self.stage = Some(CarouselStage::Undoing);
    }

    /// The stage in which compensation began.
    pub(super) fn failed_at(&self) -> CarouselStage {
        self.failed_at.unwrap_or(CarouselStage::Queued)
    }

    /// The next undo, newest first.
    pub(super) fn next_undo(&mut self) -> Option<Undo> {
        self.undos.pop()
    }

    pub(super) fn finish(&mut self, result: CarouselResult) {
        self.undos.clear();
        self.stage = Some(CarouselStage::Finished);
        self.result = Some(result);
    }

    pub(super) fn result(&self) -> Option<&CarouselResult> {
        self.result.as_ref()
    }

    /// The answer of the query `progress`.
    pub(super) fn progress(&self) -> CarouselProgress {
        let reached = match self.failed_at.unwrap_or(self.stage()) {
            CarouselStage::Reviewing => CarouselStage::Drawing,
            reached => reached,
        };
        let result = self.result.clone().unwrap_or_default();
        let done = if result.outcome == Some(Outcome::Delivered) {
            CarouselStage::SUCCESS_PATH.len()
        } else {
            CarouselStage::SUCCESS_PATH.iter().position(|stage| *stage == reached).unwrap_or(0)
        };
        CarouselProgress {
            stage: Some(self.stage()),
            done: u32::try_from(done).unwrap_or(u32::MAX),
            total: CarouselStage::SUCCESS_PATH.len() as u32,
            cancellable: self.can_be_cancelled(),
            provider: self.provider.clone(),
            outcome: result.outcome,
            reason: result.reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ended(outcome: Outcome) -> CarouselResult {
        CarouselResult { outcome: Some(outcome), ..Default::default() }
    }

    #[test]
    fn cancel_is_possible_until_delivery_begins() {
        let mut journey = SagaState::default();
        assert!(journey.can_be_cancelled());
        for stage in CarouselStage::SUCCESS_PATH {
            journey.enter(stage);
            assert_eq!(journey.can_be_cancelled(), (stage as u8) < CarouselStage::Delivering as u8);
        }
        journey.finish(ended(Outcome::Delivered));
        assert!(!journey.can_be_cancelled());
    }

    #[test]
    fn undos_run_newest_first() {
        let mut journey = SagaState::default();
        journey.enter(CarouselStage::Opening);
        journey.register(Undo::Open);
        journey.enter(CarouselStage::Saving);
        journey.register(Undo::SaveDraft);
        journey.start_compensation();
        assert_eq!(
            (journey.stage(), journey.failed_at()),
            (CarouselStage::Undoing, CarouselStage::Saving)
        );
        let order: Vec<_> = std::iter::from_fn(|| journey.next_undo()).collect();
        assert_eq!(order, [Undo::SaveDraft, Undo::Open]);
    }

    #[test]
    fn progress_counts_steps_and_stops_at_failure() {
        let mut journey = SagaState::default();
        assert_eq!((journey.progress().done, journey.progress().total), (0, 7));
        journey.enter(CarouselStage::Drawing);
        journey.start_compensation();
        let progress = journey.progress();
        assert_eq!((progress.done, progress.stage), (4, Some(CarouselStage::Undoing)));
        journey.finish(ended(Outcome::Failed));
        assert_eq!(journey.progress().done, 4);
    }

    #[test]
    fn finished_carousel_has_no_undos() {
        let mut journey = SagaState::default();
        journey.register(Undo::Open);
        journey.finish(ended(Outcome::Delivered));
        assert_eq!(journey.next_undo(), None);
        assert_eq!(journey.progress().done, 7);
    }

    proptest! {
        #[test]
        fn model_call_is_recorded_exactly_once(batches in proptest::collection::vec(0usize..4, 0..8)) {
            let mut journey = SagaState::default();
            let mut recorded = 0;
            for (i, n) in batches.iter().enumerate() {
                journey.add_calls(vec![ModelCall::default(); *n]);
                if i % 2 == 0 {
                    recorded += journey.unrecorded().len();
                    journey.mark_recorded();
                }
            }
            recorded += journey.unrecorded().len();
            prop_assert_eq!(recorded, batches.iter().sum::<usize>());
        }
    }
}
