//! Compares the pictures that had to arrive with those that did, per picture and destination.
//!
//! Pictures are identified by their contents. If a chat has two carousels with the same picture, it
//! has to be there twice; which one belongs to which carousel does not matter.

use std::collections::BTreeMap;

use domain::{Outcome, delivery::DeliveryStateName};

use super::{Case, Finding, FindingClass};
use crate::audit::audit_data::{ArrivedPictures, AuditData, AuditDestination, DeliveryRow};

pub(super) struct ExpectedPictures {
    accounts: BTreeMap<String, PictureCounts>,
    unrequested: Vec<(AuditDestination, usize)>,
    /// Carousels that arrived at a wrong destination, by the id that the arrival names.
    misdelivered: BTreeMap<String, Vec<AuditDestination>>,
}

/// The number of pictures of one carousel, by condition.
#[derive(Debug, Clone, Copy, Default)]
struct PictureCounts {
    /// Must be there.
    required: usize,
    /// May be there.
    possible: usize,
    /// Must be there and are not.
    missing: usize,
    /// Are there in excess of what may be.
    extra: usize,
    /// Are there although they only may be.
    possible_and_there: usize,
}

#[derive(Debug, Default)]
struct PictureTally<'a> {
    required: Vec<&'a str>,
    possible: Vec<&'a str>,
    there: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expectation {
    Required,
    Possible,
}

type PictureTallies<'a> = BTreeMap<(&'a AuditDestination, String), PictureTally<'a>>;

impl ExpectedPictures {
    pub(super) fn of(truths: &AuditData, cases: &[Case<'_>]) -> Self {
        let mut tallies = wanted(cases);
        let mut accounts = BTreeMap::new();
        let mut unrequested = Vec::new();
        let mut misdelivered: BTreeMap<String, Vec<AuditDestination>> = BTreeMap::new();
        for arrival in &truths.arrivals {
            let unwanted = count(&mut tallies, arrival);
            if unwanted == 0 || !arrival.together {
                continue;
            }
            if let Some(case) = cases.iter().find(|case| is_identified_by_name(case, arrival)) {
                let account: &mut PictureCounts = accounts.entry(case.id.to_owned()).or_default();
                account.required += unwanted;
                continue;
            }
            match &arrival.named_carousel {
                Some(id) => {
                    misdelivered.entry(id.clone()).or_default().push(arrival.destination.clone());
                }
                None => unrequested.push((arrival.destination.clone(), unwanted)),
            }
        }
        for tally in tallies.values() {
            book(tally, &mut accounts);
        }
        Self { accounts, unrequested, misdelivered }
    }

    pub(super) fn unrequested(&self) -> impl Iterator<Item = (&AuditDestination, usize)> {
        self.unrequested.iter().map(|(place, pictures)| (place, *pictures))
    }

    pub(super) fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        let account = self.account(case);
        let mut findings = Vec::new();
        if account.missing > 0 {
            let what =
                format!("{} of {} pictures never arrived", account.missing, account.required);
            findings.push(Finding::new(FindingClass::Lost, what));
        }
        if account.extra > 0 {
            let what = format!("{} pictures arrived too often", account.extra);
            findings.push(Finding::new(FindingClass::Duplicated, what));
        }
        for place in self.misdelivered.get(case.id).into_iter().flatten() {
            findings.push(match case.outcome() {
                Some(Outcome::Delivered | Outcome::Unknown) => {
                    Finding::new(FindingClass::Duplicated, format!("it is in {place} as well"))
                }
                Some(outcome @ (Outcome::Failed | Outcome::Cancelled)) => {
                    let what = format!("it is in {place}, although it is {outcome}");
                    Finding::new(FindingClass::Contradiction, what)
                }
                None => {
                    let what = format!("it is in {place}, although it is not over");
                    Finding::new(FindingClass::Contradiction, what)
                }
            });
        }
        findings
    }

    /// The table's cell: how many are there, and how many must be.
    pub(super) fn arrived_cell(&self, case: &Case<'_>) -> String {
        let account = self.account(case);
        let there = account.required - account.missing + account.extra + account.possible_and_there;
        match (account.required, account.possible) {
            (0, 0) => there.to_string(),
            (sure, 0) => format!("{there} of {sure}"),
            (sure, perhaps) => format!("{there} of {sure} to {}", sure + perhaps),
        }
    }

    fn account(&self, case: &Case<'_>) -> PictureCounts {
        self.accounts.get(case.id).copied().unwrap_or_default()
    }
}

