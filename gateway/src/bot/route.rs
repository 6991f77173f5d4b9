//! Decides which action an incoming update stands for. Pure: takes the user's access and the open
//! dialogue, returns an action and the next dialogue.

use domain::{
    BrandField, SettingMenu,
    access::{Access, AccessRefusal},
};
use telegram::action::{
    Action, BroadcastAction, DialogueState, RefusalReason, ReplyAudience, RequestedSource,
};

use super::{
    access_command,
    parse::{Incoming, ParsedContent},
    schedule_command,
};

/// The author of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateAuthor {
    pub access: Access,
    /// Whether they were already notified of their lock.
    pub lock_notified: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutedAction {
    pub action: Action,
    /// The chat's dialogue after this update.
    pub dialogue: DialogueState,
}

pub fn route(heard: &Incoming, person: &UpdateAuthor, dialogue: &DialogueState) -> RoutedAction {
    let action = match action(heard, person, dialogue) {
        private if !heard.private && private.audience() == ReplyAudience::Person => {
            Action::Refuse { why: RefusalReason::OnlyPrivate }
        }
        action => action,
    };
    let dialogue = match &action {
        _ if leaves_dialogue(heard, person) => dialogue.clone(),
        // The user may send another answer to the same question.
        Action::Refuse { why: RefusalReason::File | RefusalReason::FileTooLarge } => {
            dialogue.clone()
        }
        action => action.dialogue().unwrap_or_default(),
    };
    RoutedAction { action, dialogue }
}

/// Whether the chat's dialogue stays as it is: in a group, a refused user must not end a dialogue
/// of others.
pub(super) fn leaves_dialogue(heard: &Incoming, person: &UpdateAuthor) -> bool {
    !heard.private && person.access.refusal().is_some()
}

fn action(heard: &Incoming, person: &UpdateAuthor, dialogue: &DialogueState) -> Action {
    let refuse = |why| Action::Refuse { why };
    match (&heard.content, person.access.refusal()) {
        // Users may always access their own data, even if they are locked.
        (said, Some(_)) if heard.private => {
            if let Some(action) = route_own_data(said) {
                return action;
            }
        }
        _ => {}
    }
    match (&heard.content, person.access.refusal()) {
        // A locked user is notified once, and not in front of others.
        (_, Some(AccessRefusal::Locked(_))) if person.lock_notified || !heard.private => {
            return Action::Nothing;
        }
        (_, Some(AccessRefusal::Locked(_))) => return refuse(RefusalReason::Locked),
        // A user who asks for access needs to know their account number.
        (ParsedContent::Command { name, .. }, _) if name == "myid" => return Action::MyId,
        (_, Some(AccessRefusal::NotListed)) => return refuse(RefusalReason::NotAllowed),
        (_, None) => {}
    }
    match &heard.content {
        ParsedContent::Command { name, rest } if person.access.is_administrator() => {
            route_admin_command(heard, person, name, rest)
                .unwrap_or_else(|| route_command(name, rest))
        }
        ParsedContent::Command { name, rest } => route_command(name, rest),
        ParsedContent::Press { data, .. } => match Action::parse(data) {
            // Users who are not administrators get no reply to administrators' buttons.
            Some(Action::Broadcast { .. }) if !person.access.is_administrator() => {
                refuse(RefusalReason::StaleButton)
            }
            Some(action) => action,
            None => refuse(RefusalReason::StaleButton),
        },
        ParsedContent::Text(words) => {
            let answer = dialogue.answer(words);
            answer.unwrap_or_else(|| make_from_text(words))
        }
        ParsedContent::Picture { file, bytes } => match dialogue {
            DialogueState::Brand { field: BrandField::Avatar } => {
                Action::SetAvatar { file: file.clone(), bytes: *bytes }
            }
            DialogueState::Brand { .. }
            | DialogueState::Slide { .. }
            | DialogueState::ScheduleTopic { .. }
            | DialogueState::Nothing => refuse(RefusalReason::NothingToRead),
        },
        ParsedContent::Voice { file, ending, bytes } => make(RequestedSource::Voice {
            file: file.clone(),
            ending: ending.clone(),
            bytes: *bytes,
        }),
        ParsedContent::Document { file, bytes } => {
            make(RequestedSource::Document { file: file.clone(), bytes: *bytes })
        }
        ParsedContent::OtherFile { too_large: true } => refuse(RefusalReason::FileTooLarge),
        ParsedContent::OtherFile { too_large: false } => refuse(RefusalReason::File),
        ParsedContent::Other => refuse(RefusalReason::NothingToRead),
    }
}

