//! Decides which action an incoming update stands for. Pure: takes the user's access, their open
//! dialogue and what the message replies to; returns an action and the next dialogue.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    BrandField, CarouselId, ChatMigration, SettingMenu, SlideNumber,
    access::{Access, AccessRefusal},
};
use telegram::action::{
    Action, BroadcastAction, DialogueState, EditBy, MembershipChange, RefusalReason, ReplyAudience,
    RequestedSource, SettingChange,
};

use super::{
    access_command,
    parse::{Incoming, MessageAuthor, ParsedContent},
    request_text, schedule_command, source_text,
};

/// What the parameter of a deep link begins with if it carries a topic.
pub(super) const TOPIC_LINK: &str = "t_";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateAuthor {
    pub access: Access,
    /// Whether they were already notified of their lock.
    pub lock_notified: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutedAction {
    pub action: Action,
    /// The author's dialogue in this chat after this update.
    pub dialogue: DialogueState,
}

/// What a message replies to, if that changes what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyTarget {
    Nothing,
    /// A message of a finished carousel; `slide` if it shows one slide.
    Carousel {
        carousel: CarouselId,
        slide: Option<SlideNumber>,
    },
    /// A question of the bot to another person.
    ForeignQuestion,
}

pub fn route(
    heard: &Incoming,
    person: &UpdateAuthor,
    dialogue: &DialogueState,
    target: &ReplyTarget,
) -> RoutedAction {
    let action = match action(heard, person, dialogue, target) {
        private if !heard.private && private.audience() == ReplyAudience::Person => {
            Action::Refuse { why: RefusalReason::OnlyPrivate }
        }
        action => action,
    };
    let dialogue = match &action {
        // These are no messages to the bot.
        _ if heard.edited => dialogue.clone(),
        Action::Migrate { .. } => dialogue.clone(),
        // The user may send another answer to the same question.
        Action::Refuse {
            why: RefusalReason::File | RefusalReason::FileTooLarge | RefusalReason::ForeignQuestion,
        } => dialogue.clone(),
        action => action.dialogue().unwrap_or_default(),
    };
    RoutedAction { action, dialogue }
}

fn action(
    heard: &Incoming,
    person: &UpdateAuthor,
    dialogue: &DialogueState,
    target: &ReplyTarget,
) -> Action {
    let refuse = |why| Action::Refuse { why };
    match (&heard.content, heard.author) {
        (ParsedContent::Migrated(ChatMigration { from, to }), _) => {
            return Action::Migrate { from: from.get(), to: to.get() };
        }
        (ParsedContent::Membership(MembershipChange::Left), _) => {
            return Action::Membership { change: MembershipChange::Left };
        }
        // The bot says nothing in the group of a person who may not use it.
        (ParsedContent::Membership(change), _) => {
            let refused = person.access.refusal().is_some();
            return if refused { Action::Nothing } else { Action::Membership { change: *change } };
        }
        (_, MessageAuthor::Person) => {}
        _ if heard.edited => return Action::Nothing,
        (_, MessageAuthor::Anonymous) => return refuse(RefusalReason::Anonymous),
        (_, MessageAuthor::Channel) => return refuse(RefusalReason::Channel),
    }
    if heard.edited {
        return route_edited(heard, person);
    }
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
        (ParsedContent::Press { data, .. }, Some(AccessRefusal::NotListed))
            if Action::parse(data) == Some(Action::AskAccess) =>
        {
            return Action::AskAccess;
        }
        (_, Some(AccessRefusal::NotListed)) => return refuse(RefusalReason::NotAllowed),
        (_, None) => {}
    }
    match &heard.content {
        ParsedContent::Command { name, rest } => {
            route_any_command(heard, person, dialogue, target, (name, rest))
        }
        ParsedContent::Press { data, .. } => match Action::parse(data) {
            // Users who are not administrators get no reply to administrators' buttons.
            Some(Action::Broadcast { .. } | Action::Access { .. })
                if !person.access.is_administrator() =>
            {
                refuse(RefusalReason::StaleButton)
            }
            // In a group, the question can be another person's.
            Some(Action::Drop) if !heard.private && *dialogue == DialogueState::Nothing => {
                refuse(RefusalReason::NothingToDrop)
            }
            Some(action) => action,
            None => refuse(RefusalReason::StaleButton),
        },
        ParsedContent::Text(words) => route_text(heard, words, dialogue, target),
        ParsedContent::Picture { file, bytes }
            if *dialogue == (DialogueState::Brand { field: BrandField::Avatar }) =>
        {
            Action::SetAvatar { file: file.clone(), bytes: *bytes }
        }
        // The caption of a post.
        ParsedContent::Picture { .. } if !heard.comment.is_empty() => {
            let post = Incoming { comment: String::new(), ..heard.clone() };
            route_text(&post, &heard.comment, dialogue, target)
        }
        ParsedContent::OtherFile { too_large: true } => refuse(RefusalReason::FileTooLarge),
        ParsedContent::OtherFile { too_large: false } => refuse(RefusalReason::File),
        content => match source_of(content) {
            Some(source) => make(source, &heard.comment),
            None => refuse(RefusalReason::NothingToRead),
        },
    }
}

