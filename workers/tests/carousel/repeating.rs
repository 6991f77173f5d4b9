//! Every activity is idempotent: its effect happens, Temporal does not get the result, and it runs
//! again.

use std::path::Path;

use storage::outbox;
use testkit::{House, Script, ScriptedFaults};

use crate::{FORWARD, chain, stored};

#[tokio::test]
async fn repeated_activities_change_nothing() {
    let once = end_of(ScriptedFaults::none()).await;
    for activity in FORWARD {
        for moment in ["after", "recorded"] {
            let point = format!("{activity}.{moment}");
            let faults = ScriptedFaults::new([(point.clone(), Script::Fail(1))]);
            let twice = end_of(faults.clone()).await;
            assert_eq!(faults.passes(&point), 2, "{point}");
            assert_eq!(twice, once, "{point}");
        }
    }
}

#[tokio::test]
async fn repeated_compensations_change_nothing() {
    let end = async |repeated: Option<&str>| {
        let broken = ("render_carousel.before".to_owned(), Script::Fail(3));
        let again = repeated.map(|point| (point.to_owned(), Script::Fail(1)));
        let faults = ScriptedFaults::new([broken].into_iter().chain(again));
        let house = House::build().faults(faults.faults()).start().await;
        let (id, result) = house.make("Почему тесты важны").await;
        let row = stored(&house, &id).await;
        (
            result.outcome,
            result.reason,
            row.state.outcome(),
            row.revision,
            chain(&house, &id).await,
        )
    };
    let once = end(None).await;
    for undo in ["discard_draft", "abandon_carousel"] {
        for moment in ["after", "recorded"] {
            let point = format!("{undo}.{moment}");
            assert_eq!(end(Some(&point)).await, once, "{point}");
        }
    }
}

/// Everything that a carousel leaves, except times and ids.
async fn end_of(faults: ScriptedFaults) -> (String, Vec<String>, Vec<(String, Vec<u8>)>) {
    let house = House::build().faults(faults.faults()).start().await;
    let (id, result) = house.make("Почему тесты важны").await;
    assert_eq!(result.outcome, "delivered", "{}", result.reason);
    let ids = outbox::of_carousel(&house.db.read(), &id).await.unwrap();
    let distinct: std::collections::BTreeSet<_> = ids.iter().map(|e| e.id.to_string()).collect();
    assert_eq!(distinct.len(), ids.len(), "no event is written twice");
    (
        result.provider,
        chain(&house, &id).await,
        pictures(&house.folder_of(&id)),
    )
}

/// The pictures and the caption in a folder, by name.
fn pictures(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name() != "carousel.json")
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}
