//! The delivery ledger in the database: claims, reports, dead senders, taps.

use domain::{
    AttemptId, ChatId, Outcome,
    delivery::{
        DeliveryPart, DeliveryStateName, Generation, LedgerKey, MessageRecord, PartSize, SendReport,
    },
};
use storage::{
    FirstWrite, Tx,
    carousels::{self, SentOutcome},
    ledger::{self, LedgerEntry, LedgerError, RecordResult},
};

use crate::{
    carousels::complete,
    database::{StorageTestDatabase, at, id, new_carousel, on_each_database, saved_draft, written},
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
    carousel_without_a_row_is_found_by_its_first_part,
    unreadable_row_does_not_hide_others,
);

pub(crate) fn slot(part: DeliveryPart) -> LedgerKey {
    LedgerKey { carousel: id("1"), revision: 1, part, generation: Generation::FIRST }
}

pub(crate) fn attempt(name: &str) -> AttemptId {
    AttemptId::parse(name).unwrap()
}

pub(crate) fn messages(numbers: std::ops::Range<i64>) -> SendReport {
    let message = |message| MessageRecord { message, file: format!("file-{message}") };
    SendReport::Answered(numbers.map(message).collect())
}

const CHAT: ChatId = ChatId::new(-1_007);

pub(crate) async fn claim(
    test_db: &StorageTestDatabase,
    slot: &LedgerKey,
    by: &str,
) -> Result<LedgerEntry, LedgerError> {
    let (size, by) = (PartSize::new(7).unwrap(), &attempt(by));
    written!(test_db, ledger::claim, slot, size, Some(CHAT), by, at(0))
}

pub(crate) async fn report(
    test_db: &StorageTestDatabase,
    slot: &LedgerKey,
    by: &str,
    report: &SendReport,
) -> Result<RecordResult, LedgerError> {
    let by = &attempt(by);
    written!(test_db, ledger::record, slot, by, report, at(1))
}

/// Reports an outcome that resolves nothing.
async fn report_unresolved(
    test_db: &StorageTestDatabase,
    slot: &LedgerKey,
    by: &str,
    what: &SendReport,
) {
    let recorded = report(test_db, slot, by, what).await.unwrap();
    assert_eq!(recorded.resolved, None);
}

pub(crate) async fn tap(
    test_db: &StorageTestDatabase,
    slot: &LedgerKey,
) -> Result<FirstWrite<LedgerEntry>, LedgerError> {
    test_db.db.write(|tx| async move { ledger::add_generation(&tx, slot, at(2)).await }).await
}

async fn state_of(test_db: &StorageTestDatabase, slot: &LedgerKey) -> (DeliveryStateName, u8) {
    let entry = ledger::find(&test_db.db.read(), slot).await.unwrap().unwrap();
    (entry.delivery.state().name(), entry.delivery.arrived())
}

/// A delivery without an answer.
async fn send_without_answer(test_db: &StorageTestDatabase, slot: &LedgerKey) {
    claim(test_db, slot, "a").await.unwrap();
    report_unresolved(test_db, slot, "a", &SendReport::Unknown).await;
}

async fn delivery_is_claimed_and_recorded_with_messages(test_db: &StorageTestDatabase) {
    let album = slot(DeliveryPart::Album);
    let mine = claim(test_db, &album, "a").await.unwrap();
    assert!(mine.delivery.is_held_by(&attempt("a")));
    assert_eq!((mine.delivery.arrived(), mine.chat), (0, Some(CHAT)));
    let recorded = report(test_db, &album, "a", &messages(10..17)).await.unwrap();
    assert!(recorded.fresh && recorded.resolved.is_none());

    let stored = ledger::find(&test_db.db.read(), &album).await.unwrap().unwrap();
    assert_eq!(stored, recorded.entry);
    assert_eq!(stored.messages[6].message, 16);
    assert_eq!(stored.messages[6].file, "file-16");
    assert_eq!(stored.outcome(), Some(Outcome::Delivered));
    assert_eq!(claim(test_db, &album, "b").await.unwrap(), stored);
}