/// Commands about the user's own data, allowed to everyone.
fn route_own_data(said: &ParsedContent) -> Option<Action> {
    match said {
        ParsedContent::Command { name, rest }
            if ["privacy", "export", "forget"].contains(&name.as_str()) =>
        {
            Some(route_command(name, rest))
        }
        ParsedContent::Press { data, .. } => {
            Action::parse(data).filter(|action| matches!(action, Action::Forget { .. }))
        }
        _ => None,
    }
}

/// Commands for administrators only.
fn route_admin_command(
    heard: &Incoming,
    person: &UpdateAuthor,
    name: &str,
    rest: &str,
) -> Option<Action> {
    if let Some(what) = access_command::parse(name, rest, heard.reply_to) {
        let refused = what.is_for_owners() && person.access != Access::Owner;
        let why = RefusalReason::OnlyOwners;
        return Some(if refused { Action::Refuse { why } } else { Action::Access { what } });
    }
    match name {
        "stats" => Some(Action::Stats),
        "broadcast" => {
            Some(Action::Broadcast { what: BroadcastAction::Preview { text: rest.to_owned() } })
        }
        _ => None,
    }
}

fn route_command(name: &str, rest: &str) -> Action {
    let refuse = |why| Action::Refuse { why };
    match name {
        "start" if rest.is_empty() => Action::Greet,
        // A deep link: `t.me/<bot>?start=<topic, - for spaces>`.
        "start" => make_from_text(&rest.replace(['-', '_'], " ")),
        "help" => Action::Help,
        "carousel" if rest.is_empty() => refuse(RefusalReason::NoTopic),
        "carousel" => make_from_text(rest),
        "wisdom" => Action::DailyTip,
        "ask" if rest.is_empty() => refuse(RefusalReason::NoQuestion),
        "ask" => Action::Ask { question: rest.to_owned() },
        "style" => Action::Settings { setting: Some(SettingMenu::Theme) },
        "settings" => Action::Settings { setting: None },
        "history" => Action::History { page: 1 },
        "status" => Action::Status,
        "cancel" => Action::Cancel { carousel: None },
        "privacy" => Action::Privacy,
        "export" => Action::Export,
        "forget" => Action::Forget { confirmed: None },
        "schedule" => Action::Schedule { what: schedule_command::parse_text(rest) },
        other => {
            Action::Unknown { command: format!("/{}", other.chars().take(40).collect::<String>()) }
        }
    }
}

fn make(source: RequestedSource) -> Action {
    Action::Make { source }
}

/// A message with only an address is a page to read; every other message is a text.
fn make_from_text(words: &str) -> Action {
    let words = words.trim();
    let alone = !words.contains(char::is_whitespace);
    let lower = words.to_ascii_lowercase();
    let link = lower.starts_with("http://") || lower.starts_with("https://");
    make(if alone && link {
        RequestedSource::Link { url: words.to_owned() }
    } else {
        RequestedSource::Words { text: words.to_owned() }
    })
}

#[cfg(test)]
mod group_tests;

#[cfg(test)]
mod tests {
    use domain::{AccountId, CarouselId, Language, SlideNumber, UpdateId};
    use telegram::{ChatRef, action::EditBy};

    use super::*;

