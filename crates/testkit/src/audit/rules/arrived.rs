//! What had to arrive against what did arrive, picture by picture and place by place.
//!
//! Pictures are told by their contents. Where a chat has two carousels with the same picture, it
//! has to be there twice: which is whose is nobody's concern.

use std::collections::BTreeMap;

use super::{Case, Class, Finding};
use crate::audit::truth::{Arrival, Delivery, Place, Truths};

/// Every picture of every place.
pub(super) struct Ledger {
    accounts: BTreeMap<String, Account>,
    strays: Vec<(Place, usize)>,
    /// Carousels that arrived where they should not, by what was said there.
    astray: BTreeMap<String, Vec<Place>>,
}

/// What is owed to one carousel, in pictures.
#[derive(Debug, Clone, Copy, Default)]
struct Account {
    /// Have to be there.
    sure: usize,
    /// May be there.
    perhaps: usize,
    /// Had to be there and are not.
    missing: usize,
    /// Are there beyond what may be.
    extra: usize,
    /// Are there although they only may be.
    doubtful: usize,
}

/// One picture of one place.
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

    /// Pictures that nobody asked for.
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

    /// For the table: what is there, and what has to be.
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

/// A carousel that was settled from outside has no pictures on record: where it was to go, what
/// says that it is this carousel is believed.
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

/// What has to be, and what may be, in each place.
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

/// The pictures that it owes to those to whom it was sent in a broadcast.
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

/// The pictures that a carousel owes, by what is stored about it.
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

/// A generation sends what was not known to have arrived before: the last `size` pictures, of
/// which the first `arrived` are known to be there.
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

/// Counts what arrived; gives how many of its pictures nobody wanted there.
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

/// Books one picture of one place: first what has to be there, then what may be.
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
