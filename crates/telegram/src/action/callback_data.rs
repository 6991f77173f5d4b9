//! The codec between an [`Action`] and a button's callback data. Buttons stay in chats for years:
//! what was once written must be read for ever, so a verb is never reused.
//!
//! The data is `<verb>:<rest>`. A carousel's id is written without its prefix.

use domain::{AccountId, BrandField, CarouselId, SlideNumber, UpdateId};

use super::{
    AccessAction, Action, BroadcastAction, DeletionConfirmation, EditBy, ScheduleAction,
    SettingChange,
};
use crate::CallbackData;

/// The prefix of every carousel's id.
const PREFIX: &str = "carousel-";

impl Action {
    /// Encodes it as callback data; `None` if no button has this action, or if the data is too
    /// long. Ids of carousels that were requested in a chat always fit.
    pub fn data(&self) -> Option<CallbackData> {
        CallbackData::new(self.encode()?).ok()
    }

    /// Decodes callback data; `None` if no button of ours has it. Does not check whether the
    /// carousel belongs to the user.
    pub fn parse(data: &str) -> Option<Self> {
        let (verb, rest) = data.split_once(':')?;
        Self::decode_general(verb, rest)
            .or_else(|| Self::decode_about_carousel(verb, carousel(rest)?))
    }

    fn encode(&self) -> Option<String> {
        Some(match self {
            Self::Cancel { carousel: Some(carousel) } => format!("x:{}", short(carousel)),
            Self::SendAgain { carousel, revision, generation } => {
                format!("s{generation}r{revision}:{}", short(carousel))
            }
            Self::Again { carousel, offline } => {
                let verb = if *offline { "o" } else { "a" };
                format!("{verb}:{}", short(carousel))
            }
            Self::Options { carousel } => format!("ao:{}", short(carousel)),
            Self::Remake { carousel, change } => format!("a{change}:{}", short(carousel)),
            Self::Questions { carousel } => format!("q:{}", short(carousel)),
            Self::Files { carousel } => format!("f:{}", short(carousel)),
            Self::Caption { carousel } => format!("c:{}", short(carousel)),
            Self::History { page } => format!("h:{page}"),
            Self::Settings { setting: Some(setting) } => format!("p:{setting}"),
            Self::Settings { setting: None } => "t:".to_owned(),
            Self::Set(change) => format!("v:{}", change.data()),
            Self::AskBrand { field } => format!("b:{field}"),
            Self::EditMenu { carousel } => format!("e:{}", short(carousel)),
            Self::RemoveSlide { carousel, slide, revision } => {
                format!("ex{slide}r{revision}:{}", short(carousel))
            }
            Self::MoveSlide { carousel, slide, to, revision } => {
                format!("em{slide}t{to}r{revision}:{}", short(carousel))
            }
            Self::Restore { carousel, revision } => format!("er{revision}:{}", short(carousel)),
            Self::AskCaption { carousel } => format!("ec:{}", short(carousel)),
            Self::AltTexts { carousel } => format!("ea:{}", short(carousel)),
            Self::SourceReport { carousel } => format!("es:{}", short(carousel)),
            Self::AskSlide { carousel, slide, by } => {
                let verb = match by {
                    EditBy::Text => "e",
                    EditBy::Instruction => "i",
                    EditBy::NewSlide => "en",
                };
                format!("{verb}{slide}:{}", short(carousel))
            }
            Self::ThemeMenu { carousel } => format!("y:{}", short(carousel)),
            Self::Restyle { carousel, theme } => format!("y{theme}:{}", short(carousel)),
            Self::Rewrite { carousel } => format!("w:{}", short(carousel)),
            Self::SendAlbum { carousel, revision } => format!("m{revision}:{}", short(carousel)),
            Self::Draw { carousel } => format!("g:{}", short(carousel)),
            Self::Drop => "d:".to_owned(),
            Self::StartOver { update } => format!("u:{update}"),
            Self::Schedule { what } => format!("k:{}", what.encode()?),
            Self::Broadcast { what } => format!("r:{}", what.encode()?),
            Self::Starter { topic } => format!("n:{topic}"),
            Self::AskAccess => "j:".to_owned(),
            Self::Access { what } => format!("l:{}", what.encode()?),
            Self::Forget { confirmed: Some(DeletionConfirmation { account, until }) } => {
                format!("z:{account}:{until}")
            }
            Self::Greet { .. }
            | Self::SmallTalk { .. }
            | Self::Help
            | Self::Unknown { .. }
            | Self::MyId
            | Self::Refuse { .. }
            | Self::Make { .. }
            | Self::DailyTip
            | Self::Ask { .. }
            | Self::SetBrand { .. }
            | Self::SetAvatar { .. }
            | Self::Status
            | Self::Cancel { carousel: None }
            | Self::Nothing
            | Self::EditSlide { .. }
            | Self::SetCaption { .. }
            | Self::EditAll { .. }
            | Self::OfferStartOver { .. }
            | Self::Migrate { .. }
            | Self::Membership { .. }
            | Self::Stats
            | Self::Errors
            | Self::Usage
            | Self::Privacy
            | Self::Export
            | Self::Forget { confirmed: None } => return None,
        })
    }

