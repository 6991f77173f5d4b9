//! Any order of steps and undo steps, repeated, compared with a small model.

use domain::{Outcome, failure::FailureKind};
use proptest::{
    prelude::*,
    test_runner::{TestCaseError, TestRunner},
};
use storage::{
    StorageError, Tx,
    carousels::{self, CarouselCompletion, NewCarousel, OpenError, SentOutcome, UndoOutcome},
};

use crate::database::{StorageTestDatabase, at, id, new_carousel, picture, saved_draft};

#[derive(Debug, Clone, Copy)]
enum SagaStep {
    Open,
    Save(char),
    Complete(SentOutcome),
    Abandon(UndoOutcome),
    Discard,
}

/// The expected stored state of a carousel.
#[derive(Debug, Clone, Copy, Default)]
struct CarouselModel {
    opened: bool,
    draft: Option<char>,
    outcome: Option<Outcome>,
}

impl CarouselModel {
    fn undone(self) -> bool {
        matches!(self.outcome, Some(Outcome::Failed | Outcome::Cancelled))
    }

    fn holds_quota(self) -> bool {
        self.opened && !self.undone()
    }

    fn sent(self) -> bool {
        matches!(self.outcome, Some(Outcome::Delivered | Outcome::Unknown))
    }
}

const KEYS: [&str; 3] = ["0", "1", "2"];
const QUOTA: u32 = 2;

fn steps() -> impl Strategy<Value = Vec<(usize, SagaStep)>> {
    let step = prop_oneof![
        3 => Just(SagaStep::Open),
        3 => prop_oneof![Just('a'), Just('b')].prop_map(SagaStep::Save),
        1 => prop_oneof![Just(SentOutcome::Delivered), Just(SentOutcome::Unknown)].prop_map(SagaStep::Complete),
        1 => prop_oneof![Just(UndoOutcome::Failed(FailureKind::Unavailable)), Just(UndoOutcome::Cancelled)].prop_map(SagaStep::Abandon),
        1 => Just(SagaStep::Discard),
    ];
    proptest::collection::vec((0..KEYS.len(), step), 1..40)
}

/// Runs a step; returns whether it changed anything.
async fn run_step(
    test_db: &StorageTestDatabase,
    key: &str,
    step: SagaStep,
) -> Result<bool, OpenError> {
    let id = &id(key);
    let saved = &saved_draft(&format!("{step:?}"));
    let work = |tx: Tx| async move {
        Ok(match step {
            SagaStep::Open => {
                let new = NewCarousel { daily_quota: Some(QUOTA), ..new_carousel(key) };
                carousels::open(&tx, &new).await?.fresh
            }
            SagaStep::Save(_) => carousels::save_draft(&tx, id, 1, saved, None, at(1)).await?.fresh,
            SagaStep::Complete(outcome) => {
                let completion = CarouselCompletion {
                    outcome,
                    reason: String::new(),
                    revision: 1,
                    pictures: vec![picture('a'), picture('b')],
                };
                carousels::complete(&tx, id, &completion, at(2)).await?.fresh
            }
            SagaStep::Abandon(outcome) => carousels::abandon(&tx, id, outcome, "so", at(3))
                .await?
                .is_some_and(|closed| closed.fresh),
            SagaStep::Discard => carousels::discard_draft(&tx, id, at(3)).await?,
        })
    };
    test_db.db.write(work).await
}

/// The expected result of the step; `None` for a refusal. Updates the model.
fn expected(models: &mut [CarouselModel], which: usize, step: SagaStep) -> Option<bool> {
    let held = models.iter().filter(|model| model.holds_quota()).count();
    let model = &mut models[which];
    let before = *model;
    match step {
        SagaStep::Open if !before.opened && held >= QUOTA as usize => return None,
        SagaStep::Open => model.opened = true,
        SagaStep::Save(_) | SagaStep::Complete(_) if !before.opened => return None,
        SagaStep::Save(_) if before.draft.is_none() && before.undone() => return None,
        SagaStep::Save(draft) => model.draft = before.draft.or(Some(draft)),
        SagaStep::Complete(_) if before.outcome.is_none() && before.draft.is_none() => return None,
        SagaStep::Complete(sent) => model.outcome = before.outcome.or(Some(sent.into())),
        SagaStep::Abandon(_) if !before.opened => {}
        SagaStep::Abandon(undone) => model.outcome = before.outcome.or(Some(undone.into())),
        SagaStep::Discard if before.sent() => {}
        SagaStep::Discard => model.draft = None,
    }
    let changed = model.opened != before.opened
        || model.draft != before.draft
        || model.outcome != before.outcome;
    Some(changed)
}

async fn check_model(
    test_db: &StorageTestDatabase,
    key: &str,
    model: CarouselModel,
) -> Result<(), TestCaseError> {
    let (id, read) = (id(key), test_db.db.read());
    let stored = carousels::find(&read, &id).await.unwrap();
    prop_assert_eq!(stored.is_some(), model.opened);
    prop_assert_eq!(stored.and_then(|stored| stored.state.outcome()), model.outcome);
    let draft = carousels::find_draft(&read, &id, 1).await.unwrap();
    let wanted = model.draft.map(|draft| saved_draft(&format!("{:?}", SagaStep::Save(draft))));
    prop_assert_eq!(draft, wanted);
    let pictures = carousels::pictures(&read, &id, 1).await.unwrap();
    prop_assert_eq!(pictures.len(), if model.sent() { 2 } else { 0 });
    Ok(())
}

async fn follow(
    test_db: &StorageTestDatabase,
    steps: Vec<(usize, SagaStep)>,
) -> Result<(), TestCaseError> {
    let mut models = [CarouselModel::default(); KEYS.len()];
    for (which, step) in steps {
        let said = run_step(test_db, KEYS[which], step).await;
        if let Err(OpenError::Storage(error)) = &said {
            let refused = matches!(
                error,
                StorageError::CarouselNotFound(_)
                    | StorageError::DraftNotFound { .. }
                    | StorageError::CarouselUndone { .. }
            );
            prop_assert!(refused, "{}", error);
        }
        prop_assert_eq!(said.ok(), expected(&mut models, which, step), "{:?} {}", step, which);
        check_model(test_db, KEYS[which], models[which]).await?;
    }
    Ok(())
}

fn any_order_of_steps(test_db: impl AsyncFn() -> Option<StorageTestDatabase>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut runner = TestRunner::new(ProptestConfig::with_cases(40));
    let outcome = runner.run(&steps(), |steps| {
        runtime.block_on(async {
            let Some(test_db) = test_db().await else {
                return Ok(());
            };
            let followed = follow(&test_db, steps).await;
            test_db.remove().await;
            followed
        })
    });
    outcome.unwrap();
}

mod any_order_of_steps_matches_the_model {
    use super::{StorageTestDatabase, any_order_of_steps};

    #[test]
    fn sqlite() {
        any_order_of_steps(async || Some(StorageTestDatabase::sqlite().await));
    }

    #[test]
    fn postgres() {
        any_order_of_steps(async || StorageTestDatabase::postgres().await);
    }
}