/// A text: an edit if it replies to a carousel, a request about the message that it replies to, an
/// answer to the open question, small talk, or a topic.
fn route_text(
    heard: &Incoming,
    words: &str,
    dialogue: &DialogueState,
    target: &ReplyTarget,
) -> Action {
    let small_talk = || request_text::small_talk(words).map(|about| Action::SmallTalk { about });
    match target {
        ReplyTarget::Nothing => {}
        ReplyTarget::ForeignQuestion => {
            return Action::Refuse { why: RefusalReason::ForeignQuestion };
        }
        ReplyTarget::Carousel { carousel, slide } => {
            return small_talk().unwrap_or_else(|| edit_by_reply(carousel, *slide, words));
        }
    }
    // A text with a comment is a post that the person forwarded: no answer.
    if !heard.comment.is_empty() {
        return source_text::request(words, heard.link.as_deref(), &heard.comment);
    }
    let command = request_text::command_in_words(words);
    if command == Some("cancel") && *dialogue != DialogueState::Nothing {
        return Action::Drop;
    }
    let asks_without_topic = || heard.link.is_none() && request_text::lacks_topic(words);
    request_about_reply(heard, words, dialogue)
        .or_else(|| dialogue.answer(words))
        .or_else(|| command.map(|name| route_command(name, "")))
        .or_else(small_talk)
        .or_else(|| asks_without_topic().then_some(Action::Refuse { why: RefusalReason::NoTopic }))
        .unwrap_or_else(|| source_text::request(words, heard.link.as_deref(), ""))
}

/// A reply to a slide changes the slide, a reply to another message of the carousel all slides.
fn edit_by_reply(carousel: &CarouselId, slide: Option<SlideNumber>, words: &str) -> Action {
    let (carousel, text) = (carousel.clone(), words.to_owned());
    match (request_text::theme_only(words), slide) {
        (Some(theme), _) => Action::Restyle { carousel, theme },
        (None, Some(slide)) => Action::EditSlide { carousel, slide, by: EditBy::Instruction, text },
        (None, None) => Action::EditAll { carousel, text },
    }
}

/// "make a carousel of this" as a reply takes the content of the other message.
fn request_about_reply(heard: &Incoming, words: &str, dialogue: &DialogueState) -> Option<Action> {
    let reply = heard.reply_to.as_ref()?;
    // A reply to the bot while it waits for an answer is the answer.
    if reply.ours && *dialogue != DialogueState::Nothing {
        return None;
    }
    request_text::about_reply(words)?;
    let request = Some(words.to_owned()).filter(|words| !words.is_empty());
    Some(match source_of(&reply.content) {
        Some(source) => Action::Make { source, request },
        None => Action::Refuse { why: RefusalReason::NothingToRead },
    })
}

/// An edited request offers to start over; other edits ask for nothing.
fn route_edited(heard: &Incoming, person: &UpdateAuthor) -> Action {
    let text = match &heard.content {
        ParsedContent::Text(words) => words,
        ParsedContent::Command { name, rest } if name == "carousel" => rest,
        _ => return Action::Nothing,
    };
    if text.is_empty() || person.access.refusal().is_some() {
        return Action::Nothing;
    }
    Action::OfferStartOver { text: text.clone() }
}

