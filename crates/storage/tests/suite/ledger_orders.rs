//! Any order of claims, reports, dead senders and taps: the database and the state machine agree.

use domain::delivery::{
    Delivery, Generation, Input, Part, Repeats, Resolution, Size, Slot, Verdict,
};
use proptest::{
    prelude::*,
    test_runner::{TestCaseError, TestRunner},
};
use storage::{
    Tx,
    ledger::{self, Report},
};

use crate::{
    bed::{Bed, at},
    ledger::{attempt, claim, messages, report, slot, tap},
};

/// An input, of one of four attempts and about one of three generations.
#[derive(Debug, Clone, Copy)]
enum Said {
    Claim,
    Answered(u8),
    Undelivered,
    Rejected,
    Lost,
    Died,
    Judged(bool),
    Tap,
}

fn said() -> impl Strategy<Value = Vec<(u8, u32, Said)>> {
    let said = prop_oneof![
        5 => Just(Said::Claim),
        3 => prop_oneof![Just(7_u8), 0_u8..5].prop_map(Said::Answered),
        2 => Just(Said::Undelivered),
        1 => Just(Said::Rejected),
        2 => Just(Said::Lost),
        1 => Just(Said::Died),
        1 => any::<bool>().prop_map(Said::Judged),
        2 => Just(Said::Tap),
    ];
    let generation = prop_oneof![3 => Just(1_u32), 2 => Just(2), 1 => Just(3)];
    proptest::collection::vec((0_u8..4, generation, said), 1..40)
}

impl Said {
    fn input(self, by: &str) -> Option<Input> {
        let attempt = attempt(by);
        let reason = "so".to_owned();
        Some(match self {
            Self::Claim => Input::Claim { attempt },
            Self::Answered(messages) => Input::Answered { attempt, messages },
            Self::Undelivered => Input::Undelivered { attempt, reason },
            Self::Rejected => Input::Rejected { attempt, reason },
            Self::Lost => Input::Lost { attempt },
            Self::Died => Input::Died,
            Self::Judged(true) => Input::Resolved(Resolution::Arrived),
            Self::Judged(false) => Input::Resolved(Resolution::NotArrived),
            Self::Tap => return None,
        })
    }
}

/// Applies it to the database; returns whether it was accepted.
async fn say(bed: &Bed, slot: &Slot, by: &str, said: Said) -> bool {
    let reason = || "so".to_owned();
    let reported = async |what: Report| report(bed, slot, by, &what).await.is_ok();
    match said {
        Said::Claim => claim(bed, slot, by).await.is_ok(),
        Said::Answered(count) => reported(messages(0..i64::from(count))).await,
        Said::Undelivered => reported(Report::Undelivered(reason())).await,
        Said::Rejected => reported(Report::Rejected(reason())).await,
        Said::Lost => reported(Report::Lost).await,
        Said::Tap => tap(bed, slot).await.is_ok(),
        Said::Died => {
            let bury = |tx: Tx| async move { ledger::declare_dead(&tx, slot, at(2)).await };
            bed.db.write(bury).await.is_ok()
        }
        Said::Judged(arrived) => {
            let saw = if arrived {
                Resolution::Arrived
            } else {
                Resolution::NotArrived
            };
            let judge = |tx: Tx| async move { ledger::resolve(&tx, slot, saw, at(2)).await };
            bed.db.write(judge).await.is_ok()
        }
    }
}

/// Applies it to the model (the rows of the three generations); returns whether it was accepted.
fn expect(rows: &mut [Option<Delivery>; 3], generation: u32, by: &str, said: Said) -> bool {
    let index = generation as usize - 1;
    let Some(input) = said.input(by) else {
        return match (
            &rows[index],
            index.checked_sub(1).map(|before| &rows[before]),
        ) {
            (Some(_), _) => true,
            (None, Some(Some(before))) => {
                rows[index] = before.again().ok();
                rows[index].is_some()
            }
            (None, Some(None) | None) => false,
        };
    };
    if generation == 1 && matches!(said, Said::Claim) && rows[0].is_none() {
        rows[0] = Some(Delivery::new(Size::new(7).unwrap(), Repeats::Never));
    }
    let Some(row) = &mut rows[index] else {
        return false;
    };
    match row.on(&input) {
        Ok(Verdict::Moves(transition)) => *row = transition.to().clone(),
        Ok(Verdict::Stands) => {}
        Err(_) => return false,
    }
    true
}

async fn follow(bed: &Bed, said: Vec<(u8, u32, Said)>) -> Result<(), TestCaseError> {
    let mut rows = [None, None, None];
    for (who, generation, said) in said {
        let by = format!("attempt-{who}");
        let slot = Slot {
            generation: Generation::new(generation).unwrap(),
            ..slot(Part::Album)
        };
        let taken = say(bed, &slot, &by, said).await;
        prop_assert_eq!(
            taken,
            expect(&mut rows, generation, &by, said),
            "{:?}",
            said
        );
        let stored = ledger::find(&bed.db.read(), &slot).await.unwrap();
        let stored = stored.map(|entry| entry.delivery);
        prop_assert_eq!(&stored, &rows[generation as usize - 1], "{:?}", said);
    }
    Ok(())
}

fn any_order(bed: impl AsyncFn() -> Option<Bed>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(ProptestConfig::with_cases(40));
    let outcome = runner.run(&said(), |said| {
        runtime.block_on(async {
            let Some(bed) = bed().await else {
                return Ok(());
            };
            let followed = follow(&bed, said).await;
            bed.remove().await;
            followed
        })
    });
    outcome.unwrap();
}

mod ledger_matches_the_state_machine {
    use super::{Bed, any_order};

    #[test]
    fn sqlite() {
        any_order(async || Some(Bed::sqlite().await));
    }

    #[test]
    fn postgres() {
        any_order(async || Bed::postgres().await);
    }
}