    /// Decodes an action that is not about one carousel.
    fn decode_general(verb: &str, rest: &str) -> Option<Self> {
        Some(match verb {
            "h" => Self::History { page: rest.parse::<u32>().ok()?.max(1) },
            "p" => Self::Settings { setting: Some(rest.parse().ok()?) },
            "v" => {
                let (setting, value) = rest.split_once(':')?;
                Self::Set(SettingChange::parse(setting, value)?)
            }
            "b" => Self::AskBrand { field: rest.parse::<BrandField>().ok()? },
            "t" => Self::Settings { setting: None },
            "d" => Self::Drop,
            "u" => Self::StartOver { update: UpdateId::new(rest.parse().ok()?) },
            "k" => Self::Schedule { what: ScheduleAction::decode(rest)? },
            "r" => Self::Broadcast { what: BroadcastAction::decode(rest)? },
            "n" => Self::Starter { topic: rest.parse().ok()? },
            "j" => Self::AskAccess,
            "l" => Self::Access { what: AccessAction::decode(rest)? },
            "z" => {
                let (account, until) = rest.split_once(':')?;
                Self::Forget {
                    confirmed: Some(DeletionConfirmation {
                        account: AccountId::new(account.parse().ok()?),
                        until: until.parse().ok()?,
                    }),
                }
            }
            _ => return None,
        })
    }

    fn decode_about_carousel(verb: &str, carousel: CarouselId) -> Option<Self> {
        Some(match verb {
            "x" => Self::Cancel { carousel: Some(carousel) },
            "a" => Self::Again { carousel, offline: false },
            "o" => Self::Again { carousel, offline: true },
            "ao" => Self::Options { carousel },
            "q" => Self::Questions { carousel },
            "f" => Self::Files { carousel },
            "c" => Self::Caption { carousel },
            "e" => Self::EditMenu { carousel },
            "ec" => Self::AskCaption { carousel },
            "ea" => Self::AltTexts { carousel },
            "es" => Self::SourceReport { carousel },
            "y" => Self::ThemeMenu { carousel },
            "w" => Self::Rewrite { carousel },
            "g" => Self::Draw { carousel },
            _ => return Self::decode_numbered(verb, carousel),
        })
    }

    /// Decodes a verb with a number or a name after its letter.
    fn decode_numbered(verb: &str, carousel: CarouselId) -> Option<Self> {
        let (letter, rest) = verb.split_at_checked(1)?;
        let slide = || rest.parse::<SlideNumber>().ok();
        Some(match letter {
            "s" => {
                let (generation, revision) = rest.split_once('r')?;
                Self::SendAgain {
                    carousel,
                    revision: revision.parse().ok()?,
                    generation: generation.parse().ok()?,
                }
            }
            "e" if let Some(slide) = slide() => {
                Self::AskSlide { carousel, slide, by: EditBy::Text }
            }
            "e" => return Self::decode_edit(rest, carousel),
            "i" => Self::AskSlide { carousel, slide: slide()?, by: EditBy::Instruction },
            "m" => Self::SendAlbum { carousel, revision: rest.parse().ok()? },
            "y" => Self::Restyle { carousel, theme: rest.parse().ok()? },
            "a" => Self::Remake { carousel, change: rest.parse().ok()? },
            _ => return None,
        })
    }
}