fn route_any_command(
    heard: &Incoming,
    person: &UpdateAuthor,
    dialogue: &DialogueState,
    target: &ReplyTarget,
    (name, rest): (&str, &str),
) -> Action {
    if person.access.is_administrator()
        && let Some(action) = route_admin_command(heard, person, name, rest)
    {
        return action;
    }
    match name {
        // In a group, a question has no button to drop it.
        "cancel" if *dialogue != DialogueState::Nothing => Action::Drop,
        "carousel" if *target == ReplyTarget::Nothing => {
            request_about_reply(heard, rest, dialogue).unwrap_or_else(|| route_command(name, rest))
        }
        _ => route_command(name, rest),
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
    if let Some(what) =
        access_command::parse(name, rest, heard.reply_to.as_ref().and_then(|reply| reply.author))
    {
        let refused = what.is_for_owners() && person.access != Access::Owner;
        let why = RefusalReason::OnlyOwners;
        return Some(if refused { Action::Refuse { why } } else { Action::Access { what } });
    }
    match name {
        "stats" => Some(Action::Stats),
        "errors" => Some(Action::Errors),
        "broadcast" => {
            Some(Action::Broadcast { what: BroadcastAction::Preview { text: rest.to_owned() } })
        }
        _ => None,
    }
}

fn route_command(name: &str, rest: &str) -> Action {
    let refuse = |why| Action::Refuse { why };
    match name {
        "start" => Action::Greet { topic: deep_link_topic(rest) },
        "help" => Action::Help,
        "carousel" if rest.is_empty() || request_text::lacks_topic(rest) => {
            refuse(RefusalReason::NoTopic)
        }
        "carousel" => source_text::request(rest, None, ""),
        "wisdom" => Action::DailyTip,
        "ask" if rest.is_empty() => refuse(RefusalReason::NoQuestion),
        "ask" => Action::Ask { question: rest.to_owned() },
        "style" => request_text::theme_only(rest)
            .map_or(Action::Settings { setting: Some(SettingMenu::Theme) }, |theme| {
                Action::Set(SettingChange::Theme(theme))
            }),
        "settings" => Action::Settings { setting: None },
        "history" => Action::History { page: 1 },
        "status" => Action::Status,
        "usage" => Action::Usage,
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

/// The topic of a deep link, `t.me/<bot>?start=t_<base64url>`. Any other parameter says only where
/// the link was.
fn deep_link_topic(parameter: &str) -> Option<String> {
    let topic = URL_SAFE_NO_PAD.decode(parameter.strip_prefix(TOPIC_LINK)?).ok()?;
    let topic = String::from_utf8(topic).ok()?;
    (!topic.trim().is_empty()).then_some(topic)
}

fn make(source: RequestedSource, comment: &str) -> Action {
    let request = Some(comment.to_owned()).filter(|comment| !comment.is_empty());
    Action::Make { source, request }
}

/// What a carousel can be made from; `None` if the content has nothing to read.
fn source_of(content: &ParsedContent) -> Option<RequestedSource> {
    Some(match content {
        ParsedContent::Text(words) => source_text::source(words, None).0,
        ParsedContent::Voice { file, ending, bytes } => {
            RequestedSource::Voice { file: file.clone(), ending: ending.clone(), bytes: *bytes }
        }
        ParsedContent::Document { file, ending, bytes } => {
            RequestedSource::Document { file: file.clone(), ending: ending.clone(), bytes: *bytes }
        }
        ParsedContent::Command { .. }
        | ParsedContent::Picture { .. }
        | ParsedContent::OtherFile { .. }
        | ParsedContent::Press { .. }
        | ParsedContent::Migrated(_)
        | ParsedContent::Membership(_)
        | ParsedContent::Other => return None,
    })
}

#[cfg(test)]
mod reply_tests;

#[cfg(test)]
mod tests {
    use domain::{AccountId, CarouselId, ChatId, Language, SlideNumber, UpdateId};
    use telegram::ChatRef;

    use super::*;

    const NO_TARGET: ReplyTarget = ReplyTarget::Nothing;
    const GUEST: UpdateAuthor = UpdateAuthor { access: Access::Allowed, lock_notified: false };
    const ADMIN: UpdateAuthor =
        UpdateAuthor { access: Access::Administrator, lock_notified: false };
    const OWNER: UpdateAuthor = UpdateAuthor { access: Access::Owner, lock_notified: false };

    fn heard(said: ParsedContent) -> Incoming {
        Incoming {
            update: UpdateId::new(1),
            chat: ChatRef { id: ChatId::new(1), thread: None },
            private: true,
            account: AccountId::new(1),
            language: Language::En,
            message: 1,
            author: MessageAuthor::Person,
            reply_to: None,
            edited: false,
            comment: String::new(),
            link: None,
            content: said,
        }
    }

    fn on(said: ParsedContent, dialogue: &DialogueState) -> RoutedAction {
        route(&heard(said), &GUEST, dialogue, &NO_TARGET)
    }

    fn made(source: RequestedSource) -> Action {
        Action::Make { source, request: None }
    }

    fn words(text: &str) -> ParsedContent {
        ParsedContent::Text(text.to_owned())
    }

    #[test]
    fn text_is_a_topic_unless_a_dialogue_is_open() {
        let topic = made(RequestedSource::Words { text: "Tests".to_owned() });
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
    fn start_greets_and_only_a_topic_link_carries_a_topic() {
        let start = |rest: &str| {
            let name = "start".to_owned();
            let said = ParsedContent::Command { name, rest: rest.to_owned() };
            on(said, &DialogueState::Nothing).action
        };
        for tag in ["", "0JrQsNC6", "ad1", "clean-code", "t_", "t_%%", "T_0JrQsNC6"] {
            assert_eq!(start(tag), Action::Greet { topic: None }, "{tag}");
        }
        for (link, topic) in [("t_0JrQsNC6", "Как"), ("t_V2h5IHRlc3Rz", "Why tests")] {
            assert_eq!(start(link), Action::Greet { topic: Some(topic.to_owned()) }, "{link}");
        }
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
        assert_eq!(
            route(&my_id, stranger, &DialogueState::Nothing, &NO_TARGET).action,
            Action::MyId
        );
        for said in
            [words("Tests"), ParsedContent::Press { query: String::new(), data: "h:1".to_owned() }]
        {
            let decided = route(&heard(said), stranger, &DialogueState::Nothing, &NO_TARGET).action;
            assert_eq!(decided, Action::Refuse { why: RefusalReason::NotAllowed });
        }
    }

    #[test]
    fn admin_commands_are_unknown_to_other_users() {
        let stats = || ParsedContent::Command { name: "stats".to_owned(), rest: String::new() };
        let of = |said, person: &UpdateAuthor| {
            route(&heard(said), person, &DialogueState::Nothing, &NO_TARGET).action
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
                route(&heard, &locked(told), &DialogueState::Nothing, &NO_TARGET).action
            };
            let refused = Action::Refuse { why: RefusalReason::Locked };
            assert_eq!(of(true, false), refused);
            assert_eq!(of(true, true), Action::Nothing);
            assert_eq!(of(false, false), Action::Nothing);
        }
    }

    #[test]
    fn bot_greets_no_group_of_a_person_without_access() {
        let stranger = UpdateAuthor {
            access: Access::Refused(AccessRefusal::NotListed),
            lock_notified: false,
        };
        let of = |change, person| {
            let heard = Incoming { private: false, ..heard(ParsedContent::Membership(change)) };
            route(&heard, person, &DialogueState::Nothing, &NO_TARGET).action
        };
        let (joined, left) = (MembershipChange::Joined, MembershipChange::Left);
        assert_eq!(of(joined, &GUEST), Action::Membership { change: joined });
        assert_eq!(of(joined, &stranger), Action::Nothing);
        assert_eq!(of(left, &stranger), Action::Membership { change: left });
    }

    #[test]
    fn only_owners_make_administrators() {
        let of = |person, name| {
            route(&heard(typed(name, "5")), person, &DialogueState::Nothing, &NO_TARGET).action
        };
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
            route(&heard, &OWNER, &DialogueState::Nothing, &NO_TARGET).action
        };
        let refused = Action::Refuse { why: RefusalReason::OnlyPrivate };
        for name in ["history", "settings", "style", "status"] {
            assert_eq!(in_group(typed(name, "")), refused, "/{name}");
        }
        for data in ["h:2", "t:", "v:theme:midnight", "k:zones", "b:handle", "p:theme"] {
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
        let link = made(RequestedSource::Link { url: "https://a.example/x".to_owned() });
        assert_eq!(on(words("https://a.example/x"), &DialogueState::Nothing).action, link);
        let forged = ParsedContent::Press { query: String::new(), data: "drop table".to_owned() };
        let refused = Action::Refuse { why: RefusalReason::StaleButton };
        assert_eq!(on(forged, &DialogueState::Nothing).action, refused);
    }
}
