//! Decides which command an incoming update stands for. Pure: takes the user's access and the open
//! dialogue, returns a command and the next dialogue.

use domain::access::{Access, Refusal};
use telegram::talk::Press;

use super::{
    access::AccessCommand,
    command::{Audience, BrandField, Command, Confirmed, Dialogue, EditBy, Source, Why},
    hear::{Heard, Said},
    outreach::Outreach,
    timetable::{self, Ask},
};

/// The author of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub access: Access,
    /// Whether they were already notified of their lock.
    pub told: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    pub command: Command,
    /// The chat's dialogue after this update.
    pub dialogue: Dialogue,
}

pub fn decide(heard: &Heard, person: &Person, dialogue: &Dialogue) -> Decided {
    let command = match command(heard, person, dialogue) {
        private if !heard.private && private.audience() == Audience::Person => Command::Refuse {
            why: Why::OnlyPrivate,
        },
        command => command,
    };
    let dialogue = match &command {
        _ if leaves_dialogue(heard, person) => dialogue.clone(),
        Command::AskBrand { field } => Dialogue::Brand { field: *field },
        Command::AskSlide {
            carousel,
            slide,
            by,
        } => Dialogue::Slide {
            carousel: carousel.clone(),
            slide: *slide,
            by: *by,
        },
        Command::Schedule {
            what: Ask::Topic { cadence },
        } => Dialogue::ScheduleTopic {
            cadence: cadence.clone(),
        },
        // The user may send another answer to the same question.
        Command::Refuse {
            why: Why::File | Why::FileTooLarge,
        } => dialogue.clone(),
        _ => Dialogue::Nothing,
    };
    Decided { command, dialogue }
}

/// Whether the chat's dialogue stays as it is: in a group, a refused user must not end a dialogue
/// of others.
pub(super) fn leaves_dialogue(heard: &Heard, person: &Person) -> bool {
    !heard.private && person.access.refusal().is_some()
}

fn command(heard: &Heard, person: &Person, dialogue: &Dialogue) -> Command {
    let refuse = |why| Command::Refuse { why };
    match (&heard.said, person.access.refusal()) {
        // Users may always access their own data, even if they are locked.
        (said, Some(_)) if heard.private => {
            if let Some(command) = about_oneself(said) {
                return command;
            }
        }
        _ => {}
    }
    match (&heard.said, person.access.refusal()) {
        // A locked user is notified once, and not in front of others.
        (_, Some(Refusal::Locked(_))) if person.told || !heard.private => return Command::Nothing,
        (_, Some(Refusal::Locked(_))) => return refuse(Why::Locked),
        // A user who asks for access needs to know their account number.
        (Said::Command { name, .. }, _) if name == "myid" => return Command::MyId,
        (_, Some(Refusal::NotListed)) => return refuse(Why::NotAllowed),
        (_, None) => {}
    }
    match &heard.said {
        Said::Command { name, rest } if person.access.administers() => {
            for_admins(heard, person, name, rest).unwrap_or_else(|| named(name, rest))
        }
        Said::Command { name, rest } => named(name, rest),
        Said::Press { data, .. } => match Press::parse(data) {
            // Users who are not administrators get no reply to administrators' buttons.
            Some(Press::Broadcast { .. }) if !person.access.administers() => {
                refuse(Why::StaleButton)
            }
            Some(press) => pressed(press),
            None => refuse(Why::StaleButton),
        },
        Said::Words(words) => match dialogue {
            Dialogue::Brand {
                field: BrandField::Avatar,
            } if words != "-" => make_of(words),
            Dialogue::Brand { field } => Command::SetBrand {
                field: *field,
                value: words.clone(),
            },
            Dialogue::Slide {
                carousel,
                slide,
                by,
            } => Command::EditSlide {
                carousel: carousel.clone(),
                slide: *slide,
                by: *by,
                text: words.clone(),
            },
            Dialogue::ScheduleTopic { cadence } => Command::Schedule {
                what: Ask::Make {
                    cadence: cadence.clone(),
                    topic: Some(words.clone()),
                },
            },
            Dialogue::Nothing => make_of(words),
        },
        Said::Picture { file, bytes } => match dialogue {
            Dialogue::Brand {
                field: BrandField::Avatar,
            } => Command::SetAvatar {
                file: file.clone(),
                bytes: *bytes,
            },
            Dialogue::Brand { .. }
            | Dialogue::Slide { .. }
            | Dialogue::ScheduleTopic { .. }
            | Dialogue::Nothing => refuse(Why::NothingToRead),
        },
        Said::Voice {
            file,
            ending,
            bytes,
        } => make(Source::Voice {
            file: file.clone(),
            ending: ending.clone(),
            bytes: *bytes,
        }),
        Said::Document { file, bytes } => make(Source::Document {
            file: file.clone(),
            bytes: *bytes,
        }),
        Said::OtherFile { too_large: true } => refuse(Why::FileTooLarge),
        Said::OtherFile { too_large: false } => refuse(Why::File),
        Said::Other => refuse(Why::NothingToRead),
    }
}

