//! Buttons of old messages and stored actions keep their meaning; every button fits into the Bot
//! API's limit and decodes to the same action.

use domain::{ClockTime, Format, Language, SlideCount, TimeZone, Weekday};

use super::*;

/// The longest id of a carousel that was requested in a chat.
const CAROUSEL: &str = "carousel-tg-1234567890-1001234567890-2147483647";

fn carousel() -> CarouselId {
    CarouselId::parse(CAROUSEL).unwrap()
}

fn remake(change: BriefChange) -> Action {
    Action::Remake { carousel: carousel(), change }
}

fn slide(number: u32) -> SlideNumber {
    SlideNumber::new(number).unwrap()
}

fn schedule(what: ScheduleAction) -> Action {
    Action::Schedule { what }
}

fn broadcast(what: BroadcastAction) -> Action {
    Action::Broadcast { what }
}

const SEVEN: UpdateId = UpdateId::new(7);

/// Actions of buttons with their callback data, as old messages have it, and their stored form, as
/// old rows have it.
fn buttons() -> Vec<(&'static str, Action, &'static str)> {
    let nine = ClockTime::new(9, 0).unwrap();
    let cadence = ScheduleDays::Weekly(Weekday::Mon.into()).at(nine);
    let subscription = || SubscriptionId::parse("81-7").unwrap();
    let mut all = about_carousels();
    all.extend([
        ("h:3", Action::History { page: 3 }, r#"{"do":"history","page":3}"#),
        (
            "p:theme",
            Action::Settings { setting: Some(SettingMenu::Theme) },
            r#"{"do":"settings","setting":"theme"}"#,
        ),
        (
            "p:wisdom",
            Action::Settings { setting: Some(SettingMenu::DailyTip) },
            r#"{"do":"settings","setting":"wisdom"}"#,
        ),
        ("t:", Action::Settings { setting: None }, r#"{"do":"settings","setting":null}"#),
        (
            "v:language:ru",
            Action::Set(SettingChange::Language(Language::Ru)),
            r#"{"do":"set","setting":"language","value":"ru"}"#,
        ),
        (
            "v:theme:aurora",
            Action::Set(SettingChange::Theme(ThemeId::default())),
            r#"{"do":"set","setting":"theme","value":"aurora"}"#,
        ),
        (
            "v:format:9x16",
            Action::Set(SettingChange::Format(Format::Story)),
            r#"{"do":"set","setting":"format","value":"9x16"}"#,
        ),
        (
            "v:slides:7",
            Action::Set(SettingChange::Slides(SlideCount::new(7).unwrap())),
            r#"{"do":"set","setting":"slides","value":"7"}"#,
        ),
        (
            "v:review:yes",
            Action::Set(SettingChange::Review(true)),
            r#"{"do":"set","setting":"review","value":"yes"}"#,
        ),
        (
            "v:documents:no",
            Action::Set(SettingChange::Documents(false)),
            r#"{"do":"set","setting":"documents","value":"no"}"#,
        ),
        (
            "v:wisdom:09:00",
            Action::Set(SettingChange::DailyTip(Some(nine))),
            r#"{"do":"set","setting":"wisdom","value":"09:00"}"#,
        ),
        (
            "v:wisdom:off",
            Action::Set(SettingChange::DailyTip(None)),
            r#"{"do":"set","setting":"wisdom","value":"off"}"#,
        ),
        (
            "v:news:yes",
            Action::Set(SettingChange::Broadcasts(true)),
            r#"{"do":"set","setting":"news","value":"yes"}"#,
        ),
        (
            "v:news:stop",
            Action::Set(SettingChange::BroadcastsReply(false)),
            r#"{"do":"set","setting":"news","value":"stop"}"#,
        ),
        (
            "v:news:start",
            Action::Set(SettingChange::BroadcastsReply(true)),
            r#"{"do":"set","setting":"news","value":"start"}"#,
        ),
        (
            "b:handle",
            Action::AskBrand { field: BrandField::Handle },
            r#"{"do":"ask_brand","field":"handle"}"#,
        ),
        ("d:", Action::Drop, r#"{"do":"drop"}"#),
        ("u:7", Action::StartOver { update: SEVEN }, r#"{"do":"start_over","update":7}"#),
        (
            "n:names",
            Action::Starter { topic: StarterTopic::Names },
            r#"{"do":"starter","topic":"names"}"#,
        ),
        ("j:", Action::AskAccess, r#"{"do":"ask_access"}"#),
        (
            "l:allow 5",
            Action::Access { what: AccessAction::Allow { account: AccountId::new(5) } },
            r#"{"do":"access","what":{"ask":"allow","account":5}}"#,
        ),
        (
            "l:refuse 5",
            Action::Access { what: AccessAction::Disallow { account: AccountId::new(5) } },
            r#"{"do":"access","what":{"ask":"disallow","account":5}}"#,
        ),
        ("k:show", schedule(ScheduleAction::Show), r#"{"do":"schedule","what":{"ask":"show"}}"#),
        ("k:new", schedule(ScheduleAction::New), r#"{"do":"schedule","what":{"ask":"new"}}"#),
        (
            "k:days weekly mon",
            schedule(ScheduleAction::Hours { days: ScheduleDays::Weekly(Weekday::Mon.into()) }),
            r#"{"do":"schedule","what":{"ask":"hours","days":"weekly mon"}}"#,
        ),
        (
            "k:at weekly mon 09:00",
            schedule(ScheduleAction::Topic { cadence }),
            r#"{"do":"schedule","what":{"ask":"topic","cadence":"weekly mon 09:00"}}"#,
        ),
        (
            "k:any weekly mon 09:00",
            schedule(ScheduleAction::Make { cadence, topic: None }),
            r#"{"do":"schedule","what":{"ask":"make","cadence":"weekly mon 09:00","topic":null}}"#,
        ),
        (
            "k:pause 81-7",
            schedule(ScheduleAction::Pause { subscription: subscription() }),
            r#"{"do":"schedule","what":{"ask":"pause","subscription":"81-7"}}"#,
        ),
        (
            "k:go 81-7",
            schedule(ScheduleAction::Resume { subscription: subscription() }),
            r#"{"do":"schedule","what":{"ask":"resume","subscription":"81-7"}}"#,
        ),
        (
            "k:drop 81-7",
            schedule(ScheduleAction::Remove { subscription: subscription() }),
            r#"{"do":"schedule","what":{"ask":"remove","subscription":"81-7"}}"#,
        ),
        ("k:zones", schedule(ScheduleAction::Zones), r#"{"do":"schedule","what":{"ask":"zones"}}"#),
        (
            "k:zone America/Los_Angeles",
            schedule(ScheduleAction::Zone { name: "America/Los_Angeles".to_owned() }),
            r#"{"do":"schedule","what":{"ask":"zone","name":"America/Los_Angeles"}}"#,
        ),
        (
            "r:send 7",
            broadcast(BroadcastAction::Send { update: SEVEN, revision: None }),
            r#"{"do":"broadcast","what":{"ask":"send","update":7}}"#,
        ),
        (
            "r:send 7 2",
            broadcast(BroadcastAction::Send { update: SEVEN, revision: Some(2) }),
            r#"{"do":"broadcast","what":{"ask":"send","update":7,"revision":2}}"#,
        ),
        (
            "r:drop 7",
            broadcast(BroadcastAction::Drop { update: SEVEN }),
            r#"{"do":"broadcast","what":{"ask":"drop","update":7}}"#,
        ),
        (
            "r:pause 7",
            broadcast(BroadcastAction::Pause { update: SEVEN }),
            r#"{"do":"broadcast","what":{"ask":"pause","update":7}}"#,
        ),
        (
            "r:go 7",
            broadcast(BroadcastAction::Resume { update: SEVEN }),
            r#"{"do":"broadcast","what":{"ask":"resume","update":7}}"#,
        ),
        (
            "r:stop 7",
            broadcast(BroadcastAction::Stop { update: SEVEN }),
            r#"{"do":"broadcast","what":{"ask":"stop","update":7}}"#,
        ),
        (
            "z:5:1790000000",
            Action::Forget {
                confirmed: Some(DeletionConfirmation {
                    account: AccountId::new(5),
                    until: 1_790_000_000,
                }),
            },
            r#"{"do":"forget","confirmed":{"account":5,"until":1790000000}}"#,
        ),
    ]);
    all
}

/// The same for buttons about a carousel; `*` stands for its id.
fn about_carousels() -> Vec<(&'static str, Action, &'static str)> {
    vec![
        ("x:*", Action::Cancel { carousel: Some(carousel()) }, r#"{"do":"cancel","carousel":"*"}"#),
        (
            "s2r3:*",
            Action::SendAgain { carousel: carousel(), revision: 3, generation: 2 },
            r#"{"do":"send_again","carousel":"*","revision":3,"generation":2}"#,
        ),
        (
            "a:*",
            Action::Again { carousel: carousel(), offline: false },
            r#"{"do":"again","carousel":"*","offline":false}"#,
        ),
        (
            "o:*",
            Action::Again { carousel: carousel(), offline: true },
            r#"{"do":"again","carousel":"*","offline":true}"#,
        ),
        ("ao:*", Action::Options { carousel: carousel() }, r#"{"do":"options","carousel":"*"}"#),
        (
            "as5:*",
            remake(BriefChange::Slides(SlideCount::new(5).unwrap())),
            r#"{"do":"remake","carousel":"*","change":"s5"}"#,
        ),
        (
            "ateditorial:*",
            remake(BriefChange::Theme(ThemeId::parse("editorial").unwrap())),
            r#"{"do":"remake","carousel":"*","change":"teditorial"}"#,
        ),
        (
            "af9x16:*",
            remake(BriefChange::Format(Format::Story)),
            r#"{"do":"remake","carousel":"*","change":"f9x16"}"#,
        ),
        (
            "alru:*",
            remake(BriefChange::Language(Language::Ru)),
            r#"{"do":"remake","carousel":"*","change":"lru"}"#,
        ),
        ("q:*", Action::Questions { carousel: carousel() }, r#"{"do":"questions","carousel":"*"}"#),
        ("f:*", Action::Files { carousel: carousel() }, r#"{"do":"files","carousel":"*"}"#),
        ("c:*", Action::Caption { carousel: carousel() }, r#"{"do":"caption","carousel":"*"}"#),
        ("e:*", Action::EditMenu { carousel: carousel() }, r#"{"do":"edit_menu","carousel":"*"}"#),
        (
            "e10:*",
            Action::AskSlide { carousel: carousel(), slide: slide(10), by: EditBy::Text },
            r#"{"do":"ask_slide","carousel":"*","slide":10,"by":"words"}"#,
        ),
        (
            "i3:*",
            Action::AskSlide { carousel: carousel(), slide: slide(3), by: EditBy::Instruction },
            r#"{"do":"ask_slide","carousel":"*","slide":3,"by":"wish"}"#,
        ),
        (
            "en3:*",
            Action::AskSlide { carousel: carousel(), slide: slide(3), by: EditBy::NewSlide },
            r#"{"do":"ask_slide","carousel":"*","slide":3,"by":"after"}"#,
        ),
        (
            "ex3r2:*",
            Action::RemoveSlide { carousel: carousel(), slide: slide(3), revision: 2 },
            r#"{"do":"remove_slide","carousel":"*","slide":3,"revision":2}"#,
        ),
        (
            "em10t9r123:*",
            Action::MoveSlide {
                carousel: carousel(),
                slide: slide(10),
                to: slide(9),
                revision: 123,
            },
            r#"{"do":"move_slide","carousel":"*","slide":10,"to":9,"revision":123}"#,
        ),
        (
            "er2:*",
            Action::Restore { carousel: carousel(), revision: 2 },
            r#"{"do":"restore","carousel":"*","revision":2}"#,
        ),
        (
            "ec:*",
            Action::AskCaption { carousel: carousel() },
            r#"{"do":"ask_caption","carousel":"*"}"#,
        ),
        ("ea:*", Action::AltTexts { carousel: carousel() }, r#"{"do":"alt_texts","carousel":"*"}"#),
        (
            "es:*",
            Action::SourceReport { carousel: carousel() },
            r#"{"do":"source_report","carousel":"*"}"#,
        ),
        ("y:*", Action::ThemeMenu { carousel: carousel() }, r#"{"do":"look_menu","carousel":"*"}"#),
        (
            "yeditorial:*",
            Action::Restyle { carousel: carousel(), theme: ThemeId::parse("editorial").unwrap() },
            r#"{"do":"restyle","carousel":"*","theme":"editorial"}"#,
        ),
        ("w:*", Action::Rewrite { carousel: carousel() }, r#"{"do":"rewrite","carousel":"*"}"#),
        (
            "m2:*",
            Action::SendAlbum { carousel: carousel(), revision: 2 },
            r#"{"do":"send_album","carousel":"*","revision":2}"#,
        ),
        ("g:*", Action::Draw { carousel: carousel() }, r#"{"do":"draw","carousel":"*"}"#),
        (
            "r:album *",
            broadcast(BroadcastAction::Album { carousel: carousel() }),
            r#"{"do":"broadcast","what":{"ask":"album","carousel":"*"}}"#,
        ),
    ]
}

#[test]
fn buttons_of_old_messages_keep_their_meaning() {
    let short = CAROUSEL.strip_prefix("carousel-").unwrap();
    for (data, action, _) in buttons() {
        let data = data.replace('*', short);
        assert_eq!(Action::parse(&data).as_ref(), Some(&action), "{data}");
        let written = action.data().expect("it fits");
        assert_eq!(written.as_str(), data);
    }
}

#[test]
fn stored_actions_keep_their_meaning() {
    let pressed = buttons().into_iter().map(|(_, action, json)| (action, json));
    let all = pressed.chain(commands());
    for (action, json) in all {
        let json = json.replace('*', CAROUSEL);
        let read: Action = serde_json::from_str(&json).unwrap_or_else(|e| panic!("{json}: {e}"));
        assert_eq!(read, action, "{json}");
        assert_eq!(serde_json::to_string(&action).unwrap(), json);
    }
}

/// Actions without a button, with their stored form.
fn commands() -> Vec<(Action, &'static str)> {
    let nine = ClockTime::new(9, 0).unwrap();
    vec![
        (Action::Greet { topic: None }, r#"{"do":"greet"}"#),
        (Action::Greet { topic: Some("Tests".to_owned()) }, r#"{"do":"greet","topic":"Tests"}"#),
        (Action::SmallTalk { about: SmallTalk::Thanks }, r#"{"do":"small_talk","about":"thanks"}"#),
        (Action::Refuse { why: RefusalReason::Locked }, r#"{"do":"refuse","why":"locked"}"#),
        (
            Action::Make {
                source: RequestedSource::Words { text: "Tests".to_owned() },
                request: None,
            },
            r#"{"do":"make","source":{"of":"words","text":"Tests"}}"#,
        ),
        (
            Action::EditAll { carousel: carousel(), text: "shorter".to_owned() },
            r#"{"do":"edit_all","carousel":"carousel-tg-1234567890-1001234567890-2147483647","text":"shorter"}"#,
        ),
        (
            Action::OfferStartOver { text: "Tests".to_owned() },
            r#"{"do":"offer_start_over","text":"Tests"}"#,
        ),
        (Action::Migrate { from: -5, to: -1007 }, r#"{"do":"migrate","from":-5,"to":-1007}"#),
        (
            Action::Membership { change: MembershipChange::Left },
            r#"{"do":"membership","change":"left"}"#,
        ),
        (
            Action::Make {
                source: RequestedSource::Link { url: "https://a.example".to_owned() },
                request: Some("Tests".to_owned()),
            },
            r#"{"do":"make","source":{"of":"link","url":"https://a.example"},"request":"Tests"}"#,
        ),
        (Action::DailyTip, r#"{"do":"wisdom"}"#),
        (
            Action::SetBrand { field: BrandField::Accent, value: "-".to_owned() },
            r#"{"do":"set_brand","field":"accent","value":"-"}"#,
        ),
        (Action::Cancel { carousel: None }, r#"{"do":"cancel","carousel":null}"#),
        (
            Action::EditSlide {
                carousel: carousel(),
                slide: slide(3),
                by: EditBy::Instruction,
                text: "Shorter".to_owned(),
            },
            r#"{"do":"edit_slide","carousel":"*","slide":3,"by":"wish","text":"Shorter"}"#,
        ),
        (
            Action::SetCaption { carousel: carousel(), text: "New #rust".to_owned() },
            r##"{"do":"set_caption","carousel":"*","text":"New #rust"}"##,
        ),
        (
            schedule(ScheduleAction::Make {
                cadence: SubscriptionSchedule::daily(nine),
                topic: Some("Tests".to_owned()),
            }),
            r#"{"do":"schedule","what":{"ask":"make","cadence":"daily 09:00","topic":"Tests"}}"#,
        ),
        (
            broadcast(BroadcastAction::Preview { text: "Hi".to_owned() }),
            r#"{"do":"broadcast","what":{"ask":"preview","text":"Hi"}}"#,
        ),
        (
            Action::Access {
                what: AccessAction::Ban {
                    account: AccountId::new(5),
                    seconds: Some(60),
                    reason: "spam".to_owned(),
                },
            },
            r#"{"do":"access","what":{"ask":"ban","account":5,"seconds":60,"reason":"spam"}}"#,
        ),
        (Action::Forget { confirmed: None }, r#"{"do":"forget"}"#),
    ]
}

#[test]
fn commands_have_no_callback_data() {
    for (action, _) in commands() {
        assert_eq!(action.data(), None, "{action:?}");
    }
}

#[test]
fn forged_callback_data_is_rejected() {
    for data in [
        "",
        "x",
        "x:",
        "x:..",
        "zz:1",
        "s:carousel",
        "sx:1",
        "h:many",
        "v:theme",
        "v:theme:A B",
        "v:review:maybe",
        "v:wisdom:noon",
        "v:mood:good",
        "p:mood",
        "p:review",
        "b:mood",
        "as2:tg-1-1-1",
        "as:tg-1-1-1",
        "afwide:tg-1-1-1",
        "ax5:tg-1-1-1",
        "e0:tg-1-1-1",
        "ex3:tg-1-1-1",
        "ex0r1:tg-1-1-1",
        "em3r1:tg-1-1-1",
        "em3t0r1:tg-1-1-1",
        "er:tg-1-1-1",
        "en:tg-1-1-1",
        "eq:tg-1-1-1",
        "k:",
        "k:any",
        "k:at noon",
        "k:days never",
        "k:explode",
        "k:drop ..",
        "r:",
        "r:send",
        "r:send all",
        "r:send 7 newest",
        "r:send 7 2 3",
        "r:explode 7",
        "r:album x",
        "z:5",
    ] {
        assert_eq!(Action::parse(data), None, "{data}");
    }
}

#[test]
fn history_page_of_old_button_is_at_least_1() {
    assert_eq!(Action::parse("h:0"), Some(Action::History { page: 1 }));
}

#[test]
fn longest_time_zone_fits_into_a_button() {
    let name = TimeZone::parse("America/Argentina/ComodRivadavia").unwrap().to_string();
    assert!(schedule(ScheduleAction::Zone { name }).data().is_some());
}

#[test]
fn answer_of_a_dialogue_is_the_action_that_its_question_announced() {
    let cadence = SubscriptionSchedule::Hourly;
    for (question, stored, answer) in [
        (
            Action::AskBrand { field: BrandField::Name },
            r#"{"waits_for":"brand","field":"name"}"#,
            Action::SetBrand { field: BrandField::Name, value: "-".to_owned() },
        ),
        (
            Action::AskSlide { carousel: carousel(), slide: slide(2), by: EditBy::Text },
            r#"{"waits_for":"slide","carousel":"*","slide":2,"by":"words"}"#,
            Action::EditSlide {
                carousel: carousel(),
                slide: slide(2),
                by: EditBy::Text,
                text: "-".to_owned(),
            },
        ),
        (
            Action::AskCaption { carousel: carousel() },
            r#"{"waits_for":"caption","carousel":"*"}"#,
            Action::SetCaption { carousel: carousel(), text: "-".to_owned() },
        ),
        (
            schedule(ScheduleAction::Topic { cadence }),
            r#"{"waits_for":"schedule_topic","cadence":"hourly"}"#,
            schedule(ScheduleAction::Make { cadence, topic: Some("-".to_owned()) }),
        ),
    ] {
        let dialogue = question.dialogue().unwrap();
        let stored = stored.replace('*', CAROUSEL);
        assert_eq!(serde_json::to_string(&dialogue).unwrap(), stored);
        assert_eq!(serde_json::from_str::<DialogueState>(&stored).unwrap(), dialogue);
        assert_eq!(dialogue.answer("-"), Some(answer));
    }
    assert_eq!(DialogueState::Nothing.answer("Tests"), None);
    let picture = DialogueState::Brand { field: BrandField::Avatar };
    assert_eq!(picture.answer("Tests"), None);
}
