//! Compares the pictures that had to arrive with those that did, per picture and destination.
//!
//! Pictures are identified by their contents. If a chat has two carousels with the same picture, it
//! has to be there twice; which one belongs to which carousel does not matter.

use std::collections::BTreeMap;

use super::{Case, Class, Finding};
use crate::audit::truth::{Arrival, Delivery, Place, Truths};

/// The expected and the received pictures of every destination.
pub(super) struct Ledger {
    accounts: BTreeMap<String, Account>,
    strays: Vec<(Place, usize)>,
    /// Carousels that arrived at a wrong destination, by the id that the arrival names.
    astray: BTreeMap<String, Vec<Place>>,
}

/// The number of pictures of one carousel, by condition.
#[derive(Debug, Clone, Copy, Default)]
struct Account {
    /// Must be there.
    sure: usize,
    /// May be there.
    perhaps: usize,
    /// Must be there and are not.
    missing: usize,
    /// Are there in excess of what may be.
    extra: usize,
    /// Are there although they only may be.
    doubtful: usize,
}

/// One picture at one destination.
#[derive(Debug, Default)]
struct Tally<'a> {
    sure: Vec<&'a str>,
    perhaps: Vec<&'a str>,
    there: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Want {
    Sure,
    Perhaps,
}

type Tallies<'a> = BTreeMap<(&'a Place, String), Tally<'a>>;

impl Ledger {
    pub(super) fn of(truths: &Truths, cases: &[Case<'_>]) -> Self {
        let mut tallies = wanted(cases);
        let mut accounts = BTreeMap::new();
        let mut strays = Vec::new();
        let mut astray: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for arrival in &truths.arrivals {
            let unwanted = count(&mut tallies, arrival);
            if unwanted == 0 || !arrival.together {
                continue;
            }
            if let Some(case) = cases
                .iter()
                .find(|case| is_taken_at_its_word(case, arrival))
            {
                let account: &mut Account = accounts.entry(case.id.to_owned()).or_default();
                account.sure += unwanted;
                continue;
            }
            match &arrival.says {
                Some(id) => astray
                    .entry(id.clone())
                    .or_default()
                    .push(arrival.place.clone()),
                None => strays.push((arrival.place.clone(), unwanted)),
            }
        }
        for tally in tallies.values() {
            settle(tally, &mut accounts);
        }
        Self {
            accounts,
            strays,
            astray,
        }
    }

    /// Unrequested pictures.
    pub(super) fn strays(&self) -> impl Iterator<Item = (&Place, usize)> {
        self.strays
            .iter()
            .map(|(place, pictures)| (place, *pictures))
    }

    pub(super) fn judge(&self, case: &Case<'_>) -> Vec<Finding> {
        let account = self.account(case);
        let mut findings = Vec::new();
        if account.missing > 0 {
            let what = format!(
                "{} of {} pictures never arrived",
                account.missing, account.sure
            );
            findings.push(Finding::new(Class::Lost, what));
        }
        if account.extra > 0 {
            let what = format!("{} pictures arrived too often", account.extra);
            findings.push(Finding::new(Class::Duplicated, what));
        }
        for place in self.astray.get(case.id).into_iter().flatten() {
            findings.push(match case.outcome() {
                Some("delivered" | "unknown") => {
                    Finding::new(Class::Duplicated, format!("it is in {place} as well"))
                }
                Some(outcome) => {
                    let what = format!("it is in {place}, although it is {outcome}");
                    Finding::new(Class::Contradiction, what)
                }
                None => {
                    let what = format!("it is in {place}, although it is not over");
                    Finding::new(Class::Contradiction, what)
                }
            });
        }
        findings
    }

    /// The table's cell: how many are there, and how many must be.
    pub(super) fn shown(&self, case: &Case<'_>) -> String {
        let account = self.account(case);
        let there = account.sure - account.missing + account.extra + account.doubtful;
        match (account.sure, account.perhaps) {
            (0, 0) => there.to_string(),
            (sure, 0) => format!("{there} of {sure}"),
            (sure, perhaps) => format!("{there} of {sure} to {}", sure + perhaps),
        }
    }

    fn account(&self, case: &Case<'_>) -> Account {
        self.accounts.get(case.id).copied().unwrap_or_default()
    }
}

/// A carousel that was settled later has no recorded pictures: at its requested destination, an
/// arrival that names its id is accepted.
fn is_taken_at_its_word(case: &Case<'_>, arrival: &Arrival) -> bool {
    case.settled_from_outside()
        && matches!(case.outcome(), Some("delivered" | "unknown"))
        && case.place == Some(&arrival.place)
        && arrival.says.as_deref() == Some(case.id)
        && !case
            .truths
            .stored
            .references
            .iter()
            .any(|r| r.carousel == case.id && r.part == "slide")
}

/// What must be and what may be at each destination.
fn wanted<'a>(cases: &[Case<'a>]) -> Tallies<'a> {
    let mut tallies = Tallies::new();
    for case in cases {
        let own = wants(case).into_iter();
        let own = own.filter_map(|want| Some((case.place?, want)));
        for (place, (picture, want)) in own.chain(wants_of_others(case)) {
            let tally = tallies.entry((place, picture)).or_default();
            match want {
                Want::Sure => tally.sure.push(case.id),
                Want::Perhaps => tally.perhaps.push(case.id),
            }
        }
    }
    tallies
}

