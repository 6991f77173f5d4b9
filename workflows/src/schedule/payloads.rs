//! Payloads and activities of scheduled runs.

use std::time::Duration;

use domain::{BotId, DailyTipTime, SubscriptionScheduleError, TimeZone, record::BriefRecord};
use serde::{Deserialize, Serialize};

use crate::{
    activity::activities,
    broadcast::BroadcastProgress,
    destination::DestinationRecord,
    policy::{self, Policy},
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

/// Result of a `ScheduledWorkflow`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduledResult {
    /// `carousel`, `thought` or `nothing`.
    pub what: String,
    /// A [`domain::Outcome`]'s name, for a carousel.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub outcome: String,
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
    /// The id of the carousel to make; it contains the due time.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub carousel: String,
}

/// Result of `prepare_scheduled`: the content, by the current settings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduledContent {
    /// `carousel`, `thought` or `nothing`.
    pub what: String,
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
    /// The subscribers' languages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
}

/// Input of `rest_subscription`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PauseSubscriptionInput {
    pub subscription: String,
    pub reason: String,
}

/// A run that could not begin within an hour is left to the next one.
const PREPARE: Policy =
    Policy { total_timeout: Some(Duration::from_secs(3600)), ..policy::PERSISTENCE };

activities! {
    /// Reads what a subscription or a time slot requires now.
    PrepareScheduled "prepare_scheduled": PrepareScheduledInput => ScheduledContent, PREPARE;
    /// Pauses a subscription because its chat can't be written to.
    PauseSubscription "rest_subscription": PauseSubscriptionInput => (), policy::PERSISTENCE;
}