/// Commands about the user's own data, allowed to everyone.
fn about_oneself(said: &Said) -> Option<Command> {
    match said {
        Said::Command { name, rest }
            if ["privacy", "export", "forget"].contains(&name.as_str()) =>
        {
            Some(named(name, rest))
        }
        Said::Press { data, .. } => match Press::parse(data) {
            Some(press @ Press::Forget { .. }) => Some(pressed(press)),
            _ => None,
        },
        _ => None,
    }
}

/// Commands for administrators only.
fn for_admins(heard: &Heard, person: &Person, name: &str, rest: &str) -> Option<Command> {
    if let Some(what) = AccessCommand::of_words(name, rest, heard.reply_to) {
        let refused = what.is_for_owners() && person.access != Access::Owner;
        let why = Why::OnlyOwners;
        return Some(if refused {
            Command::Refuse { why }
        } else {
            Command::Access { what }
        });
    }
    match name {
        "stats" => Some(Command::Stats),
        "broadcast" => Some(Command::Broadcast {
            what: Outreach::Preview {
                text: rest.to_owned(),
            },
        }),
        _ => None,
    }
}

fn named(name: &str, rest: &str) -> Command {
    let refuse = |why| Command::Refuse { why };
    match name {
        "start" if rest.is_empty() => Command::Greet,
        // A deep link: `t.me/<bot>?start=<topic, - for spaces>`.
        "start" => make_of(&rest.replace(['-', '_'], " ")),
        "help" => Command::Help,
        "carousel" if rest.is_empty() => refuse(Why::NoTopic),
        "carousel" => make_of(rest),
        "wisdom" => Command::Wisdom,
        "ask" if rest.is_empty() => refuse(Why::NoQuestion),
        "ask" => Command::Ask {
            question: rest.to_owned(),
        },
        "style" => Command::Settings {
            setting: Some("theme".to_owned()),
        },
        "settings" => Command::Settings { setting: None },
        "history" => Command::History { page: 1 },
        "status" => Command::Status,
        "cancel" => Command::Cancel { carousel: None },
        "privacy" => Command::Privacy,
        "export" => Command::Export,
        "forget" => Command::Forget { confirmed: None },
        "schedule" => Command::Schedule {
            what: timetable::of_words(rest),
        },
        other => Command::Unknown {
            command: format!("/{}", other.chars().take(40).collect::<String>()),
        },
    }
}

fn pressed(press: Press) -> Command {
    match press {
        Press::Cancel { carousel } => Command::Cancel {
            carousel: Some(carousel),
        },
        Press::SendAgain {
            carousel,
            revision,
            generation,
        } => Command::SendAgain {
            carousel,
            revision,
            generation,
        },
        Press::Again { carousel } => Command::Again {
            carousel,
            offline: false,
        },
        Press::Offline { carousel } => Command::Again {
            carousel,
            offline: true,
        },
        Press::Files { carousel } => Command::Files { carousel },
        Press::Caption { carousel } => Command::Caption { carousel },
        Press::History { page } => Command::History { page: page.max(1) },
        Press::Choose { setting } => Command::Settings {
            setting: Some(setting),
        },
        Press::Set { setting, value } => Command::Set { setting, value },
        Press::Settings => Command::Settings { setting: None },
        Press::Edit { carousel } => Command::EditMenu { carousel },
        Press::Slide { carousel, slide } => Command::AskSlide {
            carousel,
            slide,
            by: EditBy::Words,
        },
        Press::Instruct { carousel, slide } => Command::AskSlide {
            carousel,
            slide,
            by: EditBy::Wish,
        },
        Press::Looks { carousel } => Command::LookMenu { carousel },
        Press::Restyle { carousel, theme } => Command::Restyle { carousel, theme },
        Press::Rewrite { carousel } => Command::Rewrite { carousel },
        Press::SendAlbum { carousel, revision } => Command::SendAlbum { carousel, revision },
        Press::Draw { carousel } => Command::Draw { carousel },
        Press::Drop => Command::Drop,
        Press::Forget { account, until } => Command::Forget {
            confirmed: Some(Confirmed { account, until }),
        },
        Press::Broadcast { what } => match Outreach::of_button(&what) {
            Some(what) => Command::Broadcast { what },
            None => Command::Refuse {
                why: Why::StaleButton,
            },
        },
        Press::Schedule { what } => match timetable::of_button(&what) {
            Some(what) => Command::Schedule { what },
            None => Command::Refuse {
                why: Why::StaleButton,
            },
        },
        Press::Brand { field } => match BrandField::parse(&field) {
            Some(field) => Command::AskBrand { field },
            None => Command::Refuse {
                why: Why::StaleButton,
            },
        },
    }
}

