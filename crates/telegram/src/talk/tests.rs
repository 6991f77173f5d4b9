//! Every button fits into the Bot API's limit and decodes to the same value.

use super::*;

#[test]
fn buttons_round_trip_through_callback_data() {
    let carousel = || "carousel-tg-1234567890-1001234567890-2147483647".to_owned();
    for press in [
        Press::Cancel {
            carousel: carousel(),
        },
        Press::SendAgain {
            carousel: carousel(),
            revision: 3,
            generation: 2,
        },
        Press::Edit {
            carousel: carousel(),
        },
        Press::Slide {
            carousel: carousel(),
            slide: 10,
        },
        Press::Instruct {
            carousel: carousel(),
            slide: 3,
        },
        Press::Looks {
            carousel: carousel(),
        },
        Press::Restyle {
            carousel: carousel(),
            theme: "editorial".to_owned(),
        },
        Press::Rewrite {
            carousel: carousel(),
        },
        Press::SendAlbum {
            carousel: carousel(),
            revision: 2,
        },
        Press::Draw {
            carousel: carousel(),
        },
        Press::Drop,
        Press::Again {
            carousel: carousel(),
        },
        Press::Files {
            carousel: carousel(),
        },
        Press::Caption {
            carousel: carousel(),
        },
        Press::Offline {
            carousel: carousel(),
        },
        Press::History { page: 3 },
        Press::Choose {
            setting: "theme".to_owned(),
        },
        Press::Set {
            setting: "slides".to_owned(),
            value: "7".to_owned(),
        },
        Press::Brand {
            field: "handle".to_owned(),
        },
        Press::Settings,
        Press::Schedule {
            what: "at weekly mon 09:00".to_owned(),
        },
        Press::Broadcast {
            what: "send 2147483647".to_owned(),
        },
    ] {
        let data = press.data().expect("the longest id of a chat fits");
        assert_eq!(Press::parse(data.as_str()), Some(press));
    }
}

#[test]
fn unknown_callback_data_is_rejected() {
    for data in ["", "x", "zz:1", "s:carousel", "sx:1", "h:many", "v:theme"] {
        assert_eq!(Press::parse(data), None, "{data}");
    }
}
