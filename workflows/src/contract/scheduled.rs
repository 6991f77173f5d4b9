//! What comes by itself: payloads of `ScheduledWorkflow`, and the activities around it.
#![expect(
    missing_docs,
    reason = "what the macro makes carries no docs; see the functions"
)]
#![expect(clippy::unimplemented, reason = "the macro wants exactly this body")]

use domain::{BotId, CadenceError, TimeSlot, TimeZone, record::BriefRecord};
use serde::{Deserialize, Serialize};
use temporalio_common::ActivityError;
use temporalio_macros::activity_definitions;

use super::{BroadcastProgress, DestinationRecord, Erased};

/// What starts a `ScheduledWorkflow`: a subscription's id, or a time slot. What is wanted, and by whom,
/// is read when it is due.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduledInput {
    /// Which subscription.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subscription: String,
    /// The time slot whose thought of the day is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<SlotRecord>,
}

/// A [`domain::TimeSlot`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SlotRecord {
    /// Which bot.
    pub bot: i64,
    /// A [`domain::ClockTime`].
    pub time: String,
    /// A [`domain::TimeZone`]'s name.
    pub time_zone: String,
}

impl From<&TimeSlot> for SlotRecord {
    fn from(slot: &TimeSlot) -> Self {
        let TimeSlot { bot, time, zone } = slot;
        Self {
            bot: bot.get(),
            time: time.to_string(),
            time_zone: zone.as_str().to_owned(),
        }
    }
}

impl TryFrom<&SlotRecord> for TimeSlot {
    type Error = CadenceError;

    fn try_from(record: &SlotRecord) -> Result<Self, CadenceError> {
        Ok(Self {
            bot: BotId::new(record.bot),
            time: record.time.parse()?,
            zone: TimeZone::parse(&record.time_zone)?,
        })
    }
}

/// What a `ScheduledWorkflow` ends with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Scheduled {
    /// `carousel`, `thought` or `nothing`.
    pub what: String,
    /// How a carousel ended: a [`domain::Outcome`]'s name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub outcome: String,
    /// Why, where it is not simply done.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who has the thought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reached: Option<BroadcastProgress>,
}

/// Input of `prepare_scheduled`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PrepareInput {
    /// Which subscription.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subscription: String,
    /// Which time slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<SlotRecord>,
    /// The id that the carousel will have: it names the time at which it was due.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub carousel: String,
}

/// Result of `prepare_scheduled`: what is wanted, by the settings of this moment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Prepared {
    /// `carousel`, `thought` or `nothing`.
    pub what: String,
    /// Why nothing is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Whose subscription it is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Where it goes.
    pub destination: DestinationRecord,
    /// The carousel, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brief: Option<BriefRecord>,
    /// The day of a thought, `2026-11-24`, by the clock of its slot.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub day: String,
    /// The languages in which a thought is wanted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
}

/// Input of `rest_subscription`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RestInput {
    /// Which.
    pub subscription: String,
    /// Why.
    pub reason: String,
}

/// Input of `send_notice`: something that is said once, in a chat.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NoticeInput {
    /// The carousel under whose id it stands in the ledger; there need not be one.
    pub carousel: String,
    /// Its name there: said twice under one name is said once.
    pub name: String,
    /// Where.
    pub destination: DestinationRecord,
    /// How a broadcast ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<BroadcastProgress>,
    /// What was deleted of a person's data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased: Option<Erased>,
}

/// Result of `send_notice`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NoticeSent {
    /// A [`domain::Outcome`]'s name: `failed` when it can't ever be said there.
    pub outcome: String,
    /// Why not.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// Activities of the persistence pool that belong to subscriptions.
pub struct ScheduleActivities;

#[activity_definitions]
impl ScheduleActivities {
    /// Says what a subscription, or who wants a thought at this time, wants now.
    #[activity(name = "prepare_scheduled")]
    pub fn prepare_scheduled(_: PrepareInput) -> Result<Prepared, ActivityError> {
        unimplemented!()
    }

    /// Lets a subscription rest: nobody can be written to there.
    #[activity(name = "rest_subscription")]
    pub fn rest_subscription(_: RestInput) -> Result<(), ActivityError> {
        unimplemented!()
    }
}

/// Activities of the delivery pool that say something that is no carousel.
pub struct NoticeActivities;

#[activity_definitions]
impl NoticeActivities {
    /// Says something once.
    #[activity(name = "send_notice")]
    pub fn send_notice(_: NoticeInput) -> Result<NoticeSent, ActivityError> {
        unimplemented!()
    }
}

// The macro puts the definitions into private modules; activities implement them by these names.
/// Definitions around subscriptions.
pub mod schedule {
    pub use super::schedule_activities::{PrepareScheduled, RestSubscription};
}
/// Definitions of what is said that is no carousel.
pub mod notice {
    pub use super::notice_activities::SendNotice;
}
