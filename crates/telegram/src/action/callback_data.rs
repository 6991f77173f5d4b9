//! The codec between an [`Action`] and a button's callback data. Buttons stay in chats for years:
//! what was once written must be read for ever, so a verb is never reused.
//!
//! The data is `<verb>:<rest>`. A carousel's id is written without its prefix.

use domain::{BrandField, CarouselId, SlideNumber, UpdateId};

use super::{Action, BroadcastAction, DeletionConfirmation, EditBy, ScheduleAction, SettingChange};
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
            Self::Files { carousel } => format!("f:{}", short(carousel)),
            Self::Caption { carousel } => format!("c:{}", short(carousel)),
            Self::History { page } => format!("h:{page}"),
            Self::Settings { setting: Some(setting) } => format!("p:{setting}"),
            Self::Settings { setting: None } => "t:".to_owned(),
            Self::Set(change) => format!("v:{}", change.data()),
            Self::AskBrand { field } => format!("b:{field}"),
            Self::EditMenu { carousel } => format!("e:{}", short(carousel)),
            Self::AskSlide { carousel, slide, by } => {
                let verb = match by {
                    EditBy::Text => "e",
                    EditBy::Instruction => "i",
                };
                format!("{verb}{slide}:{}", short(carousel))
            }
            Self::ThemeMenu { carousel } => format!("y:{}", short(carousel)),
            Self::Restyle { carousel, theme } => format!("y{theme}:{}", short(carousel)),
            Self::Rewrite { carousel } => format!("w:{}", short(carousel)),
            Self::SendAlbum { carousel, revision } => format!("m{revision}:{}", short(carousel)),
            Self::Draw { carousel } => format!("g:{}", short(carousel)),
            Self::Drop => "d:".to_owned(),
            Self::Schedule { what } => format!("k:{}", what.encode()?),
            Self::Broadcast { what } => format!("r:{}", what.encode()?),
            Self::Forget { confirmed: Some(DeletionConfirmation { account, until }) } => {
                format!("z:{account}:{until}")
            }
            Self::Greet
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
            | Self::Stats
            | Self::Access { .. }
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
            "k" => Self::Schedule { what: ScheduleAction::decode(rest)? },
            "r" => Self::Broadcast { what: BroadcastAction::decode(rest)? },
            "z" => {
                let (account, until) = rest.split_once(':')?;
                Self::Forget {
                    confirmed: Some(DeletionConfirmation {
                        account: domain::AccountId::new(account.parse().ok()?),
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
            "f" => Self::Files { carousel },
            "c" => Self::Caption { carousel },
            "e" => Self::EditMenu { carousel },
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
            "e" => Self::AskSlide { carousel, slide: slide()?, by: EditBy::Text },
            "i" => Self::AskSlide { carousel, slide: slide()?, by: EditBy::Instruction },
            "m" => Self::SendAlbum { carousel, revision: rest.parse().ok()? },
            "y" => Self::Restyle { carousel, theme: rest.parse().ok()? },
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

fn short(carousel: &CarouselId) -> &str {
    let id = carousel.as_str();
    id.strip_prefix(PREFIX).unwrap_or(id)
}

fn carousel(short: &str) -> Option<CarouselId> {
    CarouselId::parse(&format!("{PREFIX}{short}")).ok()
}
