//! Every activity is idempotent: its effect happens, Temporal does not get the result, and it runs
//! again.

use std::path::Path;

use domain::Outcome;
use storage::outbox;
use testkit::{FailpointScript, ScriptedFailpoints, TestApp};

use crate::{FORWARD, chain, stored};

#[tokio::test]
async fn repeated_activities_change_nothing() {
    let once = end_of(ScriptedFailpoints::none()).await;
    for activity in FORWARD {
        for moment in ["after", "recorded"] {
            let point = format!("{activity}.{moment}");
            let faults = ScriptedFailpoints::new([(point.clone(), FailpointScript::Fail(1))]);
            let twice = end_of(faults.clone()).await;
            assert_eq!(faults.passes(&point), 2, "{point}");
            assert_eq!(twice, once, "{point}");
        }
    }
}

#[tokio::test]
async fn repeated_compensations_change_nothing() {
    let end = async |repeated: Option<&str>| {
        let broken = ("render_carousel.before".to_owned(), FailpointScript::Fail(3));
        let again = repeated.map(|point| (point.to_owned(), FailpointScript::Fail(1)));
        let faults = ScriptedFailpoints::new([broken].into_iter().chain(again));
        let app = TestApp::builder().faults(faults.hooks()).start().await;
        let (id, result) = app.make("Почему тесты важны").await;
        let row = stored(&app, &id).await;
        (result.outcome, result.reason, row.state.outcome(), row.revision, chain(&app, &id).await)
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
async fn end_of(faults: ScriptedFailpoints) -> (String, Vec<String>, Vec<(String, Vec<u8>)>) {
    let app = TestApp::builder().faults(faults.hooks()).start().await;
    let (id, result) = app.make("Почему тесты важны").await;
    assert_eq!(result.outcome, Some(Outcome::Delivered), "{}", result.reason);
    let ids = outbox::of_carousel(&app.db.read(), &id).await.unwrap();
    let distinct: std::collections::BTreeSet<_> = ids.iter().map(|e| e.id.to_string()).collect();
    assert_eq!(distinct.len(), ids.len(), "no event is written twice");
    (result.provider, chain(&app, &id).await, pictures(&app.export_folder(&id)))
}

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
