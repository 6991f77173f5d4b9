//! Owns [`ReplyAudience`]: who may see the reply to an action.

use super::{Action, ScheduleAction};

/// Who may see the reply to an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyAudience {
    /// Everyone in the chat.
    Anyone,
    /// Only the user: in a group the bot refers them to the private chat.
    Person,
    /// Only the administrator: a command in a group is carried out, and the reply goes to the
    /// private chat.
    Administrator,
}

impl Action {
    /// The match is exhaustive, so a new action must choose its audience.
    pub const fn audience(&self) -> ReplyAudience {
        match self {
            // Requests made in front of others, and requests about a carousel that is made there.
            // The handler checks who owns the carousel.
            Self::Greet { .. }
            | Self::Starter { .. }
            | Self::SmallTalk { .. }
            | Self::Help
            | Self::Unknown { .. }
            | Self::MyId
            | Self::Refuse { .. }
            | Self::AskAccess
            | Self::Make { .. }
            | Self::DailyTip
            | Self::Ask { .. }
            | Self::Cancel { .. }
            | Self::SendAgain { .. }
            | Self::Again { .. }
            | Self::Options { .. }
            | Self::Remake { .. }
            | Self::Questions { .. }
            | Self::Files { .. }
            | Self::Caption { .. }
            | Self::Nothing
            | Self::EditMenu { .. }
            | Self::AskSlide { .. }
            | Self::EditSlide { .. }
            | Self::RemoveSlide { .. }
            | Self::MoveSlide { .. }
            | Self::Restore { .. }
            | Self::AskCaption { .. }
            | Self::SetCaption { .. }
            | Self::AltTexts { .. }
            | Self::SourceReport { .. }
            | Self::EditAll { .. }
            | Self::OfferStartOver { .. }
            | Self::StartOver { .. }
            | Self::Migrate { .. }
            | Self::Membership { .. }
            | Self::ThemeMenu { .. }
            | Self::Restyle { .. }
            | Self::Rewrite { .. }
            | Self::SendAlbum { .. }
            | Self::Draw { .. }
            | Self::Drop => ReplyAudience::Anyone,
            Self::Settings { .. }
            | Self::Set(_)
            | Self::AskBrand { .. }
            | Self::SetBrand { .. }
            | Self::SetAvatar { .. }
            | Self::History { .. }
            | Self::Status
            | Self::Usage
            | Self::Privacy
            | Self::Export
            | Self::Forget { .. } => ReplyAudience::Person,
            Self::Schedule { what } => what.audience(),
            Self::Broadcast { .. } | Self::Stats | Self::Errors | Self::Access { .. } => {
                ReplyAudience::Administrator
            }
        }
    }
}

impl ScheduleAction {
    /// In a group, schedules are the group's, and the handler checks who is an administrator. The
    /// time zone is a person's.
    const fn audience(&self) -> ReplyAudience {
        match self {
            Self::Show
            | Self::New
            | Self::Hours { .. }
            | Self::Topic { .. }
            | Self::Make { .. }
            | Self::Pause { .. }
            | Self::Resume { .. }
            | Self::Remove { .. }
            | Self::Refuse { .. } => ReplyAudience::Anyone,
            Self::Zones | Self::Zone { .. } => ReplyAudience::Person,
        }
    }
}