impl Action {
    /// Decodes an edit of the list of slides: what follows the letter `e`.
    fn decode_edit(verb: &str, carousel: CarouselId) -> Option<Self> {
        let (letter, rest) = verb.split_at_checked(1)?;
        let (numbers, revision) = rest.split_once('r').unwrap_or((rest, ""));
        Some(match letter {
            "n" => Self::AskSlide { carousel, slide: rest.parse().ok()?, by: EditBy::NewSlide },
            "r" => Self::Restore { carousel, revision: rest.parse().ok()? },
            "x" => Self::RemoveSlide {
                carousel,
                slide: numbers.parse().ok()?,
                revision: revision.parse().ok()?,
            },
            "m" => {
                let (slide, to) = numbers.split_once('t')?;
                Self::MoveSlide {
                    carousel,
                    slide: slide.parse().ok()?,
                    to: to.parse().ok()?,
                    revision: revision.parse().ok()?,
                }
            }
            _ => return None,
        })
    }
}

impl ScheduleAction {
    fn encode(&self) -> Option<String> {
        Some(match self {
            Self::Show => "show".to_owned(),
            Self::New => "new".to_owned(),
            Self::Hours { days } => format!("days {days}"),
            Self::Topic { cadence } => format!("at {cadence}"),
            Self::Make { cadence, topic: None } => format!("any {cadence}"),
            Self::Pause { subscription } => format!("pause {subscription}"),
            Self::Resume { subscription } => format!("go {subscription}"),
            Self::Remove { subscription } => format!("drop {subscription}"),
            Self::Zones => "zones".to_owned(),
            Self::Zone { name } => format!("zone {name}"),
            Self::Make { topic: Some(_), .. } | Self::Refuse { .. } => return None,
        })
    }

    fn decode(data: &str) -> Option<Self> {
        let (verb, rest) = data.split_once(' ').unwrap_or((data, ""));
        Some(match verb {
            "show" => Self::Show,
            "new" => Self::New,
            "days" => Self::Hours { days: rest.parse().ok()? },
            "at" => Self::Topic { cadence: rest.parse().ok()? },
            "any" => Self::Make { cadence: rest.parse().ok()?, topic: None },
            "pause" => Self::Pause { subscription: rest.parse().ok()? },
            "go" => Self::Resume { subscription: rest.parse().ok()? },
            "drop" => Self::Remove { subscription: rest.parse().ok()? },
            "zones" => Self::Zones,
            "zone" => Self::Zone { name: rest.to_owned() },
            _ => return None,
        })
    }
}

impl BroadcastAction {
    fn encode(&self) -> Option<String> {
        Some(match self {
            Self::Album { carousel } => format!("album {}", short(carousel)),
            Self::Send { update, revision: Some(revision) } => format!("send {update} {revision}"),
            Self::Send { update, revision: None } => format!("send {update}"),
            Self::Drop { update } => format!("drop {update}"),
            Self::Pause { update } => format!("pause {update}"),
            Self::Resume { update } => format!("go {update}"),
            Self::Stop { update } => format!("stop {update}"),
            Self::Preview { .. } => return None,
        })
    }

    fn decode(data: &str) -> Option<Self> {
        let (verb, rest) = data.split_once(' ')?;
        let (number, revision) = rest.split_once(' ').unzip();
        let update = || {
            let number = number.unwrap_or(rest).parse().ok()?;
            Some(UpdateId::new(number))
        };
        Some(match verb {
            "album" => Self::Album { carousel: carousel(rest)? },
            "send" => Self::Send {
                update: update()?,
                revision: revision.map(str::parse).transpose().ok()?,
            },
            "drop" => Self::Drop { update: update()? },
            "pause" => Self::Pause { update: update()? },
            "go" => Self::Resume { update: update()? },
            "stop" => Self::Stop { update: update()? },
            _ => return None,
        })
    }
}

impl AccessAction {
    /// Only the answers to a request have buttons.
    fn encode(&self) -> Option<String> {
        Some(match self {
            Self::Allow { account } => format!("allow {account}"),
            Self::Disallow { account } => format!("refuse {account}"),
            Self::Help
            | Self::Ban { .. }
            | Self::Unban { .. }
            | Self::Banned
            | Self::Limit { .. }
            | Self::Grant { .. }
            | Self::Revoke { .. } => return None,
        })
    }

    fn decode(data: &str) -> Option<Self> {
        let (verb, account) = data.split_once(' ')?;
        let account = AccountId::new(account.parse().ok()?);
        Some(match verb {
            "allow" => Self::Allow { account },
            "refuse" => Self::Disallow { account },
            _ => return None,
        })
    }
}

fn short(carousel: &CarouselId) -> &str {
    let id = carousel.as_str();
    id.strip_prefix(PREFIX).unwrap_or(id)
}

fn carousel(short: &str) -> Option<CarouselId> {
    CarouselId::parse(&format!("{PREFIX}{short}")).ok()
}
