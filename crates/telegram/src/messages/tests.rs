//! Every button fits into the Bot API's limit and decodes to the same value.

use super::*;

#[test]
fn buttons_round_trip_through_callback_data() {
    let carousel = || "carousel-tg-1234567890-1001234567890-2147483647".to_owned();
    for press in [
        CallbackAction::Cancel {
            carousel: carousel(),
        },
        CallbackAction::SendAgain {
            carousel: carousel(),
            revision: 3,
            generation: 2,
        },
        CallbackAction::Edit {
            carousel: carousel(),
        },
        CallbackAction::Slide {
            carousel: carousel(),
            slide: 10,
        },
        CallbackAction::Instruct {
            carousel: carousel(),
            slide: 3,
        },
        CallbackAction::Themes {
            carousel: carousel(),
        },
        CallbackAction::ApplyTheme {
            carousel: carousel(),
            theme: "editorial".to_owned(),
        },
        CallbackAction::Rewrite {
            carousel: carousel(),
        },
        CallbackAction::SendAlbum {
            carousel: carousel(),
            revision: 2,
        },
        CallbackAction::Draw {
            carousel: carousel(),
        },
        CallbackAction::Drop,
        CallbackAction::Again {
            carousel: carousel(),
        },
        CallbackAction::Files {
            carousel: carousel(),
        },
        CallbackAction::Caption {
            carousel: carousel(),
        },
        CallbackAction::Offline {
            carousel: carousel(),
        },
        CallbackAction::History { page: 3 },
        CallbackAction::Choose {
            setting: "theme".to_owned(),
        },
        CallbackAction::Set {
            setting: "slides".to_owned(),
            value: "7".to_owned(),
        },
        CallbackAction::Brand {
            field: "handle".to_owned(),
        },
        CallbackAction::Settings,
        CallbackAction::Schedule {
            action: "at weekly mon 09:00".to_owned(),
        },
        CallbackAction::Broadcast {
            what: "send 2147483647".to_owned(),
        },
    ] {
        let data = press.data().expect("the longest id of a chat fits");
        assert_eq!(CallbackAction::parse(data.as_str()), Some(press));
    }
}

#[test]
fn unknown_callback_data_is_rejected() {
    for data in ["", "x", "zz:1", "s:carousel", "sx:1", "h:many", "v:theme"] {
        assert_eq!(CallbackAction::parse(data), None, "{data}");
    }
}