fn make(source: Source) -> Command {
    Command::Make { source }
}

/// A message with only an address is a page to read; every other message is a text.
fn make_of(words: &str) -> Command {
    let words = words.trim();
    let alone = !words.contains(char::is_whitespace);
    let lower = words.to_ascii_lowercase();
    let link = lower.starts_with("http://") || lower.starts_with("https://");
    make(if alone && link {
        Source::Link {
            url: words.to_owned(),
        }
    } else {
        Source::Words {
            text: words.to_owned(),
        }
    })
}

#[cfg(test)]
mod group_tests;

#[cfg(test)]
mod tests {
    use domain::{AccountId, Language, UpdateId};
    use telegram::Chat;

    use super::*;

    const GUEST: Person = Person {
        access: Access::Allowed,
        told: false,
    };
    const ADMIN: Person = Person {
        access: Access::Administrator,
        told: false,
    };
    const OWNER: Person = Person {
        access: Access::Owner,
        told: false,
    };

    fn heard(said: Said) -> Heard {
        Heard {
            update: UpdateId::new(1),
            chat: Chat {
                id: 1,
                thread: None,
            },
            private: true,
            from: AccountId::new(1),
            language: Language::En,
            message: 1,
            reply_to: None,
            said,
        }
    }

    fn on(said: Said, dialogue: &Dialogue) -> Decided {
        decide(&heard(said), &GUEST, dialogue)
    }

    fn words(text: &str) -> Said {
        Said::Words(text.to_owned())
    }

    #[test]
    fn text_is_a_topic_unless_a_dialogue_is_open() {
        let topic = Command::Make {
            source: Source::Words {
                text: "Tests".to_owned(),
            },
        };
        assert_eq!(on(words("Tests"), &Dialogue::Nothing).command, topic);
        let waiting = Dialogue::Brand {
            field: BrandField::Name,
        };
        let decided = on(words("Tests"), &waiting);
        let named = Command::SetBrand {
            field: BrandField::Name,
            value: "Tests".to_owned(),
        };
        assert_eq!(
            decided,
            Decided {
                command: named,
                dialogue: Dialogue::Nothing
            }
        );
    }

    #[test]
    fn text_for_a_slide_is_not_a_topic() {
        let press = |data: &str| Said::Press {
            query: String::new(),
            data: data.to_owned(),
        };
        let asked = on(press("e3:tg-1-1-1"), &Dialogue::Nothing);
        let waiting = Dialogue::Slide {
            carousel: "carousel-tg-1-1-1".to_owned(),
            slide: 3,
            by: EditBy::Words,
        };
        assert_eq!(asked.dialogue, waiting);
        let decided = on(words("Tests"), &waiting);
        assert_eq!(decided.dialogue, Dialogue::Nothing);
        let edit = Command::EditSlide {
            carousel: "carousel-tg-1-1-1".to_owned(),
            slide: 3,
            by: EditBy::Words,
            text: "Tests".to_owned(),
        };
        assert_eq!(decided.command, edit);
        assert_eq!(on(press("d:"), &waiting).dialogue, Dialogue::Nothing);
    }

    #[test]
    fn command_closes_the_dialogue() {
        let waiting = Dialogue::Brand {
            field: BrandField::Name,
        };
        let help = Said::Command {
            name: "help".to_owned(),
            rest: String::new(),
        };
        assert_eq!(on(help, &waiting).dialogue, Dialogue::Nothing);
    }

    #[test]
    fn stranger_gets_only_their_account_number() {
        let stranger = &Person {
            access: Access::Refused(Refusal::NotListed),
            told: false,
        };
        let my_id = heard(Said::Command {
            name: "myid".to_owned(),
            rest: String::new(),
        });
        assert_eq!(
            decide(&my_id, stranger, &Dialogue::Nothing).command,
            Command::MyId
        );
        for said in [
            words("Tests"),
            Said::Press {
                query: String::new(),
                data: "h:1".to_owned(),
            },
        ] {
            let decided = decide(&heard(said), stranger, &Dialogue::Nothing).command;
            assert_eq!(
                decided,
                Command::Refuse {
                    why: Why::NotAllowed
                }
            );
        }
    }