/// A carousel that was settled later has no recorded pictures: at its requested destination, an
/// arrival that names its id is accepted.
fn is_identified_by_name(case: &Case<'_>, arrival: &ArrivedPictures) -> bool {
    case.was_settled_later()
        && matches!(case.outcome(), Some(Outcome::Delivered | Outcome::Unknown))
        && case.destination == Some(&arrival.destination)
        && arrival.named_carousel.as_deref() == Some(case.id)
        && !case.truths.stored.references.iter().any(|r| r.carousel == case.id && r.part == "slide")
}

/// What must be and what may be at each destination.
fn wanted<'a>(cases: &[Case<'a>]) -> PictureTallies<'a> {
    let mut tallies = PictureTallies::new();
    for case in cases {
        let own = expected_of(case).into_iter();
        let own = own.filter_map(|want| Some((case.destination?, want)));
        for (place, (picture, want)) in own.chain(expected_by_recipients(case)) {
            let tally = tallies.entry((place, picture)).or_default();
            match want {
                Expectation::Required => tally.required.push(case.id),
                Expectation::Possible => tally.possible.push(case.id),
            }
        }
    }
    tallies
}

/// The pictures that a carousel owes to the recipients of its broadcast.
fn expected_by_recipients<'a>(
    case: &Case<'a>,
) -> Vec<(&'a AuditDestination, (String, Expectation))> {
    let stored = &case.truths.stored;
    let mut wants = Vec::new();
    for to in stored.recipients.iter().filter(|r| r.carousel == case.id) {
        let want = match to.state {
            DeliveryStateName::Sent => Expectation::Required,
            DeliveryStateName::Sending | DeliveryStateName::Unknown => Expectation::Possible,
            DeliveryStateName::Pending | DeliveryStateName::Failed => continue,
        };
        let pictures = stored.pictures(case.id, to.revision);
        wants.extend(pictures.into_iter().map(|picture| (&to.destination, (picture, want))));
    }
    wants
}

/// The pictures that a carousel owes, according to its row.
fn expected_of(case: &Case<'_>) -> Vec<(String, Expectation)> {
    let stored = &case.truths.stored;
    let album = |row: &&DeliveryRow| row.carousel == case.id && row.part == "album";
    let rows: Vec<&DeliveryRow> = stored.deliveries.iter().filter(album).collect();
    if !rows.is_empty() {
        let of_row = |row: &&DeliveryRow| {
            let pictures = stored.pictures(case.id, row.revision);
            of_delivery(row, &pictures)
        };
        return rows.iter().flat_map(of_row).collect();
    }
    let want = match case.outcome() {
        Some(Outcome::Delivered) => Expectation::Required,
        Some(Outcome::Unknown) => Expectation::Possible,
        Some(Outcome::Failed | Outcome::Cancelled) | None => return Vec::new(),
    };
    let revision = case.carousel.and_then(|c| c.revision).unwrap_or_default();
    let pictures = stored.pictures(case.id, revision);
    pictures.into_iter().map(|picture| (picture, want)).collect()
}

/// A generation sends what was not known to have arrived before: the last `size` pictures, of which
/// the first `arrived` are known to be there.
fn of_delivery(row: &DeliveryRow, pictures: &[String]) -> Vec<(String, Expectation)> {
    let sent = &pictures[pictures.len().saturating_sub(row.size)..];
    let doubt = matches!(row.state, DeliveryStateName::Unknown | DeliveryStateName::Sending);
    let want = |(n, picture): (usize, &String)| {
        if n < row.arrived {
            Some((picture.clone(), Expectation::Required))
        } else if doubt {
            Some((picture.clone(), Expectation::Possible))
        } else {
            None
        }
    };
    sent.iter().enumerate().filter_map(want).collect()
}

/// Counts an arrival; returns how many of its pictures were not expected there.
fn count<'a>(tallies: &mut PictureTallies<'a>, arrival: &'a ArrivedPictures) -> usize {
    let mut unwanted = 0;
    for picture in &arrival.pictures {
        match tallies.get_mut(&(&arrival.destination, picture.clone())) {
            Some(tally) => tally.there += 1,
            None => unwanted += 1,
        }
    }
    unwanted
}

/// Books one picture at one destination: first what must be there, then what may be.
fn book(tally: &PictureTally<'_>, accounts: &mut BTreeMap<String, PictureCounts>) {
    let mut there = tally.there;
    let mut take = || {
        let taken = there > 0;
        there = there.saturating_sub(1);
        usize::from(taken)
    };
    for id in &tally.required {
        let account = accounts.entry((*id).to_owned()).or_default();
        account.required += 1;
        account.missing += 1 - take();
    }
    for id in &tally.possible {
        let account = accounts.entry((*id).to_owned()).or_default();
        account.possible += 1;
        account.possible_and_there += take();
    }
    let owner = tally.required.first().or(tally.possible.first());
    if let Some(owner) = owner {
        accounts.entry((*owner).to_owned()).or_default().extra += there;
    }
}
