//! Derives the outcome of a lost carousel from its deliveries. Pure.

use domain::delivery::{Part, State};
use events::Timestamp;
use storage::ledger::Entry;

/// Outcome of a lost carousel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    Delivered,
    /// Some of it may have arrived, for this reason.
    Unknown(String),
    /// None of it arrived: it can be compensated.
    NotSent,
    /// A delivery may be in progress.
    TooEarly,
}

/// Derives the outcome. A claim made after `alive` may still be reported.
pub(super) fn fate(deliveries: &[Entry], alive: Timestamp) -> Fate {
    let main =
        (deliveries.iter()).filter(|entry| matches!(entry.slot.part, Part::Album | Part::Folder));
    // A later generation is a user's request to send again, so the newest one decides.
    let newest = main.max_by_key(|entry| (entry.slot.revision, entry.slot.generation));
    let Some(newest) = newest else {
        return Fate::NotSent;
    };
    let delivery = &newest.delivery;
    let arrived = delivery.arrived();
    match delivery.state() {
        State::Sent { .. } => Fate::Delivered,
        State::Sending { .. } if newest.updated_at >= alive => Fate::TooEarly,
        State::Sending { .. } => Fate::Unknown("the sender died during the request".to_owned()),
        State::Unknown { .. } => Fate::Unknown("no answer came when it was sent".to_owned()),
        State::Pending { .. } | State::Failed { .. } if arrived > 0 => {
            Fate::Unknown(format!("{arrived} of {} messages arrived", delivery.size()))
        }
        State::Pending { .. } | State::Failed { .. } => Fate::NotSent,
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        Attempt, CarouselId,
        delivery::{Delivery, Generation, Repeats, Size, Slot},
    };

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    fn entry(part: Part, generation: u32, arrived: u8, state: State) -> Entry {
        let size = Size::new(3).unwrap();
        Entry {
            slot: Slot {
                carousel: CarouselId::parse("carousel-cli-1").unwrap(),
                revision: 1,
                part,
                generation: Generation::new(generation).unwrap(),
            },
            delivery: Delivery::restore(size, arrived, Repeats::Never, state).unwrap(),
            chat: None,
            messages: Vec::new(),
            created_at: at(100),
            updated_at: at(100),
        }
    }

    fn by() -> Attempt {
        Attempt::parse("a").unwrap()
    }

    #[test]
    fn outcome_follows_from_delivery_states() {
        let failed = |arrived| {
            let reason = "why".to_owned();
            entry(
                Part::Album,
                1,
                arrived,
                State::Failed { last: by(), reason },
            )
        };
        let sending = || entry(Part::Folder, 1, 0, State::Sending { attempt: by() });
        let sent = |generation| entry(Part::Album, generation, 3, State::Sent { last: by() });
        let unknown = || entry(Part::Album, 1, 0, State::Unknown { attempt: by() });
        let pending = || entry(Part::Album, 1, 0, State::Pending { last: None });

        assert_eq!(fate(&[], at(0)), Fate::NotSent);
        assert_eq!(fate(&[pending()], at(0)), Fate::NotSent);
        assert_eq!(fate(&[failed(0)], at(0)), Fate::NotSent);
        assert_eq!(fate(&[sent(1)], at(0)), Fate::Delivered);
        assert_eq!(fate(&[sending()], at(50)), Fate::TooEarly);
        assert!(matches!(fate(&[sending()], at(200)), Fate::Unknown(_)));
        assert!(matches!(fate(&[unknown()], at(200)), Fate::Unknown(_)));
        assert_eq!(fate(&[unknown(), sent(2)], at(200)), Fate::Delivered);
        assert_eq!(
            fate(&[failed(2)], at(0)),
            Fate::Unknown("2 of 3 messages arrived".to_owned())
        );
    }

    #[test]
    fn delivered_notice_is_no_delivered_carousel() {
        let notice = Part::Notice(domain::NoticeId::parse("failed").unwrap());
        let told = entry(notice, 1, 3, State::Sent { last: by() });
        assert_eq!(fate(&[told], at(0)), Fate::NotSent);
    }
}
