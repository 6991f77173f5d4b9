//! The delivery ledger in the database: claims, reports, dead senders, taps.

use domain::{
    Attempt, ChatId, Outcome,
    delivery::{Generation, MessageRecord, Part, Resolution, Size, Slot, State, StateName},
};
use storage::{
    Stored, Tx,
    carousels::{self, Sent},
    ledger::{self, Claimed, Entry, LedgerError, Recorded, Report},
};

use crate::{
    bed::{Bed, at, id, new, on_each_database, written},
    carousels::completed,
};

on_each_database!(
    delivery_is_claimed_and_recorded_with_messages,
    concurrent_claims_admit_one_sender,
    claim_and_report_can_be_repeated,
    late_answer_resolves_a_dead_sender,
    rest_is_claimed_after_a_partial_answer,
    other_attempt_may_not_record,
    concurrent_taps_make_one_generation,
    arrived_or_pending_delivery_is_not_resent,
    operator_resolution_updates_the_carousel,
    operators_see_unknown_and_stale_deliveries,
    unreadable_row_does_not_hide_others,
);

pub(crate) fn slot(part: Part) -> Slot {
    Slot {
        carousel: id("1"),
        revision: 1,
        part,
        generation: Generation::FIRST,
    }
}

pub(crate) fn attempt(name: &str) -> Attempt {
    Attempt::parse(name).unwrap()
}

pub(crate) fn messages(numbers: std::ops::Range<i64>) -> Report {
    let message = |message| MessageRecord {
        message,
        file: format!("file-{message}"),
    };
    Report::Answered(numbers.map(message).collect())
}

const CHAT: ChatId = ChatId::new(-1_007);

pub(crate) async fn claim(bed: &Bed, slot: &Slot, by: &str) -> Result<Claimed, LedgerError> {
    let (size, by) = (Size::new(7).unwrap(), &attempt(by));
    let claim = |tx: Tx| async move { ledger::claim(&tx, slot, size, Some(CHAT), by, at(0)).await };
    bed.db.write(claim).await
}

pub(crate) async fn report(
    bed: &Bed,
    slot: &Slot,
    by: &str,
    report: &Report,
) -> Result<Recorded, LedgerError> {
    let by = &attempt(by);
    let record = |tx: Tx| async move { ledger::record(&tx, slot, by, report, at(1)).await };
    bed.db.write(record).await
}

/// Reports an outcome that resolves nothing.
async fn reported(bed: &Bed, slot: &Slot, by: &str, what: &Report) {
    let recorded = report(bed, slot, by, what).await.unwrap();
    assert_eq!(recorded.resolved, None);
}

pub(crate) async fn tap(bed: &Bed, slot: &Slot) -> Result<Stored<Entry>, LedgerError> {
    bed.db
        .write(|tx| async move { ledger::again(&tx, slot, at(2)).await })
        .await
}

async fn resolve(bed: &Bed, slot: &Slot, saw: Resolution) -> Result<Recorded, LedgerError> {
    bed.db
        .write(|tx| async move { ledger::resolve(&tx, slot, saw, at(3)).await })
        .await
}

async fn standing(bed: &Bed, slot: &Slot) -> (StateName, u8) {
    let entry = ledger::find(&bed.db.read(), slot).await.unwrap().unwrap();
    (entry.delivery.state().name(), entry.delivery.arrived())
}

/// A delivery without an answer.
async fn lost(bed: &Bed, slot: &Slot) {
    claim(bed, slot, "a").await.unwrap();
    reported(bed, slot, "a", &Report::Lost).await;
}

async fn delivery_is_claimed_and_recorded_with_messages(bed: &Bed) {
    let album = slot(Part::Album);
    let Claimed::Send(mine) = claim(bed, &album, "a").await.unwrap() else {
        panic!("nobody else wants it");
    };
    assert_eq!((mine.delivery.arrived(), mine.chat), (0, Some(CHAT)));
    let recorded = report(bed, &album, "a", &messages(10..17)).await.unwrap();
    assert!(recorded.fresh && recorded.resolved.is_none());

    let stored = ledger::find(&bed.db.read(), &album).await.unwrap().unwrap();
    assert_eq!(stored, recorded.entry);
    assert_eq!(stored.messages[6].message, 16);
    assert_eq!(stored.messages[6].file, "file-16");
    assert_eq!(stored.outcome(), Some(Outcome::Delivered));
    assert!(
        matches!(claim(bed, &album, "b").await.unwrap(), Claimed::Over(over) if over == stored)
    );
}

