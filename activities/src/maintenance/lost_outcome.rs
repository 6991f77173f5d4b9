//! Derives the outcome of a lost carousel from its deliveries. Pure.

use domain::delivery::{DeliveryPart, DeliveryState};
use events::Timestamp;
use storage::ledger::LedgerEntry;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LostOutcome {
    Delivered,
    /// Some of it may have arrived, for this reason.
    Unknown(String),
    /// None of it arrived: it can be compensated.
    NotSent,
    /// A delivery may be in progress.
    TooEarly,
}

/// Derives the outcome. A claim made after `alive` may still be reported.
pub(super) fn lost_outcome(deliveries: &[LedgerEntry], alive: Timestamp) -> LostOutcome {
    let main = (deliveries.iter())
        .filter(|entry| matches!(entry.slot.part, DeliveryPart::Album | DeliveryPart::Folder));
    // A later generation is a user's request to send again, so the newest one decides.
    let newest = main.max_by_key(|entry| (entry.slot.revision, entry.slot.generation));
    let Some(newest) = newest else {
        return LostOutcome::NotSent;
    };
    let delivery = &newest.delivery;
    let arrived = delivery.arrived();
    match delivery.state() {
        DeliveryState::Sent { .. } => LostOutcome::Delivered,
        DeliveryState::Sending { .. } if newest.updated_at >= alive => LostOutcome::TooEarly,
        DeliveryState::Sending { .. } => {
            LostOutcome::Unknown("the sender died during the request".to_owned())
        }
        DeliveryState::Unknown { .. } => {
            LostOutcome::Unknown("no answer came when it was sent".to_owned())
        }
        DeliveryState::Pending { .. } | DeliveryState::Failed { .. } if arrived > 0 => {
            LostOutcome::Unknown(format!("{arrived} of {} messages arrived", delivery.size()))
        }
        DeliveryState::Pending { .. } | DeliveryState::Failed { .. } => LostOutcome::NotSent,
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        AttemptId, CarouselId,
        delivery::{Delivery, Generation, LedgerKey, PartSize, RejectionKind, RepeatPolicy},
    };

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    fn entry(
        part: DeliveryPart,
        generation: u32,
        arrived: u8,
        state: DeliveryState,
    ) -> LedgerEntry {
        let size = PartSize::new(3).unwrap();
        LedgerEntry {
            slot: LedgerKey {
                carousel: CarouselId::parse("carousel-cli-1").unwrap(),
                revision: 1,
                part,
                generation: Generation::new(generation).unwrap(),
            },
            delivery: Delivery::restore(size, arrived, RepeatPolicy::Never, state).unwrap(),
            chat: None,
            messages: Vec::new(),
            created_at: at(100),
            updated_at: at(100),
        }
    }

    fn by() -> AttemptId {
        AttemptId::parse("a").unwrap()
    }

    #[test]
    fn outcome_follows_from_delivery_states() {
        let failed = |arrived| {
            let (reason, kind) = ("why".to_owned(), RejectionKind::Other);
            entry(
                DeliveryPart::Album,
                1,
                arrived,
                DeliveryState::Failed { last: by(), reason, kind },
            )
        };
        let sending =
            || entry(DeliveryPart::Folder, 1, 0, DeliveryState::Sending { attempt: by() });
        let sent = |generation| {
            entry(DeliveryPart::Album, generation, 3, DeliveryState::Sent { last: by() })
        };
        let unknown = || entry(DeliveryPart::Album, 1, 0, DeliveryState::Unknown { attempt: by() });
        let pending = || entry(DeliveryPart::Album, 1, 0, DeliveryState::Pending { last: None });

        assert_eq!(lost_outcome(&[], at(0)), LostOutcome::NotSent);
        assert_eq!(lost_outcome(&[pending()], at(0)), LostOutcome::NotSent);
        assert_eq!(lost_outcome(&[failed(0)], at(0)), LostOutcome::NotSent);
        assert_eq!(lost_outcome(&[sent(1)], at(0)), LostOutcome::Delivered);
        assert_eq!(lost_outcome(&[sending()], at(50)), LostOutcome::TooEarly);
        assert!(matches!(lost_outcome(&[sending()], at(200)), LostOutcome::Unknown(_)));
        assert!(matches!(lost_outcome(&[unknown()], at(200)), LostOutcome::Unknown(_)));
        assert_eq!(lost_outcome(&[unknown(), sent(2)], at(200)), LostOutcome::Delivered);
        assert_eq!(
            lost_outcome(&[failed(2)], at(0)),
            LostOutcome::Unknown("2 of 3 messages arrived".to_owned())
        );
    }

    #[test]
    fn delivered_notice_is_no_delivered_carousel() {
        let notice = DeliveryPart::Notice(domain::NoticeId::parse("failed").unwrap());
        let told = entry(notice, 1, 3, DeliveryState::Sent { last: by() });
        assert_eq!(lost_outcome(&[told], at(0)), LostOutcome::NotSent);
    }
}