    #[test]
    fn admin_commands_are_unknown_to_other_users() {
        let stats = || Said::Command {
            name: "stats".to_owned(),
            rest: String::new(),
        };
        let of = |said, person: &Person| decide(&heard(said), person, &Dialogue::Nothing).command;
        assert_eq!(of(stats(), &ADMIN), Command::Stats);
        assert!(matches!(of(stats(), &GUEST), Command::Unknown { .. }));
        let send = || Said::Press {
            query: String::new(),
            data: "r:send 7".to_owned(),
        };
        let what = Outreach::Send {
            update: 7,
            revision: None,
        };
        assert_eq!(of(send(), &ADMIN), Command::Broadcast { what });
        assert!(matches!(of(send(), &GUEST), Command::Refuse { .. }));
    }

    fn typed(name: &str, rest: &str) -> Said {
        Said::Command {
            name: name.to_owned(),
            rest: rest.to_owned(),
        }
    }

    #[test]
    fn locked_user_is_notified_once_in_private() {
        let lock = domain::access::Lock {
            reason: "spam".to_owned(),
            until: None,
            by: AccountId::new(9),
            at: std::time::SystemTime::UNIX_EPOCH,
        };
        let locked = |told| Person {
            access: Access::Refused(Refusal::Locked(lock.clone())),
            told,
        };
        let press = Said::Press {
            query: String::new(),
            data: "h:1".to_owned(),
        };
        for said in [words("Tests"), press, typed("myid", ""), typed("ban", "5")] {
            let of = |private, told| {
                let heard = Heard {
                    private,
                    ..heard(said.clone())
                };
                decide(&heard, &locked(told), &Dialogue::Nothing).command
            };
            let refused = Command::Refuse { why: Why::Locked };
            assert_eq!(of(true, false), refused);
            assert_eq!(of(true, true), Command::Nothing);
            assert_eq!(of(false, false), Command::Nothing);
        }
    }

    #[test]
    fn only_owners_make_administrators() {
        let of =
            |person, name| decide(&heard(typed(name, "5")), person, &Dialogue::Nothing).command;
        let refused = Command::Refuse {
            why: Why::OnlyOwners,
        };
        for name in ["admin", "unadmin"] {
            assert!(matches!(of(&OWNER, name), Command::Access { .. }));
            assert_eq!(of(&ADMIN, name), refused);
            assert!(matches!(of(&GUEST, name), Command::Unknown { .. }));
        }
        for name in ["ban", "unban", "banned"] {
            assert!(matches!(of(&ADMIN, name), Command::Access { .. }));
            assert!(matches!(of(&GUEST, name), Command::Unknown { .. }));
        }
    }

    #[test]
    fn personal_commands_are_refused_in_groups() {
        let in_group = |said| {
            let heard = Heard {
                private: false,
                ..heard(said)
            };
            decide(&heard, &OWNER, &Dialogue::Nothing).command
        };
        let refused = Command::Refuse {
            why: Why::OnlyPrivate,
        };
        for name in ["history", "settings", "style", "status", "schedule"] {
            assert_eq!(in_group(typed(name, "")), refused, "/{name}");
        }
        for data in [
            "h:2",
            "t:",
            "v:theme:midnight",
            "k:show",
            "b:handle",
            "p:theme",
        ] {
            let press = Said::Press {
                query: String::new(),
                data: data.to_owned(),
            };
            assert_eq!(in_group(press), refused, "{data}");
        }
        assert!(matches!(
            in_group(typed("ask", "Why?")),
            Command::Ask { .. }
        ));
        let daily = in_group(typed("schedule", "daily 09:00 Tests"));
        assert!(matches!(daily, Command::Schedule { .. }));
        assert_eq!(in_group(typed("stats", "")), Command::Stats);
    }

    #[test]
    fn url_alone_is_a_page_and_forged_button_stale() {
        let link = Command::Make {
            source: Source::Link {
                url: "https://a.example/x".to_owned(),
            },
        };
        assert_eq!(
            on(words("https://a.example/x"), &Dialogue::Nothing).command,
            link
        );
        let forged = Said::Press {
            query: String::new(),
            data: "drop table".to_owned(),
        };
        let refused = Command::Refuse {
            why: Why::StaleButton,
        };
        assert_eq!(on(forged, &Dialogue::Nothing).command, refused);
    }
}
