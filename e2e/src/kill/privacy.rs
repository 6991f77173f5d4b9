//! `/forget` and `/export` in a chat, and the search for what a deletion left.

use testkit::{
    audit::{AuditDestination, AuditReport, AuditRow, Finding, FindingClass},
    bot_api::Actor,
    cluster::{Cluster, Store},
};

use super::chat_scenario::{Actors, LOOK, PATIENCE};

/// The button that confirms a deletion.
const CONFIRM: &str = "Yes, delete everything";

/// The notice after a deletion.
pub(super) const FORGOTTEN: &str = "your data is deleted";

/// Deletes the person's data, and waits for the notice.
pub(crate) async fn forget(person: &Actor) {
    person.sends_text("/forget").await;
    let question = person.waits_for_message(|message| message.button(CONFIRM).is_some()).await;
    person.presses_for(&question, CONFIRM, FORGOTTEN).await;
}

/// An audit row: the stores that still name the person. Also waits until Temporal has deleted the
/// histories, so that an audit afterwards finds none.
pub(super) async fn leftovers(cluster: &Cluster, company: &Actors) -> anyhow::Result<AuditRow> {
    let left = left(cluster, company.ann.id).await?;
    Ok(AuditRow {
        what: "what is left of the person".to_owned(),
        workflow: "-".to_owned(),
        stored: "-".to_owned(),
        events: 0,
        arrived: format!("{} stores", left.len()),
        findings: left.iter().map(|store| finding(store)).collect(),
    })
}

/// Removes the pictures in the person's chat from an audit: after a deletion they belong to no
/// carousel.
pub(super) fn without_pictures(report: &mut AuditReport, company: &Actors) {
    let chat = AuditDestination::Chat(company.ann.id).to_string();
    report.rows.retain(|row| row.what != chat);
}

fn finding(store: &str) -> Finding {
    Finding { class: FindingClass::References, what: format!("{store} still names the person") }
}

/// The stores that name a person, after Temporal had time to delete in the background. The history
/// of the deletion names them by design; logs name carousels by ids that contain their number.
async fn left(cluster: &Cluster, account: i64) -> anyhow::Result<Vec<String>> {
    let numbers = [format!("tg-{account}"), format!("-{account}-")];
    let named = |store: &Store| {
        let expected = store.name.starts_with("workflow forget-") || store.name.ends_with(".log");
        !expected && numbers.iter().any(|number| store.holds(number))
    };
    let deadline = tokio::time::Instant::now() + PATIENCE / 2;
    loop {
        let stores = cluster.stores().await?.into_iter();
        let left: Vec<String> = stores.filter(named).map(|store| store.name).collect();
        if left.is_empty() || tokio::time::Instant::now() > deadline {
            return Ok(left);
        }
        tokio::time::sleep(LOOK).await;
    }
}
