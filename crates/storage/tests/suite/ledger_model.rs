//! Any order of claims, reports, dead senders and taps: the database and the state machine agree.

use domain::delivery::{
    Delivery, DeliveryInput, DeliveryPart, Generation, LedgerKey, PartSize, RejectionKind,
    RepeatPolicy, SendReport, TransitionResult,
};
use proptest::{
    prelude::*,
    test_runner::{TestCaseError, TestRunner},
};
use storage::ledger;

use crate::{
    database::{StorageTestDatabase, at, written},
    ledger::{attempt, claim, messages, report, slot, tap},
};

/// An input, of one of four attempts and about one of three generations.
#[derive(Debug, Clone, Copy)]
enum LedgerInput {
    Claim,
    Answered(u8),
    Undelivered,
    Rejected,
    Lost,
    Died,
    Tap,
}

fn inputs() -> impl Strategy<Value = Vec<(u8, u32, LedgerInput)>> {
    let said = prop_oneof![
        5 => Just(LedgerInput::Claim),
        3 => prop_oneof![Just(7_u8), 0_u8..5].prop_map(LedgerInput::Answered),
        2 => Just(LedgerInput::Undelivered),
        1 => Just(LedgerInput::Rejected),
        2 => Just(LedgerInput::Lost),
        1 => Just(LedgerInput::Died),
        2 => Just(LedgerInput::Tap),
    ];
    let generation = prop_oneof![3 => Just(1_u32), 2 => Just(2), 1 => Just(3)];
    proptest::collection::vec((0_u8..4, generation, said), 1..40)
}

impl LedgerInput {
    fn input(self, by: &str) -> Option<DeliveryInput> {
        let attempt = attempt(by);
        let reason = "so".to_owned();
        let reported = |report| DeliveryInput::Reported { attempt: attempt.clone(), report };
        Some(match self {
            Self::Claim => DeliveryInput::Claim { attempt },
            Self::Answered(count) => reported(messages(0..i64::from(count))),
            Self::Undelivered => reported(SendReport::Undelivered(reason)),
            Self::Rejected => {
                reported(SendReport::Rejected { reason, kind: RejectionKind::ChatClosed })
            }
            Self::Lost => reported(SendReport::Unknown),
            Self::Died => DeliveryInput::AttemptDied,
            Self::Tap => return None,
        })
    }
}

/// Applies it to the database; returns whether it was accepted.
async fn apply_to_database(
    test_db: &StorageTestDatabase,
    slot: &LedgerKey,
    by: &str,
    said: LedgerInput,
) -> bool {
    match said.input(by) {
        None => tap(test_db, slot).await.is_ok(),
        Some(DeliveryInput::Claim { .. }) => claim(test_db, slot, by).await.is_ok(),
        Some(DeliveryInput::Reported { report: what, .. }) => {
            report(test_db, slot, by, &what).await.is_ok()
        }
        Some(DeliveryInput::AttemptDied) => {
            written!(test_db, ledger::mark_sender_dead, slot, at(2)).is_ok()
        }
    }
}

/// Applies it to the model (the rows of the three generations); returns whether it was accepted.
fn apply_to_model(
    rows: &mut [Option<Delivery>; 3],
    generation: u32,
    by: &str,
    said: LedgerInput,
) -> bool {
    let index = generation as usize - 1;
    let Some(input) = said.input(by) else {
        return match (&rows[index], index.checked_sub(1).map(|before| &rows[before])) {
            (Some(_), _) => true,
            (None, Some(Some(before))) => {
                rows[index] = before.next_generation().ok();
                rows[index].is_some()
            }
            (None, Some(None) | None) => false,
        };
    };
    if generation == 1 && matches!(said, LedgerInput::Claim) && rows[0].is_none() {
        rows[0] = Some(Delivery::new(PartSize::new(7).unwrap(), RepeatPolicy::Never));
    }
    let Some(row) = &mut rows[index] else {
        return false;
    };
    match row.apply(&input) {
        Ok(TransitionResult::Changed(transition)) => *row = transition.to().clone(),
        Ok(TransitionResult::Unchanged) => {}
        Err(_) => return false,
    }
    true
}

async fn follow(
    test_db: &StorageTestDatabase,
    said: Vec<(u8, u32, LedgerInput)>,
) -> Result<(), TestCaseError> {
    let mut rows = [None, None, None];
    for (who, generation, said) in said {
        let by = format!("attempt-{who}");
        let slot = LedgerKey {
            generation: Generation::new(generation).unwrap(),
            ..slot(DeliveryPart::Album)
        };
        let taken = apply_to_database(test_db, &slot, &by, said).await;
        prop_assert_eq!(taken, apply_to_model(&mut rows, generation, &by, said), "{:?}", said);
        let stored = ledger::find(&test_db.db.read(), &slot).await.unwrap();
        let stored = stored.map(|entry| entry.delivery);
        prop_assert_eq!(&stored, &rows[generation as usize - 1], "{:?}", said);
    }
    Ok(())
}

fn any_order(test_db: impl AsyncFn() -> Option<StorageTestDatabase>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut runner = TestRunner::new(ProptestConfig::with_cases(40));
    let outcome = runner.run(&inputs(), |said| {
        runtime.block_on(async {
            let Some(test_db) = test_db().await else {
                return Ok(());
            };
            let followed = follow(&test_db, said).await;
            test_db.remove().await;
            followed
        })
    });
    outcome.unwrap();
}

mod ledger_matches_the_state_machine {
    use super::{StorageTestDatabase, any_order};

    #[test]
    fn sqlite() {
        any_order(async || Some(StorageTestDatabase::sqlite().await));
    }

    #[test]
    fn postgres() {
        any_order(async || StorageTestDatabase::postgres().await);
    }
}