async fn concurrent_claims_admit_one_sender(bed: &Bed) {
    let claims = (0..20).map(|n| {
        let db = bed.db.clone();
        tokio::spawn(async move {
            let (album, by) = (&slot(Part::Album), &attempt(&n.to_string()));
            let claim =
                |tx: Tx| async move { ledger::claim(&tx, album, Size::ONE, None, by, at(0)).await };
            db.write(claim).await.unwrap()
        })
    });
    let claimed = futures::future::join_all(claims).await;
    let may_send = |claimed: &Claimed| matches!(claimed, Claimed::Send(_));
    let senders = claimed
        .into_iter()
        .filter(|claimed| may_send(claimed.as_ref().unwrap()));
    assert_eq!(senders.count(), 1);
    // The second claim treated the first one's sender as dead.
    assert_eq!(
        standing(bed, &slot(Part::Album)).await,
        (StateName::Unknown, 0)
    );
}

async fn claim_and_report_can_be_repeated(bed: &Bed) {
    let album = slot(Part::Album);
    for _ in 0..2 {
        assert!(matches!(
            claim(bed, &album, "a").await.unwrap(),
            Claimed::Send(_)
        ));
    }
    let first = report(bed, &album, "a", &messages(10..17)).await.unwrap();
    let second = report(bed, &album, "a", &messages(10..17)).await.unwrap();
    assert!(first.fresh && !second.fresh);
    assert_eq!(first.entry, second.entry);
}

