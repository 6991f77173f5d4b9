//! Tests of replies, edited messages and hidden authors.

use domain::{AccountId, ChatId, Language, UpdateId};
use telegram::ChatRef;

use super::*;
use crate::bot::parse::RepliedMessage;

const ALLOWED: UpdateAuthor = UpdateAuthor { access: Access::Allowed, lock_notified: false };

fn heard(said: ParsedContent) -> Incoming {
    Incoming {
        update: UpdateId::new(1),
        chat: ChatRef { id: ChatId::new(-1), thread: None },
        private: false,
        account: AccountId::new(1),
        author: MessageAuthor::Person,
        language: Language::En,
        message: 1,
        reply_to: None,
        edited: false,
        comment: String::new(),
        link: None,
        content: said,
    }
}

fn words(text: &str) -> ParsedContent {
    ParsedContent::Text(text.to_owned())
}

fn command(name: &str, rest: &str) -> ParsedContent {
    ParsedContent::Command { name: name.to_owned(), rest: rest.to_owned() }
}

fn replying(said: ParsedContent, ours: bool, content: ParsedContent) -> Incoming {
    let author = (!ours).then_some(AccountId::new(2));
    let reply_to = Some(RepliedMessage { message: 7, author, ours, content });
    Incoming { reply_to, ..heard(said) }
}

fn routed(heard: &Incoming, dialogue: &DialogueState, target: &ReplyTarget) -> RoutedAction {
    route(heard, &ALLOWED, dialogue, target)
}

fn made(source: RequestedSource, request: &str) -> Action {
    let request = Some(request.to_owned()).filter(|request| !request.is_empty());
    Action::Make { source, request }
}

fn carousel() -> CarouselId {
    CarouselId::parse("carousel-tg-1-1-1").unwrap()
}

fn slide(number: u32) -> SlideNumber {
    SlideNumber::new(number).unwrap()
}

#[test]
fn reply_to_a_carousel_edits_it() {
    let waiting = DialogueState::Brand { field: BrandField::Name };
    let on = |slide, text: &str| {
        let target = ReplyTarget::Carousel { carousel: carousel(), slide };
        routed(&replying(words(text), true, ParsedContent::Other), &waiting, &target).action
    };
    let (by, text) = (EditBy::Instruction, "shorter".to_owned());
    let edit = Action::EditSlide { carousel: carousel(), slide: slide(3), by, text: text.clone() };
    assert_eq!(on(Some(slide(3)), "shorter"), edit);
    assert_eq!(on(None, "shorter"), Action::EditAll { carousel: carousel(), text });
    let theme = domain::ThemeId::parse("neon").unwrap();
    assert_eq!(on(Some(slide(3)), "neon"), Action::Restyle { carousel: carousel(), theme });
    assert!(matches!(on(None, "thanks!"), Action::SmallTalk { .. }));
}

#[test]
fn reply_to_somebody_elses_question_is_no_answer() {
    let waiting = DialogueState::Slide { carousel: carousel(), slide: slide(1), by: EditBy::Text };
    let reply = replying(words("Why tests matter"), true, words("Send the new text."));
    let refused = Action::Refuse { why: RefusalReason::ForeignQuestion };
    let decided = routed(&reply, &waiting, &ReplyTarget::ForeignQuestion);
    assert_eq!(decided, RoutedAction { action: refused, dialogue: waiting.clone() });
    for text in ["Why tests matter", "This", "carousel"] {
        let reply = replying(words(text), true, words("Send the new text."));
        let answered = routed(&reply, &waiting, &ReplyTarget::Nothing).action;
        assert!(matches!(answered, Action::EditSlide { .. }), "{text}");
    }
}

#[test]
fn request_about_a_reply_takes_the_other_message() {
    let post = || words("Tests tell you what broke.");
    let source = || RequestedSource::Words { text: "Tests tell you what broke.".to_owned() };
    let on = |said, content| {
        let reply = replying(said, false, content);
        routed(&reply, &DialogueState::Nothing, &ReplyTarget::Nothing).action
    };
    for asked in ["make a carousel of this", "5 slides, dark", ""] {
        assert_eq!(on(words(asked), post()), made(source(), asked), "{asked}");
        assert_eq!(on(command("carousel", asked), post()), made(source(), asked), "{asked}");
    }
    let topic = RequestedSource::Words { text: "Why tests matter".to_owned() };
    assert_eq!(on(words("Why tests matter"), post()), made(topic.clone(), ""));
    assert_eq!(on(command("carousel", "Why tests matter"), post()), made(topic, ""));
    let voice = ParsedContent::Voice { file: "v".to_owned(), ending: "ogg".to_owned(), bytes: 9 };
    let source =
        RequestedSource::Voice { file: "v".to_owned(), ending: "ogg".to_owned(), bytes: 9 };
    assert_eq!(on(words("carousel"), voice), made(source, "carousel"));
    let refused = Action::Refuse { why: RefusalReason::NothingToRead };
    assert_eq!(on(words("make a carousel of this"), ParsedContent::Other), refused);
}

#[test]
fn edited_request_offers_to_start_over_and_keeps_the_dialogue() {
    let waiting = DialogueState::Brand { field: BrandField::Name };
    let on = |said| {
        let heard = Incoming { edited: true, ..heard(said) };
        let decided = routed(&heard, &waiting, &ReplyTarget::Nothing);
        assert_eq!(decided.dialogue, waiting);
        decided.action
    };
    let offer = Action::OfferStartOver { text: "Why tests matter".to_owned() };
    assert_eq!(on(words("Why tests matter")), offer);
    assert_eq!(on(command("carousel", "Why tests matter")), offer);
    for said in [command("help", ""), command("carousel", ""), words(""), ParsedContent::Other] {
        assert_eq!(on(said), Action::Nothing);
    }
}

#[test]
fn hidden_authors_get_a_reason() {
    for (author, why) in [
        (MessageAuthor::Anonymous, RefusalReason::Anonymous),
        (MessageAuthor::Channel, RefusalReason::Channel),
    ] {
        for said in [words("Why tests matter"), command("carousel", "Why tests matter")] {
            let heard = Incoming { author, ..heard(said) };
            let decided = routed(&heard, &DialogueState::Nothing, &ReplyTarget::Nothing).action;
            assert_eq!(decided, Action::Refuse { why });
            let edited = Incoming { edited: true, ..heard };
            let decided = routed(&edited, &DialogueState::Nothing, &ReplyTarget::Nothing).action;
            assert_eq!(decided, Action::Nothing);
        }
    }
}

#[test]
fn cancel_drops_an_open_question_first() {
    let waiting = DialogueState::Brand { field: BrandField::Name };
    let on = |dialogue| routed(&heard(command("cancel", "")), dialogue, &ReplyTarget::Nothing);
    let dropped = RoutedAction { action: Action::Drop, dialogue: DialogueState::Nothing };
    assert_eq!(on(&waiting), dropped);
    assert_eq!(on(&DialogueState::Nothing).action, Action::Cancel { carousel: None });
}