    const GUEST: UpdateAuthor = UpdateAuthor { access: Access::Allowed, lock_notified: false };
    const ADMIN: UpdateAuthor =
        UpdateAuthor { access: Access::Administrator, lock_notified: false };
    const OWNER: UpdateAuthor = UpdateAuthor { access: Access::Owner, lock_notified: false };

    fn heard(said: ParsedContent) -> Incoming {
        Incoming {
            update: UpdateId::new(1),
            chat: ChatRef { id: 1, thread: None },
            private: true,
            account: AccountId::new(1),
            language: Language::En,
            message: 1,
            reply_to: None,
            content: said,
        }
    }

    fn on(said: ParsedContent, dialogue: &DialogueState) -> RoutedAction {
        route(&heard(said), &GUEST, dialogue)
    }

    fn words(text: &str) -> ParsedContent {
        ParsedContent::Text(text.to_owned())
    }

    #[test]
    fn text_is_a_topic_unless_a_dialogue_is_open() {
        let topic = Action::Make { source: RequestedSource::Words { text: "Tests".to_owned() } };
        assert_eq!(on(words("Tests"), &DialogueState::Nothing).action, topic);
        let waiting = DialogueState::Brand { field: BrandField::Name };
        let decided = on(words("Tests"), &waiting);
        let named = Action::SetBrand { field: BrandField::Name, value: "Tests".to_owned() };
        assert_eq!(decided, RoutedAction { action: named, dialogue: DialogueState::Nothing });
    }

    #[test]
    fn text_for_a_slide_is_not_a_topic() {
        let press =
            |data: &str| ParsedContent::Press { query: String::new(), data: data.to_owned() };
        let asked = on(press("e3:tg-1-1-1"), &DialogueState::Nothing);
        let waiting = DialogueState::Slide {
            carousel: CarouselId::parse("carousel-tg-1-1-1").unwrap(),
            slide: SlideNumber::new(3).unwrap(),
            by: EditBy::Text,
        };
        assert_eq!(asked.dialogue, waiting);
        let decided = on(words("Tests"), &waiting);
        assert_eq!(decided.dialogue, DialogueState::Nothing);
        let edit = Action::EditSlide {
            carousel: CarouselId::parse("carousel-tg-1-1-1").unwrap(),
            slide: SlideNumber::new(3).unwrap(),
            by: EditBy::Text,
            text: "Tests".to_owned(),
        };
        assert_eq!(decided.action, edit);
        assert_eq!(on(press("d:"), &waiting).dialogue, DialogueState::Nothing);
    }

    #[test]
    fn command_closes_the_dialogue() {
        let waiting = DialogueState::Brand { field: BrandField::Name };
        let help = ParsedContent::Command { name: "help".to_owned(), rest: String::new() };
        assert_eq!(on(help, &waiting).dialogue, DialogueState::Nothing);
    }

    #[test]
    fn stranger_gets_only_their_account_number() {
        let stranger = &UpdateAuthor {
            access: Access::Refused(AccessRefusal::NotListed),
            lock_notified: false,
        };
        let my_id = heard(ParsedContent::Command { name: "myid".to_owned(), rest: String::new() });
        assert_eq!(route(&my_id, stranger, &DialogueState::Nothing).action, Action::MyId);
        for said in
            [words("Tests"), ParsedContent::Press { query: String::new(), data: "h:1".to_owned() }]
        {
            let decided = route(&heard(said), stranger, &DialogueState::Nothing).action;
            assert_eq!(decided, Action::Refuse { why: RefusalReason::NotAllowed });
        }
    }