async fn concurrent_claims_admit_one_sender(test_db: &StorageTestDatabase) {
    let claims = (0..20).map(|n| {
        let db = test_db.db.clone();
        tokio::spawn(async move {
            let (album, by) = (&slot(DeliveryPart::Album), &attempt(&n.to_string()));
            let claim = |tx: Tx| async move {
                ledger::claim(&tx, album, PartSize::ONE, None, by, at(0)).await
            };
            db.write(claim).await.unwrap().delivery.is_held_by(by)
        })
    });
    let claimed = futures::future::join_all(claims).await;
    let senders = claimed.into_iter().filter(|claimed| *claimed.as_ref().unwrap());
    assert_eq!(senders.count(), 1);
    // The second claim treated the first one's sender as dead.
    assert_eq!(
        state_of(test_db, &slot(DeliveryPart::Album)).await,
        (DeliveryStateName::Unknown, 0)
    );
}

async fn claim_and_report_can_be_repeated(test_db: &StorageTestDatabase) {
    let album = slot(DeliveryPart::Album);
    for _ in 0..2 {
        let claimed = claim(test_db, &album, "a").await.unwrap();
        assert!(claimed.delivery.is_held_by(&attempt("a")));
    }
    let first = report(test_db, &album, "a", &messages(10..17)).await.unwrap();
    let second = report(test_db, &album, "a", &messages(10..17)).await.unwrap();
    assert!(first.fresh && !second.fresh);
    assert_eq!(first.entry, second.entry);
}

async fn late_answer_resolves_a_dead_sender(test_db: &StorageTestDatabase) {
    test_db.opened(&new_carousel("1")).await.unwrap();
    test_db.saved(&id("1"), &saved_draft("x")).await;
    let album = slot(DeliveryPart::Album);
    claim(test_db, &album, "a").await.unwrap();
    claim(test_db, &album, "b").await.unwrap();
    assert_eq!(state_of(test_db, &album).await, (DeliveryStateName::Unknown, 0));
    complete(test_db, &id("1"), SentOutcome::Unknown).await.unwrap();

    let late = report(test_db, &album, "a", &messages(10..17)).await.unwrap();
    assert_eq!(state_of(test_db, &album).await, (DeliveryStateName::Sent, 7));
    let resolved = late.resolved.unwrap();
    assert_eq!((resolved.generation, resolved.outcome), (1, Outcome::Delivered));
    let carousel = carousels::find(&test_db.db.read(), &id("1")).await.unwrap().unwrap();
    assert_eq!(carousel.state.outcome(), Some(Outcome::Delivered));
}

async fn rest_is_claimed_after_a_partial_answer(test_db: &StorageTestDatabase) {
    let album = slot(DeliveryPart::Album);
    claim(test_db, &album, "a").await.unwrap();
    report_unresolved(test_db, &album, "a", &messages(10..13)).await;
    let rest = claim(test_db, &album, "b").await.unwrap().delivery;
    assert!(rest.is_held_by(&attempt("b")) && rest.arrived() == 3);
    report_unresolved(test_db, &album, "b", &messages(20..24)).await;
    let sent = ledger::find(&test_db.db.read(), &album).await.unwrap().unwrap();
    let numbers: Vec<i64> = sent.messages.iter().map(|message| message.message).collect();
    assert_eq!(numbers, [10, 11, 12, 20, 21, 22, 23]);
    assert_eq!(sent.outcome(), Some(Outcome::Delivered));
}

async fn other_attempt_may_not_record(test_db: &StorageTestDatabase) {
    let album = slot(DeliveryPart::Album);
    let missing = report(test_db, &album, "a", &SendReport::Unknown).await.unwrap_err();
    assert!(matches!(missing, LedgerError::Missing(_)), "{missing}");
    claim(test_db, &album, "a").await.unwrap();
    let refused = report(test_db, &album, "b", &messages(10..17)).await.unwrap_err();
    let said = refused.to_string();
    assert!(said.contains("carousel-cli-1 r1 album g1") && said.contains("“b”"), "{said}");
    assert_eq!(state_of(test_db, &album).await, (DeliveryStateName::Sending, 0));
}

