//! Any order of steps and undo steps, repeated, compared with a small model.

use domain::Outcome;
use proptest::{
    prelude::*,
    test_runner::{TestCaseError, TestRunner},
};
use storage::{
    Error, Tx,
    carousels::{self, Completion, NewCarousel, OpenError, Sent, Undone},
};

use crate::bed::{Bed, at, id, new, picture, written};

/// A step of a carousel's saga.
#[derive(Debug, Clone, Copy)]
enum Step {
    Open,
    Save(char),
    Complete(Sent),
    Abandon(Undone),
    Discard,
}

/// The expected stored state of a carousel.
#[derive(Debug, Clone, Copy, Default)]
struct Model {
    opened: bool,
    draft: Option<char>,
    outcome: Option<Outcome>,
}

impl Model {
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

fn steps() -> impl Strategy<Value = Vec<(usize, Step)>> {
    let step = prop_oneof![
        3 => Just(Step::Open),
        3 => prop_oneof![Just('a'), Just('b')].prop_map(Step::Save),
        1 => prop_oneof![Just(Sent::Delivered), Just(Sent::Unknown)].prop_map(Step::Complete),
        1 => prop_oneof![Just(Undone::Failed), Just(Undone::Cancelled)].prop_map(Step::Abandon),
        1 => Just(Step::Discard),
    ];
    proptest::collection::vec((0..KEYS.len(), step), 1..40)
}

/// Runs a step; returns whether it changed anything.
async fn take(bed: &Bed, key: &str, step: Step) -> Result<bool, OpenError> {
    let id = &id(key);
    let saved = &written(&format!("{step:?}"));
    let work = |tx: Tx| async move {
        Ok(match step {
            Step::Open => {
                let new = NewCarousel {
                    daily_quota: Some(QUOTA),
                    ..new(key)
                };
                carousels::open(&tx, &new).await?.fresh
            }
            Step::Save(_) => carousels::save_draft(&tx, id, 1, saved, at(1)).await?.fresh,
            Step::Complete(outcome) => {
                let completion = Completion {
                    outcome,
                    reason: String::new(),
                    revision: 1,
                    pictures: vec![picture('a'), picture('b')],
                };
                carousels::complete(&tx, id, &completion, at(2))
                    .await?
                    .fresh
            }
            Step::Abandon(outcome) => carousels::abandon(&tx, id, outcome, "so", at(3))
                .await?
                .is_some_and(|closed| closed.fresh),
            Step::Discard => carousels::discard_draft(&tx, id, at(3)).await?,
        })
    };
    bed.db.write(work).await
}

/// The expected result of the step; `None` for a refusal. Updates the model.
fn expected(models: &mut [Model], which: usize, step: Step) -> Option<bool> {
    let held = models.iter().filter(|model| model.holds_quota()).count();
    let model = &mut models[which];
    let before = *model;
    match step {
        Step::Open if !before.opened && held >= QUOTA as usize => return None,
        Step::Open => model.opened = true,
        Step::Save(_) | Step::Complete(_) if !before.opened => return None,
        Step::Save(_) if before.draft.is_none() && before.undone() => return None,
        Step::Save(draft) => model.draft = before.draft.or(Some(draft)),
        Step::Complete(_) if before.outcome.is_none() && before.draft.is_none() => return None,
        Step::Complete(sent) => model.outcome = before.outcome.or(Some(sent.into())),
        Step::Abandon(_) if !before.opened => {}
        Step::Abandon(undone) => model.outcome = before.outcome.or(Some(undone.into())),
        Step::Discard if before.sent() => {}
        Step::Discard => model.draft = None,
    }
    let changed = model.opened != before.opened
        || model.draft != before.draft
        || model.outcome != before.outcome;
    Some(changed)
}

async fn holds(bed: &Bed, key: &str, model: Model) -> Result<(), TestCaseError> {
    let (id, read) = (id(key), bed.db.read());
    let stored = carousels::find(&read, &id).await.unwrap();
    prop_assert_eq!(stored.is_some(), model.opened);
    prop_assert_eq!(
        stored.and_then(|stored| stored.state.outcome()),
        model.outcome
    );
    let draft = carousels::draft(&read, &id, 1).await.unwrap();
    let wanted = model
        .draft
        .map(|draft| written(&format!("{:?}", Step::Save(draft))));
    prop_assert_eq!(draft, wanted);
    let pictures = carousels::pictures(&read, &id, 1).await.unwrap();
    prop_assert_eq!(pictures.len(), if model.sent() { 2 } else { 0 });
    Ok(())
}

async fn follow(bed: &Bed, steps: Vec<(usize, Step)>) -> Result<(), TestCaseError> {
    let mut models = [Model::default(); KEYS.len()];
    for (which, step) in steps {
        let said = take(bed, KEYS[which], step).await;
        if let Err(OpenError::Storage(error)) = &said {
            let refused = matches!(
                error,
                Error::NoCarousel(_) | Error::NoDraft { .. } | Error::Undone { .. }
            );
            prop_assert!(refused, "{}", error);
        }
        prop_assert_eq!(
            said.ok(),
            expected(&mut models, which, step),
            "{:?} {}",
            step,
            which
        );
        holds(bed, KEYS[which], models[which]).await?;
    }
    Ok(())
}

fn any_order_of_steps(bed: impl AsyncFn() -> Option<Bed>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(ProptestConfig::with_cases(40));
    let outcome = runner.run(&steps(), |steps| {
        runtime.block_on(async {
            let Some(bed) = bed().await else {
                return Ok(());
            };
            let followed = follow(&bed, steps).await;
            bed.remove().await;
            followed
        })
    });
    outcome.unwrap();
}

mod any_order_of_steps_matches_the_model {
    use super::{Bed, any_order_of_steps};

    #[test]
    fn sqlite() {
        any_order_of_steps(async || Some(Bed::sqlite().await));
    }

    #[test]
    fn postgres() {
        any_order_of_steps(async || Bed::postgres().await);
    }
}