    #[test]
    fn admin_commands_are_unknown_to_other_users() {
        let stats = || ParsedContent::Command { name: "stats".to_owned(), rest: String::new() };
        let of = |said, person: &UpdateAuthor| {
            route(&heard(said), person, &DialogueState::Nothing).action
        };
        assert_eq!(of(stats(), &ADMIN), Action::Stats);
        assert!(matches!(of(stats(), &GUEST), Action::Unknown { .. }));
        let send = || ParsedContent::Press { query: String::new(), data: "r:send 7".to_owned() };
        let what = BroadcastAction::Send { update: UpdateId::new(7), revision: None };
        assert_eq!(of(send(), &ADMIN), Action::Broadcast { what });
        assert!(matches!(of(send(), &GUEST), Action::Refuse { .. }));
    }

    fn typed(name: &str, rest: &str) -> ParsedContent {
        ParsedContent::Command { name: name.to_owned(), rest: rest.to_owned() }
    }

    #[test]
    fn locked_user_is_notified_once_in_private() {
        let lock = domain::access::AccessLock {
            reason: "spam".to_owned(),
            until: None,
            by: AccountId::new(9),
            at: std::time::SystemTime::UNIX_EPOCH,
        };
        let locked = |told| UpdateAuthor {
            access: Access::Refused(AccessRefusal::Locked(lock.clone())),
            lock_notified: told,
        };
        let press = ParsedContent::Press { query: String::new(), data: "h:1".to_owned() };
        for said in [words("Tests"), press, typed("myid", ""), typed("ban", "5")] {
            let of = |private, told| {
                let heard = Incoming { private, ..heard(said.clone()) };
                route(&heard, &locked(told), &DialogueState::Nothing).action
            };
            let refused = Action::Refuse { why: RefusalReason::Locked };
            assert_eq!(of(true, false), refused);
            assert_eq!(of(true, true), Action::Nothing);
            assert_eq!(of(false, false), Action::Nothing);
        }
    }

    #[test]
    fn only_owners_make_administrators() {
        let of =
            |person, name| route(&heard(typed(name, "5")), person, &DialogueState::Nothing).action;
        let refused = Action::Refuse { why: RefusalReason::OnlyOwners };
        for name in ["admin", "unadmin"] {
            assert!(matches!(of(&OWNER, name), Action::Access { .. }));
            assert_eq!(of(&ADMIN, name), refused);
            assert!(matches!(of(&GUEST, name), Action::Unknown { .. }));
        }
        for name in ["ban", "unban", "banned"] {
            assert!(matches!(of(&ADMIN, name), Action::Access { .. }));
            assert!(matches!(of(&GUEST, name), Action::Unknown { .. }));
        }
    }

    #[test]
    fn personal_commands_are_refused_in_groups() {
        let in_group = |said| {
            let heard = Incoming { private: false, ..heard(said) };
            route(&heard, &OWNER, &DialogueState::Nothing).action
        };
        let refused = Action::Refuse { why: RefusalReason::OnlyPrivate };
        for name in ["history", "settings", "style", "status", "schedule"] {
            assert_eq!(in_group(typed(name, "")), refused, "/{name}");
        }
        for data in ["h:2", "t:", "v:theme:midnight", "k:show", "b:handle", "p:theme"] {
            let press = ParsedContent::Press { query: String::new(), data: data.to_owned() };
            assert_eq!(in_group(press), refused, "{data}");
        }
        assert!(matches!(in_group(typed("ask", "Why?")), Action::Ask { .. }));
        let daily = in_group(typed("schedule", "daily 09:00 Tests"));
        assert!(matches!(daily, Action::Schedule { .. }));
        assert_eq!(in_group(typed("stats", "")), Action::Stats);
    }

    #[test]
    fn url_alone_is_a_page_and_forged_button_stale() {
        let link = Action::Make {
            source: RequestedSource::Link { url: "https://a.example/x".to_owned() },
        };
        assert_eq!(on(words("https://a.example/x"), &DialogueState::Nothing).action, link);
        let forged = ParsedContent::Press { query: String::new(), data: "drop table".to_owned() };
        let refused = Action::Refuse { why: RefusalReason::StaleButton };
        assert_eq!(on(forged, &DialogueState::Nothing).action, refused);
    }
}