/// The pictures that a carousel owes to the recipients of its broadcast.
fn wants_of_others<'a>(case: &Case<'a>) -> Vec<(&'a Place, (String, Want))> {
    let stored = &case.truths.stored;
    let mut wants = Vec::new();
    for to in stored.recipients.iter().filter(|r| r.carousel == case.id) {
        let want = match to.state.as_str() {
            "sent" => Want::Sure,
            "sending" | "unknown" => Want::Perhaps,
            _ => continue,
        };
        let pictures = stored.pictures(case.id, to.revision);
        wants.extend(
            pictures
                .into_iter()
                .map(|picture| (&to.place, (picture, want))),
        );
    }
    wants
}

/// The pictures that a carousel owes, according to its row.
fn wants(case: &Case<'_>) -> Vec<(String, Want)> {
    let stored = &case.truths.stored;
    let album = |row: &&Delivery| row.carousel == case.id && row.part == "album";
    let rows: Vec<&Delivery> = stored.deliveries.iter().filter(album).collect();
    if !rows.is_empty() {
        let of_row = |row: &&Delivery| {
            let pictures = stored.pictures(case.id, row.revision);
            of_delivery(row, &pictures)
        };
        return rows.iter().flat_map(of_row).collect();
    }
    let want = match case.outcome() {
        Some("delivered") => Want::Sure,
        Some("unknown") => Want::Perhaps,
        Some(_) | None => return Vec::new(),
    };
    let revision = case.carousel.and_then(|c| c.revision).unwrap_or_default();
    let pictures = stored.pictures(case.id, revision);
    pictures
        .into_iter()
        .map(|picture| (picture, want))
        .collect()
}

/// A generation sends what was not known to have arrived before: the last `size` pictures, of which
/// the first `arrived` are known to be there.
fn of_delivery(row: &Delivery, pictures: &[String]) -> Vec<(String, Want)> {
    let sent = &pictures[pictures.len().saturating_sub(row.size)..];
    let doubt = matches!(row.state.as_str(), "unknown" | "sending");
    let want = |(n, picture): (usize, &String)| {
        if n < row.arrived {
            Some((picture.clone(), Want::Sure))
        } else if doubt {
            Some((picture.clone(), Want::Perhaps))
        } else {
            None
        }
    };
    sent.iter().enumerate().filter_map(want).collect()
}

/// Counts an arrival; returns how many of its pictures were not expected there.
fn count<'a>(tallies: &mut Tallies<'a>, arrival: &'a Arrival) -> usize {
    let mut unwanted = 0;
    for picture in &arrival.pictures {
        match tallies.get_mut(&(&arrival.place, picture.clone())) {
            Some(tally) => tally.there += 1,
            None => unwanted += 1,
        }
    }
    unwanted
}

/// Books one picture at one destination: first what must be there, then what may be.
fn settle(tally: &Tally<'_>, accounts: &mut BTreeMap<String, Account>) {
    let mut there = tally.there;
    let mut take = || {
        let taken = there > 0;
        there = there.saturating_sub(1);
        usize::from(taken)
    };
    for id in &tally.sure {
        let account = accounts.entry((*id).to_owned()).or_default();
        account.sure += 1;
        account.missing += 1 - take();
    }
    for id in &tally.perhaps {
        let account = accounts.entry((*id).to_owned()).or_default();
        account.perhaps += 1;
        account.doubtful += take();
    }
    let owner = tally.sure.first().or(tally.perhaps.first());
    if let Some(owner) = owner {
        accounts.entry((*owner).to_owned()).or_default().extra += there;
    }
}
