//! Samples of the payloads of deletion and export.

use serde_json::Value;
use workflows::{
    destination::DestinationRecord,
    privacy::{DeletedCounts, ExportInput, ForgetInput, StopWorkInput, WorkStopped},
};

use crate::{named, s};

/// One of each.
pub(crate) fn payloads() -> Vec<(&'static str, Value)> {
    vec![
        named(forget()),
        named(StopWorkInput { of: forget(), terminate: true }),
        named(WorkStopped { open: 3 }),
        named(erased()),
        named(ExportInput { user: s("tg-7"), account: 7, destination: to() }),
    ]
}

pub(crate) fn erased() -> DeletedCounts {
    DeletedCounts { carousels: 1, schedules: 2, rows: 3, histories: 4 }
}

fn forget() -> ForgetInput {
    ForgetInput { user: s("tg-7"), account: 7, bot: 1, destination: to() }
}

fn to() -> DestinationRecord {
    DestinationRecord::telegram(domain::ChatId::new(7), None, domain::Language::Ru)
}
