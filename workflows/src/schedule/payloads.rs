//! Payloads and activities of scheduled runs.

use domain::{
    BotId, DailyTipTime, Outcome, SubscriptionScheduleError, TimeZone,
    record::{BriefRecord, known_name},
};
use serde::{Deserialize, Serialize};

use crate::{
    activity::activities, broadcast::BroadcastProgress, destination::DestinationRecord, policy,
};

/// Input of a `ScheduledWorkflow`: a subscription's id, or a time slot. The content and the user
/// are read when it is due.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduledInput {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subscription: String,
    /// The time slot of the daily tip that is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<SlotRecord>,
    /// [`CarouselInput::lists_topic`](crate::carousel::CarouselInput::lists_topic) of its carousels.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub lists_topic: bool,
}

/// A [`domain::DailyTipTime`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SlotRecord {
    pub bot: i64,
    /// A [`domain::ClockTime`].
    pub time: String,
    /// A [`domain::TimeZone`]'s name.
    pub time_zone: String,
}

impl From<&DailyTipTime> for SlotRecord {
    fn from(slot: &DailyTipTime) -> Self {
        let DailyTipTime { bot, time, zone } = slot;
        Self { bot: bot.get(), time: time.to_string(), time_zone: zone.as_str().to_owned() }
    }
}

impl TryFrom<&SlotRecord> for DailyTipTime {
    type Error = SubscriptionScheduleError;

    fn try_from(record: &SlotRecord) -> Result<Self, SubscriptionScheduleError> {
        Ok(Self {
            bot: BotId::new(record.bot),
            time: record.time.parse()?,
            zone: TimeZone::parse(&record.time_zone)?,
        })
    }
}

/// What a scheduled run makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ScheduledKind {
    #[serde(rename = "carousel")]
    Carousel,
    #[serde(rename = "thought")]
    DailyTip,
    /// A carousel that is too late to be made.
    #[serde(rename = "missed")]
    Missed,
    /// Nothing: the subscription is paused or deleted, the slot has no subscribers, or this version
    /// does not know what is wanted.
    #[default]
    #[serde(rename = "nothing", other)]
    Nothing,
}

/// Result of a `ScheduledWorkflow`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduledResult {
    pub what: ScheduledKind,
    /// A carousel's outcome.
    #[serde(deserialize_with = "known_name", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// The reason, unless it was delivered.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The counts of the tip's broadcast.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reached: Option<BroadcastProgress>,
}

/// Input of `prepare_scheduled`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PrepareScheduledInput {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subscription: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<SlotRecord>,
    /// The id of the carousel to make, or of the broadcast; it ends with the due time.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub carousel: String,
}

/// Result of `prepare_scheduled`: the content, by the current settings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduledContent {
    pub what: ScheduledKind,
    /// Why there is nothing to do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    pub destination: DestinationRecord,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brief: Option<BriefRecord>,
    /// The day of a daily tip, `2026-11-24`, in the time zone of its slot.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub day: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// A carousel that is too late to be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<MissedRun>,
}

/// A scheduled carousel that could not start in time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MissedRun {
    /// Empty if the topic comes from the notes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub topic: String,
    /// When it was due, on the clock of its time zone: `2026-11-24T09:00:00`.
    pub due: String,
}

/// Input of `rest_subscription`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PauseSubscriptionInput {
    pub subscription: String,
    pub reason: String,
}

activities! {
    /// Reads what a subscription or a time slot requires now.
    PrepareScheduled "prepare_scheduled": PrepareScheduledInput => ScheduledContent, policy::PERSISTENCE;
    /// Pauses a subscription because its chat can't be written to.
    PauseSubscription "rest_subscription": PauseSubscriptionInput => (), policy::PERSISTENCE;
}
