//! The serialized names of the enums in payloads.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{from_value, json};
use workflows::{
    destination::{DestinationKind, DestinationRecord},
    edit::{EditKind, EditRecord},
    questions::RequestKind,
    schedule::ScheduledKind,
};

#[test]
fn kinds_of_requests_keep_their_names() {
    round_trip(&[
        (RequestKind::Edit, ""),
        (RequestKind::Answer, "answer"),
        (RequestKind::DailyTip, "wisdom"),
    ]);
    let newer: RequestKind = from_value(json!("added_later")).unwrap();
    assert_eq!(newer, RequestKind::Unrecognized);
}

#[test]
fn kinds_of_destinations_keep_their_names() {
    round_trip(&[(DestinationKind::Folder, "folder"), (DestinationKind::Telegram, "telegram")]);
    for unknown in [json!({"kind": ""}), json!({"kind": "added_later"}), json!({"kind": null})] {
        assert_eq!(from_value::<DestinationRecord>(unknown).unwrap().kind, None);
    }
}

#[test]
fn kinds_of_scheduled_runs_keep_their_names() {
    round_trip(&[
        (ScheduledKind::Carousel, "carousel"),
        (ScheduledKind::DailyTip, "thought"),
        (ScheduledKind::Nothing, "nothing"),
    ]);
    for unknown in ["", "added_later"] {
        let read: ScheduledKind = from_value(json!(unknown)).unwrap();
        assert_eq!(read, ScheduledKind::Nothing);
    }
}

#[test]
fn kinds_of_edits_keep_their_names() {
    for kind in EditKind::ALL {
        round_trip(&[(*kind, kind.name())]);
    }
    let newer: EditRecord = from_value(json!({"change": "added_later"})).unwrap();
    assert_eq!(newer.change, None);
}

fn round_trip<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(names: &[(T, &str)]) {
    for (value, name) in names {
        assert_eq!(serde_json::to_value(value).unwrap(), json!(name));
        assert_eq!(&from_value::<T>(json!(name)).unwrap(), value);
    }
}