async fn late_answer_resolves_a_dead_sender(bed: &Bed) {
    bed.opened(&new("1")).await.unwrap();
    bed.saved(&id("1"), &written("x")).await;
    let album = slot(Part::Album);
    claim(bed, &album, "a").await.unwrap();
    assert!(matches!(
        claim(bed, &album, "b").await.unwrap(),
        Claimed::Over(_)
    ));
    assert_eq!(standing(bed, &album).await, (StateName::Unknown, 0));
    completed(bed, &id("1"), Sent::Unknown).await.unwrap();

    let late = report(bed, &album, "a", &messages(10..17)).await.unwrap();
    assert_eq!(standing(bed, &album).await, (StateName::Sent, 7));
    let resolved = late.resolved.unwrap();
    assert_eq!(
        (resolved.generation, resolved.outcome),
        (1, Outcome::Delivered)
    );
    let carousel = carousels::find(&bed.db.read(), &id("1"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(carousel.state.outcome(), Some(Outcome::Delivered));
}

async fn rest_is_claimed_after_a_partial_answer(bed: &Bed) {
    let album = slot(Part::Album);
    claim(bed, &album, "a").await.unwrap();
    reported(bed, &album, "a", &messages(10..13)).await;
    let Claimed::Send(rest) = claim(bed, &album, "b").await.unwrap() else {
        panic!("the rest is to be sent");
    };
    assert_eq!(rest.delivery.arrived(), 3);
    reported(bed, &album, "b", &messages(20..24)).await;
    let sent = ledger::find(&bed.db.read(), &album).await.unwrap().unwrap();
    let numbers: Vec<i64> = sent
        .messages
        .iter()
        .map(|message| message.message)
        .collect();
    assert_eq!(numbers, [10, 11, 12, 20, 21, 22, 23]);
    assert_eq!(sent.outcome(), Some(Outcome::Delivered));
}

async fn other_attempt_may_not_record(bed: &Bed) {
    let album = slot(Part::Album);
    let missing = report(bed, &album, "a", &Report::Lost).await.unwrap_err();
    assert!(matches!(missing, LedgerError::Missing(_)), "{missing}");
    claim(bed, &album, "a").await.unwrap();
    let refused = report(bed, &album, "b", &messages(10..17))
        .await
        .unwrap_err();
    let said = refused.to_string();
    assert!(
        said.contains("carousel-cli-1 r1 album g1") && said.contains("“b”"),
        "{said}"
    );
    assert_eq!(standing(bed, &album).await, (StateName::Sending, 0));
}

async fn concurrent_taps_make_one_generation(bed: &Bed) {
    let album = slot(Part::Album);
    claim(bed, &album, "a").await.unwrap();
    reported(bed, &album, "a", &messages(10..13)).await;
    claim(bed, &album, "b").await.unwrap();
    reported(bed, &album, "b", &Report::Lost).await;

    let second = Slot {
        generation: Generation::FIRST.next(),
        ..album.clone()
    };
    let taps = (0..20).map(|_| {
        let (db, second) = (bed.db.clone(), second.clone());
        tokio::spawn(async move {
            let second = &second;
            let tap = |tx: Tx| async move { ledger::again(&tx, second, at(2)).await };
            db.write(tap).await.unwrap()
        })
    });
    let tapped = futures::future::join_all(taps).await;
    let fresh = tapped
        .iter()
        .filter(|tapped| tapped.as_ref().unwrap().fresh);
    assert_eq!(fresh.count(), 1);
    let rows = ledger::of_carousel(&bed.db.read(), &id("1"))
        .await
        .unwrap()
        .rows;
    assert_eq!(rows.len(), 2);
    assert_eq!(
        rows[1].delivery.arrived(),
        3,
        "what arrived is not sent again"
    );
    assert_eq!(rows[1].chat, Some(CHAT));

    claim(bed, &second, "c").await.unwrap();
    let sent = report(bed, &second, "c", &messages(30..34)).await.unwrap();
    let resolved = sent.resolved.unwrap();
    assert_eq!(
        (resolved.generation, resolved.outcome),
        (2, Outcome::Delivered)
    );
}

async fn arrived_or_pending_delivery_is_not_resent(bed: &Bed) {
    let first = slot(Part::Album);
    let second = Slot {
        generation: Generation::FIRST.next(),
        ..first.clone()
    };
    let refused = |error: LedgerError, said: &str| {
        assert!(error.to_string().contains(said), "{error}");
    };
    refused(tap(bed, &second).await.unwrap_err(), "there is no delivery");
    refused(
        claim(bed, &second, "a").await.unwrap_err(),
        "there is no delivery",
    );
    claim(bed, &first, "a").await.unwrap();
    refused(tap(bed, &second).await.unwrap_err(), "still in progress");
    reported(bed, &first, "a", &messages(10..17)).await;
    refused(tap(bed, &second).await.unwrap_err(), "arrived");
    refused(
        resolve(bed, &first, Resolution::NotArrived)
            .await
            .unwrap_err(),
        "not unknown",
    );
}

async fn operator_resolution_updates_the_carousel(bed: &Bed) {
    bed.opened(&new("1")).await.unwrap();
    bed.saved(&id("1"), &written("x")).await;
    let (album, caption) = (slot(Part::Album), slot(Part::Caption));
    for part in [&album, &caption] {
        lost(bed, part).await;
    }
    completed(bed, &id("1"), Sent::Unknown).await.unwrap();

    let failed = resolve(bed, &caption, Resolution::NotArrived)
        .await
        .unwrap();
    assert_eq!(failed.resolved.unwrap().outcome, Outcome::Failed);
    let outcome = async || {
        let carousel = carousels::find(&bed.db.read(), &id("1")).await.unwrap();
        carousel.unwrap().state.outcome()
    };
    assert_eq!(
        outcome().await,
        Some(Outcome::Unknown),
        "the caption is not the carousel"
    );
    let there = resolve(bed, &album, Resolution::Arrived).await.unwrap();
    assert_eq!(there.resolved.unwrap().outcome, Outcome::Delivered);
    assert_eq!(outcome().await, Some(Outcome::Delivered));
    let again = resolve(bed, &album, Resolution::Arrived).await.unwrap();
    assert!(!again.fresh && again.resolved.is_none());
}

async fn operators_see_unknown_and_stale_deliveries(bed: &Bed) {
    let (album, caption) = (slot(Part::Album), slot(Part::Caption));
    lost(bed, &album).await;
    claim(bed, &caption, "b").await.unwrap();
    let read = bed.db.read();
    let unknown = async || ledger::unknown(&read, 10).await.unwrap().rows.len();
    assert_eq!(unknown().await, 1);
    assert!(
        ledger::sending_since(&read, at(0), 10)
            .await
            .unwrap()
            .rows
            .is_empty()
    );
    let silent = ledger::sending_since(&read, at(60), 10).await.unwrap().rows;
    assert_eq!(silent.len(), 1);

    let slot = &silent[0].slot;
    let bury = |tx: Tx| async move { ledger::declare_dead(&tx, slot, at(60)).await };
    let dead = bed.db.write(bury).await.unwrap();
    assert!(matches!(dead.entry.delivery.state(), State::Unknown { .. }));
    assert_eq!(unknown().await, 2);
    let second = Slot {
        generation: Generation::FIRST.next(),
        ..album
    };
    tap(bed, &second).await.unwrap();
    assert_eq!(unknown().await, 1, "a user requested that one again");
}

async fn unreadable_row_does_not_hide_others(bed: &Bed) {
    lost(bed, &slot(Part::Album)).await;
    lost(bed, &slot(Part::Caption)).await;
    bed.sql("UPDATE deliveries SET part = 'postcard' WHERE part = 'caption'")
        .await;
    let page = ledger::unknown(&bed.db.read(), 10).await.unwrap();
    assert_eq!((page.rows.len(), page.unreadable.len()), (1, 1));
    let said = page.unreadable[0].to_string();
    assert!(
        said.contains("deliveries") && said.contains("postcard"),
        "{said}"
    );
}