async fn concurrent_taps_make_one_generation(test_db: &StorageTestDatabase) {
    let album = slot(DeliveryPart::Album);
    claim(test_db, &album, "a").await.unwrap();
    report_unresolved(test_db, &album, "a", &messages(10..13)).await;
    claim(test_db, &album, "b").await.unwrap();
    report_unresolved(test_db, &album, "b", &SendReport::Unknown).await;

    let second = LedgerKey { generation: Generation::FIRST.next(), ..album.clone() };
    let taps = (0..20).map(|_| {
        let (db, second) = (test_db.db.clone(), second.clone());
        tokio::spawn(async move {
            let second = &second;
            let tap = |tx: Tx| async move { ledger::add_generation(&tx, second, at(2)).await };
            db.write(tap).await.unwrap()
        })
    });
    let tapped = futures::future::join_all(taps).await;
    let fresh = tapped.iter().filter(|tapped| tapped.as_ref().unwrap().fresh);
    assert_eq!(fresh.count(), 1);
    let rows = ledger::of_carousel(&test_db.db.read(), &id("1")).await.unwrap().rows;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1].delivery.arrived(), 3, "what arrived is not sent again");
    assert_eq!(rows[1].chat, Some(CHAT));

    claim(test_db, &second, "c").await.unwrap();
    let sent = report(test_db, &second, "c", &messages(30..34)).await.unwrap();
    let resolved = sent.resolved.unwrap();
    assert_eq!((resolved.generation, resolved.outcome), (2, Outcome::Delivered));
}

async fn arrived_or_pending_delivery_is_not_resent(test_db: &StorageTestDatabase) {
    let first = slot(DeliveryPart::Album);
    let second = LedgerKey { generation: Generation::FIRST.next(), ..first.clone() };
    let refused = |error: LedgerError, said: &str| {
        assert!(error.to_string().contains(said), "{error}");
    };
    refused(tap(test_db, &second).await.unwrap_err(), "there is no delivery");
    refused(claim(test_db, &second, "a").await.unwrap_err(), "there is no delivery");
    claim(test_db, &first, "a").await.unwrap();
    refused(tap(test_db, &second).await.unwrap_err(), "still in progress");
    report_unresolved(test_db, &first, "a", &messages(10..17)).await;
    refused(tap(test_db, &second).await.unwrap_err(), "arrived");
}

async fn carousel_without_a_row_is_found_by_its_first_part(test_db: &StorageTestDatabase) {
    for n in ["1", "2"] {
        let album = LedgerKey { carousel: id(n), ..slot(DeliveryPart::Album) };
        claim(test_db, &album, n).await.unwrap();
    }
    test_db.opened(&new_carousel("1")).await.unwrap();
    let read = test_db.db.read();
    let unopened =
        async |chat, part, since| ledger::unopened(&read, chat, &part, since, 10).await.unwrap();
    assert_eq!(unopened(CHAT, DeliveryPart::Album, at(-1)).await, [id("2")]);
    assert!(unopened(ChatId::new(5), DeliveryPart::Album, at(-1)).await.is_empty());
    assert!(unopened(CHAT, DeliveryPart::Caption, at(-1)).await.is_empty());
    assert!(unopened(CHAT, DeliveryPart::Album, at(0)).await.is_empty(), "too old");
}

async fn unreadable_row_does_not_hide_others(test_db: &StorageTestDatabase) {
    send_without_answer(test_db, &slot(DeliveryPart::Album)).await;
    send_without_answer(test_db, &slot(DeliveryPart::Caption)).await;
    test_db.sql("UPDATE deliveries SET part = 'postcard' WHERE part = 'caption'").await;
    let page = ledger::of_carousel(&test_db.db.read(), &id("1")).await.unwrap();
    assert_eq!((page.rows.len(), page.unreadable.len()), (1, 1));
    let said = page.unreadable[0].to_string();
    assert!(said.contains("deliveries") && said.contains("postcard"), "{said}");
}
